"""The comparisons behind a verdict on a claim, and the sentences that sum them up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from softgate.lab.claims.pools import titled
from softgate.lab.telling import counted
from softgate.lab.verdicts import Comparison

__all__ = ["Weighed", "because"]

AGREES, DISAGREES, OPEN = "supported", "refuted", "undecided"


@dataclass(frozen=True)
class Weighed:
    """One comparison, with the name of what was measured and of what it was held against."""

    measure: str
    against: str | float
    found: Comparison

    @property
    def compared(self) -> bool:
        """Whether two variants are compared, and not a variant with a number."""
        return isinstance(self.against, str)

    @property
    def amount(self) -> float:
        """What it found: a difference between variants, or the measure itself."""
        return self.found.median if self.compared else self.found.a

    def said(self, task: str) -> str:
        """It and its figure, in words: ``"h relu on adding two numbers, +0.21"``."""
        what = self.found.variant if self.compared else self.measure
        return f"{what} on {task}, {_number(self.amount, self.compared)}"


def because(word: str, weighed: Sequence[Weighed], least: int, one: bool = False) -> str:
    """Why, with the figures that speak most clearly on either side.

    Args:
        word: the verdict.
        weighed: every comparison.
        least: pairs that a comparison takes.
        one: whether one comparison is enough for this verdict.
    """
    if not weighed:
        return "Nothing of it was measured."
    told = [w for w in weighed if w.amount == w.amount]
    if not told:
        return "No comparison has any data."
    name, total = _namer(weighed), len(weighed)
    sides = [(side, [w for w in weighed if w.found.word == side]) for side in _FIRST[word]]
    if word == OPEN:
        sides.sort(key=lambda found: -len(found[1]))
    clauses = [_clause(side, of, total, name) for side, of in sides if of]
    if one and word in (AGREES, DISAGREES) and total > 1:
        clauses.append("one is enough")
    clauses[0] = f"{_counted(len(next(of for _, of in sides if of)), total)} {clauses[0].partition(' ')[2]}"
    if word == OPEN:
        decided = any(w.found.word != OPEN for w in weighed)
        clauses.append("it takes all of them to decide" if decided else f"measured, {_range(told, name)}")
    few = min(w.found.pairs for w in weighed)
    if word == OPEN and few < least:
        clauses.append(f"{few} pairs are too few")
    return f"{'; '.join(clauses)}.{_unit(weighed)}"


_FIRST = {
    AGREES: (AGREES, DISAGREES, OPEN),
    DISAGREES: (DISAGREES, AGREES, OPEN),
    "depends": (AGREES, DISAGREES, OPEN),
    OPEN: (OPEN, AGREES, DISAGREES),
}
"""In which order sides are told, by verdict; where nothing is decided, the larger one first."""


def _clause(side: str, of: Sequence[Weighed], total: int, name: dict[str, str]) -> str:
    """What one side says: how many, and the figures; all of it where nobody is on another one."""
    one = len(of) == 1
    if side == OPEN:
        return f"{len(of)} cannot tell ({counted(w.found.why for w in of)})"
    verb = f"{'agree' if side == AGREES else 'disagree'}{'s' * one}"
    figures = f": {_range(of, name)}" if len(of) == total else f", most clearly {_clearest(of, name)}"
    return f"{len(of)} {verb} with the claim{figures}" if not one or total == 1 else f"1 {verb}: {_clearest(of, name)}"


def _counted(count: int, total: int) -> str:
    if total == 1:
        return "The comparison"
    return f"All {total} comparisons" if count == total else f"{count} of {total} comparisons"


def _namer(weighed: Sequence[Weighed]) -> dict[str, str]:
    """What tasks are called: with their options only where two differ in nothing else."""
    labels = dict.fromkeys(w.found.task for w in weighed)
    short = {label: titled(label.partition("(")[0]) for label in labels}
    names = list(short.values())
    return {label: name if names.count(name) == 1 else titled(label) for label, name in short.items()}


def _range(weighed: Sequence[Weighed], name: dict[str, str]) -> str:
    """From the least to the most, with where each was found."""
    ordered = sorted(weighed, key=lambda w: w.amount)
    low, high = (w.said(name[w.found.task]) for w in (ordered[0], ordered[-1]))
    return low if len(ordered) == 1 else f"from {low}, to {high}"


def _clearest(weighed: Sequence[Weighed], name: dict[str, str]) -> str:
    """The one that is farthest from what would make it undecided: with the smallest p, then the largest effect."""
    best = min(weighed, key=lambda w: (min(w.found.p_for, w.found.p_against), -abs(w.found.median)))
    return best.said(name[best.found.task])


def _unit(weighed: Sequence[Weighed]) -> str:
    """What the figures are, where they are differences."""
    against = list(dict.fromkeys(str(w.against) for w in weighed if w.compared))
    if not against:
        return ""
    measure = next(w.measure for w in weighed if w.compared)
    than = f"against {against[0]}" if len(against) == 1 else "each against what it is compared with"
    return f" Figures: change of {measure}, {than}."


def _number(value: float, signed: bool) -> str:
    if not math.isfinite(value):
        return "nothing"
    return f"{value:+.2g}" if signed else f"{value:.3g}"
