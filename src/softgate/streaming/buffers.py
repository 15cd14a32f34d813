"""What is counted of a stretch of steps: arrays that a kernel writes, or its twin in torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 32
"""Bins of a histogram."""
SUMS = 5
"""Sums of a class and unit: of p, d, p p, p d, d d, for what was held before the step and its change."""
PLAIN, GATE, HOLD = 0, 1, 2
"""What is counted of a signal: the common part; also shut and open; also the product, for the half-life."""
SPAN = 64
"""Rows after which a product is brought back to [1, 2)."""
PLANES = 16
"""Bits of a count while it is kept in bit planes."""
_LANES = 16
_BITS = 26
"""Bits of a shift: so few that its products with what it is multiplied by are exact."""

Array = NDArray[Any]


def padded(units: int) -> int:
    """Units, rounded up to whole vectors of any kernel."""
    return -(-units // _LANES) * _LANES


def limits(shut: float, open_: float, real: Any) -> Array:
    """The smallest value of a type that is not below ``shut``, and the largest that is not above ``open_``."""
    low, high = real(shut), real(open_)
    low = low if float(low) >= shut else np.nextafter(low, real(np.inf))
    return np.array([low, high if float(high) <= open_ else np.nextafter(high, real(-np.inf))], real)


class Buffers:
    """For S signals of H units; ``H'`` is H rounded up to whole vectors, and units past H mean nothing.

    Attributes:
        kinds: [S], what is counted of each.
        scales, bases: [S]; the bin of x is floor(x scale) - base, 0 for what is lower, none for what is higher.
        shift: [S, H'] float64; subtracted before anything is summed.
        sums: [S, 2, H'] float64, of x - shift and of its square.
        extremes: [S, 2, H'], lowest and highest.
        counts: [S, 32, H'], the histogram; of kernels, once their planes [S, 16, H'] are added to it.
        shares: [S, 2, H'], steps shut and open; ``limits`` [2] says what that is.
        zeros, products, exponents: [S, H'], the product of |x|: steps at 0, and otherwise product * 2^exponent, where
            each exponent has 1023 too much for each row.
    """

    def __init__(
        self, kinds: Sequence[int], scales: Sequence[float], bases: Sequence[int], units: int, real: Any,
        ends: tuple[float, float],
    ) -> None:  # fmt: skip
        S, H = len(kinds), padded(units)
        whole: Any = np.int32 if real == np.float32 else np.int64
        self.units, self.real = units, real
        self.kinds = np.array(kinds, np.int64)
        self.scales, self.bases = np.array(scales, real), np.array(bases, real)
        self.limits = limits(*ends, real)
        self.shift = np.zeros((S, H))
        self.sums = np.zeros((S, 2, H))
        self.extremes = np.empty((S, 2, H), real)
        self.counts, self.planes = np.zeros((S, BINS, H), whole), np.zeros((S, PLANES, H), whole)
        self.shares = np.zeros((S, 2, H), whole)
        self.zeros = np.zeros((S, H), whole)
        self.products = np.ones((S, H))
        self.exponents = np.zeros((S, H), np.int64)

    def begin(self, first: Sequence[Array]) -> None:
        """Forget everything; ``first`` has one row of each signal, [H], near which its values are supposed to be."""
        self.sums[:] = 0
        self.extremes[:, 0], self.extremes[:, 1] = np.inf, -np.inf
        for counted in (self.counts, self.planes, self.shares, self.zeros, self.exponents):
            counted[:] = 0
        self.products[:] = 1
        self.shift[:, : self.units] = _rough(np.stack(first).astype(np.float64))


def _rough(x: Array) -> Array:
    """Numbers rounded to 26 bits; 0 for what is not finite."""
    fraction, exponent = np.frexp(np.where(np.isfinite(x), x, 0.0))
    near: Array = np.ldexp(np.round(np.ldexp(fraction, _BITS)), exponent - _BITS)
    return near
