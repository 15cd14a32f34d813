"""The little statistics of the benchmarks: medians with spread, ratios of pairs, geometric means."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """The 10th, 50th and 90th percentile of a number that was measured several times."""

    p10: float
    median: float
    p90: float


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` (0 to 1) of the values lie, linear between the two nearest.

    Raises:
        ValueError: there are no values, or one is not finite.
    """
    if not values or not all(map(math.isfinite, values)):
        raise ValueError(f"percentile: expected one or more finite numbers, got {list(values)[:5]}")
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def spread(values: Sequence[float]) -> Spread:
    """Percentiles of the values."""
    return Spread(percentile(values, 0.1), percentile(values, 0.5), percentile(values, 0.9))


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """How many times as long the other side took, pair by pair: what disturbs a pair disturbs both halves of it."""
    return [b / a for a, b in zip(ours, theirs, strict=True)]


def geometric_mean(values: Iterable[float]) -> float:
    """The mean that suits ratios: twice as fast here and half as fast there is 1.

    Raises:
        ValueError: there are no values, or one is not positive.
    """
    found = list(values)
    if not found or min(found) <= 0:
        raise ValueError(f"geometric_mean: expected one or more positive numbers, got {found[:5]}")
    return math.exp(math.fsum(map(math.log, found)) / len(found))
