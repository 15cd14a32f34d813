"""Extremes, tails and fixed points of a formula that was cut into pieces. Part of :mod:`softgate.describe`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from softgate.calculus import derivative
from softgate.describe.pieces import Floats, Piece, at, limit, many, zeros
from softgate.symbols import sym, symbols_in

Place = float | tuple[float, float]

SHARE = 0.01
"""A slope or curvature has died away where it is under this share of its largest."""
MOST_PLACES = 4


@dataclass(frozen=True)
class Extreme:
    """The largest or smallest value of something, and where.

    Attributes:
        value: may be infinite.
        at: numbers, or stretches ``(low, high)``; an infinite number says that the value is only approached.
    """

    value: float
    at: tuple[Place, ...]

    @property
    def attained(self) -> bool:
        """Whether the value is reached, and not only approached."""
        return any(isinstance(p, tuple) or math.isfinite(p) for p in self.at) and math.isfinite(self.value)

    def __str__(self) -> str:
        if (-math.inf, math.inf) in self.at:
            return f"{number(self.value)} everywhere"
        places = " and ".join(map(place, self.at))
        if len(self.at) > MOST_PLACES:
            nearest = min(self.at, key=lambda p: abs(p if isinstance(p, float) else p[0]))
            places = f"{place(nearest)} and {len(self.at) - 1} more"
        return f"{number(self.value)} {'at' if self.attained else 'towards'} {places}" if places else number(self.value)


def number(value: float) -> str:
    """A number as a reader wants it, to six digits."""
    return ("-" if value < 0 else "") + "inf" if math.isinf(value) else f"{value + 0.0:.6g}"


def place(where: Place) -> str:
    """A number or a stretch, in words of mathematics."""
    if not isinstance(where, tuple):
        return f"x = {number(where)}" if math.isfinite(where) else number(where)
    low, high = where
    return f"{'(' if math.isinf(low) else '['}{number(low)}, {number(high)}{')' if math.isinf(high) else ']'}"


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


def extremes(pieces: Sequence[Piece], order: int) -> tuple[Extreme, Extreme]:
    """The smallest and the largest value of a formula (``order`` 0), its slope (1) or its curvature (2).

    At the ends of a piece the value is the one it has from inside.
    """
    found: list[tuple[float, Place]] = []
    sampled: list[tuple[float, Place]] = []
    for piece in pieces:
        e = piece.derivatives()[order]
        if not symbols_in(e) or (order == 0 and piece.line is not None and piece.line[0] == 0):
            found.append((at(e, 0.0), (piece.low, piece.high)))
            continue
        points = piece.points()
        ends = [x for x in (piece.low, piece.high) if math.isfinite(x)]
        slope = derivative(e, sym("x"))
        turns = zeros(lambda x, e=slope: many(e, x), points)  # type: ignore[misc]
        found += [(y, x) for x in (*ends, *turns) if not math.isnan(y := at(e, x))]
        for end in (piece.low, piece.high):
            if math.isinf(end) and (y := limit(e, int(math.copysign(1, end)))) is not None:  # type: ignore[assignment]
                found.append((y, end))
        values = many(e, points)
        sampled += [(float(values[k]), float(points[k])) for k in _ends_of(values)]
    return _extreme(found, sampled, -1), _extreme(found, sampled, 1)


def _ends_of(values: Floats) -> list[int]:
    return [] if np.isnan(values).all() else [int(np.nanargmin(values)), int(np.nanargmax(values))]


def _extreme(found: list[tuple[float, Place]], sampled: list[tuple[float, Place]], sign: int) -> Extreme:
    """The largest, times ``sign``. A sample counts where it beats all that is exact, as beside a pole."""
    if not found:
        found = sampled
    if not found:
        return Extreme(math.nan, ())
    best = max(sign * y for y, _ in found)
    finest = max((sign * y for y, _ in sampled), default=best)
    if math.isfinite(best) and finest > best + 1e-9 * max(1.0, abs(best)):
        found, best = sampled, finest
    size = 1e-11 * max(1.0, abs(best)) if math.isfinite(best) else 0.0
    near = [p for y, p in found if sign * y == best or abs(sign * y - best) <= size]
    return Extreme(sign * best + 0.0, _places(near))


def _places(found: list[Place]) -> tuple[Place, ...]:
    """From left to right, each once; a point in or beside a stretch is left out, touching stretches are one."""
    spans: list[tuple[float, float]] = []
    for low, high in sorted(p for p in found if isinstance(p, tuple)):
        if spans and low <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(high, spans[-1][1]))
        else:
            spans.append((low, high))
    alone = sorted(p for p in found if not isinstance(p, tuple))
    points: list[float] = []
    for x in alone:
        covered = any(low <= x <= high for low, high in spans)
        if not covered and not (points and (x == points[-1] or abs(x - points[-1]) < 1e-9)):
            points.append(x + 0.0)
    finite = [x for x in points if math.isfinite(x)]
    kept = finite if finite or spans else points
    return tuple(sorted([*spans, *kept], key=lambda p: p[0] if isinstance(p, tuple) else p))


def largest(low: Extreme, high: Extreme) -> Extreme:
    """The largest size of what has these two extremes, whatever its sign."""
    size = abs(high.value)
    if size == abs(low.value) or abs(abs(low.value) - size) <= 1e-11 * (max(1.0, size) if math.isfinite(size) else 0):
        return Extreme(size, _places([*low.at, *high.at]))
    return high if size > abs(low.value) else Extreme(abs(low.value), low.at)


def tails(pieces: Sequence[Piece], order: int, most: float) -> tuple[float | None, float | None]:
    """To the left of the first and to the right of the second number, the slope (``order`` 1) or curvature (2) is
    under 1 % of ``most``, its largest size (under 0.01, if that is infinite); None where it never dies away."""
    if most == 0 or math.isnan(most):
        return None, None
    floor = SHARE * most if math.isfinite(most) else SHARE
    return _tail(pieces, order, floor, -1), _tail(pieces[::-1], order, floor, 1)


def _tail(pieces: Sequence[Piece], order: int, floor: float, side: int) -> float | None:
    """From the outside in, the first place where something is not under ``floor``."""
    for piece in pieces:
        e = piece.derivatives()[order]
        outer = piece.high if side > 0 else piece.low
        size = limit(e, side) if math.isinf(outer) else at(e, outer)
        if size is None or abs(size) >= floor:
            return outer if math.isfinite(outer) else None
        crossings = zeros(lambda x, e=e: np.abs(many(e, x)) - floor, piece.points())  # type: ignore[misc]
        if crossings:
            return crossings[-1] if side > 0 else crossings[0]
        inner = piece.low if side > 0 else piece.high
        if math.isfinite(inner) and abs(at(e, inner)) >= floor:
            return inner
    return None


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
    return tuple(_judged(pieces, p) for p in _places(found))


def _searched(piece: Piece) -> list[Place]:
    def gap(x: Floats) -> Floats:
        y = many(piece.value, x) - x
        return np.where(np.abs(y) <= 1e-15 * np.abs(x), 0.0, y)  # a softplus of 40 is not a fixed point, but rounding

    points = piece.points()
    y = gap(points)
    alone = np.flatnonzero((y == 0) & (np.append(1, y[:-1]) != 0) & (np.append(y[1:], 1) != 0))
    return [*zeros(gap, points), *(float(x) for x in points[alone] if abs(x) < 1e5)]


def value_at(pieces: Sequence[Piece], x: float, order: int = 0) -> float:
    """Value, slope or curvature at a number; where two pieces meet, of the left one."""
    piece = next(p for p in pieces if x <= p.high)
    return at(piece.derivatives()[order], x)


def _judged(pieces: Sequence[Piece], where: Place) -> FixedPoint:
    """A fixed point with what a small push on either side becomes."""
    if isinstance(where, tuple):
        return FixedPoint(where, 1.0, "neutral")
    push = 1e-4 * max(1.0, abs(where))
    slope = value_at(pieces, where, 1)

    def after(x: float) -> float:
        y = value_at(pieces, x)
        return value_at(pieces, y) if slope < 0 else y  # a falling curve changes sides: it is back after two steps

    left, right = (abs(after(where + d) - where) / push for d in (-push, push))
    kinds = {
        (True, True): "attracts",
        (True, False): "attracts from the left",
        (False, True): "attracts from the right",
    }
    kind = kinds.get((left < 1 - 1e-10, right < 1 - 1e-10))
    if kind is None:
        kind = "repels" if max(left, right) > 1 + 1e-10 else "neutral"
    return FixedPoint(where, slope, kind)
