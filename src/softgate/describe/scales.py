"""Where a formula has to be looked at: the centres and sizes that its own constants say.

``sigmoid(1000 x - 5)`` does all that it does within a hundredth around 0.005. Each subexpression that is not constant
has a zero somewhere, or none, and is of size 1 some way off it: that is a :class:`Scale`. Part of
:mod:`softgate.describe`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from softgate.calculus import derivative
from softgate.describe.numbers import Floats, at, many, zeros
from softgate.symbols import Expr, sym, symbols_in, walk

MOST = 8
"""Scales that are looked at; the commonest formulas have one or two."""
ROOTS = 3
_STEPS = np.geomspace(1e-12, 1e12, 193)


@dataclass(frozen=True)
class Scale:
    """Around ``centre``, something changes over lengths like ``size``."""

    centre: float
    size: float


@dataclass(frozen=True)
class Scales:
    """All of a formula's.

    Attributes:
        found: those that differ enough to be looked at, the plain one (around 0, of size 1) first.
        centres: where a subexpression is 0, 0 itself first: about these it may be symmetric.
    """

    found: tuple[Scale, ...]
    centres: tuple[float, ...]

    @cached_property
    def grid(self) -> Floats:
        """Where the formula is looked at: finely near each centre, then further and further apart, up to a million."""
        x: Floats = np.unique(np.concatenate([s.centre + s.size * plain_grid() for s in self.found]))
        return x

    @property
    def reach(self) -> float:
        """The size of x up to which something may happen."""
        return max(abs(s.centre) + s.size for s in self.found)

    def size_at(self, x: float) -> float:
        """The smallest size around a number."""
        return min(s.size for s in self.found if s == self.found[0] or abs(x - s.centre) <= 40 * s.size)


def plain_grid() -> Floats:
    """The grid of a formula without large or small constants: 0.01 apart near 0, 0 included."""
    near = np.linspace(0, 40, 4001)
    far = np.geomspace(40, 1e6, 400)[1:]
    half = np.concatenate([near, far])
    found: Floats = np.concatenate([-half[:0:-1], half])
    return found


def scales(value: Expr) -> Scales:
    """The scales of a formula in ``x``."""
    found, centres = [Scale(0.0, 1.0)], [0.0]
    for e in walk([value]):
        if not symbols_in(e) or e.op in ("lt", "le", "sign"):
            continue
        for centre in roots(e, plain_grid())[:ROOTS]:
            if centre not in centres and len(centres) < MOST:
                centres.append(centre)
            new = Scale(centre, _size(e, centre))
            if len(found) < MOST and not any(_alike(new, old) for old in found):
                found.append(new)
    return Scales(tuple(found), tuple(centres))


def _alike(new: Scale, old: Scale) -> bool:
    return abs(new.centre - old.centre) <= 3 * old.size and 0.3 < new.size / old.size < 3


def _size(e: Expr, centre: float) -> float:
    """How far off its zero an expression is of size 1."""
    most = np.fmax(np.abs(many(e, centre + _STEPS)), np.abs(many(e, centre - _STEPS)))
    there = np.flatnonzero(most >= 1)
    return float(_STEPS[there[0]]) if len(there) else 1.0


def roots(e: Expr, points: Floats) -> list[float]:
    """Where an expression is 0, the nearest to 0 first: of a product, where a factor is; where it touches 0, too."""
    line = derivative(e, sym("x"))
    if not symbols_in(line):
        slope = at(line, 0.0)
        return [] if slope == 0 else [-at(e, 0.0) / slope + 0.0]
    if e.op in ("neg", "abs", "sqrt"):
        return roots(e.args[0], points)
    if e.op in ("mul", "div"):
        parts = e.args if e.op == "mul" else e.args[:1]
        return _sorted([x for part in parts if symbols_in(part) for x in roots(part, points)])
    found = zeros(lambda x: many(e, x), points)
    touching = zeros(lambda x: many(line, x), points)
    return _sorted([*found, *(x for x in touching if abs(at(e, x)) <= 1e-14)])


def _sorted(found: Sequence[float]) -> list[float]:
    return sorted({round(x, 15) + 0.0 for x in found}, key=abs)
