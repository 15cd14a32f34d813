"""``describe(name)``: what an activation does to what it is given, in figures. Part of :mod:`softgate.describe`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from softgate.calculus import Differentiable
from softgate.describe import critical, fixed, window
from softgate.describe.critical import Extreme, number, place
from softgate.describe.fixed import FixedPoint
from softgate.describe.numbers import at, many
from softgate.describe.pieces import Piece, cut
from softgate.describe.scales import scales
from softgate.describe.shape import direction, domain, edges, symmetry
from softgate.describe.text import Tails, as_table, as_text, at_0, at_most, beyond, nearest, sides
from softgate.errors import ActivationError
from softgate.figures import curves
from softgate.squash import Activation, Formula, get
from softgate.symbols import Expr, to_text

EVERYWHERE = (-math.inf, math.inf)


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
        stretches = [(d, f"from {number(d[0])} to {number(d[1])}") for d in self.domain]
        bent = [(x, f"slope jumps at {place(x)}") for x in self.kinks]
        bent += [(x, f"jumps at {place(x)}") for x in self.jumps]
        bent += [(x, f"pole at {place(x)}") for x in self.poles]
        return [
            ("defined", "" if self.domain == (EVERYWHERE,) else nearest(stretches, ", ")),
            ("range", f"{self.range}; {self.direction}"),
            ("symmetry", self.symmetry),
            ("saturates", sides(self.saturates, "at {}")),
            ("at 0", at_0(self.value_at_0, self.slope_at_0)),
            ("slope", at_most(self.steepest)),
            ("", beyond(self.steepest, self.slope_tails) if self.steepest.value else ""),
            ("curvature", f"{at_most(self.sharpest)}{', kinks apart' if self.kinks else ''}"),
            ("", beyond(self.sharpest, self.curvature_tails) if self.sharpest.value else ""),
            ("bends", nearest(bent, ", ")),
            ("f(x) = x", nearest([(p.at, str(p)) for p in self.fixed_points], "; ") or "nowhere"),
        ]

    def __repr__(self) -> str:
        return as_text(f"{self.name}: x -> {self.formula}", self.rows())

    def _repr_html_(self) -> str:
        return as_table(f"{self.name}: x → {self.formula}", self.rows())

    def plot(self, low: float | None = None, high: float | None = None) -> Any:
        """Value, slope and curvature over ``x``, with fixed points and where slope and curvature have died away.

        Args:
            low: where the axis begins; chosen from what happens where if not given.
            high: where it ends.

        Returns:
            An Altair chart: interactive in a notebook; ``sg.figures.save(chart, "tanh.svg")`` for a paper.

        Raises:
            FigureError: ``low`` is not below ``high``, or one of them is no finite number.
            MissingExtraError: without the extra ``plots``.
        """
        first, last = window.checked(low, high, *window.chosen(self._pieces, self._interest()))
        lines = []
        for piece in self._pieces:
            a, b = max(piece.low, first), min(piece.high, last)
            if a >= b:
                continue
            x = window.points(piece, a, b, last - first)
            for title, e in zip(curves.DERIVATIVES, piece.derivatives(), strict=True):
                lines.append((title, x, many(e, x)))
        points = [(p.at, p.kind) for p in self.fixed_points if not isinstance(p.at, tuple) and first <= p.at <= last]
        rules = [
            (which, said, t)
            for which, most, found in (
                ("slope", self.steepest, self.slope_tails),
                ("curvature", self.sharpest, self.curvature_tails),
            )
            for said in [f"{which} under {'0.01' if math.isinf(most.value) else '1 %'}"]
            for t in found
            if t is not None and first < t < last
        ]
        return curves.activation(self.name, lines, points, rules, (first, last))

    def _interest(self) -> list[float]:
        """Numbers between which all that is worth seeing happens."""
        places = [x for e in (self.steepest, self.sharpest) for x in e.at if not isinstance(x, tuple)]
        tails = [t for t in (*self.slope_tails, *self.curvature_tails) if t is not None]
        return [x for x in (*places, *tails, *self.kinks, *self.jumps, *self.poles) if math.isfinite(x)]


def describe(name: str | Activation | Formula, **parameters: float) -> Description:
    """Range, slope, curvature, tails and fixed points of an activation: ``sg.activations.describe("tanh")``.

    Exact where the formula is a straight line; elsewhere extremes and fixed points are roots of the slope and the
    curvature that softgate derives, to about twelve digits. What happens beyond a million is seen as a limit.

    Args:
        name: a name of the library (``"elu[alpha=0.5]"`` sets parameters), an activation of your own, or a formula.
        parameters: parameters to set.

    Raises:
        UnknownNameError: listing the near names.
        ActivationError: it is no activation and makes none, or a parameter is not a finite number.
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
