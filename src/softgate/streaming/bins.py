"""The bins of histograms: 32 of equal width, a power of two, so that a bin is found without rounding."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from softgate.errors import ShapeError
from softgate.streaming.buffers import BINS, Array

UNBOUNDED = (-8.0, 8.0)
"""The range where the equations give none: beyond it a sigmoid is open or shut to four digits."""


@dataclass(frozen=True)
class Bins:
    """Bins ``[first * width, (first + 1) * width)`` and so on; the outer two also have what lies beyond them."""

    first: int
    width: float

    @property
    def edges(self) -> Array:
        """Lower edges and the last upper edge, [33]."""
        return np.array([(self.first + k) * self.width for k in range(BINS + 1)])


def bins(low: float, high: float) -> Bins:
    """The narrowest bins that cover a range.

    Raises:
        ShapeError: the range is empty or not finite.
    """
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ShapeError(f"ranges: expected (low, high) with low < high, both finite, got ({low}, {high})")
    width = 2.0 ** math.ceil(math.log2((high - low) / BINS))
    while math.floor(low / width) * width + BINS * width < high:
        width *= 2
    return Bins(math.floor(low / width), width)
