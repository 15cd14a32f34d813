"""What the best units keep by themselves, in words: what such a unit is, and what it is not."""

from __future__ import annotations

import math
from collections.abc import Sequence

from softgate.report import blocks as b
from softgate.report.appearance import appeared
from softgate.report.began import Past, Then
from softgate.report.census import Census
from softgate.report.holding import AHEAD, Holding, Kept, Once
from softgate.roles.words import SWITCHING

__all__ = ["HOLDS", "holding_blocks", "said"]

HOLDS = 0.9
"""What was put into it must be left at so many of the places, to say that a unit keeps it."""
LAST = AHEAD[-1]
MOST = 3


def holding_blocks(census: Census) -> list[b.Block]:
    """A paragraph for each unit, the figures of both trials, since when, and the unit class by class."""
    found = census.holding
    intro = (
        "Of the unit that follows each label best: it was put to the value that it usually has where the label holds, "
        f"and to that where it does not, at places where for {LAST} characters more the label stays as it is and, if "
        "the tokenizer's events are known, all is rest; these were read on. Apart: at least half of the gap between "
        "the two is left. Where they were: neither has moved by half of it. A latch keeps both on either side; a unit "
        "that the net writes anew at every character keeps nothing."
    )
    best: dict[str, Holding] = {}  # a paragraph for each unit, on the label that it follows best
    for one in sorted(found, key=lambda one: -one.score):
        best.setdefault(one.name, one)
    blocks: list[b.Block] = [b.Prose(intro), *(b.Prose(said(one)) for one in best.values()), _kept(found)]
    if any(one.once for one in found):
        blocks.append(_once(found))
    if census.past:
        blocks += [_course(found, census.past), b.Prose(" ".join(_since(found, census.past)))]
    if any(one.classes for one in found):
        blocks.append(_classes(found))
    return [*blocks, b.Note(NOTE)]


def said(one: Holding) -> str:
    """What a unit is and is not."""
    sides = {kept.inside: kept for kept in one.kept}
    told = [f"{one.name} follows {one.label!r} (area under the curve {one.score:.3f})."]
    told += [_side(kept) for kept in one.kept]
    if one.once:
        last = one.once[-1]
        told.append(
            f"Put to its value outside for one step only, {last.characters} characters before a {last.due} is due, it "
            f"takes the probability of that from {last.before:.3f} to {last.after:.3f} at {last.places} places (units "
            f"like it: {_change(last.peers)})."
        )
    if len(sides) == 2:
        told.append(_so(sides[True], sides[False]))
    return " ".join([*told, _role(one)])


def _side(kept: Kept) -> str:
    where, what = ("Inside", "inside") if kept.inside else ("Outside", "outside")
    return (
        f"{where}, the two were apart at {kept.apart[-1]:.0%} of {kept.places} places {LAST} characters later (units "
        f"like it: {_share(kept.peers)}), and where they were at {kept.there:.0%}; left alone, it moved {what} by "
        f"{kept.moved:.2f} of the gap in the mean."
    )


def _so(inside: Kept, outside: Kept) -> str:
    """What the two sides together say."""
    within, without = inside.apart[-1], outside.apart[-1]
    if within >= HOLDS and without >= HOLDS:
        return "So it keeps by itself what is put into it, on both sides."
    if within >= HOLDS or without >= HOLDS:
        where, other = ("inside", "outside") if within >= HOLDS else ("outside", "inside")
        return f"So {where} it keeps by itself what is put into it; {other}, characters and other units overwrite it."
    if max(within, without) < 0.5:
        return "So it does not hold by itself: the net writes it anew."
    return "So at some places it keeps what is put into it, and at others characters and other units overwrite it."


def _role(one: Holding) -> str:
    """Why it is no switch by the definitions, or that it is."""
    if one.role in SWITCHING:
        return f"By the definitions it is to be called a {one.role}; the verdict is on its card."
    reasons = [
        f"its values {'inside' if kept.inside else 'outside'} do not stay where they were"
        for kept in one.kept
        if kept.there < HOLDS
    ]
    odd = [name for name, m in sorted(one.classes, key=lambda pair: -pair[1].n) if m.kind == "other"]
    if odd:
        more = f" and {len(odd) - MOST} more classes" if len(odd) > MOST else ""
        reasons.append(f"at {', '.join(map(repr, odd[:MOST]))}{more} what it does depends on more than its own value")
    because = f": {'; '.join(reasons)}" if reasons else ""
    return f"By the definitions it is no latch but {one.role}{because}."


