"""The parts of a program: what each variable does at each symbol.

Every variable has a `name`, whole numbers as values, and one rule, :meth:`Variable.after`: its next value from the
values of all variables before the symbol, and from the symbol. All change at once. Switches are +1 or -1, and 0 as long
as nothing has set one that starts at 0. Effects happen only where the conditions of `when` hold: a tuple of them, for
all effects, or one for some symbols. `step` is what the cell state changes by for one count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from softgate.zoo.conditions import Array
from softgate.zoo.counts import Counter, Decay, Modular, Sign, Timer
from softgate.zoo.switches import Copy, Flag, Latch, Switch, Toggle
from softgate.zoo.world import Variable, World

__all__ = [
    "Automaton",
    "Constant",
    "Copy",
    "Counter",
    "Decay",
    "Flag",
    "Idle",
    "Latch",
    "Modular",
    "Sensor",
    "Sign",
    "Switch",
    "Timer",
    "Toggle",
    "Variable",
    "World",
]


@dataclass(frozen=True, kw_only=True)
class Sensor(Variable):
    """A function of the present symbol alone: `scale * values[symbol]`, 0 for those not named."""

    values: Mapping[str, int]
    scale: float = 1.0

    @property
    def span(self) -> tuple[float, float]:  # noqa: D102
        return min(0, *self.values.values()), max(0, *self.values.values())

    def mentions(self) -> set[str]:  # noqa: D102
        return {*super().mentions(), *self.values}

    def after(self, world: World) -> Array:  # noqa: D102
        return world.amount(self.values)


@dataclass(frozen=True, kw_only=True)
class Constant(Variable):
    """Never changes: 1 from the start, kept in the cell as `value`."""

    value: float = 0.5

    @property
    def start(self) -> int:  # noqa: D102
        return 1

    def after(self, world: World) -> Array:  # noqa: D102
        return np.ones(world.ids.shape, np.int64)


@dataclass(frozen=True, kw_only=True)
class Idle(Variable):
    """A unit without a function."""

    def after(self, world: World) -> Array:  # noqa: D102
        return np.zeros(world.ids.shape, np.int64)


@dataclass(frozen=True, kw_only=True)
class Automaton(Variable):
    """A finite automaton: `table[state][symbol]` is the next state, `state` itself for symbols not named.

    States are the rows of the table, by number; `begin` is the first.
    """

    table: tuple[Mapping[str, int], ...]
    begin: int = 0

    @property
    def start(self) -> int:  # noqa: D102
        return self.begin

    @property
    def span(self) -> tuple[float, float]:  # noqa: D102
        return 0, len(self.table) - 1

    def mentions(self) -> set[str]:  # noqa: D102
        return {symbol for row in self.table for symbol in row}

    def next(self, state: int, symbol: str) -> int:
        """The state after a symbol."""
        return self.table[state].get(symbol, state)

    def after(self, world: World) -> Array:  # noqa: D102
        moves = np.array([[self.next(q, s) for s in world.alphabet] for q in range(len(self.table))])
        return np.asarray(moves[world.before[self.name], world.ids])
