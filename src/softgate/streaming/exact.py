"""Sums that lose nothing, so that the order in which parts are added cannot be seen in the result.

A sum is kept as several arrays whose total is the exact sum (Shewchuk, 1997, *Adaptive precision floating-point
arithmetic*): what rounding takes from one array goes to the next, and where the last is not enough there is one more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from softgate import dispatch
from softgate.streaming.buffers import Array

_LARGE = 1 << 12
"""Values from which the kernel is worth its call."""


class Exact:
    """An array of exact sums of float64 values; what is not finite is kept apart, and decides the result.

    Attributes:
        levels: [levels, ...]; the exact sum is that of the first axis.
        special: [...], the sum of what was inf or NaN, else 0.
    """

    def __init__(self, shape: Sequence[int]) -> None:
        self.levels = np.zeros((2, *shape))
        self.special = np.zeros(shape)

    def add(self, value: Array) -> None:
        """Add an array of the sum's shape."""
        left = np.array(value, np.float64, order="C")
        finite = np.isfinite(left)
        if not finite.all():
            with np.errstate(invalid="ignore"):
                self.special += np.where(finite, 0.0, left)
            left[~finite] = 0.0
        while True:
            _absorb(self.levels, left)
            if not left.any():
                return
            self.levels = np.concatenate([self.levels, np.zeros_like(left)[None]])

    def merge(self, other: Exact) -> None:
        """Add another sum of the same shape."""
        for level in other.levels:
            self.add(level)
        with np.errstate(invalid="ignore"):
            self.special = self.special + other.special

    def grown(self, shape: Sequence[int]) -> Exact:
        """The same in a larger array, zero where it is new."""
        new = Exact(shape)
        at = tuple(slice(n) for n in self.special.shape)
        new.levels = np.zeros((len(self.levels), *shape))
        new.levels[(slice(None), *at)], new.special[at] = self.levels, self.special
        return new

    def canonical(self) -> Array:
        """The levels [n, ...] that depend on the exact sum alone: each is what is left, rounded."""
        rows = self.levels.reshape(len(self.levels), -1).T.tolist()
        found: list[list[float]] = []
        while True:
            level = [math.fsum(row) for row in rows]
            if not any(level) and found:
                break
            found.append(level)
            rows = [[*row, -x] if x else row for row, x in zip(rows, level, strict=True)]
        return np.array(found).reshape(len(found), *self.special.shape)

    def fractions(self) -> list[Fraction]:
        """The exact sums, flat; 0 where something was not finite."""
        rows = self.levels.reshape(len(self.levels), -1).T.tolist()
        return [sum((Fraction(x) for x in row if x), Fraction()) for row in rows]


def _absorb(levels: Array, left: Array) -> None:
    """Add ``left`` to ``levels``; what does not fit stays in it."""
    if left.size >= _LARGE and left.size % 16 == 0 and not isinstance(dispatch.backend(), str):
        from softgate.cpu import tally

        tally.absorb(levels, left)
        return
    x = left.copy()
    for level in levels:
        s = level + x
        t = s - level
        x = (level - (s - t)) + (x - t)
        level[...] = s
    left[...] = x
