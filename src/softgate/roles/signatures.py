"""``c_t = a c_{t-1} + b`` for each unit and class of input, from five sums, batch by batch.

Nothing is kept of the steps, and sums of parts add up to the sums of the whole. Sums are taken about a value near the
mean of the unit, so that a counter at 10,000 loses no digits. See :class:`softgate.Statistics` for sums without any
rounding, over corpora of any length.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Signatures", "fit"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Signatures:
    """Class by class: ``n`` [K]; ``a``, ``b``, ``r2``, ``residual`` [K, H]; ``motion`` [K, H], sums of
    |c_t - c_{t-1}|.

    a is NaN where a unit had the same value before every step of the class; then b is the mean of what came.
    """

    n: NDArray[np.int64]
    a: Floats
    b: Floats
    r2: Floats
    residual: Floats
    motion: Floats


def fit(c: Floats, before: Floats, classes: NDArray[np.int64], count: int) -> Signatures:
    """Least squares over the steps of each class.

    Args:
        c, before: [T, B, H], after and before each step.
        classes: [T, B]; steps below 0 count for none.
        count: K.
    """
    T, B, H = c.shape
    sums, n, motion = np.zeros((count, 5, H)), np.zeros(count, np.int64), np.zeros((count, H))
    middle = c.reshape(-1, H).mean(0) if T * B else np.zeros(H)
    for b in range(B):
        now, earlier, kinds = c[:, b], before[:, b], classes[:, b]
        x, y = earlier - middle, now - middle
        kept = kinds >= 0
        which = np.eye(count)[kinds[kept]]
        for j, term in enumerate((x, y, x * x, x * y, y * y)):
            sums[:, j] += which.T @ term[kept]
        motion += which.T @ np.abs(now - earlier)[kept]
        n += which.sum(0).astype(np.int64)
    return _solved(sums, n, motion, middle)


def _solved(sums: Floats, n: NDArray[np.int64], motion: Floats, middle: Floats) -> Signatures:
    with np.errstate(invalid="ignore", divide="ignore"):
        mx, my, xx, xy, yy = (sums / n[:, None, None]).transpose(1, 0, 2)
        vx, vy, cov = np.maximum(xx - mx * mx, 0), np.maximum(yy - my * my, 0), xy - mx * my
        still = vx <= 1e-12 * (1 + xx)
        a = np.where(still, np.nan, cov / vx)
        slope = np.where(still, 0.0, a)
        b = my - slope * mx + middle * (1 - slope)
        left = np.maximum(vy - slope * cov, 0)
        r2 = np.where(vy <= 1e-12 * (1 + yy), np.nan, 1 - left / vy)
    return Signatures(n, a, b, r2, np.sqrt(left), motion)