def _kept(found: Sequence[Holding]) -> b.Table:
    columns = [f"apart after {n}" for n in AHEAD]
    numbers = ("places", *columns, "95 %", "where they were", "moves alone", "units like it", "twin's best")
    rows = []
    for one in found:
        twins = {kept.inside: kept.apart[-1] for kept in one.twin}
        for kept in one.kept:
            first = (one.label, one.name, "inside" if kept.inside else "outside", f"{kept.places}")
            apart = (*(f"{share:.0%}" for share in kept.apart), f"{kept.low:.0%} to {kept.high:.0%}")
            control = (_share(kept.peers), _share(twins.get(kept.inside, math.nan)))
            rows += [(*first, *apart, f"{kept.there:.0%}", f"{kept.moved:.2f}", *control)]
    return b.Table(("label", "unit", "side", *numbers), tuple(rows), numbers)


def _once(found: Sequence[Holding]) -> b.Table:
    def row(one: Holding, once: Once) -> tuple[str, ...]:
        change = f"{once.after - once.before:+.3f}"
        told = (f"{once.characters}", f"{once.places}", f"{once.before:.3f}", f"{once.after:.3f}", change)
        return (one.label, one.name, once.due, *told, _change(once.peers))

    numbers = ("characters before", "places", "p before", "p after", "change", "units like it")
    rows = tuple(row(one, once) for one in found for once in one.once)
    return b.Table(("label", "unit, put outside once", "due", *numbers), rows, numbers)


def _classes(found: Sequence[Holding]) -> b.Table:
    """a and b of each class, of each unit once."""
    numbers = ("steps", "a", "b", "off by")
    units = {one.name: one.classes for one in found}
    rows = [
        (unit, name, f"{m.n:,}", f"{m.a:.3f}", f"{m.b:+.3f}", f"{m.left:.3f}", m.kind)
        for unit, classes in units.items()
        for name, m in classes
    ]
    return b.Table(("unit", "class", *numbers, "map"), tuple(rows), numbers)


def _course(found: Sequence[Holding], past: Sequence[Past]) -> b.Table:
    """A row a stage: of each unit and label how well it follows, what it keeps on each side, and what one put does."""
    columns = ("characters read", "bits", *(f"{one.label} ({one.name})" for one in found))
    rows = [(f"{m.characters:,}", f"{m.bits:.3f}", *map(_then, m.then)) for m in past]
    return b.Table(columns, tuple(rows), columns[:2])


def _then(then: Then) -> str:
    return f"{then.score:.3f}; {_share(then.inside)} in, {_share(then.outside)} out; {_change(then.change)}"


def _since(found: Sequence[Holding], past: Sequence[Past]) -> list[str]:
    """The stage from which on, to the end, each unit keeps what is put into it inside."""
    said = [
        "At each stage, of the unit that is best in the end: area under the curve; places where the two values were "
        f"apart {LAST} characters later, inside and outside; what one put changes in the probability of what is due."
    ]
    for k, one in enumerate(found):
        place = appeared([moment.then[k].inside for moment in past], HOLDS)
        if place is not None:
            when = f"{'at or before' if place == 0 else 'from'} {past[place].characters:,} characters"
            said.append(
                f"{one.name} keeps what is put into it inside ({one.label!r}, {HOLDS:.0%} of the places or more, to "
                f"the end) {when} on, at {past[place].bits:.3f} bits a character on this text."
            )
    return said


NOTE = (
    "The usual value is the median; places are drawn by lot, 200 at most; 95 %: the stretches drawn anew. Units like "
    "it: three others by lot among the twelve of the nearest variance, put to their own upper and lower tenth, or for "
    "one step to their own median outside. A slow unit keeps what is put into it and may follow nothing, so this is "
    "to be read beside the area under the curve. Units and values were chosen on the same text. Class by class: "
    "c = a c + b over values that were set and places, the root mean square of what that leaves, and which map it is "
    "by the definitions (other: none fits)."
)


def _share(x: float) -> str:
    return "-" if math.isnan(x) else f"{x:.0%}"


def _change(x: float) -> str:
    return "-" if math.isnan(x) else f"{x:+.3f}"
