"""Weights with their truth beside them: what the compiler makes and the disguises transform.

Everything is in float64 until a net is made of it. `origin` remembers which unit of the program each unit carries, and
`sign` whether it carries it turned around, so what a cell state must be survives every disguise.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from softgate.zoo.conditions import Array, Values
from softgate.zoo.encode import Encoding
from softgate.zoo.program import Program
from softgate.zoo.units import Unit
from softgate.zoo.variables import World

__all__ = ["UnitFunction", "Wiring"]


@dataclass(frozen=True)
class UnitFunction:
    """What one unit does.

    Attributes:
        role: latch, toggle, counter, timer, integrator, sensor, constant, dead or mixed, by its signature.
        events: what each symbol does to the variable: ``{"A": "+1"}``; "+1 if open" where it depends on others.
        variable: the variable of the program that it carries, or None.
        scale: change of the cell state for one more of the variable; negative where it is carried turned around.
        read: whether the output depends on it.
        exact: whether its cell state is known at every step.
        kind: the role it would have if its conditions were symbols of their own.
        note: in words.
    """

    role: str
    events: dict[str, str] = field(default_factory=dict)
    variable: str | None = None
    scale: float = 1.0
    read: bool = True
    exact: bool = True
    kind: str = "mixed"
    note: str = ""


@dataclass(frozen=True)
class Wiring:
    """A layer, a way in and a way out, as arrays; gates in the order i f g o.

    Attributes:
        program: what it computes.
        encodings: how each variable is kept, before any disguise.
        plan: the units of the program.
        origin: [H], which of `plan` each unit carries, -1 for none.
        sign: [H], 1 or -1.
        x, h, bias: [4, H, A], [4, H, H] and [4, H], the weights for one-hot symbols, for h, and what is added.
        slack, silent: [4, H], as in :class:`softgate.zoo.rows.Row`.
        start: [H], the cell state before the first symbol.
        embedding: [A, D], what the layer is given for each symbol.
        head, head_bias: [n, H] and [n].
        columns: the variable that each of the n outputs belongs to.
        units: the truth about each unit.
        K: how far gates are driven.
    """

    program: Program
    encodings: dict[str, Encoding]
    plan: tuple[Unit, ...]
    origin: Array
    sign: Array
    x: Array
    h: Array
    bias: Array
    slack: Array
    silent: Array
    start: Array
    embedding: Array
    head: Array
    head_bias: Array
    columns: tuple[str, ...]
    units: tuple[UnitFunction, ...]
    K: float = 20.0

    @property
    def size(self) -> int:
        """H."""
        return len(self.units)

    def expected(self, ids: Array, before: Values | None = None) -> Array:
        """What the cell states must be, [T, B, H], after each of ids [T, B]; NaN for a unit that is not exact."""
        found = np.full((*ids.shape, self.size), np.nan)
        values = dict(before) if before is not None else self.program.start(ids.shape[1:])
        for t, (now, after) in enumerate(zip(ids, self.program.steps(ids, values), strict=True)):
            found[t] = self.cells(World(self.program.alphabet, now, values), after)
            values = after
        return found

    def cells(self, world: World, after: Values) -> Array:
        """What the cell states must be after one step, [..., H]; NaN for a unit that is not exact."""
        found = np.full((*world.ids.shape, self.size), np.nan)
        carried = {k: self.plan[k].expect(world, after) for k in {*self.origin.tolist()} if k >= 0}
        for j, (k, sign) in enumerate(zip(self.origin.tolist(), self.sign.tolist(), strict=True)):
            if k >= 0 and self.units[j].exact:
                found[..., j] = sign * carried[k]
        return found

    def change(self, j: int, **fields: object) -> Wiring:
        """The same with something else said about unit j."""
        units = list(self.units)
        units[j] = replace(units[j], **fields)  # type: ignore[arg-type]
        return replace(self, units=tuple(units))
