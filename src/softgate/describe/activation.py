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

from softgate.calculus import Differentiable
from softgate.describe import critical, fixed
from softgate.describe.critical import Extreme, Place, number, place
from softgate.describe.fixed import FixedPoint
from softgate.describe.numbers import at, many
from softgate.describe.pieces import Piece, cut
from softgate.describe.scales import scales
from softgate.describe.shape import domain, direction, edges, symmetry
from softgate.errors import ActivationError
from softgate.figures import curves
from softgate.squash import Activation, Formula, get
from softgate.symbols import Expr, to_text

EVERYWHERE = (-math.inf, math.inf)
MOST_SHOWN = 6
Tails = tuple[float | None, float | None]


@dataclass(frozen=True, repr=False)
class Description:
    """The figures of an activation. ``x`` is what goes in; both it and what comes out have no unit.

    Attributes:
        name: with changed parameters in brackets.
        formula: the expression in ``x``, as text.
        domain: where it has a value, from left to right: stretches ``(low, high)``.
        lowest: the infimum, and where; ``lowest.attained`` says whether it is a minimum.
        highest: the supremum.
        value_at_0: the value at 0; not a number where it has none.
        slope_at_0: the slope at 0; at a kink, from the left.
        steepest: the largest size of the slope.
        slopes: smallest and largest slope, with their signs.
        sharpest: the largest size of the curvature, kinks apart.
        slope_tails: left of the first and right of the second number, the slope is under 1 % of its largest (under
            0.01, if that is infinite); None on a side where it never is, or where there is no value.
        curvature_tails: the same of the curvature.
        fixed_points: where f(x) = x, from left to right.
        kinks: where the slope jumps. There the curvature is no number.
        jumps: where the value jumps.
        poles: where the value goes to infinity.
        symmetry: ``"odd"``, ``"even"``, ``"odd about (0, 0.5)"``, ``"even about x = 5"`` or ``"none"``.
        direction: ``"rises"``, ``"never falls"``, ``"falls"``, ``"never rises"``, ``"constant"`` or ``"both ways"``;
            ``"falls on each part"`` where poles and gaps cut the line.

    A figure that could not be established is not a number, and says so.
        saturates: what the value settles at on the left and on the right; None where it does not.
    """

    name: str
    formula: str
    domain: tuple[tuple[float, float], ...]
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
    poles: tuple[float, ...]
    symmetry: str
    direction: str
    saturates: Tails
    _pieces: Sequence[Piece] = field(repr=False, compare=False)

    @property
    def range(self) -> str:
        """The range as mathematics writes it: ``(0, 1)``; a square bracket where the end is reached."""
        left, right = "[" if self.lowest.attained else "(", "]" if self.highest.attained else ")"
        if math.isnan(self.lowest.value) and math.isnan(self.highest.value):
            return "not established"
        return f"{left}{number(self.lowest.value)}, {number(self.highest.value)}{right}"

    def rows(self) -> list[tuple[str, str]]:
        """What is said of it, a title and a text each."""
        bent = [(x, f"slope jumps at {place(x)}") for x in self.kinks]
        bent += [(x, f"jumps at {place(x)}") for x in self.jumps]
        bent += [(x, f"pole at {place(x)}") for x in self.poles]
        return [
            ("defined", "" if self.domain == (EVERYWHERE,) else _nearest([(d, f"from {number(d[0])} to {number(d[1])}") for d in self.domain], ", ")),
            ("range", f"{self.range}; {self.direction}"),
            ("symmetry", self.symmetry),
            ("saturates", _sides(self.saturates, "at {}")),
            ("at 0", _at_0(self.value_at_0, self.slope_at_0)),
            ("slope", _at_most(self.steepest)),
            ("", _beyond(self.steepest, self.slope_tails) if self.steepest.value else ""),
            ("curvature", f"{_at_most(self.sharpest)}{', kinks apart' if self.kinks else ''}"),
            ("", _beyond(self.sharpest, self.curvature_tails) if self.sharpest.value else ""),
            ("bends", _nearest(bent, ", ")),
            ("f(x) = x", _nearest([(p.at, str(p)) for p in self.fixed_points], "; ") or "nowhere"),
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


def _at_0(value: float, slope: float) -> str:
    if math.isnan(value):
        return "not defined"
    return f"value {number(value)}, slope {'not defined' if math.isnan(slope) else number(slope)}"


def _at_most(most: Extreme) -> str:
    return f"at most {most}" if most.value > 0 else str(most)


def _beyond(most: Extreme, tails: Tails) -> str:
    if math.isnan(most.value):
        return ""
    words = zip(("left", "right"), tails, strict=True)
    where = " and ".join(f"{side} of {number(x)}" for side, x in words if x is not None) or "nowhere"
    return f"under {'0.01' if math.isinf(most.value) else '1 % of that'} {where}"


def _nearest(places: Sequence[tuple[Place, str]], between: str) -> str:
    """The texts of the places nearest to 0, the others counted."""

    def distance(item: tuple[Place, str]) -> float:
        return min(map(abs, item[0])) if isinstance(item[0], tuple) else abs(item[0])

    shown = sorted(places, key=distance)[:MOST_SHOWN]
    texts = [text for where, text in places if (where, text) in shown]
    return between.join([*texts, *(["and more"] if len(places) > len(texts) else [])])


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
    """The description of a formula in the symbol ``x``.

    Raises:
        ActivationError: it has no value at any number.
    """
    seen = scales(value)
    pieces = cut(value, seen)
    if not pieces:
        raise ActivationError(f"{name}: expected a formula with a value somewhere; {to_text(value)} has none")
    low, high = critical.extremes(pieces, 0, value)
    slopes = critical.extremes(pieces, 1)
    steepest, sharpest = critical.largest(*slopes), critical.largest(*critical.extremes(pieces, 2))
    kinks, jumps, poles = edges(pieces)
    ends = (pieces[0].towards(0, -1), pieces[-1].towards(0, 1))
    left, right = pieces[0].low == -math.inf, pieces[-1].high == math.inf
    value_at_0 = at(value, 0.0)
    return Description(
        name=name,
        formula=to_text(value),
        domain=domain(pieces),
        lowest=low,
        highest=high,
        value_at_0=value_at_0 if math.isfinite(value_at_0) else math.nan,
        slope_at_0=fixed.value_at(pieces, 0.0, 1) if math.isfinite(value_at_0) else math.nan,
        steepest=steepest,
        slopes=slopes,
        sharpest=sharpest,
        slope_tails=critical.tails(pieces, 1, steepest.value),
        curvature_tails=critical.tails(pieces, 2, sharpest.value),
        fixed_points=fixed.fixed_points(pieces),
        kinks=kinks,
        jumps=jumps,
        poles=poles,
        symmetry=symmetry(Differentiable.of(value), seen),
        direction=direction(pieces),
        saturates=(_finite(ends[0]) if left else None, _finite(ends[1]) if right else None),
        _pieces=tuple(pieces),
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
