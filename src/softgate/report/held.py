"""What the best units keep by themselves, in words: the finding first, the figures in tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from softgate.report import blocks as b
from softgate.report.census import Census
from softgate.report.course import course_blocks, signed
from softgate.report.holding import FEWEST, MOST_OTHERS, OTHERS
from softgate.report.trials import AHEAD, HOLDS, UNTOLD, Beside, Holding, Kept, Once
from softgate.roles.words import SWITCHING
from softgate.text.words import counted

__all__ = ["holding_blocks", "said"]

LAST = AHEAD[-1]
MOST = 3
TERMS = (
    (
        "put",
        "the memory is set once to the value that the unit usually has where the label holds, or where it does not",
    ),
    ("the gap", "the distance of these two values (medians)"),
    ("apart", f"{LAST} characters later, at least half of the gap between the two is left"),
    ("where they were", "besides, neither of the two has moved by half of the gap: a value that stays, as in a latch"),
    ("keeps", f"apart at {HOLDS:.0%} of the places or more, by the whole interval"),
    ("does not", f"at fewer, by the whole interval; where the interval has {HOLDS:.0%} in it, it {UNTOLD}"),
    ("changes it", "one put: the whole interval is beyond what 95 of 100 other units do, up or down"),
    ("no more than others", f"the whole interval is within that; with an end on either side, it {UNTOLD}"),
    ("rank", "among other units that were moved as far in their own standard deviations, and where 95 of 100 are"),
)


def holding_blocks(census: Census) -> list[b.Block]:
    """The findings, what the words mean, a picture, a sentence for each label, and the figures."""
    found = sorted(census.holding, key=lambda one: -one.score)
    blocks: list[b.Block] = [
        b.Prose(_finding(found)),
        b.Table(("word", "what it means here"), TERMS),
        b.Figures((_picture(found),)),
        *(b.Prose(said(one)) for one in found),
        _kept(found),
    ]
    if any(one.once for one in found):
        blocks += [_once(found, True), _once(found, False)]
    if census.past:
        blocks += course_blocks(found, census)
    if any(one.classes for one in found):
        blocks.append(_classes(found))
    return [*blocks, b.Note(NOTE)]


def _finding(found: Sequence[Holding]) -> str:
    """One sentence on what is kept inside, and one on what is used later."""
    last = [(one, once) for one in found for once in one.once if once.characters == LAST]
    inside = [(one.label, kept.answer) for one in found for kept in one.kept if kept.inside]
    told = [f"Does the best unit for each label keep, inside, what is put into it? It {_sorted_out(inside)}."]
    if last:
        one_put = _sorted_out([(one.label, once.answer) for one, once in last])
        told.append(f"Is one put used {LAST} characters later, when what ends the label is due? It {one_put}.")
    return " ".join(told)


def _sorted_out(answers: Sequence[tuple[str, str]]) -> str:
    kinds = dict.fromkeys(answer for _, answer in answers)
    told = (f"{kind} for {', '.join(repr(n) for n, a in answers if a == kind)}" for kind in kinds)
    return "; it ".join(told) or "was not tried"


def _picture(found: Sequence[Holding]) -> b.Figure:
    def row(one: Holding) -> tuple[str, tuple[float, ...]]:
        sides = {kept.inside: kept for kept in one.kept}
        high = [kept.beside.high for kept in one.kept if kept.beside and kept.inside]
        share = (sides[side].apart[-1] if side in sides else math.nan for side in (True, False))
        return f"{one.label} ({one.name})", (*share, high[0] if high else math.nan)

    series = ("inside", "outside", "95 of 100 others, inside")
    caption = f"Share of the places at which the two values were still apart, {LAST} characters after a put."
    return b.Figure("What is left", b.Dumbbells("apart", series, tuple(map(row, found))), caption)


def said(one: Holding) -> str:
    """What a unit is and is not, the finding first; the figures that decide behind it."""
    told = [_side(kept) for kept in one.kept]
    told += [_put_once(once) for once in one.once if once.characters == LAST]
    return f"{one.label!r}, {one.name} (area under the curve {one.score:.3f}): {'; '.join(told)}. {_role(one)}"


def _side(kept: Kept) -> str:
    where = "inside" if kept.inside else "outside"
    words = {
        "keeps": f"{where} it keeps what is put into it",
        "does not": f"{where} it does not keep what is put into it",
        UNTOLD: f"whether it keeps {where} what is put into it {UNTOLD}",
    }
    return f"{words[kept.answer]} ({kept.apart[-1]:.0%} {_percents(kept.low, kept.high)}{_rank(kept.beside)})"


def _put_once(once: Once) -> str:
    words = {
        "changes it": f"one put outside changes what is said of the {once.due} {LAST} characters later",
        "no more than others": f"one put outside does no more to the {once.due} than other units do",
        UNTOLD: f"whether one put outside changes what is said of the {once.due} {UNTOLD}",
    }
    return f"{words[once.answer]} ({signed(once.change)} {_bracketed(once)}{_rank(once.beside)})"


def _role(one: Holding) -> str:
    """Why it is no switch by the definitions, or that it is."""
    if one.role in SWITCHING:
        return f"By the definitions it is to be called a {one.role}; the verdict is on its card."
    reasons = [
        f"its values {'inside' if kept.inside else 'outside'} do not stay where they were"
        for kept in one.kept
        if kept.stays == "does not"
    ]
    odd = [name for name, m in sorted(one.classes, key=lambda pair: -pair[1].n) if m.kind == "other"]
    if odd:
        more = f" and {len(odd) - MOST} more classes" if len(odd) > MOST else ""
        reasons.append(
            f"at {', '.join(map(repr, odd[:MOST]))}{more} no map fits, since what it does depends on more than its own "
            "value, or on that in another way"
        )
    because = f": {'; '.join(reasons)}" if reasons else ""
    return f"By the definitions it is no latch but {one.role}{because}."


def _kept(found: Sequence[Holding]) -> b.Table:
    numbers = ("apart", "from", "to", "where they were", "rank", "95 of 100 others", "twin's best", "places")
    rows = []
    for one in found:
        twins = {kept.inside: kept.apart[-1] for kept in one.twin}
        for kept in one.kept:
            first = (one.label, one.name, "inside" if kept.inside else "outside", kept.answer)
            apart = (kept.apart[-1], kept.low, kept.high, kept.there)
            rank, high = _ranked(kept.beside, _share)
            twin = _share(twins.get(kept.inside, math.nan))
            rows.append((*first, *map(_share, apart), rank, high, twin, f"{kept.places}"))
    return b.Table(("label", "unit", "side", "what is put", *numbers), tuple(rows), numbers, sortable=True)


def _once(found: Sequence[Holding], last: bool) -> b.Table:
    """So many characters before as are looked; or nearer, folded."""

    def row(one: Holding, once: Once) -> tuple[str, ...]:
        rank, high = _ranked(once.beside, _p)
        figures = (_p(once.before), _p(once.after), signed(once.change), signed(once.low), signed(once.high))
        ends = (rank, high, f"{once.places}", f"{once.stretches}", f"{once.characters}")
        return (one.label, one.name, once.due, once.answer, *figures, *ends)

    numbers = (
        "p before",
        "p after",
        "change",
        "from",
        "to",
        "rank",
        "95 of 100 others",
        "places",
        "stretches",
        "ahead",
    )
    shown = [(one, once) for one in found for once in one.once if (once.characters == LAST) == last]
    folded = "" if last else "One put, fewer characters before (no other units beside it)"
    columns = ("label", "unit", "due", "one put", *numbers)
    return b.Table(columns, tuple(row(*pair) for pair in shown), numbers, sortable=True, folded=folded)


def _classes(found: Sequence[Holding]) -> b.Table:
    """a and b of each class, of each unit once."""
    numbers = ("steps", "a", "b", "off by")
    units = {one.name: one.classes for one in found}
    rows = [
        (unit, name, f"{m.n:,}", signed(m.a).removeprefix("+"), signed(m.b), f"{m.left:.3f}", m.kind)
        for unit, classes in units.items()
        for name, m in classes
    ]
    folded = f"What each class of input does to these units: {counted(len(rows), 'row')}"
    return b.Table(("unit", "class", *numbers, "map"), tuple(rows), numbers, sortable=True, folded=folded)


NOTE = (
    f"Places: by lot, 200 at most, where for {LAST} characters more the label stays as it is and, if the tokenizer's "
    f"events are known, all is rest; fewer than {FEWEST} are not tried. Intervals (from, to): 95 of 100 figures when "
    "the stretches are drawn anew; none with fewer than five. Other units: all of the layer, in one of more than "
    f"{OTHERS + 1} units {OTHERS} by lot, at {MOST_OTHERS} places at most. For keeping, each is put to its own usual "
    "value on this side, and as many of its standard deviations from it as the two values of the unit are apart; for "
    "one put, each is moved from where it is as far as the unit is, up and down, and what does more counts. Many units "
    "keep what is put into them and follow nothing: read it beside the area under the curve. Units and values were "
    "chosen on the same text. Class by class: c = a c + b over values that were set and places, the root mean square "
    "of what that leaves, and which map it is by the definitions (other: none fits, or the data's own "
    "steps do otherwise)."
)


def _share(x: float) -> str:
    return "-" if math.isnan(x) else f"{x:.0%}"


def _p(x: float) -> str:
    return "-" if math.isnan(x) else f"{x:.3f}"


def _percents(low: float, high: float) -> str:
    return "without an interval" if math.isnan(low) else f"[{low:.0%}, {high:.0%}]"


def _bracketed(once: Once) -> str:
    return "without an interval" if math.isnan(once.low) else f"[{signed(once.low)}, {signed(once.high)}]"


def _rank(beside: Beside | None) -> str:
    return "" if beside is None else f", rank {beside.rank} of {beside.others + 1}"


def _ranked(beside: Beside | None, said: Callable[[float], str]) -> tuple[str, str]:
    return ("-", "-") if beside is None else (f"{beside.rank} of {beside.others + 1}", said(beside.high))
