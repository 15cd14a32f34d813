"""How the claims are decided: a rule of :mod:`softgate.lab.rules` over several comparisons, said in words.

A claim may compare several variants, each with another one, or ask several measures for a level. All comparisons of a
claim are judged at once, so that Holm's correction is over all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from softgate.lab.claims import columns
from softgate.lab.claims.pools import titled
from softgate.lab.pairs import at_best_rate, differences
from softgate.lab.rules import Rule
from softgate.lab.verdicts import Comparison, judged

__all__ = ["Decision", "Finding", "Part", "Weighed", "above", "below", "equal", "worse"]

ALPHA = 0.05
LEAST = 10
"""Pairs that a comparison takes, as in a rule."""
UNITS = {columns.SKILL: "skill", columns.PACE: "time to learn, in doublings", columns.LONGEST_LOG: "n, in doublings"}


@dataclass(frozen=True)
class Part:
    """One of the things that a claim compares, on every task: a variant with another one, or with a number."""

    measure: str
    variant: str
    against: str | float


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
    """The rule of a claim, what it is about, and how it is said.

    Attributes:
        rule: what supports and what refutes; of its variants and measures, those of the parts count.
        parts: what is compared.
        said: the same in words.
        names: what columns are called.
    """

    rule: Rule
    parts: tuple[Part, ...]
    said: str
    names: Mapping[str, str]

    def judge(self, frame: Any) -> Finding:
        """What the rows say.

        Args:
            frame: rows with the columns of :func:`softgate.lab.claims.columns.prepared`.
        """
        table = at_best_rate(frame, self.rule.by, "steps" if self.rule.by == "steps_to_solved" else "chance")
        tasks = list(dict.fromkeys(table["task"]))
        there = set(table["variant"])
        samples, parts = [], []
        for part in self.parts:
            # A quick run may leave variants out, and a task may not have a measure.
            needed = {part.variant, part.against} if isinstance(part.against, str) else {part.variant}
            if part.measure not in table or not needed <= there:
                continue
            found = differences(table, part.variant, part.against, part.measure)
            for task in tasks:
                rows = found[found["task"] == task]
                samples.append((part.variant, task, *(rows[c].to_numpy(float) for c in ("difference", "a", "b"))))
                parts.append(part)
        verdict = judged(self.rule, samples)
        weighed = tuple(
            Weighed(self.names.get(p.measure, p.measure), p.against, _as_said(p.against, c))
            for p, c in zip(parts, verdict.figures, strict=True)
        )
        return Finding(verdict.word, _because(verdict.word, weighed), weighed)


def _as_said(against: str | float, c: Comparison) -> Comparison:
    """Of a number, the bounds of the measure itself, and not of its distance from the bar."""
    return c if isinstance(against, str) else replace(c, low=c.low + against, high=c.high + against)


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
    agree = "agree" if word == "supported" else "disagree"
    told = f"all {len(weighed)} comparisons {agree}" if len(weighed) > 1 else f"that {agree}s with the claim"
    return f"{figures}; {told}."


def _subject(unit: str, compared: bool) -> str:
    return f"Change of {unit}:" if compared else "Measured:"


def _number(value: float, signed: bool) -> str:
    return f"{value:+.2g}" if signed else f"{value:.3g}"


def _compared(pairs: Sequence[tuple[str, str]], measure: str, expects: str, margin: float, said: str) -> Decision:
    by = "steps_to_solved" if measure == columns.PACE else "score"
    rule = Rule(measure, expects, margin, tuple(a for a, _ in pairs), pairs[0][1], alpha=ALPHA, least=LEAST, by=by)
    return Decision(rule, tuple(Part(measure, a, b) for a, b in pairs), said, UNITS)


def worse(pairs: Sequence[tuple[str, str]], measure: str, margin: float) -> Decision:
    """The first of each pair is worse than the second by at least the margin: less skill, fewer n, more time."""
    more = measure == columns.PACE
    told = "; ".join(f"{a} than {b}" for a, b in pairs)
    said = (
        f"supported where the {UNITS[measure]}, is {'more' if more else 'less'} by at least {margin:.3g} "
        f"({told}), and a "
        f"test by sign flips of the paired differences says so at {ALPHA:g}, corrected for all comparisons; refuted "
        "where the same test rules out a difference of that size. Both: it depends."
    )
    return _compared(pairs, measure, "more" if more else "less", margin, said.replace("skill,", "skill"))


def equal(pairs: Sequence[tuple[str, str]], measure: str, margin: float) -> Decision:
    """The two of each pair differ by less than the margin."""
    said = (
        f"supported where {UNITS[measure]} differs by less than {margin:.3g} from that of {pairs[0][1]}, by a test on "
        f"both sides at {ALPHA:g}, corrected for all comparisons; refuted where it differs by more than that. Both: it "
        "depends."
    )
    return _compared(pairs, measure, "same", margin, said)


def above(named: Mapping[str, str], level: float, margin: float, variant: str = "plain") -> Decision:
    """Measures of trained nets reach a level, by name: supported at the level, refuted where it is out of reach."""
    said = (
        f"supported where the median over nets is at least {level:.3g} and surely above {level - margin:.3g}; refuted "
        f"where it is surely below {level:.3g} (sign flips, {ALPHA:g}, corrected for all). Both: it depends."
    )
    return _levelled(named, "more", level - margin, margin, variant, said)


def below(named: Mapping[str, str], level: float, margin: float, variant: str = "plain") -> Decision:
    """Measures of trained nets stay below a level, by name."""
    said = (
        f"supported where the median over nets is at most {level:.3g} and surely below {level + margin:.3g}; refuted "
        f"where it is surely above {level:.3g} (sign flips, {ALPHA:g}, corrected for all). Both: it depends."
    )
    return _levelled(named, "less", level + margin, margin, variant, said)


def _levelled(named: Mapping[str, str], expects: str, bar: float, margin: float, variant: str, said: str) -> Decision:
    measures = list(named.values())
    rule = Rule(measures[0], expects, margin, (variant,), bar, alpha=ALPHA, least=LEAST)
    return Decision(rule, tuple(Part(m, variant, bar) for m in measures), said, {m: name for name, m in named.items()})
