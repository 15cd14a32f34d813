"""How the claims are decided: rules of :mod:`softgate.lab.rules`, put together, and said in words.

A claim may need several rules, as each compares with one thing; alpha is shared among them (Bonferroni), and Holm's
correction is inside of each. The verdicts are put together as a rule puts its comparisons together: *depends* if one
part supports and another refutes, *supported* or *refuted* if every comparison agrees, *undecided* otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from softgate.lab.claims import columns
from softgate.lab.claims.pools import titled
from softgate.lab.rules import Rule
from softgate.lab.verdicts import Comparison, verdict

__all__ = ["Decision", "Finding", "Weighed", "above", "below", "equal", "worse"]

ALPHA = 0.05
UNITS = {columns.SKILL: "skill", columns.PACE: "doublings of the time to learn", columns.LONGEST_LOG: "doublings of n"}


@dataclass(frozen=True)
class Weighed:
    """One comparison, with the name of what was measured and of what it was held against."""

    measure: str
    against: str | float
    found: Comparison

    @property
    def where(self) -> str:
        """Which comparison, in words."""
        what = self.found.variant if isinstance(self.against, str) else self.measure
        return f"{what} on {titled(self.found.task)}"

    @property
    def amount(self) -> float:
        """What it found: a difference between variants, or the measure itself."""
        return self.found.median if isinstance(self.against, str) else self.found.a


@dataclass(frozen=True)
class Finding:
    """A verdict on a claim: the word, the reason in a sentence, and every comparison behind it."""

    word: str
    because: str
    weighed: tuple[Weighed, ...]


@dataclass(frozen=True)
class Decision:
    """The rules of a claim, and how they are said.

    Attributes:
        rules: what is computed.
        said: the same in words.
        names: what columns are called.
    """

    rules: tuple[Rule, ...]
    said: str
    names: dict[str, str]

    def judge(self, frame: Any) -> Finding:
        """What the rows say.

        Args:
            frame: rows with the columns of :func:`softgate.lab.claims.columns.prepared`.
        """
        found = [(rule, verdict(rule, frame)) for rule in self.rules if rule.measure in frame]
        weighed = tuple(
            Weighed(self.names.get(rule.measure, rule.measure), rule.against, c)
            for rule, v in found
            for c in _as_said(rule, v.figures)
        )
        word = _together([c.found.word for c in weighed]) if len(found) == len(self.rules) else "undecided"
        return Finding(word, _because(word, weighed), weighed)


def _as_said(rule: Rule, figures: Sequence[Comparison]) -> list[Comparison]:
    """Of a number, the bounds of the measure itself, and not of its distance from the bar."""
    if isinstance(rule.against, str):
        return list(figures)
    return [replace(c, low=c.low + rule.against, high=c.high + rule.against) for c in figures]


def _together(words: Sequence[str]) -> str:
    if "supported" in words and "refuted" in words:
        return "depends"
    return words[0] if words and len(set(words)) == 1 else "undecided"


def _because(word: str, weighed: Sequence[Weighed]) -> str:
    """Why, with the figures at both ends."""
    if not weighed:
        return "Nothing of it was measured."
    ends = sorted((w for w in weighed if w.amount == w.amount), key=lambda w: w.amount)
    if not ends:
        return "No comparison has any data."
    low, high = ends[0], ends[-1]
    compared = isinstance(low.against, str)
    unit = low.measure if compared else ""
    least = min(w.found.pairs for w in weighed)
    count = {name: sum(w.found.word == name for w in weighed) for name in ("supported", "refuted", "undecided")}
    spread = f"from {_number(low.amount, compared)} ({low.where}) to {_number(high.amount, compared)} ({high.where})"
    if low is high:
        spread = f"{_number(low.amount, compared)} ({low.where})"
    figures = f"{_subject(unit, compared)} {spread}"
    if word == "depends":
        yes = next(w for w in weighed if w.found.word == "supported")
        no = next(w for w in weighed if w.found.word == "refuted")
        return f"{figures}: so it is for {yes.where}, and not for {no.where}."
    if word == "undecided":
        few = f"; {least} pairs are too few" if least < LEAST else ""
        return (
            f"{figures}; of {len(weighed)} comparisons {count['supported']} agree, {count['refuted']} disagree and "
            f"{count['undecided']} do not decide{few}."
        )
    return f"{figures}; all {len(weighed)} comparisons {'agree' if word == 'supported' else 'disagree'}."


LEAST = 10


def _subject(unit: str, compared: bool) -> str:
    return f"Change of {unit}:" if compared else "Measured:"


def _number(value: float, signed: bool) -> str:
    return f"{value:+.2g}" if signed else f"{value:.3g}"


def _rules(pairs: Sequence[tuple[str, str]], measure: str, expects: str, margin: float) -> tuple[Rule, ...]:
    grouped: dict[str, list[str]] = {}
    for variant, against in pairs:
        grouped.setdefault(against, []).append(variant)
    by = "steps_to_solved" if measure == columns.PACE else "score"
    return tuple(
        Rule(measure, expects, margin, tuple(variants), against,
             alpha=ALPHA / len(grouped), by=by, least=LEAST)
        for against, variants in grouped.items()
    )  # fmt: skip


def worse(pairs: Sequence[tuple[str, str]], measure: str, margin: float) -> Decision:
    """The first of each pair is worse than the second by at least the margin: less skill, fewer n, more time."""
    more = measure == columns.PACE
    rules = _rules(pairs, measure, "more" if more else "less", margin)
    told = "; ".join(f"{a} than {b}" for a, b in pairs)
    said = (
        f"supported where {UNITS[measure]} is {'more' if more else 'less'} by at least {margin:.3g} ({told}) and a test "
        f"by sign flips of the paired differences says so at {ALPHA:g}, corrected for all comparisons; refuted where the "
        "same test rules out a difference of that size. Both: it depends."
    )
    return Decision(rules, said, dict(UNITS))


def equal(pairs: Sequence[tuple[str, str]], measure: str, margin: float) -> Decision:
    """The two of each pair differ by less than the margin."""
    said = (
        f"supported where {UNITS[measure]} differs by less than {margin:.3g} from that of {pairs[0][1]}, by a test on "
        f"both sides at {ALPHA:g}, corrected for all comparisons; refuted where it differs by more than that. Both: it "
        "depends."
    )
    return Decision(_rules(pairs, measure, "same", margin), said, dict(UNITS))


def above(named: dict[str, str], level: float, margin: float, variant: str = "plain") -> Decision:
    """Measures of trained nets reach a level, by name: supported at the level, refuted where it is out of reach."""
    rules = tuple(
        Rule(column, "more", margin, (variant,), level - margin, alpha=ALPHA / len(named), least=LEAST)
        for column in named.values()
    )
    said = (
        f"supported where the median over nets is at least {level:.3g} and surely above {level - margin:.3g}; refuted "
        f"where it is surely below {level:.3g} (sign flips, {ALPHA:g}, corrected). Both: it depends."
    )
    return Decision(rules, said, {column: name for name, column in named.items()})


def below(named: dict[str, str], level: float, margin: float, variant: str = "plain") -> Decision:
    """Measures of trained nets stay below a level, by name."""
    rules = tuple(
        Rule(column, "less", margin, (variant,), level + margin, alpha=ALPHA / len(named), least=LEAST)
        for column in named.values()
    )
    said = (
        f"supported where the median over nets is at most {level:.3g} and surely below {level + margin:.3g}; refuted "
        f"where it is surely above {level:.3g} (sign flips, {ALPHA:g}, corrected). Both: it depends."
    )
    return Decision(rules, said, {column: name for name, column in named.items()})

