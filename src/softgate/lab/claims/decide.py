"""How the claims are decided: a rule of :mod:`softgate.lab.rules` over several comparisons, said in words.

A claim may compare several variants, each with another one, or ask several measures for a level. All comparisons of a
claim are judged at once, so that Holm's correction is over all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from softgate.lab.claims import columns
from softgate.lab.claims.rates import RateEffect, effects
from softgate.lab.claims.terms import ALPHA, UNITS, ordered, terms
from softgate.lab.claims.weighed import Weighed, because
from softgate.lab.pairs import at_best_rate, differences
from softgate.lab.rules import Rule
from softgate.lab.telling import barred
from softgate.lab.verdicts import Comparison, judged, stand_in, sweep

__all__ = ["Decision", "Finding", "Part", "Weighed", "above", "below", "better", "equal", "worse"]

LEAST = 10
"""Pairs that a comparison takes, as in a rule."""


@dataclass(frozen=True)
class Part:
    """One of the things that a claim compares, on all tasks or on some: a variant with another one, or with a number.

    Where the rule demands that somebody has learned the task, it is one of ``learners``; if none is named, the one that
    it is compared with, or the variant itself where that is a number."""

    measure: str
    variant: str
    against: str | float
    learners: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()


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
        said: the same in words.
        names: what columns are called.
        unit: of figures that are no differences.
    """

    rule: Rule
    parts: tuple[Part, ...]
    said: str
    names: Mapping[str, str]
    unit: str = ""

    def judge(self, frame: Any) -> Finding:
        """What the rows say.

        Args:
            frame: rows with the columns of :func:`softgate.lab.claims.columns.prepared`.
        """
        table = at_best_rate(frame, self.rule.by, stand_in(self.rule))
        samples, swept, bars, parts = [], [], [], []
        there = [part for part in self.parts if _measured(part, table)]
        for part in there:
            found = differences(table, part.variant, part.against, part.measure)
            for task in (t for t in dict.fromkeys(table["task"]) if not part.tasks or t in part.tasks):
                rows = found[found["task"] == task]
                samples.append((part.variant, task, *(rows[c].to_numpy(float) for c in ("difference", "a", "b"))))
                swept.append(sweep(self.rule, frame, part.measure, part.variant, part.against, task))
                of_task = table[table["task"] == task]
                bars.append(barred(self.rule, of_task, part.measure, part.variant, part.against, part.learners))
                parts.append(part)
        verdict = judged(self.rule, samples, swept, bars)
        weighed = tuple(
            Weighed(self.names.get(p.measure, p.measure), p.against, _as_said(p.against, c))
            for p, c in zip(parts, verdict.figures, strict=True)
        )
        compared = [(p.measure, p.variant, p.against) for p in there if isinstance(p.against, str)]
        return Finding(
            verdict.word,
            because(verdict.word, weighed, self.rule, self.unit),
            weighed,
            effects(frame, compared, self.rule.by) if self.rule.by in frame else (),
        )


def _measured(part: Part, table: Any) -> bool:
    """Whether the rows have it: a quick run may leave variants out, and a task may not have a measure."""
    needed = {part.variant, part.against} if isinstance(part.against, str) else {part.variant}
    return part.measure in table and needed <= set(table["variant"])


def _as_said(against: str | float, c: Comparison) -> Comparison:
    """Of a number, the bounds of the measure itself, and not of its distance from the bar."""
    return c if isinstance(against, str) else replace(c, low=c.low + against, high=c.high + against)


def _compared(
    pairs: Sequence[tuple[str, str]], measure: str, expects: str, margin: float, said: str, either: bool, **rest: Any
) -> Decision:
    by = measure if measure in (columns.PACE, columns.SKILL) else "score"
    rule = Rule(
        measure, expects, margin, tuple(a for a, _ in pairs), pairs[0][1], alpha=ALPHA, least=LEAST, by=by, **rest
    )
    parts = tuple(Part(measure, a, b, (a, b) if either else (b,)) for a, b in pairs)
    return Decision(rule, parts, f"{said} {terms(rule)}", UNITS)


