"""``product(a, b)``: the surface a(x) b(y) of a gate times a candidate. Part of :mod:`softgate.describe`.

A gate and what it multiplies have weights of their own, so what meets is a(x) and b(y) with two variables; the curve
a(x) b(x) that is drawn so often is the line x = y on that surface, and both are here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from softgate.describe.activation import Description, of
from softgate.describe.critical import Extreme, number
from softgate.describe.text import as_table, as_text, at_most
from softgate.evaluate import evaluate_at
from softgate.figures import curves
from softgate.figures.style import FigureError
from softgate.squash import Activation, Formula, get
from softgate.symbols import Expr

Floats = NDArray[np.float64]

MOST_POINTS = 200


@dataclass(frozen=True)
class Bounds:
    """Infimum and supremum of something over the whole plane."""

    low: float
    high: float

    def __str__(self) -> str:
        if math.isnan(self.low) and math.isnan(self.high):
            return "not established"
        return f"{number(self.low)} to {number(self.high)}"


@dataclass(frozen=True, repr=False)
class Product:
    """The surface a(x) b(y), exact in both variables.

    Attributes:
        a: the description of the first activation, a function of x.
        b: the description of the second, a function of y.
        diagonal: the description of a(x) b(x), the special case x = y, with its slope and curvature.
        value: infimum and supremum of a(x) b(y).
        dx: of a'(x) b(y), the slope along x.
        dy: of a(x) b'(y), the slope along y.
        mixed: of a'(x) b'(y).
    """

    a: Description
    b: Description
    diagonal: Description
    value: Bounds
    dx: Bounds
    dy: Bounds
    mixed: Bounds
    _first: Activation
    _second: Activation

    def at(self, x: Any, y: Any) -> dict[str, Floats]:
        """The surface and its slopes at points: ``value``, ``dx``, ``dy``, ``mixed``.

        Args:
            x: numbers, of a shape that fits that of ``y``.
            y: numbers.
        """
        x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        a, slope_a = (_of(e, x) for e in (self._first.value, self._first.slope))
        b, slope_b = (_of(e, y) for e in (self._second.value, self._second.slope))
        return {"value": a * b, "dx": slope_a * b, "dy": a * slope_b, "mixed": slope_a * slope_b}

    def rows(self) -> list[tuple[str, str]]:
        """What is said of it, a title and a text each."""
        line = self.diagonal
        at_0 = "" if math.isnan(line.slope_at_0) else f"{number(line.slope_at_0)} at 0, "
        return [
            ("value", f"{self.value}, range of a {self.a.range} times range of b {self.b.range}"),
            ("slope in x", f"{self.dx}, as a'(x) b(y)"),
            ("slope in y", f"{self.dy}, as a(x) b'(y)"),
            ("mixed", f"{self.mixed}, as a'(x) b'(y)"),
            ("on x = y", f"range {line.range}; {line.direction}"),
            ("", f"slope {at_0}{at_most(line.steepest)}"),
            ("", f"curvature {at_most(line.sharpest)}"),
            ("", f"lowest {line.lowest}, highest {line.highest}"),
        ]

    def __repr__(self) -> str:
        return as_text(f"a(x) b(y), a = {self.a.name}, b = {self.b.name}", self.rows())

    def _repr_html_(self) -> str:
        return as_table(f"a(x) b(y), a = {self.a.name}, b = {self.b.name}", self.rows())

    def plot(self, reach: float = 4.0, points: int = 33) -> Any:
        """The surface, its two slopes and the mixed one as maps over (x, y), and value, slope, curvature on x = y.

        Args:
            reach: x and y run from minus this to this.
            points: how many points along each side of a map.

        Returns:
            An Altair chart.

        Raises:
            FigureError: ``reach`` is no finite number above 0, or ``points`` no whole number from 2 to 200.
            MissingExtraError: without the extra ``plots``.
        """
        _check(reach, points)
        axis = np.linspace(-reach, reach, points)
        maps = self.at(axis[:, None], axis[None, :])
        line = self.diagonal.plot(-reach, reach)
        return curves.surfaces(f"{self.a.name}(x) · {self.b.name}(y)", axis, maps, line)


def _check(reach: Any, points: Any) -> None:
    if not (isinstance(reach, (int, float)) and math.isfinite(reach) and reach > 0):
        raise FigureError(f"plot: reach is a finite number above 0, as in plot(4); got {reach!r}")
    if not (isinstance(points, int) and 2 <= points <= MOST_POINTS):
        raise FigureError(f"plot: points is a whole number from 2 to {MOST_POINTS}; got {points!r}")


def _of(e: Expr, x: Floats) -> Floats:
    found: Floats = np.broadcast_to(evaluate_at(e, x), x.shape)
    return found


def product(a: str | Activation | Formula, b: str | Activation | Formula) -> Product:
    """The surface a(x) b(y) of two activations, its slopes, and the line x = y: ``product("tanh", "sigmoid")``.

    x and y are independent, so the range of the surface is the product of the ranges, and so for its slopes.

    Args:
        a: what x goes through: a name, an activation or a formula.
        b: what y goes through.

    Raises:
        UnknownNameError: listing the near names.
        ActivationError: a formula does not make an activation.
        MissingExtraError: without the extra ``plots``, which brings SciPy.
    """
    first, second = get(a), get(b)
    da, db = of(first.value, str(first)), of(second.value, str(second))
    value_a, value_b = (da.lowest, da.highest), (db.lowest, db.highest)
    return Product(
        a=da,
        b=db,
        diagonal=of(first.value * second.value, f"{first}(x) · {second}(x)"),
        value=_times(value_a, value_b),
        dx=_times(da.slopes, value_b),
        dy=_times(value_a, db.slopes),
        mixed=_times(da.slopes, db.slopes),
        _first=first,
        _second=second,
    )


def _times(a: tuple[Extreme, Extreme], b: tuple[Extreme, Extreme]) -> Bounds:
    """Bounds of a product of two things that vary independently. Zero times infinity is zero: the factor is zero."""
    corners = [0.0 if 0 in (p.value, q.value) else p.value * q.value for p in a for q in b]
    return Bounds(min(corners) + 0.0, max(corners) + 0.0) if not any(map(math.isnan, corners)) else _unknown()


def _unknown() -> Bounds:
    return Bounds(math.nan, math.nan)
