"""Which part of a formula a figure shows. Part of :mod:`softgate.describe`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from softgate.describe.numbers import Floats
from softgate.describe.pieces import Piece
from softgate.figures.style import FigureError

POINTS = 240


def checked(low: Any, high: Any, first: float, last: float) -> tuple[float, float]:
    """The two ends of an axis, each as asked for or else as chosen.

    Raises:
        FigureError: the first is not below the second, or one is no finite number.
    """
    ends = first if low is None else low, last if high is None else high
    if not all(isinstance(e, (int, float)) and math.isfinite(e) for e in ends):
        raise FigureError(f"plot: low and high are finite numbers, as in plot(-3, 3); got {low!r}, {high!r}")
    if low is None and ends[0] >= ends[1]:
        ends = ends[1] - (last - first), ends[1]
    elif high is None and ends[0] >= ends[1]:
        ends = ends[0], ends[0] + (last - first)
    if not ends[0] < ends[1]:
        raise FigureError(f"plot: low is below high, as in plot(-3, 3); got {low!r}, {high!r}")
    return float(ends[0]), float(ends[1])


def chosen(pieces: Sequence[Piece], interest: Sequence[float]) -> tuple[float, float]:
    """The ends of an axis that nobody named: around 0, or around what happens elsewhere or over other lengths.

    Args:
        pieces: of the formula.
        interest: the numbers that should be inside.
    """
    scales = pieces[0].scales.found
    if len(scales) == 1 or not interest:
        reach = min(12.0, max([4.0, *(math.ceil(1.25 * abs(x)) for x in interest)]))
        first, last = -reach, reach
    else:
        span = max(interest) - min(interest) or 8 * min(s.size for s in scales)
        first, last = min(interest) - 0.3 * span, max(interest) + 0.3 * span
    begin, end = pieces[0].low, pieces[-1].high
    margin = 0.03 * (last - first)
    if begin < last:
        first = max(first, begin - margin)
    if end > first:
        last = min(last, end + margin)
    return first, last


def points(piece: Piece, low: float, high: float, span: float) -> Floats:
    """Where a piece is drawn from ``low`` to ``high``: evenly, and as finely as its own sizes ask for."""
    even = np.linspace(low, high, max(2, int(POINTS * (high - low) / span)))
    grid = piece.points[(piece.points > low) & (piece.points < high)]
    fine = grid[:: max(1, len(grid) // POINTS)]
    found: Floats = np.unique(np.concatenate([even, fine])) if len(piece.scales.found) > 1 else even
    return found
