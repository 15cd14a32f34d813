"""The figures that a report, and the command that made it, say first."""

from __future__ import annotations

import math

from softgate.report import blocks as b
from softgate.report.findings import Findings
from softgate.report.passage import unit_name
from softgate.report.tracking import LabelFinding

__all__ = ["facts"]


def facts(found: Findings) -> b.Facts:
    """How well the model predicts, against counting; how fast it was; what its most telling unit follows."""
    run, k = found.run, found.best_k
    gram = found.kgram_bits[k - 1]
    speed = run.progress.characters / max(run.progress.seconds, 1e-9)
    told = [
        b.Fact("held-out bits a character", f"{found.bits:.3f}", f"LSTM, on {found.held_out_characters:,} characters"),
        b.Fact(
            f"the best k-gram, k\u00a0=\u00a0{k}",
            f"{gram:.3f}",
            f"{found.equal_bits:.3f} (k\u00a0=\u00a0{found.equal_k}) on as much text as the LSTM read",
        ),
        b.Fact("characters a second", f"{speed:,.0f}", f"in training, over {run.progress.seconds:.0f} s"),
    ]
    return b.Facts((*told, *_unit(found)))


def _unit(found: Findings) -> list[b.Fact]:
    """The unit that is furthest ahead of the untrained twin's, of all labels; or that none is ahead."""
    judged = [finding for finding in found.tracking.findings if math.isfinite(_gain(finding))]
    if not judged:
        return []
    best = max(judged, key=_gain)
    title, score, twin = best.label.title, best.trained.score, best.twin.score
    measure = "AUC" if best.label.binary else "rank correlation"
    if _gain(best) <= 0:
        closest = f"{title}: {score:.3f} ({measure}), best unit of an untrained twin: {twin:.3f}"
        return [b.Fact("units ahead of an untrained twin", "none", f"closest on {closest}")]
    unit = unit_name(best.trained.unit, found.run.settings.layers, found.run.settings.hidden_size)
    overlap = "" if best.apart else "; the 95 % intervals overlap"
    return [
        b.Fact(f"{unit}, {title}", f"{score:.3f}", f"{measure}; best unit of an untrained twin: {twin:.3f}{overlap}")
    ]


def _gain(finding: LabelFinding) -> float:
    return finding.trained.score - finding.twin.score
