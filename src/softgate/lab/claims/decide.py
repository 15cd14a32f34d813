"""The kinds of rules that claims have, in words: worse, better or equal to another variant, above or below a level."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from softgate.lab.claims import columns
from softgate.lab.claims.decision import Decision, Finding, Part, together
from softgate.lab.claims.terms import ALPHA, UNITS, ordered
from softgate.lab.claims.weighed import Weighed
from softgate.lab.rules import Rule

__all__ = [
    "Decision",
    "Finding",
    "Part",
    "Weighed",
    "above",
    "as_fast",
    "below",
    "better",
    "closed",
    "equal",
    "together",
    "worse",
]

LEAST = 10
"""Pairs that a comparison takes, as in a rule."""
BEST = {columns.SPREAD: columns.PACE}
"""By what the learning rate is chosen, where that is not what is compared."""


def _compared(
    pairs: Sequence[tuple[str, str]], measure: str, expects: str, margin: float, said: str, either: bool, **rest: Any
) -> Decision:
    by = BEST.get(measure, measure)
    rule = Rule(
        measure, expects, margin, tuple(a for a, _ in pairs), pairs[0][1], alpha=ALPHA, least=LEAST, by=by, **rest
    )
    parts = tuple(Part(measure, a, b, (a, b) if either else (b,)) for a, b in pairs)
    return Decision(rule, parts, said, UNITS)


def _whose(pairs: Sequence[tuple[str, str]], measure: str) -> tuple[str, str]:
    """The measure with those of whom it is, and the unit that goes behind a figure of it."""
    what, _, unit = UNITS[measure].partition(",")
    return f"{what} of {' and of '.join(a for a, _ in pairs) if len(pairs) < 3 else 'each'}", unit


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
    what, unit = _whose(pairs, measure)
    said = (
        f"supported where the {what} differs from that of {pairs[0][1]} by less than {margin:.3g}{unit}, by a "
        f"test on both sides at {ALPHA:g}, corrected for all comparisons; refuted where it differs by more than that."
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
    **how: Any,
) -> Decision:
    """Measures of trained nets reach a level, by name: supported at the level, refuted where it is out of reach.

    Of nets at the rate that is best ``by`` a column; where all rates are perfect, the pace still tells them apart.
    ``how`` are fields of a :class:`Part`; with ``log`` the test is about ratios.
    """
    rest = {"support": support, "refute": refute, "learned": learned, "by": by}
    return _levelled(named, True, level, margin, Part("", variant, 0.0, **how), unit, **rest)


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
    **how: Any,
) -> Decision:
    """Measures of trained nets stay below a level, by name. See :func:`above`."""
    rest = {"support": support, "refute": refute, "learned": learned, "by": by}
    return _levelled(named, False, level, margin, Part("", variant, 0.0, **how), unit, **rest)


def as_fast(pairs: Sequence[tuple[str, str]], measure: str, margin: float) -> Decision:
    """The first of each pair takes no longer than the second, or less than the margin longer. The second has learned.

    Of any measure of which more is worse.
    """
    what, unit = _whose(pairs, measure)
    said = (
        f"supported where the {what} is above that of {pairs[0][1]} by less than {margin:.3g}{unit}, if at all, "
        f"by a test at {ALPHA:g}, corrected for all comparisons; refuted where it is surely more, and by that at least."
    )
    return _compared(pairs, measure, "no more", margin, said, False, learned=0.5)


def closed(pair: tuple[str, str], gap: tuple[str, str], measure: str, margin: float) -> Decision:
    """Where the first of ``gap`` is slower than the second by the margin, the first of ``pair`` is not slower than its
    second: what set it back is gone. Of the tasks without such a gap nothing is said.
    """
    found = as_fast([pair], measure, margin)
    where = f"{found.expected} Asked only where {gap[0]} takes longer than {gap[1]} by {margin:.3g} at least."
    return replace(found, parts=tuple(replace(p, gap=gap) for p in found.parts), expected=where)


def _levelled(
    named: Mapping[str, str], up: bool, level: float, margin: float, part: Part, unit: str, **rest: Any
) -> Decision:
    least, beyond, short = ("least", "above", "below") if up else ("most", "below", "above")
    bar = level - margin if up else level + margin
    what = "the log of each" if part.log else "each"
    nets = f"nets that have {'it' if len(named) == 1 else 'them'}" if part.present else "nets"
    of = f" of “{next(iter(named))}”" if len(named) == 1 else ""
    said = (
        f"supported where the median over {nets}{of} is at {least} {level:.3g} and surely {beyond} {bar:.3g}; refuted "
        f"where it is surely {short} {level:.3g} (sign flips of the sum of {what}, {ALPHA:g}, corrected for all)."
    )
    measures = list(named.values())
    apart = abs(math.log2(bar / level)) if part.log else margin
    rule = Rule(
        measures[0], "more" if up else "less", apart, (part.variant,), bar, alpha=ALPHA, least=LEAST, **rest
    )  # fmt: skip
    parts = tuple(replace(part, measure=m, against=bar) for m in measures)
    return Decision(rule, parts, said, {m: name for name, m in named.items()}, unit)
