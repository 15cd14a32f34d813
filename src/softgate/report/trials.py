"""What the two trials of `holding.py` give, as figures, and the three answers that an interval has."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from softgate.report.counted import DRAWS
from softgate.roles.maps import Map

__all__ = ["AHEAD", "HOLDS", "UNTOLD", "Beside", "Holding", "Kept", "Once", "beside", "keeps", "spread"]

Floats = NDArray[np.float64]

AHEAD = (1, 4, 8)
"""So many characters later it is looked at; the last counts."""
HOLDS = 0.9
"""To say that a unit keeps what is put into it, it is left at so many of the places; the interval decides."""
UNTOLD = "cannot be told"
FEWEST_STRETCHES = 5
"""Of fewer there is no interval: three stretches that agree are no certainty."""


@dataclass(frozen=True)
class Beside:
    """A unit's figure among those of other units that were moved as far, in their own standard deviations."""

    rank: int
    """1 where no other unit reaches it; who is as good counts as better."""
    others: int
    high: float
    """95 of 100 of the others are at or below."""


@dataclass(frozen=True)
class Kept:
    """On one side of a label: the share of places at which what was put into a unit was still there."""

    inside: bool
    places: int
    apart: tuple[float, ...]
    """After each number of `AHEAD`, at least half of the gap between the two values was left."""
    low: float
    """Where 95 of 100 of the last lie when the stretches are drawn anew, from here ..."""
    high: float
    """... to here; NaN with too few stretches."""
    there: float
    """In the end, neither of the two had moved by half of the gap."""
    there_low: float
    there_high: float
    moved: float
    """What moved, left alone, the mean of its distance in shares of the gap."""
    beside: Beside | None = None
    """Of the last of `apart`."""

    @property
    def answer(self) -> str:
        """Whether the two stay apart: ``"keeps"``, ``"does not"`` or that it cannot be told."""
        return keeps(self.low, self.high)

    @property
    def stays(self) -> str:
        """The same of whether both stay where they were."""
        return keeps(self.there_low, self.there_high)


@dataclass(frozen=True)
class Once:
    """The mean probability of what is due, as it is and with one put some characters before."""

    due: str
    characters: int
    places: int
    stretches: int
    before: float
    after: float
    low: float
    """Of the change, when the stretches are drawn anew, from here ..."""
    high: float
    """... to here; NaN with too few stretches."""
    beside: Beside | None = None
    """Of the size of the mean change, whatever its sign."""

    @property
    def change(self) -> float:
        """Of the probability."""
        return self.after - self.before

    @property
    def answer(self) -> str:
        """``"changes it"``, ``"no more than others"``, or that it cannot be told; the whole interval must agree."""
        others = 0.0 if self.beside is None else self.beside.high
        if math.isnan(self.low):
            return UNTOLD
        if self.low > others or self.high < -others:
            return "changes it"
        return "no more than others" if max(-self.low, self.high) <= others else UNTOLD


@dataclass(frozen=True)
class Holding:
    """The two trials of one unit and one label."""

    label: str
    signal: str
    unit: int
    role: str
    score: float
    """How well it follows the label, as the search by labels found it."""
    kept: tuple[Kept, ...]
    once: tuple[Once, ...]
    classes: tuple[tuple[str, Map], ...] = ()
    """What the events, rests apart, do to it."""
    twin: tuple[Kept, ...] = ()
    """The same of the unit that follows the label best in a net that was never trained."""

    @property
    def name(self) -> str:
        """Such as ``"l0.c, unit 7"``."""
        return f"{self.signal.removeprefix('lstm.')}, unit {self.unit}"


def keeps(low: float, high: float) -> str:
    """``"keeps"`` where the whole interval is at `HOLDS` or above, ``"does not"`` where it is below, else untold."""
    if low >= HOLDS:
        return "keeps"
    return "does not" if high < HOLDS else UNTOLD


def spread(values: Floats, stretch: NDArray[np.int64]) -> tuple[float, float]:
    """95 of 100 means when the stretches, each with its places, are drawn anew; NaN with too few of them."""
    kinds, which = np.unique(stretch, return_inverse=True)
    if len(kinds) < FEWEST_STRETCHES:
        return float("nan"), float("nan")
    total, n = np.bincount(which, values), np.bincount(which)
    drawn = np.random.default_rng(0).integers(len(kinds), size=(DRAWS, len(kinds)))
    low, high = np.quantile(total[drawn].sum(1) / n[drawn].sum(1), [0.025, 0.975])
    return float(low), float(high)


def beside(own: float, others: Sequence[float]) -> Beside | None:
    """A figure's rank among those of other units, and where 95 of 100 of them are; None without any."""
    if not others:
        return None
    return Beside(1 + sum(one >= own for one in others), len(others), float(np.quantile(others, 0.95)))
