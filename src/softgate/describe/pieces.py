"""A formula of one variable, cut where it bends: on each piece it is smooth, and a straight line is known to be one.

The formula's own comparisons (``where``, ``abs``, ``maximum``) say where it may bend, its quotients, logarithms and
roots where it may have a pole or an end. On a piece each comparison is decided, so what is left of a ReLU is ``0`` and
``x``, exactly. Part of :mod:`softgate.describe`.

Costs a few milliseconds a formula. Known imperfection: a comparison that changes sides twice between two neighbours of
the grid is not seen.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from softgate.calculus import Differentiable
from softgate.describe.numbers import Floats, at, beside, limit, many, zeros
from softgate.describe.scales import Scales, roots
from softgate.symbols import Expr, const, node, rewrite, sub, symbols_in, walk

MOST_EDGES = 64
"""Poles and ends beyond the nearest of these are not looked for, as of a tangent."""
_ENDS = {"div": 1, "log": 0, "log1p": 0, "sqrt": 0}
"""Operations that have a pole or an end where this one of their arguments is 0; for ``log1p``, -1."""


@dataclass(frozen=True)
class Piece(Differentiable):
    """A stretch of a formula without a bend inside.

    Attributes:
        low, high: where it begins and ends; either may be infinite.
        value: the formula there.
        scales: where it has to be looked at.
        ends: whether it has a pole, or the formula an end, at ``low`` and at ``high``.
    """

    low: float
    high: float
    value: Expr
    scales: Scales
    ends: tuple[bool, bool] = (False, False)

    @cached_property
    def line(self) -> tuple[float, float] | None:
        """Slope and value at 0, where the piece is a straight line; else None."""
        if symbols_in(self.slope):
            return None
        return at(self.slope, 0.0), at(self.value, 0.0)

    @cached_property
    def points(self) -> Floats:
        """The grid on the piece, its finite ends included, and closer and closer to those that are poles."""
        x = self.scales.grid
        inside = x[(x > self.low) & (x < self.high)]
        if len(inside) < 100 and math.isfinite(self.low) and math.isfinite(self.high):
            inside = np.linspace(self.low, self.high, 103)[1:-1]
        more = [np.array([e for e in (self.low, self.high) if math.isfinite(e)])]
        for end, side, open_ in ((self.low, 1, self.ends[0]), (self.high, -1, self.ends[1])):
            if open_:
                close = end + side * self.scales.size_at(end) * np.geomspace(1e-9, 1e-2, 141)
                more.append(close[(close > self.low) & (close < self.high)])
        found: Floats = np.unique(np.concatenate([inside, *more]))
        return found

    def towards(self, order: int, side: int) -> float | None:
        """What value, slope or curvature goes to at the end on a side, from inside; None if not established."""
        e, end = self.derivatives()[order], self.high if side > 0 else self.low
        if math.isinf(end):
            return limit(e, side, self.scales.reach)
        if self.ends[side > 0]:
            return beside(e, end, -side, min(self.scales.size_at(end), self.high - self.low))
        return at(e, end)


def cut(value: Expr, scales: Scales) -> list[Piece]:
    """The pieces of a formula in ``x``, from left to right, those left out on which it has no value."""
    bends = {round(x, 15) + 0.0 for x in _bends(value, scales.grid)}
    poles = {x for x in _poles(value, scales.grid) if not any(math.isclose(x, b, rel_tol=1e-14) for b in bends)}
    poles = set(sorted(poles, key=abs)[:MOST_EDGES])
    edges = [-math.inf, *sorted(bends | poles), math.inf]
    found: list[Piece] = []
    for low, high in itertools.pairwise(edges):
        formula = _decided(value, _middle(low, high))
        left = math.isfinite(low) and _breaks(formula, low, 1, scales)
        right = math.isfinite(high) and _breaks(formula, high, -1, scales)
        new = Piece(low, high, formula, scales, (left, right))
        if found and found[-1].value is formula and not (left or found[-1].ends[1]) and found[-1].high == low:
            last = found.pop()
            new = Piece(last.low, high, formula, scales, (last.ends[0], right))
        if np.isfinite(many(formula, _inside(low, high))).any():
            found.append(new)
    return found


def _breaks(formula: Expr, x: float, side: int, scales: Scales) -> bool:
    """Whether a formula or its slope has no value at a number, or goes to infinity beside it."""
    if not any(e.op in _ENDS for e in walk([formula])):
        return False
    for e in Differentiable.of(formula).derivatives()[:2]:
        near = beside(e, x, side, scales.size_at(x))
        if not math.isfinite(at(e, x)) or near is None or math.isinf(near):
            return True
    return False


def _inside(low: float, high: float) -> Floats:
    """A few numbers of a stretch."""
    if math.isinf(low) or math.isinf(high):
        start, side = (high, -1.0) if math.isfinite(high) else (low, 1.0) if math.isfinite(low) else (0.0, 1.0)
        return start + side * np.array([1e-3, 0.1, 0.7, 1.0, 5.0, 30.0])
    found: Floats = np.linspace(low, high, 8)[1:-1]
    return found


def _middle(low: float, high: float) -> float:
    if math.isinf(low):
        return high - 1.0 if math.isfinite(high) else 0.7
    return low + 1.0 if math.isinf(high) else 0.5 * (low + high)


def _bends(value: Expr, points: Floats) -> list[float]:
    """Where a comparison of the formula changes sides, whether or not the formula changes there."""
    found: list[float] = []
    for e in walk([value]):
        between = _compared(e)
        if between is not None and symbols_in(between):
            found += zeros(lambda x, b=between: many(b, x), points)  # type: ignore[misc]
    return found


def _poles(value: Expr, points: Floats) -> list[float]:
    """Where a quotient, a logarithm or a root of the formula may have a pole or an end."""
    found: list[float] = []
    for e in walk([value]):
        if e.op in _ENDS and symbols_in(e.args[_ENDS[e.op]]):
            argument = e.args[_ENDS[e.op]]
            found += roots(argument + 1.0 if e.op == "log1p" else argument, points)
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
