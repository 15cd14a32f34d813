"""An expression in ``x`` as numbers: its values, its zeros, and what it goes to. Part of :mod:`softgate.describe`.

A limit is read off a ladder of places. What the ladder does not decide is None, and is said as "not established":
sums that cancel, and what grows or settles more slowly than a logarithm does, are such cases.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from softgate.errors import MissingExtraError
from softgate.evaluate import evaluate_at
from softgate.symbols import Expr

Floats = NDArray[np.float64]

FAR = np.array([30.0, 60.0, 120.0, 240.0, 480.0, 700.0, 1e3, 1e4, 1e8, 1e16, 1e32, 1e64])
"""Where a limit at infinity is looked for. Some formulas overflow on the way; the last numbers there are decide."""
NEAR = np.array([1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12])
"""The same beside a number; beside 0, where numbers are dense, down to ``AT_ZERO``."""
AT_ZERO = np.array([1e-2, 1e-4, 1e-8, 1e-16, 1e-32, 1e-64, 1e-128])


def at(e: Expr, x: float) -> float:
    """An expression in ``x`` at a number."""
    return float(evaluate_at(e, float(x)))


def many(e: Expr, x: Floats) -> Floats:
    """An expression in ``x`` at many numbers."""
    found: Floats = np.broadcast_to(evaluate_at(e, x), x.shape)
    return found


def _refined(f: Callable[[Floats], Floats], low: Floats, high: Floats) -> Floats:
    """The zeros of ``f`` between points at which it has different signs, all at once."""
    try:
        from scipy.optimize.elementwise import find_root
    except ImportError:
        raise MissingExtraError("scipy", "plots", "describing an activation") from None
    with np.errstate(over="ignore", invalid="ignore"):  # of functions as large as numbers get, the differences
        found: Floats = find_root(f, (low, high), tolerances={"xatol": 1e-300, "xrtol": 1e-15}).x
    return found


def zeros(f: Callable[[Floats], Floats], points: Floats) -> list[float]:
    """Where ``f`` changes sign along ``points``.

    Several zeros between two signs are one zero and rounding around it: their middle is taken.
    """
    y = f(points)
    known = np.flatnonzero(np.isfinite(y) & (y != 0))
    turns = np.flatnonzero(np.diff(y[known] > 0))
    left, right = known[turns], known[turns + 1]
    found = [
        float(points[(i + j) // 2]) for i, j in zip(left, right, strict=True) if j - i > 1 and (y[i + 1 : j] == 0).all()
    ]
    left, right = left[right - left == 1], right[right - left == 1]
    if len(left):
        x = _refined(f, points[left], points[right])
        small = np.abs(f(x)) <= 1e-3 * np.fmax(np.abs(y[left]), np.abs(y[right]))  # else a pole or a jump
        found += [float(v) for v in x[small]]
    return sorted(found)


def limit(e: Expr, side: int, reach: float = 1.0) -> float | None:
    """What an expression goes to as x goes to plus (``side`` 1) or minus infinity; None if that is not established.

    Args:
        e: the expression.
        side: 1 or -1.
        reach: the size of x up to which something may happen.
    """
    return _settled(many(e, side * max(1.0, reach) * FAR), 6)


def beside(e: Expr, x: float, side: int, size: float = 1.0) -> float | None:
    """What an expression goes to as x comes to a number from its right (``side`` 1) or its left; None as above.

    Args:
        e: the expression.
        x: the number.
        side: 1 or -1.
        size: how far away something else may happen.
    """
    steps = size * (AT_ZERO if x == 0 else NEAR[size * NEAR > 1e-13 * abs(x)])
    found, there = _settled(many(e, x + side * steps)), at(e, x)
    if math.isfinite(there) and (found is None or math.isclose(found, there, rel_tol=1e-5, abs_tol=1e-5 * size)):
        return there
    return found


def _settled(values: Floats, start: int = 0) -> float | None:
    """What a sequence goes to, as far as it goes; from ``start`` on its steps are even."""
    infinite = np.flatnonzero(np.isinf(values))
    if len(infinite) and not np.isnan(values[: infinite[0]]).any():
        end, before = values[infinite[0]], values[: infinite[0]][-3:]
        grows = (np.diff(np.abs(before)) > 0).all() and (np.sign(before) == np.sign(end)).all()
        return float(end) if grows else None
    known = values[np.isfinite(values)]
    if len(known) < 4:
        return None
    steps, size = np.diff(known), float(np.abs(known[-3:]).max())
    if (steps[-4:] > 0).all() or (steps[-4:] < 0).all():
        sizes = np.abs(steps[-4:])
        if (sizes[1:] >= 0.999 * sizes[:-1]).all():
            return math.copysign(math.inf, steps[-1])
    even = values[start:]
    sizes = np.abs(np.diff(even[np.isfinite(even)]))
    if (sizes[1:] > 1.001 * sizes[:-1] + 1e-12 * np.abs(known).max()).any():
        return None  # it came near something and left again, as sums do that cancel
    if abs(known[-1]) <= 1e-4 * abs(known[-4]):
        return 0.0
    return float(known[-1]) if abs(steps[-1]) <= 1e-10 * size else None
