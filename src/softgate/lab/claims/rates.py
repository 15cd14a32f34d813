"""What the learning rate has to do with a comparison: whose best rate is which, and what it is worth.

A variant that is worse at the rate of another one, and no worse at its own, wants another learning rate; it does not
learn worse. And a best rate at the edge of its grid may not be the best there is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from softgate.lab.pairs import rate_effects

__all__ = ["RateEffect", "at_each", "effects", "of_rates", "of_words"]


@dataclass(frozen=True)
class RateEffect:
    """The learning rate in one comparison.

    Attributes:
        measure, variant, against, task: which.
        best: the rate that is best for the variant, in the median over seeds.
        edge: ``"lowest"`` or ``"highest"``, if that is an end of the grid; else nothing.
        own: the difference of the medians, each side at its best rate.
        common: the same, both sides at the best rate of ``against``.
    """

    measure: str
    variant: str
    against: str
    task: str
    best: float
    edge: str
    own: float
    common: float

    @property
    def share(self) -> float:
        """Which part of the difference at a common rate is the rate's: gone where each side has its own."""
        return 1 - self.own / self.common if self.common else math.nan


def effects(frame: Any, compared: Iterable[tuple[str, str, str]], by: str) -> tuple[RateEffect, ...]:
    """Of measure, variant and reference, on each task, what the rate does; nothing where there is one rate only.

    Args:
        frame: rows with the columns of :func:`softgate.lab.claims.columns.prepared`, all rates.
        compared: measure, variant, against; each is there.
        by: the column that rates are best by.
    """
    rates = sorted(frame["rate"].unique())
    if len(rates) < 2:
        return ()
    # Of two rates each is an end: that says nothing.
    ends = {rates[0]: "lowest", rates[-1]: "highest"} if len(rates) > 2 else {}
    found = []
    for measure, variant, against in compared:
        rows = frame[frame["variant"].isin((variant, against))]
        rows = rows[rows[measure].notna() & rows[by].notna()]
        if not {variant, against} <= set(rows["variant"]):
            continue
        table = rate_effects(rows, against, measure, None, by).set_index(["variant", "task"])
        for task in dict.fromkeys(rows["task"]):
            if {(variant, task), (against, task)} <= set(table.index):
                one, other = table.loc[(variant, task)], table.loc[(against, task)]
                own, common = float(one["median"] - other["median"]), float(one["at_common"] - other["median"])
                best = float(one["best"])
                found.append(RateEffect(measure, variant, against, str(task), best, ends.get(best, ""), own, common))
    return tuple(found)


def of_rates(found: Iterable[RateEffect]) -> str:
    """Effects in a sentence; nothing where there are none."""
    found = list(found)
    if not found:
        return ""
    edge = len({(e.variant, e.task) for e in found if e.edge})
    total = len({(e.variant, e.task) for e in found})
    own, common = (sum(abs(getattr(e, name)) for e in found) / len(found) for name in ("own", "common"))
    said = f"Differences are {own:.2g} on average with the best learning rate for each side, and {common:.2g} at the "
    said += "rate that is best for the reference"
    return f"{said}. The best rate is at the edge of the grid in {edge} of {total} cases." if edge else f"{said}."


def at_each(frame: Any, judge: Callable[[Any], str]) -> dict[float, str]:
    """The verdict with every net at one rate, for each rate; nothing where there is one rate only.

    Args:
        frame: rows with the columns of :func:`softgate.lab.claims.columns.prepared`, all rates.
        judge: from rows to a word.
    """
    rates = sorted(frame["rate"].unique())
    return {float(rate): judge(frame[frame["rate"] == rate]) for rate in rates} if len(rates) > 1 else {}


def of_words(words: Mapping[float, str], best: str) -> str:
    """The words at each rate in a sentence, and what they mean beside the word with the best rate for each side."""
    if not words:
        return "All nets have one learning rate, so the verdict says nothing of others."
    at: dict[str, list[str]] = {}
    for rate, word in words.items():
        at.setdefault(word, []).append(f"{rate:g}")
    told = ", ".join(f"{word} at {' and '.join(rates)}" for word, rates in at.items())
    said = f"With every net at the same learning rate the verdict would be: {told}; each at its best: {best}."
    if set(at) == {best}:
        return f"{said} So the word does not hang on the rate."
    return f"{said} Where the words differ, a comparison at one rate for all is in part one of learning rates."
