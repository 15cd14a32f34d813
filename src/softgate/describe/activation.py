"""``describe(name)``: what an activation does to what it is given, in figures. Part of :mod:`softgate.describe`."""

from __future__ import annotations

import html
import itertools
import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from softgate.describe import critical
from softgate.describe.critical import Extreme, FixedPoint, number, place
from softgate.describe.pieces import Piece, at, cut, grid, limit, many
from softgate.figures import curves
from softgate.squash import Activation, Formula, get
from softgate.symbols import Expr, to_text

Tails = tuple[float | None, float | None]


@dataclass(frozen=True, repr=False)
class Description:
    """The figures of an activation. ``x`` is what goes in; both it and what comes out have no unit.

    Attributes:
        name: with changed parameters in brackets.
        formula: the expression in ``x``, as text.
        lowest: the infimum, and where; ``lowest.attained`` says whether it is a minimum.
        highest: the supremum.
        value_at_0: the value at 0.
        slope_at_0: the slope at 0; at a kink, from the left.
        steepest: the largest size of the slope.
        slopes: smallest and largest slope, with their signs.
        sharpest: the largest size of the curvature, kinks apart.
        slope_tails: left of the first and right of the second number, the slope is under 1 % of its largest; None on
            a side where it never is.
        curvature_tails: the same of the curvature.
        fixed_points: where f(x) = x, from left to right.
        kinks: where the slope jumps. There the curvature is no number.
        jumps: where the value jumps.
        symmetry: ``"odd"``, ``"even"``, ``"odd about (0, 0.5)"`` or ``"none"``.
        direction: ``"rises"``, ``"never falls"``, ``"falls"``, ``"never rises"``, ``"constant"`` or ``"both ways"``.
        saturates: what the value settles at on the left and on the right; None where it does not.
    """

    name: str
    formula: str
    lowest: Extreme
    highest: Extreme
    value_at_0: float
    slope_at_0: float
    steepest: Extreme
    slopes: tuple[Extreme, Extreme]
    sharpest: Extreme
    slope_tails: Tails
    curvature_tails: Tails
    fixed_points: tuple[FixedPoint, ...]
    kinks: tuple[float, ...]
    jumps: tuple[float, ...]
    symmetry: str
    direction: str
    saturates: Tails
    _pieces: Sequence[Piece] = field(repr=False, compare=False)

    @property
    def range(self) -> str:
        """The range as mathematics writes it: ``(0, 1)``; a square bracket where the end is reached."""
        left, right = "[" if self.lowest.attained else "(", "]" if self.highest.attained else ")"
        return f"{left}{number(self.lowest.value)}, {number(self.highest.value)}{right}"

    def rows(self) -> list[tuple[str, str]]:
        """What is said of it, a title and a text each."""
        bent = [*(f"slope jumps at {place(x)}" for x in self.kinks), *(f"jumps at {place(x)}" for x in self.jumps)]
        most = "at most " if self.sharpest.value else ""
        return [
            ("range", f"{self.range}; {self.direction}"),
            ("symmetry", self.symmetry),
            ("saturates", _sides(self.saturates, "at {}")),
            ("at 0", f"value {number(self.value_at_0)}, slope {number(self.slope_at_0)}"),
            ("slope", f"at most {self.steepest}"),
            ("", f"under 1 % of that {_beyond(self.slope_tails)}"),
            ("curvature", f"{most}{self.sharpest}{', kinks apart' if self.kinks else ''}"),
            ("", f"under 1 % of that {_beyond(self.curvature_tails)}" if self.sharpest.value else ""),
            ("bends", ", ".join(bent)),
            ("f(x) = x", "; ".join(map(str, self.fixed_points)) or "nowhere"),
        ]

    def __repr__(self) -> str:
        return as_text(f"{self.name}: x -> {self.formula}", self.rows())

    def _repr_html_(self) -> str:
        return as_table(f"{self.name}: x → {self.formula}", self.rows())

    def plot(self, low: float | None = None, high: float | None = None) -> Any:
        """Value, slope and curvature over ``x``, with fixed points and where slope and curvature have died away.

        Args:
            low: where the axis begins; chosen from the tails if not given.
            high: where it ends.

        Returns:
            An Altair chart: interactive in a notebook; ``sg.figures.save(chart, "tanh.svg")`` for a paper.

        Raises:
            MissingExtraError: without the extra ``plots``.
        """
        ends = [abs(t) for t in (*self.slope_tails, *self.curvature_tails) if t is not None]
        reach = min(12.0, max([4.0, *(math.ceil(1.25 * t) for t in ends)]))
        first, last = -reach if low is None else low, reach if high is None else high
        lines = []
        for piece in self._pieces:
            a, b = max(piece.low, first), min(piece.high, last)
            if a >= b:
                continue
            x = np.linspace(a, b, max(2, int(240 * (b - a) / (last - first))))
            for title, e in zip(curves.DERIVATIVES, piece.derivatives(), strict=True):
                lines.append((title, x, many(e, x)))
        points = [(p.at, p.kind) for p in self.fixed_points if not isinstance(p.at, tuple) and first <= p.at <= last]
        rules = [("slope under 1 %", t) for t in self.slope_tails if t is not None and first < t < last]
        rules += [("curvature under 1 %", t) for t in self.curvature_tails if t is not None and first < t < last]
        return curves.activation(self.name, lines, points, rules)


