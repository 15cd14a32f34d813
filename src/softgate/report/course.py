"""Since when the best units keep what they follow, in words: the answers of each stage, and the figures folded."""

from __future__ import annotations

import math
from collections.abc import Sequence

from softgate.report import blocks as b
from softgate.report.appearance import appeared
from softgate.report.began import Past, Then
from softgate.report.census import Census
from softgate.report.trials import HOLDS, UNTOLD, Holding, Kept

__all__ = ["course_blocks", "signed", "since"]


def course_blocks(found: Sequence[Holding], census: Census) -> list[b.Block]:
    """The answer for each label in a row, and every stage, folded. `found` may be in another order than the census."""
    order = {one.label: k for k, one in enumerate(census.holding)}
    past = census.past
    rows = []
    for one in found:
        then = [moment.then[order[one.label]] for moment in past]
        sides = ([_answer(t.inside) for t in then], [_answer(t.outside) for t in then])
        rows.append((one.label, one.name, *(since(side, past) for side in sides)))
    columns = ("label", "unit that is best in the end", "keeps inside", "keeps outside")
    rule = (
        "Since when: the first stage from which on, at it and all later ones, the whole interval is at "
        f"{HOLDS:.0%} or above. It did not where at the end the whole interval is below; else it {UNTOLD}."
    )
    return [b.Prose(rule), b.Table(columns, tuple(rows)), _course(found, past, order)]


def since(answers: Sequence[str], past: Sequence[Past]) -> str:
    """From when on a side is kept, with the last stage at which it was not; or that it never was, or is not known."""
    place = appeared([answer == "keeps" for answer in answers], 1)
    if place is None:
        return {"does not": "did not", "": "too few places"}.get(answers[-1], UNTOLD)
    if place == 0:
        return f"at or before {past[0].characters:,} characters"
    before = [k for k in range(place) if answers[k] == "does not"]
    known = f"last did not at {past[before[-1]].characters:,}" if before else f"before, it {UNTOLD}"
    return f"from {past[place].characters:,} characters ({past[place].bits:.3f} bits) on; {known}"


def _answer(kept: Kept | None) -> str:
    return "" if kept is None else kept.answer


def _course(found: Sequence[Holding], past: Sequence[Past], order: dict[str, int]) -> b.Table:
    """A row a label and stage: how well the unit follows, what it keeps on each side, and what one put does."""
    numbers = (
        "read",
        "bits",
        "area",
        "in",
        "in from",
        "in to",
        "out",
        "out from",
        "out to",
        "put",
        "put from",
        "put to",
    )
    rows = [
        (one.label, str(one.unit), f"{m.characters:,}", f"{m.bits:.3f}", *_then(m.then[order[one.label]]))
        for one in found
        for m in past
    ]
    folded = "Every stage: characters read, area under the curve, apart inside and outside, change by one put"
    return b.Table(("label", "unit", *numbers), tuple(rows), numbers, sortable=True, folded=folded)


def _then(then: Then) -> tuple[str, ...]:
    sides = [(math.nan,) * 3 if s is None else (s.apart[-1], s.low, s.high) for s in (then.inside, then.outside)]
    put = (math.nan,) * 3 if then.once is None else (then.once.change, then.once.low, then.once.high)
    shares = ("-" if math.isnan(x) else f"{x:.0%}" for side in sides for x in side)
    return (f"{then.score:.3f}", *shares, *map(signed, put))


def signed(x: float) -> str:
    """To three digits with its sign; what rounds to nothing has none."""
    rounded = round(x, 3)
    return "-" if math.isnan(x) else f"{rounded:+.3f}" if rounded else "0.000"