def _apart(
    pairs: Sequence[tuple[str, str]], measure: str, margin: float, more: bool, either: bool, **rest: Any
) -> Decision:
    said = ordered(pairs, measure, margin, more)
    return _compared(pairs, measure, "more" if more else "less", margin, said, either, **rest)


def worse(
    pairs: Sequence[tuple[str, str]],
    measure: str,
    margin: float,
    *,
    support: str = "all",
    refute: str = "all",
    learned: float | None = 0.5,
    ceiling: float | None = None,
    need: float = 1.0,
) -> Decision:
    """The first of each pair is worse than the second by at least the margin: less skill, fewer n, more time.

    The second has to have learned the task. For the other fields see :class:`softgate.lab.Rule`.
    """
    rest = {"support": support, "refute": refute, "learned": learned, "ceiling": ceiling, "need": need}
    return _apart(pairs, measure, margin, measure == columns.PACE, False, **rest)


def better(
    pairs: Sequence[tuple[str, str]],
    measure: str,
    margin: float,
    *,
    support: str = "all",
    refute: str = "all",
    learned: float | None = 0.5,
    ceiling: float | None = None,
) -> Decision:
    """The first of each pair is better than the second by at least the margin.

    One of the two has to have learned the task. For the other fields see :class:`softgate.lab.Rule`.
    """
    rest = {"support": support, "refute": refute, "learned": learned, "ceiling": ceiling}
    return _apart(pairs, measure, margin, measure != columns.PACE, True, **rest)


def equal(
    pairs: Sequence[tuple[str, str]],
    measure: str,
    margin: float,
    *,
    support: str = "all",
    refute: str = "all",
    learned: float | None = 0.5,
    ceiling: float | None = None,
) -> Decision:
    """The two of each pair differ by less than the margin. The second has to have learned the task."""
    said = (
        f"supported where {UNITS[measure]} differs by less than {margin:.3g} from that of {pairs[0][1]}, by a test on "
        f"both sides at {ALPHA:g}, corrected for all comparisons; refuted where it differs by more than that."
    )
    rest = {"support": support, "refute": refute, "learned": learned, "ceiling": ceiling}
    return _compared(pairs, measure, "same", margin, said, False, **rest)


def above(
    named: Mapping[str, str],
    level: float,
    margin: float,
    variant: str = "plain",
    *,
    support: str = "all",
    refute: str = "all",
    learned: float | None = 0.5,
    by: str = columns.PACE,
    unit: str = "",
) -> Decision:
    """Measures of trained nets reach a level, by name: supported at the level, refuted where it is out of reach.

    Of nets at the rate that is best ``by`` a column; where all rates are perfect, the pace still tells them apart.
    """
    rest = {"support": support, "refute": refute, "learned": learned, "by": by}
    return _levelled(named, True, level, margin, variant, unit, **rest)


def below(
    named: Mapping[str, str],
    level: float,
    margin: float,
    variant: str = "plain",
    *,
    support: str = "all",
    refute: str = "all",
    learned: float | None = 0.5,
    by: str = columns.PACE,
    unit: str = "",
) -> Decision:
    """Measures of trained nets stay below a level, by name. See :func:`above`."""
    rest = {"support": support, "refute": refute, "learned": learned, "by": by}
    return _levelled(named, False, level, margin, variant, unit, **rest)


def _levelled(
    named: Mapping[str, str], up: bool, level: float, margin: float, variant: str, unit: str, **rest: Any
) -> Decision:
    least, beyond, short = ("least", "above", "below") if up else ("most", "below", "above")
    bar = level - margin if up else level + margin
    said = (
        f"supported where the median over nets is at {least} {level:.3g} and surely {beyond} {bar:.3g}; refuted "
        f"where it is surely {short} {level:.3g} (sign flips, {ALPHA:g}, corrected for all)."
    )
    measures = list(named.values())
    rule = Rule(measures[0], "more" if up else "less", margin, (variant,), bar, alpha=ALPHA, least=LEAST, **rest)
    parts = tuple(Part(m, variant, bar) for m in measures)
    return Decision(rule, parts, f"{said} {terms(rule)}", {m: name for name, m in named.items()}, unit)