def as_text(head: str, rows: Sequence[tuple[str, str]]) -> str:
    """Titles and texts for a terminal of 80 columns."""
    lines = [
        textwrap.fill(text, 79, initial_indent=f"  {title:<10} ", subsequent_indent=" " * 13, break_on_hyphens=False)
        for title, text in rows
        if text
    ]
    return "\n".join([head, *lines])


def as_table(head: str, rows: Sequence[tuple[str, str]]) -> str:
    """Titles and texts for a notebook; a name may be anything, so all of it is escaped."""
    left = "style='text-align:left'"
    lines = (f"<tr><th {left}>{html.escape(a)}</th><td {left}>{html.escape(b)}</td></tr>" for a, b in rows if b)
    return f"<table><caption><b>{html.escape(head)}</b></caption>{''.join(lines)}</table>"


def _sides(sides: Tails, text: str) -> str:
    said = [
        f"{side} {text.format(number(value))}"
        for side, value in zip(("left", "right"), sides, strict=True)
        if value is not None
    ]
    return ", ".join(said) or "nowhere"


def _beyond(tails: Tails) -> str:
    words = zip(("left", "right"), tails, strict=True)
    return " and ".join(f"{side} of {number(x)}" for side, x in words if x is not None) or "nowhere"


def describe(name: str | Activation | Formula, **parameters: float) -> Description:
    """Range, slope, curvature, tails and fixed points of an activation: ``sg.activations.describe("tanh")``.

    Exact where the formula is a straight line; elsewhere extremes and fixed points are roots of the slope and the
    curvature that softgate derives, to about twelve digits. What happens beyond a million is seen as a limit.

    Args:
        name: a name of the library (``"elu[alpha=0.5]"`` sets parameters), an activation of your own, or a formula.
        parameters: parameters to set.

    Raises:
        UnknownNameError: listing the near names.
        ActivationError: the formula does not make an activation.
        MissingExtraError: without the extra ``plots``, which brings SciPy.
    """
    found = get(name, **parameters)
    return of(found.value, str(found))


def of(value: Expr, name: str) -> Description:
    """The description of a formula in the symbol ``x``."""
    pieces = cut(value)
    low, high = critical.extremes(pieces, 0)
    slopes = critical.extremes(pieces, 1)
    steepest, sharpest = critical.largest(*slopes), critical.largest(*critical.extremes(pieces, 2))
    edges = [(a, b, a.high) for a, b in itertools.pairwise(pieces)]
    jumps = tuple(x for a, b, x in edges if not math.isclose(at(a.value, x), at(b.value, x), abs_tol=1e-12))
    kinks = tuple(x for a, b, x in edges if not math.isclose(at(a.slope, x), at(b.slope, x), abs_tol=1e-12))
    ends = (limit(pieces[0].value, -1), limit(pieces[-1].value, 1))
    return Description(
        name=name,
        formula=to_text(value),
        lowest=low,
        highest=high,
        value_at_0=at(value, 0.0),
        slope_at_0=critical.value_at(pieces, 0.0, 1),
        steepest=steepest,
        slopes=slopes,
        sharpest=sharpest,
        slope_tails=critical.tails(pieces, 1, steepest.value),
        curvature_tails=critical.tails(pieces, 2, sharpest.value),
        fixed_points=critical.fixed_points(pieces),
        kinks=kinks,
        jumps=jumps,
        symmetry=_symmetry(value),
        direction=_direction(value, pieces),
        saturates=(_finite(ends[0]), _finite(ends[1])),
        _pieces=tuple(pieces),
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _symmetry(value: Expr) -> str:
    x = grid()
    x = x[(x > 0) & (x < 300)]
    right, left, middle = many(value, x), many(value, -x), at(value, 0.0)
    size = 1e-12 * np.maximum(1.0, np.abs(right))
    if (np.abs(right - left) <= size).all():
        return "even"
    if (np.abs(right + left - 2 * middle) <= size).all():
        return "odd" if abs(middle) < 1e-15 else f"odd about (0, {number(middle)})"
    return "none"


def _direction(value: Expr, pieces: Sequence[Piece]) -> str:
    x = np.unique(np.concatenate([p.points() for p in pieces]))
    x = x[np.abs(x) <= 1e3]
    y = many(value, x)
    y = y[np.isfinite(y)]
    steps = np.diff(y)
    size = 1e-12 * np.maximum(1.0, np.abs(y[1:]))
    up, down = bool((steps > size).any()), bool((steps < -size).any())
    level = any(p.line is not None and p.line[0] == 0 for p in pieces)
    words = {(True, False): ("rises", "never falls"), (False, True): ("falls", "never rises")}
    return words[up, down][level] if up != down else "both ways" if up else "constant"
