"""What decides a claim: comparisons under a rule, judged at once, so that Holm's correction is over all of them.

A claim may compare several variants, each with another one, or ask several measures for a level. Where it says two
different things, a comparison may have a rule of its own for what is expected, by how much, and which learning rate
speaks; how many comparisons it takes, and at which level, is the claim's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from softgate.lab.claims.rates import RateEffect, effects
from softgate.lab.claims.terms import terms
from softgate.lab.claims.weighed import Weighed, because
from softgate.lab.pairs import at_best_rate, differences
from softgate.lab.rules import Rule
from softgate.lab.telling import barred
from softgate.lab.verdicts import Comparison, judged, overall, stand_in, sweep

__all__ = ["Decision", "Finding", "Part", "together"]

NEVER_ASKED = "not asked"
"""Why a comparison without the gap that it is about cannot tell. Nobody reads it."""


@dataclass(frozen=True)
class Part:
    """One of the things that a claim compares, on all tasks or on some: a variant with another one, or with a number.

    Where the rule demands that somebody has learned the task, it is one of ``learners``; if none is named, the one that
    it is compared with, or the variant itself where that is a number.

    Attributes:
        measure: a column.
        variant, against: what is compared.
        learners: one of these has to have learned the task.
        tasks: labels; all if empty.
        rule: what is expected of it, if that is not what the claim's rule expects.
        log: whether log2 of the measure is compared; figures are said without it.
        present: whether only nets that have the measure are asked, as of a unit that not every net has.
        gap: two variants; asked only on tasks where the measure of the first is more than that of the second by the
            margin. Of the others nothing is said, as where there is nothing to catch up with; they count in the
            correction alone.
    """

    measure: str
    variant: str
    against: str | float
    learners: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    rule: Rule | None = None
    log: bool = False
    present: bool = False
    gap: tuple[str, str] | None = None

    def of(self, frame: Any) -> Any:
        """The rows with the measure as it is compared."""
        if not self.log:
            return frame
        return frame.assign(**{self.measure: np.log2(frame[self.measure].astype("float64"))})

    def asked(self, rows: Any, margin: float) -> bool:
        """Whether there is the gap that it is about, in rows of one task at the rates that were chosen."""
        if self.gap is None:
            return True
        found = [rows[rows["variant"] == variant][self.measure].median() for variant in self.gap]
        return bool(found[0] - found[1] >= margin)

    @property
    def bar(self) -> str | float:
        """What it is held against, on the scale on which it is compared."""
        return float(np.log2(self.against)) if self.log and not isinstance(self.against, str) else self.against

    def as_said(self, c: Comparison) -> Comparison:
        """Of a number, the bounds of the measure itself, and not of its distance from the bar."""
        if isinstance(self.bar, str):
            return c
        low, high, a = c.low + self.bar, c.high + self.bar, c.a
        return replace(c, low=2**low, high=2**high, a=2**a) if self.log else replace(c, low=low, high=high)


@dataclass(frozen=True)
class Finding:
    """A verdict on a claim: the word, the reason in a sentence, every comparison behind it, and what rates have to do
    with each."""

    word: str
    because: str
    weighed: tuple[Weighed, ...]
    rates: tuple[RateEffect, ...] = ()


@dataclass(frozen=True)
class Decision:
    """The rule of a claim, what it is about, and how it is said.

    Attributes:
        rule: what supports and what refutes; of its variants and measures, those of the parts count.
        parts: what is compared.
        expected: what is expected of them, in words.
        names: what columns are called.
        unit: of figures that are no differences.
    """

    rule: Rule
    parts: tuple[Part, ...]
    expected: str
    names: Mapping[str, str]
    unit: str = ""

    @property
    def said(self) -> str:
        """The rule in words."""
        return f"{self.expected[0].upper()}{self.expected[1:]} {terms(self.rule)}"

    def judge(self, frame: Any) -> Finding:
        """What the rows say.

        Args:
            frame: rows with the columns of :func:`softgate.lab.claims.columns.prepared`.
        """
        there = [part for part in self.parts if _measured(part, frame)]
        ways = {self.rule_of(part).by: stand_in(self.rule_of(part)) for part in there}
        chosen = {by: at_best_rate(frame, by, missing) for by, missing in ways.items()}
        samples, swept, bars, parts, asked = [], [], [], [], []
        for part in there:
            rule = self.rule_of(part)
            table, every = part.of(chosen[rule.by]), part.of(frame)
            found = differences(table, part.variant, part.bar, part.measure)
            found = found.dropna(subset="difference") if part.present else found
            for task in (t for t in dict.fromkeys(table["task"]) if not part.tasks or t in part.tasks):
                rows = found[found["task"] == task]
                samples.append((part.variant, task, *(rows[c].to_numpy(float) for c in ("difference", "a", "b"))))
                swept.append(sweep(rule, every, part.measure, part.variant, part.bar, task))
                of_task = table[table["task"] == task]
                asked.append(part.asked(of_task, rule.margin))
                bar = barred(rule, of_task, part.measure, part.variant, part.bar, part.learners)
                bars.append(bar if asked[-1] else NEVER_ASKED)
                parts.append(part)
        figures = judged(self.rule, samples, swept, bars, [self.rule_of(part) for part in parts]).figures
        weighed = tuple(
            Weighed(self.names.get(p.measure, p.measure), p.against, p.as_said(c), self.rule_of(p).expects)
            for p, c, there_is in zip(parts, figures, asked, strict=True) if there_is
        )  # fmt: skip
        word = overall(self.rule, [w.found.word for w in weighed])
        return Finding(word, because(word, weighed, self.rule, self.unit), weighed, self._rates(frame, there))

    def on(self, *tasks: str) -> Decision:
        """The same, on these tasks alone."""
        return replace(self, parts=tuple(replace(part, tasks=tasks) for part in self.parts))

    def rule_of(self, part: Part) -> Rule:
        """What a part is judged by."""
        return part.rule or self.rule

    def _rates(self, frame: Any, there: Sequence[Part]) -> tuple[RateEffect, ...]:
        compared = [(p.measure, p.variant, p.against, self.rule_of(p).by) for p in there if isinstance(p.against, str)]
        found = [effects(frame, [(m, v, against)], by) for m, v, against, by in compared if by in frame]
        return tuple(effect for some in found for effect in some)


def together(first: Decision, *others: Decision) -> Decision:
    """One decision of several, under the terms of the first: its level, and how many comparisons it takes."""
    parts = [replace(p, rule=d.rule_of(p)) for d in others for p in d.parts]
    names = {key: value for d in (first, *others) for key, value in d.names.items()}
    expected = " ".join(f"{d.expected[0].upper()}{d.expected[1:]}" for d in (first, *others))
    units = dict.fromkeys(d.unit for d in (first, *others) if d.unit)
    return replace(first, parts=(*first.parts, *parts), expected=expected, names=names, unit="; ".join(units))


def _measured(part: Part, table: Any) -> bool:
    """Whether the rows have it: a quick run may leave variants out, and a task may not have a measure."""
    needed = {part.variant, part.against} if isinstance(part.against, str) else {part.variant}
    return part.measure in table and needed <= set(table["variant"])
