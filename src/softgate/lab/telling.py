"""Whether a comparison can tell anything: a difference of zero between two nets that learned nothing is no equality.

Every reason is one of :data:`REASONS`. The gates here only ever turn a word into "undecided", and what they bar still
counts in the correction, so that they cannot make a false word more likely than the tests allow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from softgate.lab.rules import Rule

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["REASONS", "UNCLEAR", "barred", "counted", "skills", "unclear"]

FEW, MISSING = "too few pairs", "values are missing"
NOT_LEARNED, CEILING, NEVER = "the reference did not learn", "nothing to tell apart", "neither solved it"
SIZE, YES, NO, WIDE = UNCLEAR = (
    "different but not surely by the margin",
    "agreeing by the interval alone",
    "disagreeing by the interval alone",
    "the spread is too wide",
)
"""Why the tests say neither, where they were made."""
REASONS = (FEW, MISSING, NOT_LEARNED, CEILING, NEVER, *UNCLEAR)
"""Why a comparison is undecided."""

GRADES = ("score", "skill")
"""Measures that have a ceiling."""
TIMES = ("steps_to_solved", "pace", "steps until solved", "spread")
"""Measures that a net has only where it solved its task."""
HALF = 0.5
"""The share of pairs of which neither net solved the task, from which on a comparison of times says nothing."""


def skills(frame: pd.DataFrame) -> Any:
    """Of every run 0 for guessing and 1 for a perfect score, whatever its task's score is; NaN of failed runs."""
    best = np.where(frame["higher_is_better"].fillna(True).astype(bool), 1.0, 0.0)
    chance = frame["chance"].astype("float64")
    return (frame["score"].astype("float64") - chance) / (best - chance)


def barred(
    rule: Rule, rows: pd.DataFrame, measure: str, variant: str, against: str | float, learners: Sequence[str] = ()
) -> str:
    """Why two variants cannot be compared on a task; nothing if they can.

    Args:
        rule: what it demands.
        rows: of one task, one for each variant and seed, at the rates that were chosen.
        measure: what is compared.
        variant, against: which; the second may be a number.
        learners: one of these has to have learned the task; the reference if not given.
    """
    named = isinstance(against, str)
    if rule.learned is not None:
        needed = learners or ((against,) if isinstance(against, str) else (variant,))
        if not any(_median(rows, v) >= rule.learned for v in needed):
            return NOT_LEARNED
    graded = rule.ceiling is not None and named and measure in GRADES
    if graded and min(_median(rows, v) for v in (variant, str(against))) >= (rule.ceiling or 0.0):
        return CEILING
    return NEVER if named and measure in TIMES and _unsolved(rows, variant, str(against)) >= HALF else ""


def unclear(rule: Rule, median: float, low: float, high: float, p_for: float, p_against: float) -> str:
    """Why the tests of a comparison say neither: one of :data:`UNCLEAR`.

    The interval is that of one comparison at the rates that were chosen; the test answers for the choice of rates and
    for all comparisons. So an interval may leave one answer where the test leaves two.

    Args:
        rule: by which it was judged.
        median, low, high: of the differences, and their interval.
        p_for, p_against: corrected, of what would support and what would refute.
    """
    if (p_against if rule.denies else p_for) <= rule.alpha:
        return SIZE
    if rule.asserted == "other":
        yes = (low > 0 or high < 0) and abs(median) >= rule.margin
        no = -rule.margin < low <= high < rule.margin
    else:
        if rule.asserted == "less":
            median, low, high = -median, -high, -low
        yes, no = low > 0 and median >= rule.margin, high < rule.margin
    if rule.denies:
        yes, no = no, yes
    return YES if yes else NO if no else WIDE


def counted(reasons: Iterable[str]) -> str:
    """Reasons in figures: ``"too few pairs: 1, the reference did not learn: 2"``; of one reason no figure."""
    found = Counter(filter(None, reasons))
    if len(found) == 1:
        return next(iter(found))
    return ", ".join(f"{reason}: {found[reason]}" for reason in REASONS if found[reason])


def _median(rows: pd.DataFrame, variant: str) -> float:
    """The median skill; NaN without any."""
    return float(skills(rows[rows["variant"] == variant]).median())


def _unsolved(rows: pd.DataFrame, a: str, b: str) -> float:
    """The share of pairs of which neither net ever solved the task."""
    until = rows.drop_duplicates(["variant", "seed"]).pivot(index="seed", columns="variant", values="steps_to_solved")
    pairs = until.reindex(columns=list(dict.fromkeys((a, b))))  # a study that is under way may lack one of them
    return float(pairs.isna().all(axis=1).mean()) if len(pairs) else 0.0
