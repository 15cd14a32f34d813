"""The shape of a formula: where it is defined, where it breaks, its symmetry, whether it rises or falls.

Part of :mod:`softgate.describe`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from softgate.calculus import Differentiable
from softgate.describe.critical import number, place
from softgate.describe.numbers import at, many
from softgate.describe.pieces import Piece
from softgate.describe.scales import Scales

Numbers = tuple[float, ...]


def domain(pieces: Sequence[Piece]) -> tuple[tuple[float, float], ...]:
    """The stretches on which a formula has values; a pole is between two."""
    found: list[tuple[float, float]] = []
    for piece in pieces:
        start = piece.towards(0, -1)
        if found and found[-1][1] == piece.low and start is not None and math.isfinite(start):
            found[-1] = (found[-1][0], piece.high)
        else:
            found.append((piece.low, piece.high))
    return tuple(found)


def edges(pieces: Sequence[Piece]) -> tuple[Numbers, Numbers, Numbers]:
    """Where the slope jumps, where the value jumps, and where it goes to infinity."""
    kinks: list[float] = []
    jumps: list[float] = []
    poles = [p.low for p in pieces if math.isfinite(p.low) and _infinite(p.towards(0, -1))]
    poles += [p.high for p in pieces if math.isfinite(p.high) and _infinite(p.towards(0, 1))]
    for a, b in itertools.pairwise(pieces):
        if a.high != b.low or a.high in poles:
            continue
        for order, into in ((0, jumps), (1, kinks)):
            left, right = a.towards(order, 1), b.towards(order, -1)
            if left is None or right is None:
                continue
            size = max((abs(v) for v in (left, right) if math.isfinite(v)), default=0.0)
            if not math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-12 * min(1.0, size) + 1e-300):
                into.append(a.high)
    return tuple(kinks), tuple(jumps), tuple(sorted(set(poles)))


def _infinite(value: float | None) -> bool:
    return value is not None and math.isinf(value)


def symmetry(whole: Differentiable, scales: Scales) -> str:
    """Odd, even, or neither, about 0 and about each centre of the formula."""
    for centre in scales.centres:
        said = _about(whole, centre, scales)
        if said:
            return said
    return "none"


def _about(whole: Differentiable, c: float, scales: Scales) -> str:
    x = np.unique(np.abs(scales.grid - c))
    x = x[(x > 1e-9 * abs(c)) & (x < max(300.0, 3 * scales.reach))]
    right, left, middle = many(whole.value, c + x), many(whole.value, c - x), at(whole.value, c)
    defined = np.isfinite(right)
    if not (defined == np.isfinite(left)).all() or defined.sum() < 2:
        return ""
    x, right, left = x[defined], right[defined], left[defined]
    usual = float(np.median(np.abs(np.concatenate([right, left]))))
    size = 1e-12 * np.fmax(np.fmax(np.abs(right), np.abs(left)), usual)
    if c:  # the centre is rounded, and moves the value by the slope
        slope = np.fmax(np.abs(many(whole.slope, c + x)), np.abs(many(whole.slope, c - x)))
        size = size + 1e-15 * (abs(c) + x) * np.nan_to_num(slope)
    if (np.abs(right - left) <= size).all():
        return f"even about {place(c)}" if c else "even"
    middle = middle if math.isfinite(middle) and abs(middle) < 1e12 * usual else 0.0
    if (np.abs(right + left - 2 * middle) <= size).all():
        tiny = abs(middle) <= 1e-15 * max(1.0, usual)
        return "odd" if tiny and not c else f"odd about ({number(c)}, {number(0.0 if tiny else middle)})"
    return ""


def direction(pieces: Sequence[Piece]) -> str:
    """Whether a formula rises or falls, in words."""
    up = down = False
    last = math.nan
    parts = len(domain(pieces))
    for piece in pieces:
        x = piece.points[np.abs(piece.points) <= 1e3 * piece.scales.reach]
        y = many(piece.value, x)
        y = y[np.isfinite(y)]
        steps = np.diff(y)
        size = 1e-12 * np.fmax(np.abs(y[1:]), np.median(np.abs(y)) if len(y) else 0.0)
        up, down = up or bool((steps > size).any()), down or bool((steps < -size).any())
        start, end = piece.towards(0, -1), piece.towards(0, 1)
        if parts == 1 and start is not None and math.isfinite(start) and math.isfinite(last):
            near = 1e-12 * max(abs(start), abs(last))
            up, down = up or start > last + near, down or start < last - near
        last = math.nan if end is None else end
    level = any(p.line is not None and p.line[0] == 0 for p in pieces)
    words = {(True, False): ("rises", "never falls"), (False, True): ("falls", "never rises")}
    said = words[up, down][level] if up != down else "both ways" if up else "constant"
    return said if parts == 1 or up == down else f"{said} on each part"
