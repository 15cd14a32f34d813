"""The comparisons behind a verdict on a claim, and the sentences that sum them up."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from softgate.lab.claims.pools import titled
from softgate.lab.rules import Rule
from softgate.lab.telling import counted
from softgate.lab.verdicts import Comparison, needed

__all__ = ["Weighed", "because", "many", "shortened"]

AGREES, DISAGREES, OPEN = "supported", "refuted", "undecided"


@dataclass(frozen=True)
class Weighed:
    """One comparison, with the name of what was measured, of what it was held against, and what was expected."""

    measure: str
    against: str | float
    found: Comparison
    expects: str = ""

    @property
    def compared(self) -> bool:
        """Whether two variants are compared, and not a variant with a number."""
        return isinstance(self.against, str)

    @property
    def amount(self) -> float:
        """What it found: a difference between variants, or the measure itself."""
        return self.found.median if self.compared else self.found.a

    def said(self, task: str, against: bool, measure: bool = False) -> str:
        """It and its figure, in words: ``"h relu on adding two numbers, +0.21"``; with what it is held against, and
        with what was measured."""
        return f"{self.what(against, measure)} on {task}, {_number(self.amount, self.compared)}"

    def what(self, against: bool = True, measure: bool = False) -> str:
        """What is compared with what, of which measure; or what is measured."""
        if not self.compared:
            return self.measure
        whose = f"{self.found.variant}{f' against {self.against}' * against}"
        return f"{self.measure.partition(',')[0]} of {whose}" if measure else whose


def many(weighed: Sequence[Weighed]) -> bool:
    """Whether variants are compared by more than one measure, which has to be said then."""
    return len({w.measure for w in weighed if w.compared}) > 1


def because(word: str, weighed: Sequence[Weighed], rule: Rule, unit: str = "") -> str:
    """Why, with the figures that speak most clearly on either side.

    Args:
        word: the verdict.
        weighed: every comparison.
        rule: what they were judged by.
        unit: of figures that are no differences.
    """
    if not weighed:
        return "Nothing of it was measured."
    told = [w for w in weighed if w.amount == w.amount]
    if not told:
        return "No comparison has any data."
    say, total = _Names(weighed), len(weighed)
    sides = [(side, [w for w in weighed if w.found.word == side]) for side in _FIRST[word]]
    if word == OPEN:
        sides.sort(key=lambda found: -len(found[1]))
    clauses = [_clause(side, of, total, say) for side, of in sides if of]
    if rule.enough(word) == "any" and total > 1:
        clauses.append("one is enough")
    clauses[0] = f"{_counted(len(next(of for _, of in sides if of)), total)} {clauses[0].partition(' ')[2]}"
    if word == OPEN:
        decided = any(w.found.word != OPEN for w in weighed)
        clauses.append(_takes(rule, total) if decided else f"measured, {say.range(told)}")
    few = min(w.found.pairs for w in weighed)
    if word == OPEN and few < rule.least:
        clauses.append(f"{few} pairs are too few")
    return f"{'; '.join(clauses)}.{_unit(weighed, unit)}"


def _takes(rule: Rule, total: int) -> str:
    """How many comparisons decide."""
    yes, no = (needed(rule, side, total) for side in (AGREES, DISAGREES))
    return f"it takes {yes} to decide" if yes == no else f"{yes} would support it, {no} refute it"


_FIRST = {
    AGREES: (AGREES, DISAGREES, OPEN),
    DISAGREES: (DISAGREES, AGREES, OPEN),
    "depends": (AGREES, DISAGREES, OPEN),
    OPEN: (OPEN, AGREES, DISAGREES),
}
"""In which order sides are told, by verdict; where nothing is decided, the larger one first."""


def _clause(side: str, of: Sequence[Weighed], total: int, say: _Names) -> str:
    """What one side says: how many, and the figures; all of it where nobody is on another one."""
    one = len(of) == 1
    if side == OPEN:
        return f"{len(of)} cannot tell ({counted(w.found.why for w in of)})"
    verb = f"{'agree' if side == AGREES else 'disagree'}{'s' * one}"
    figures = f": {say.range(of)}" if len(of) == total else f", most clearly {say.clearest(of)}"
    return f"{len(of)} {verb} with the claim{figures}" if not one or total == 1 else f"1 {verb}: {say.clearest(of)}"


def _counted(count: int, total: int) -> str:
    if total == 1:
        return "The comparison"
    return f"All {total} comparisons" if count == total else f"{count} of {total} comparisons"


def shortened(labels: Iterable[str]) -> dict[str, str]:
    """Tasks in words, by label; with their options only where two of them differ in nothing else."""
    short = {label: titled(label.partition("(")[0]) for label in labels}
    names = list(short.values())
    return {label: name if names.count(name) == 1 else titled(label) for label, name in short.items()}


class _Names:
    """What comparisons are called beside each other."""

    def __init__(self, weighed: Sequence[Weighed]):
        self.task = shortened(w.found.task for w in weighed)
        self.against = len({w.against for w in weighed if w.compared}) > 1
        self.measure = many(weighed)

    def said(self, w: Weighed) -> str:
        """It and its figure."""
        return w.said(self.task[w.found.task], self.against, self.measure)

    def range(self, weighed: Sequence[Weighed]) -> str:
        """From the least to the most, with where each was found."""
        ordered = sorted(weighed, key=lambda w: w.amount)
        low, high = self.said(ordered[0]), self.said(ordered[-1])
        return low if len(ordered) == 1 else f"from {low}, to {high}"

    def clearest(self, weighed: Sequence[Weighed]) -> str:
        """The one with the smallest p; of several, the largest difference, or smallest where that speaks."""

        def order(w: Weighed) -> tuple[float, float]:
            size = abs(w.found.median)
            small = w.found.word == {"same": AGREES, "other": DISAGREES}.get(w.expects)
            return min(w.found.p_for, w.found.p_against), size if small else -size

        return self.said(min(weighed, key=order))


def _unit(weighed: Sequence[Weighed], unit: str) -> str:
    """What the figures are."""
    against = list(dict.fromkeys(str(w.against) for w in weighed if w.compared))
    if not against:
        return f" Figures: {unit}." if unit else ""
    told = [f"change of {m}" for m in dict.fromkeys(w.measure for w in weighed if w.compared)]
    told[0] += f", against {against[0]}" * (len(against) == 1)
    if not all(w.compared for w in weighed):
        told[0] = f"of one against another, {told[0]}"
    return f" Figures: {'; '.join([*told, *([unit] if unit else [])])}."


def _number(value: float, signed: bool) -> str:
    if not math.isfinite(value):
        return "nothing"
    return f"{value:+.2g}" if signed else f"{value:.3g}"
