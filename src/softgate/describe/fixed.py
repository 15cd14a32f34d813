"""Fixed points of a formula that was cut into pieces, and what they do. Part of :mod:`softgate.describe`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from softgate.describe.critical import Place, number, place, places, same
from softgate.describe.numbers import Floats, at, many, zeros
from softgate.describe.pieces import Piece


@dataclass(frozen=True)
class FixedPoint:
    """Where an activation gives back what it is given.

    Attributes:
        at: a number, or a stretch on which all of them are.
        slope: the slope there.
        kind: ``"attracts"``, ``"repels"``, ``"neutral"``, or ``"attracts from the left"`` or ``"right"`` alone.
    """

    at: Place
    slope: float
    kind: str

    def __str__(self) -> str:
        return f"{place(self.at)} ({self.kind}, slope {number(self.slope)})"


def fixed_points(pieces: Sequence[Piece]) -> tuple[FixedPoint, ...]:
    """Where the formula is x, from left to right: by algebra on straight pieces, by search on the others."""
    found: list[Place] = []
    for piece in pieces:
        if piece.line is None:
            found += _searched(piece)
            continue
        slope, start = piece.line
        if slope == 1:
            found += [(piece.low, piece.high)] if start == 0 else []
        elif piece.low <= (x := start / (1 - slope)) <= piece.high:
            found.append(x)
    return tuple(_judged(pieces, p) for p in places(found))


def _searched(piece: Piece) -> list[Place]:
    def gap(x: Floats) -> Floats:
        y = many(piece.value, x) - x
        return np.where(np.abs(y) <= 1e-15 * np.abs(x), 0.0, y)  # a softplus of 40 is not a fixed point, but rounding

    points = piece.points
    y = gap(points)
    alone = np.flatnonzero((y == 0) & (np.append(1, y[:-1]) != 0) & (np.append(y[1:], 1) != 0))
    found = [*zeros(gap, points), *(float(x) for x in points[alone] if abs(x) < 1e5 * piece.scales.reach)]
    return [
        x
        for x in found
        if not (math.isclose(x, piece.low) or math.isclose(x, piece.high)) or same(at(piece.value, x), x)
    ]


def value_at(pieces: Sequence[Piece], x: float, order: int = 0) -> float:
    """Value, slope or curvature at a number; where two pieces meet, of the left one. Not a number where it has none."""
    piece = next((p for p in pieces if p.low <= x <= p.high), None)
    return math.nan if piece is None else at(piece.derivatives()[order], x)


def _judged(pieces: Sequence[Piece], where: Place) -> FixedPoint:
    """A fixed point with what a small push on either side becomes: the smallest that makes a difference."""
    if isinstance(where, tuple):
        return FixedPoint(where, 1.0, "neutral")
    slope = value_at(pieces, where, 1)
    kind = "neutral"
    for size in sorted({s.size for s in pieces[0].scales.found}):
        kind = _pushed(pieces, where, slope, 1e-4 * max(size, abs(where)))
        if kind != "neutral":
            break
    return FixedPoint(where, slope, kind)


def _pushed(pieces: Sequence[Piece], where: float, slope: float, push: float) -> str:
    def after(x: float) -> float:
        y = value_at(pieces, x)
        return value_at(pieces, y) if slope < 0 else y  # a falling curve changes sides: it is back after two steps

    left, right = (abs(after(where + d) - where) / push for d in (-push, push))
    nearer = [r < 1 - 1e-10 if math.isfinite(r) else False for r in (left, right)]
    kinds = {
        (True, True): "attracts",
        (True, False): "attracts from the left",
        (False, True): "attracts from the right",
    }
    farther = max((r for r in (left, right) if math.isfinite(r)), default=1.0) > 1 + 1e-10
    return kinds.get((nearer[0], nearer[1]), "repels" if farther else "neutral")
