"""Extremes and tails of a formula that was cut into pieces. Part of :mod:`softgate.describe`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from softgate.calculus import derivative
from softgate.describe.numbers import Floats, at, many, zeros
from softgate.describe.pieces import Piece
from softgate.symbols import Expr, sym, symbols_in

Place = float | tuple[float, float]

SHARE = 0.01
"""A slope or curvature has died away where it is under this share of its largest."""
MOST_PLACES = 4


@dataclass(frozen=True)
class Extreme:
    """The largest or smallest value of something, and where.

    Attributes:
        value: may be infinite; not a number where it could not be established.
        at: numbers, or stretches ``(low, high)``; an infinite number says that the value is approached out there.
        attained: whether the value is reached, and not only approached.
    """

    value: float
    at: tuple[Place, ...]
    attained: bool

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
    if math.isnan(value):
        return "not established"
    return ("-" if value < 0 else "") + "inf" if math.isinf(value) else f"{value + 0.0:.6g}"


def place(where: Place) -> str:
    """A number or a stretch, in words of mathematics."""
    if not isinstance(where, tuple):
        return f"x = {number(where)}" if math.isfinite(where) else number(where)
    low, high = where
    return f"{'(' if math.isinf(low) else '['}{number(low)}, {number(high)}{')' if math.isinf(high) else ']'}"


@dataclass(frozen=True)
class _Seen:
    """A value that was found, where, and whether it is reached there."""

    value: float
    at: Place
    attained: bool = True


def extremes(pieces: Sequence[Piece], order: int, whole: Expr | None = None) -> tuple[Extreme, Extreme]:
    """The smallest and the largest value of a formula (``order`` 0), its slope (1) or its curvature (2).

    At the ends of a piece the value is the one it has, or goes to, from inside; it is reached there if ``whole``, the
    formula that was cut, has it there.
    """
    found: list[_Seen] = []
    sampled: list[float] = []
    unknown: set[int] = set()
    for piece in pieces:
        e = piece.derivatives()[order]
        if not symbols_in(e) or (order == 0 and piece.line is not None and piece.line[0] == 0):
            found.append(_Seen(at(e, 0.0), (piece.low, piece.high)))
            continue
        slope = derivative(e, sym("x"))
        turns = zeros(lambda x, e=slope: many(e, x), piece.points)  # type: ignore[misc]
        found += [_Seen(y, x) for x in turns if not math.isnan(y := at(e, x))]
        values = many(e, piece.points)
        sampled += [float(v) for v in values[np.isfinite(values)]]
        for side, end in ((-1, piece.low), (1, piece.high)):
            value = piece.towards(order, side)
            if value is None or math.isnan(value):
                unknown |= _open(piece, values, side)
            else:
                there = math.isfinite(end) and math.isfinite(value) and (whole is None or same(at(whole, end), value))
                found.append(_Seen(value, end, there))
    return _extreme(found, sampled, -1, unknown), _extreme(found, sampled, 1, unknown)


def same(a: float, b: float) -> bool:
    """Whether two numbers differ by rounding at most."""
    return math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-12)


def _open(piece: Piece, values: Floats, side: int) -> set[int]:
    """Which extremes (1: the largest, -1: the smallest) an end without a known limit leaves open.

    What rises towards it leaves the largest open; what swings, those of its sides that still grow.
    """
    outer = (values if side > 0 else values[::-1])[np.isfinite(values if side > 0 else values[::-1])]
    steps = np.diff(outer[-60:])
    if len(steps) == 0 or (steps >= 0).all() or (steps <= 0).all():
        return {1, -1} if len(steps) == 0 or not steps.any() else {1 if (steps >= 0).all() else -1}
    before, last = outer[-180:-90], outer[-90:]
    if math.isfinite(piece.high if side > 0 else piece.low) or len(before) < 90:
        return {1, -1}
    return {sign for sign in (1, -1) if (sign * last).max() > (sign * before).max() + 0.05 * np.ptp(before)}


def _extreme(found: list[_Seen], sampled: list[float], sign: int, unknown: set[int]) -> Extreme:
    """The largest, times ``sign``. Where a sample beats all that was found, something was overlooked."""
    best = max((sign * s.value for s in found), default=math.nan)
    finest = max((sign * y for y in sampled), default=best)
    if math.isinf(best) and best > 0:
        unknown = set()
    if sign in unknown or math.isnan(best) or finest > best + 1e-9 * max(abs(best), abs(finest)):
        return Extreme(math.nan, (), False)
    size = 1e-11 * abs(best) if math.isfinite(best) else 0.0
    near = [s for s in found if sign * s.value == best or abs(sign * s.value - best) <= size]
    attained = any(s.attained for s in near) and math.isfinite(best)
    return Extreme(sign * best + 0.0, places([s.at for s in near if s.attained or not attained]), attained)


def places(found: list[Place]) -> tuple[Place, ...]:
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
    size, other = abs(high.value), abs(low.value)
    if math.isnan(size) or math.isnan(other):
        return Extreme(math.inf, (high if math.isnan(other) else low).at, False) if math.inf in (size, other) else _NONE
    if size == other or abs(other - size) <= 1e-11 * (size if math.isfinite(size) else 0):
        attained = high.attained or low.attained
        return Extreme(size, places([p for e in (low, high) for p in e.at if e.attained or not attained]), attained)
    return high if size > other else Extreme(other, low.at, low.attained)


_NONE = Extreme(math.nan, (), False)


def tails(pieces: Sequence[Piece], order: int, most: float) -> tuple[float | None, float | None]:
    """To the left of the first and to the right of the second number, the slope (``order`` 1) or curvature (2) is
    under 1 % of ``most``, its largest size (under 0.01, if that is infinite); None on a side where it never dies
    away, and where the formula has no value."""
    if most == 0 or math.isnan(most):
        return None, None
    floor = SHARE * most if math.isfinite(most) else SHARE
    return _tail(pieces, order, floor, -1), _tail(pieces[::-1], order, floor, 1)


def _tail(pieces: Sequence[Piece], order: int, floor: float, side: int) -> float | None:
    """From the outside in, the first place where something is not under ``floor``."""
    if math.isfinite(pieces[0].high if side > 0 else pieces[0].low):
        return None
    for piece in pieces:
        e = piece.derivatives()[order]
        outer = piece.high if side > 0 else piece.low
        size = piece.towards(order, side)
        if size is None or abs(size) >= floor:
            return outer if math.isfinite(outer) else None
        crossings = zeros(lambda x, e=e: np.abs(many(e, x)) - floor, piece.points)  # type: ignore[misc]
        if crossings:
            return crossings[-1] if side > 0 else crossings[0]
        inner, size = piece.low if side > 0 else piece.high, piece.towards(order, -side)
        if math.isfinite(inner) and (size is None or abs(size) >= floor):
            return inner
    return None
