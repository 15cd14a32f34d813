"""The comparisons behind a verdict, and why it is what it is, in a sentence."""

from __future__ import annotations

import math
from dataclasses import dataclass

from softgate.lab.rules import Rule
from softgate.lab.telling import FEW, MISSING, UNCLEAR, counted

__all__ = ["Comparison", "because"]


@dataclass(frozen=True)
class Comparison:
    """One variant on one task.

    Attributes:
        variant, task: which.
        pairs: seeds that have both values.
        missing: pairs of which a value is missing.
        median, low, high: of the differences, and the 95 % bootstrap interval; NaN without pairs.
        effect: matched-pairs rank-biserial correlation.
        a, b: the medians that are compared, as measured.
        p_for, p_against: p-values, corrected, of what would support and what would refute.
        seen: the smallest difference that so many pairs with this spread show with a chance of 80 %, at the level that
            is left to each of all comparisons, where they are corrected for being many.
        word: ``supported``, ``refuted`` or ``undecided``.
        why: of what is undecided, one of :data:`softgate.lab.telling.REASONS`.
    """

    variant: str
    task: str
    pairs: int
    missing: int
    median: float
    low: float
    high: float
    effect: float
    a: float
    b: float
    p_for: float
    p_against: float
    seen: float
    word: str
    why: str = ""


def because(rule: Rule, figures: list[Comparison], word: str) -> str:
    """One sentence."""
    against = rule.against if isinstance(rule.against, str) else f"{rule.against:g}"
    what = f"{rule.measure} is expected to be {_SAID[rule.expects].format(against, rule.margin)}"
    if rule.scale == "log":
        what += " (log2)"
    lists = {w: [f"{c.variant} on {c.task}" for c in figures if c.word == w] for w in ("supported", "refuted")}
    left = [c for c in figures if c.word == "undecided"]
    tail = f"; {len(left)} of {len(figures)} undecided: {counted(c.why for c in left)}" if left else ""
    if word == "depends":
        return f"{what}: so it is for {_few(lists['supported'])}, and not for {_few(lists['refuted'])}{tail}."
    if word != "undecided":
        so = "it is" if word == "supported" else "it is not"
        return f"{what}: {so} in {len(lists[word])} of {len(figures)} comparisons{tail}."
    tail = tail if len(figures) > 1 else ""
    short = [c for c in left if c.why == FEW]
    gone = [c for c in left if c.why == MISSING]
    if short:
        return f"{what}: {min(c.pairs for c in short)} pairs are too few, the rule takes {rule.least}{tail}."
    if gone:
        return (
            f"{what}: {max(c.missing for c in gone)} values are missing, and the rule does not say what they count "
            f"as{tail}."
        )
    seen = max((c.seen for c in left if c.why in UNCLEAR), default=math.nan)
    could = f", where {seen:.3g} could have been seen" if math.isfinite(seen) else ""
    return f"{what}: {len(left)} of {len(figures)} comparisons do not decide: {counted(c.why for c in left)}{could}."


_SAID = {
    "more": "more than {0} by at least {1:g}",
    "less": "less than {0} by at least {1:g}",
    "same": "that of {0} within {1:g}",
    "other": "off {0} by at least {1:g}",
    "no more": "above {0} by less than {1:g}",
    "no less": "below {0} by less than {1:g}",
}


def _few(names: list[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
