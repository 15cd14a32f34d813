"""A formula of one variable, cut where it bends: on each piece it is smooth, and a straight line is known to be one.

The formula's own comparisons (``where``, ``abs``, ``maximum``) say where it may bend; on a piece each of them is
decided, so what is left of a ReLU is ``0`` and ``x``, exactly. Part of :mod:`softgate.describe`.

Costs a few milliseconds a formula. Known imperfection: a comparison that changes sides twice between two neighbours of
:func:`grid` is not seen.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from softgate.calculus import derivative
from softgate.errors import MissingExtraError
from softgate.evaluate import evaluate_at
from softgate.symbols import Expr, const, node, rewrite, sub, sym, symbols_in, walk

Floats = NDArray[np.float64]

_X = sym("x")
LADDER = (30.0, 60.0, 120.0, 240.0, 480.0, 700.0, 1e3, 1e4, 1e8, 1e16, 1e32, 1e64)
"""Where a limit is looked for. Some formulas overflow on the way; the last two numbers there are decide."""


@dataclass(frozen=True)
class Piece:
    """A stretch of a formula without a bend inside, from ``low`` to ``high``, either of which may be infinite."""

    low: float
    high: float
    value: Expr

    @cached_property
    def slope(self) -> Expr:
        """The first derivative on the piece."""
        return derivative(self.value, _X)

    @cached_property
    def curvature(self) -> Expr:
        """The second derivative on the piece."""
        return derivative(self.slope, _X)

    @cached_property
    def line(self) -> tuple[float, float] | None:
        """Slope and value at 0, where the piece is a straight line; else None."""
        if symbols_in(self.slope):
            return None
        return at(self.slope, 0.0), at(self.value, 0.0)

    def derivatives(self) -> tuple[Expr, Expr, Expr]:
        """Value, slope and curvature."""
        return self.value, self.slope, self.curvature

    def points(self) -> Floats:
        """The grid on the piece, its finite ends included."""
        return within(self.low, self.high)


def at(e: Expr, x: float) -> float:
    """An expression in ``x`` at a number."""
    return float(evaluate_at(e, float(x)))


def many(e: Expr, x: Floats) -> Floats:
    """An expression in ``x`` at many numbers."""
    found: Floats = np.broadcast_to(evaluate_at(e, x), x.shape)
    return found


def grid() -> Floats:
    """Where formulas are looked at: finely near 0, then further and further apart, 0 included, up to a million."""
    near = np.linspace(0, 40, 4001)
    far = np.geomspace(40, 1e6, 400)[1:]
    half = np.concatenate([near, far])
    found: Floats = np.concatenate([-half[:0:-1], half])
    return found


def within(low: float, high: float) -> Floats:
    """The grid from ``low`` to ``high``, finite ends included, and a few more points where that is short."""
    x = grid()
    inside = x[(x > low) & (x < high)]
    if len(inside) < 100 and math.isfinite(low) and math.isfinite(high):
        inside = np.linspace(low, high, 103)[1:-1]
    ends = [e for e in (low, high) if math.isfinite(e)]
    found: Floats = np.unique(np.concatenate([inside, np.array(ends)]))
    return found


def root(f: Callable[[float], float], low: float, high: float) -> float:
    """The zero of ``f`` between two points at which it has different signs."""
    try:
        from scipy.optimize import brentq
    except ImportError:
        raise MissingExtraError("scipy", "plots", "describing an activation") from None
    found: float = brentq(f, low, high, xtol=1e-15, rtol=1e-14, maxiter=200)
    return found


def zeros(f: Callable[[Floats], Floats], points: Floats) -> list[float]:
    """Where ``f`` changes sign along ``points``. A single zero between two signs is one; a stretch of zeros is none."""
    y = f(points)
    known = np.flatnonzero(np.isfinite(y) & (y != 0))
    found = []
    turns = np.flatnonzero(np.diff(y[known] > 0))
    for i, j in zip(known[turns], known[turns + 1], strict=True):
        if j - i > 2:
            continue
        if j - i == 2:
            found += [float(points[i + 1])] if y[i + 1] == 0 else []
            continue
        x = root(lambda x: float(f(np.array([x]))[0]), float(points[i]), float(points[j]))
        if abs(float(f(np.array([x]))[0])) <= 1e-3 * max(abs(y[i]), abs(y[j])):  # else a pole or a jump
            found.append(x)
    return found


def limit(e: Expr, side: int) -> float | None:
    """What an expression goes to as x goes to plus (``side`` 1) or minus infinity; None if nothing is seen.

    A number is taken for the limit when the last two steps of :data:`LADDER` agree on it to ten digits, infinity when
    they only grow.
    """
    values = many(e, side * np.array(LADDER))
    infinite = np.flatnonzero(np.isinf(values))
    if len(infinite) and not np.isnan(values[: infinite[0]]).any():
        return float(values[infinite[0]])
    known = values[np.isfinite(values)]
    if len(known) < 4:
        return None
    steps = np.abs(np.diff(known))
    if steps[-1] <= 1e-10 * max(1.0, abs(known[-1])):
        return 0.0 if abs(known[-1]) < 1e-15 else float(known[-1])
    growing = np.diff(known[-7:])  # fewer could be the whim of a sine
    if (growing > 0).all() or (growing < 0).all():
        return math.copysign(math.inf, known[-1])
    return None


def cut(value: Expr) -> list[Piece]:
    """The pieces of a formula in ``x``, from left to right."""
    bends = sorted({round(x, 15) + 0.0 for x in _bends(value)})
    edges = [-math.inf, *bends, math.inf]
    found: list[Piece] = []
    for low, high in itertools.pairwise(edges):
        formula = _decided(value, _middle(low, high))
        if found and found[-1].value is formula:
            low = found.pop().low
        found.append(Piece(low, high, formula))
    return found


def _middle(low: float, high: float) -> float:
    if math.isinf(low):
        return high - 1.0 if math.isfinite(high) else 0.7
    return low + 1.0 if math.isinf(high) else 0.5 * (low + high)


def _bends(value: Expr) -> list[float]:
    """Where a comparison of the formula changes sides, whether or not the formula changes there."""
    found: list[float] = []
    for e in walk([value]):
        between = _compared(e)
        if between is not None and symbols_in(between):
            found += zeros(lambda x, b=between: many(b, x), grid())  # type: ignore[misc]
    return found


def _compared(e: Expr) -> Expr | None:
    """What has to change sign for a node to change sides."""
    if e.op in ("lt", "le", "maximum", "minimum"):
        return sub(e.args[0], e.args[1])
    return e.args[0] if e.op in ("abs", "sign") else None


def _decided(value: Expr, x: float) -> Expr:
    """The formula with each of its comparisons as it is at ``x``."""

    def rule(e: Expr) -> Expr | None:
        between = _compared(e)
        sign = at(between, x) if between is not None else 0.0
        decided: Expr | None = None
        match e.op:
            case "lt" | "le":
                decided = node(e.op, 0.0 if sign < 0 or (sign == 0 and e.op == "le") else 1.0, 0.5)
            case "maximum" | "minimum":
                decided = e.args[0] if (sign > 0) == (e.op == "maximum") else e.args[1]
            case "abs":
                decided = e.args[0] if sign >= 0 else -e.args[0]
            case "sign":
                decided = const(math.copysign(1.0, sign))
            case "where" if not symbols_in(e.args[0]):
                decided = e.args[1] if at(node("where", e.args[0], 1.0, 0.0), x) > 0.5 else e.args[2]
        return decided

    return rewrite([value], rule)[0]
