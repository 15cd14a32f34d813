"""The values that a unit has: those that are tried, their range, and those that it has once it has been at a mode.

A net may start at a value that is no mode, and that never comes again; what an event makes of that value says nothing
of what it does to the modes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["levels_of", "recurring", "since_mode", "span_of"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def levels_of(values: Floats) -> Floats:
    """Values that the unit has: three that are common, then its extremes and one from their middle."""
    ordered = np.sort(values)
    common = [float(ordered[min(len(ordered) - 1, int(q * len(ordered)))]) for q in (0.03, 0.5, 0.97)]
    middle = (ordered[0] + ordered[-1]) / 2
    return np.array([*common, ordered[0], ordered[-1], ordered[np.abs(ordered - middle).argmin()]])


def span_of(values: Floats) -> float:
    """The range of the values."""
    return float(np.ptp(values)) if len(values) else 0.0


def since_mode(before: Floats, there: Flags, near: float) -> Flags:
    """Steps [T, B] that began when their sequence had been, at some time, near the least or the greatest it has.

    The start itself is neither, unless what comes after it comes there again.

    Args:
        before: a unit's memory before each step, [T, B].
        there: which steps there are, [T, B].
        near: what is one value, as a share of the range.
    """
    moved = np.maximum.accumulate(np.abs(before - before[:1]) > near * np.ptp(before[there], axis=None), axis=0)
    later = before[moved & there]
    if not len(later):
        return there
    low, high = later.min(), later.max()
    at = np.minimum(np.abs(before - low), np.abs(before - high)) <= 2 * near * (high - low)
    began: Flags = np.maximum.accumulate(at & there, axis=0) & there
    return began


def recurring(levels: Floats, values: Floats, near: float) -> Flags:
    """Which of some levels [V] are near one of the values [N]; all, if there are no values."""
    if not len(values):
        return np.ones(len(levels), bool)
    ordered = np.sort(values)
    right = np.searchsorted(ordered, levels).clip(1, max(1, len(ordered) - 1))
    beside = ordered[np.stack([right - 1, right.clip(max=len(ordered) - 1)])]
    found: Flags = np.abs(beside - levels).min(0) <= near * (ordered[-1] - ordered[0])
    return found
