"""The census in words: which blocks the page has of what the memory cells do, and the lines for a terminal."""

from __future__ import annotations

import math

from softgate.report import blocks as b
from softgate.report.census import Card, Census
from softgate.report.findings import Findings
from softgate.report.grown import growth_blocks
from softgate.report.held import holding_blocks
from softgate.roles.words import ROLES, VERDICTS
from softgate.text.words import counted

__all__ = ["census_blocks", "census_lines"]

LEVELS = ("nothing", *VERDICTS)


def census_blocks(found: Findings) -> list[b.Block]:
    """What each memory cell does, trained beside untrained, and when the cells that track a label appeared."""
    blocks: list[b.Block] = []
    if found.census is not None:
        blocks += [b.Heading("What the memory cells do"), *_census(found.census)]
        if found.census.holding:
            blocks += [b.Heading("Do they keep what they follow?"), *holding_blocks(found.census)]
    if found.appearance is not None and found.appearance.labels:
        blocks += [b.Heading("When they appeared"), *growth_blocks(found.appearance)]
    return blocks


def census_lines(found: Findings) -> list[str]:
    """A line or two for a terminal: how many units at each verdict, and the strongest."""
    census = found.census
    if census is None:
        return []
    if census.reason:
        return ["", f"  no census of the memory cells: {census.reason}"]
    told, twins = (", ".join(f"{census.at(v, twin)} {v}" for v in VERDICTS[::-1]) for twin in (False, True))
    lines = ["", f"  of {counted(census.units, 'memory cell')}: {told}", f"  in an untrained twin: {twins}"]
    lines.append(
        f"  effects measured for {census.measured[0]} of {census.units}, and {census.measured[1]} of the twin's"
    )
    if census.cards:
        lines.append(f"  the strongest: {census.cards[0].title} ({census.cards[0].verdict})")
    return lines


def _census(census: Census) -> list[b.Block]:
    if census.reason:
        return [b.Prose(f"There is no census of the memory cells: {census.reason}.")]
    labels = ", ".join(census.labels)
    intro = (
        "Of each unit the memory was set to other values, and the next character read. "
        f"{_measured(census)} A verdict includes those before it: "
        "correlates, necessary, sufficient, mechanism shown. Below sufficient, nothing here says that a unit is what "
        "it acts like. Most units fit no definition and are called mixed. Each cell of the table holds the trained "
        "net's count and that of a twin of the same shape with random weights: units of such a net correlate with what "
        "it reads, and its random output depends on them, so what a twin has as often is no finding."
    )
    note = (
        f"{counted(census.stretches, 'piece')} of held-out text of {census.steps - 1} characters each, "
        f"the same for both nets, in {census.seconds:.0f} s. Labels: {labels}. Kinds of input: "
        f"{', '.join(census.classes)}.{_searched(census)} Not tried: single letters and digits as events of their own, "
        "combinations of inputs, functions that several units share, other text, another untrained twin, another "
        "training."
    )
    return [b.Prose(intro), _table(census), b.Note(note), *_cards(census)]


def _measured(census: Census) -> str:
    """Of how many units effects were measured, and what that means for the others."""
    mine, its = census.measured
    return (
        f"Effects measured for {mine} of {census.units} units, and for {its} of the twin's: what the net gives when "
        "the memory is replaced by values from elsewhere, and by the value of another text. They were measured for "
        "units with a role, those that track a label best, and some by lot; of the others nothing above correlates can "
        "be said, so that the counts of necessary and sufficient are out of those measured."
    )


def _searched(census: Census) -> str:
    """What the second search was, and what came of it."""
    if not census.events:
        return ""
    mine, its = census.by_events
    return (
        " A second search had the tokenizer's events for classes, and rest apart by where the character before is: "
        f"{', '.join(census.events)}. Of what it found, latches, toggles, counters and timers count. Of each unit "
        f"the better founded of the two is shown: the second for {mine} of {census.units}, in the twin for {its}. In "
        "it, other inputs cannot be made to be such events, so a role is held against the data's own steps."
    )


def _table(census: Census) -> b.Table:
    """A row a role; each cell is the trained model's count, and the twin's behind it."""
    mine, twins = census.trained or {}, census.twin or {}
    rows = []
    for role in ROLES:
        if role in mine or role in twins:
            pairs = [(mine.get(role, {}).get(v, 0), twins.get(role, {}).get(v, 0)) for v in LEVELS]
            pairs.append((sum(a for a, _ in pairs), sum(c for _, c in pairs)))
            rows.append((role, *(f"{a} | {c}" if a or c else "-" for a, c in pairs)))
    columns = (*LEVELS, "all")
    rows.append(("effects measured", *("" for _ in LEVELS), " | ".join(map(str, census.measured))))
    return b.Table(("trained | twin", *columns), tuple(rows), columns)


def _cards(census: Census) -> list[b.Block]:
    if not census.cards:
        return [b.Prose("No unit has a verdict, so there is no card.")]
    none = "; of {} no unit says more than the present character does".format(", ".join(map(repr, census.unheaded)))
    return [
        b.Prose(
            f"The {counted(len(census.cards), 'strongest unit')}, by verdict and strength; the one that tracks each "
            f"label best is among them{none if census.unheaded else ''}. "
            "The text is coloured by the cell state c after each character. The tables say how probable the character "
            "that is due was to the model, at the places where it is due: as it is, and with the memory of this unit "
            "at every step replaced by a value that it has elsewhere."
        ),
        *(_evidence(card) for card in census.cards),
        b.Note(
            "Intervals: the places drawn anew, with repetition, 400 times; places of one text are not independent, so "
            "they are rather too narrow. Beside them, the mean change of three other units by lot among the twelve of "
            "the nearest variance. The units were chosen on the same text on which these figures were taken."
        ),
    ]


def _evidence(card: Card) -> b.Evidence:
    rows = tuple(
        (
            e.due,
            f"{e.places:,}",
            f"{e.before:.3f}",
            f"{e.after:.3f}",
            f"{e.after - e.before:+.3f}",
            f"{e.low:+.3f} to {e.high:+.3f}",
            "-" if math.isnan(e.peers) else f"{e.peers:+.3f}",
        )
        for e in card.effects
    )
    numbers = ("places", "p before", "p after", "change", "95 %", "units like it")
    table = b.Table(("due", *numbers), rows, numbers) if rows else None
    return b.Evidence(card.title, card.verdict, card.said, card.why, card.source, card.text, card.values, table)
