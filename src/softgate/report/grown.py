"""When the units that track a label appeared, in words: two rules, and the whole course behind them as a table."""

from __future__ import annotations

from importlib.util import find_spec

from softgate.figures.growth import growth
from softgate.figures.save import specification
from softgate.report import blocks as b
from softgate.report.appearance import LEAST, Appearance, Moment
from softgate.report.streamed import Best
from softgate.text.words import counted

__all__ = ["growth_blocks"]

AHEAD = " *"


def growth_blocks(found: Appearance) -> list[b.Block]:
    """The stage of each label by either rule, then score, loss and characters at every stage."""
    rows = tuple(_row(found, label) for label in found.labels)
    numbers = ("above the twin from", f"{LEAST:g} from")
    columns = ("label", *numbers, "bits then", "at the end", "unit at the end", "untrained twin")
    blocks: list[b.Block] = [b.Table(columns, rows, numbers), _course(found)]
    if find_spec("altair") is not None and len(found.moments) > 1:
        scores = {n: [(m.characters, m.best[n].score) for m in found.moments if n in m.best] for n in found.labels}
        caption = "The best unit for each label, at each stage that was kept."
        blocks.append(b.Drawn("Scores while it learned.", caption, specification(growth(scores, LEAST))))
    return [*blocks, b.Note(_rule(found))]


def _row(found: Appearance, label: str) -> tuple[str, ...]:
    first, last = found.first(label), found.moments[-1].best[label]
    return (
        label,
        _when(found, first),
        _when(found, found.clear(label)),
        "" if first is None else f"{first.bits:.3f}",
        _score(last),
        str(last.unit),
        _score(found.twin.get(label)),
    )


def _when(found: Appearance, moment: Moment | None) -> str:
    """Characters read; at the first stage nothing is known of before."""
    if moment is None:
        return "did not appear"
    return f"{'at or before ' if moment is found.moments[0] else ''}{moment.characters:,}"


def _score(best: Best | None) -> str:
    return "-" if best is None else f"{best.score:.3f} [{best.interval[0]:.3f}, {best.interval[1]:.3f}]"


def _course(found: Appearance) -> b.Table:
    """A row a stage: characters, loss, each label's score with its interval; a star where that is above the twin's."""
    columns = ("characters read", "bits", *found.labels)
    rows = []
    for moment in found.moments:
        cells = [
            _score(moment.best.get(n)) + (AHEAD if n in moment.best and found.ahead(moment, n) else "")
            for n in found.labels
        ]
        rows.append((f"{moment.characters:,}", f"{moment.bits:.3f}", *cells))
    rows.append(("untrained twin", "", *(_score(found.twin.get(n)) for n in found.labels)))
    return b.Table(columns, tuple(rows), columns[:2])


def _rule(found: Appearance) -> str:
    stages = counted(len(found.moments), "stage")
    return (
        f"At each of {stages}, the last of which is the end, the unit that tracks a label best was chosen on one half "
        "of the files and scored (area under the curve) on the other; so it was in a twin of the same shape with "
        "random weights. In brackets: 95 of 100 scores when the files that judge are drawn anew. The rule: a label's "
        "unit appeared at the first stage from which on, to the end, its interval lies above the twin's (marked * "
        f"in the table); beside it, the first from which on the score is {LEAST:g} at least. The best unit may be "
        "another one at each stage, between two stages nothing is known, and one twin is one draw of such. "
        f"Bits: a character, on the same {found.characters:,} characters of {counted(found.files, 'held-out file')}, "
        "each from its beginning. A score below 0.5: whether a unit is up or down where the label holds was chosen "
        "with it, and on the other half it went the other way. So nothing was found at that stage, as is to be "
        "expected of a label that few places have. A score says that a unit correlates; no intervention was tried here."
    )
