"""What a rest leaves of a memory, at every class of input that holds: two values stay apart, and where they were."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from softgate.roles.candidate import Candidate, Check, percent
from softgate.roles.observe import Observed
from softgate.roles.questions import Maker, Questions

__all__ = ["longest_rest", "survival"]

Floats = NDArray[np.float64]

RESTS = 32
"""Steps of the rest that a latch has to survive, at least; more where the data have longer ones."""
MOST = 64


def longest_rest(seen: Observed, quiet: Sequence[int]) -> int:
    """Nine of ten runs of such classes in the data are no longer than this."""
    held = np.isin(seen.classes, quiet)
    ends = np.diff(np.pad(held.astype(np.int8), ((1, 1), (0, 0))), axis=0)
    runs = [np.flatnonzero(e < 0) - np.flatnonzero(e > 0) for e in ends.T]
    lengths = np.concatenate(runs) if runs else np.zeros(0)
    return int(np.quantile(lengths, 0.9)) if len(lengths) else 0


def survival(
    c: Candidate, ask: Questions, seen: Observed, low: float, high: float, gap: str = "the gap between its modes"
) -> list[Maker]:
    """Two checks of a unit at ``low`` and at ``high``, over rests of each class that holds; none without such a class.

    ``gap`` is what lies between the two, in words.
    """
    quiet = c.of("hold")
    if not quiet:
        return []
    m = min(MOST, max(RESTS, longest_rest(seen, quiet)))
    asked = {k: (ask.ask(c.unit, low, [k] * m), ask.ask(c.unit, high, [k] * m)) for k in quiet}

    def share(x: float) -> float:
        return x / (high - low) if high > low else float("nan")

    def lost(found: Floats) -> Check:
        kept = {k: share(float(found[b].min() - found[a].max())) for k, (a, b) in asked.items()}
        worst = min(kept, key=lambda k: kept[k])
        told = f"it kept {percent(kept[worst])} of {gap} over {m} steps of rest{_at(c, worst, quiet)}"
        return Check(f"share of {gap} lost in {m} steps of rest", 1 - kept[worst], 0.5, told)

    def shifted(found: Floats) -> Check:
        """Values that drift together stay apart, but what is kept of them is not them."""
        moved = {
            k: share(max(float(np.abs(found[at] - v).max()) for at, v in ((a, low), (b, high))))
            for k, (a, b) in asked.items()
        }
        worst = max(moved, key=lambda k: moved[k])
        told = f"in them neither end moved by more than {percent(moved[worst])} of it{_at(c, worst, quiet)}"
        return Check(f"shift of an end of {gap} in {m} steps of rest, as a share", moved[worst], 0.5, told)

    return [lost, shifted]


def _at(c: Candidate, k: int, quiet: Sequence[int]) -> str:
    return f" at {c.called(k)}, the worst of {len(quiet)} classes" if len(quiet) > 1 else ""
