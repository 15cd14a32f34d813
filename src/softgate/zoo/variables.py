"""The parts of a program: what each variable does at each symbol.

Every variable has a `name`, whole numbers as values, and one rule, :meth:`Variable.after`: its next value from the
values of all variables before the symbol, and from the symbol. All change at once. Switches are +1 or -1, and 0 as long
as nothing has set one that starts at 0. Effects happen only where the conditions of `when` hold: a tuple of them, for
all effects, or one for some symbols. `step` is what the cell state changes by for one count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np

from softgate.zoo.conditions import Array, Condition, Values, holds

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
    "Timer",
    "Toggle",
    "Variable",
    "World",
]

Guards: TypeAlias = tuple[Condition, ...] | Mapping[str, tuple[Condition, ...]]


@lru_cache(maxsize=1024)
def _table(alphabet: tuple[str, ...], values: tuple[tuple[str, float], ...], otherwise: float) -> Array:
    """The value of every symbol, by number."""
    known = dict(values)
    return np.array([known.get(symbol, otherwise) for symbol in alphabet])


class World:
    """One step as a rule sees it: the values before, and the symbol that came.

    Args:
        alphabet: the symbols, by number.
        ids: the symbol of every sequence, any shape.
        before: values of all variables, each of the shape of `ids`.
    """

    def __init__(self, alphabet: tuple[str, ...], ids: Array, before: Values):
        self.alphabet, self.ids, self.before = alphabet, ids, before

    def at(self, symbols: Sequence[str]) -> Array:
        """Where one of these symbols came."""
        return _table(self.alphabet, tuple(dict.fromkeys(symbols, True).items()), False)[self.ids]

    def amount(self, values: Mapping[str, float]) -> Array:
        """The value that belongs to the symbol, 0 for those not named."""
        return _table(self.alphabet, tuple(values.items()), 0)[self.ids]

    def may(self, guards: Guards) -> Array | bool:
        """Where effects happen."""
        if isinstance(guards, Mapping):
            allowed = np.ones(self.ids.shape, bool)
            for symbol, conditions in guards.items():
                allowed &= self.may(conditions) | ~self.at((symbol,))
            return allowed
        return np.logical_and.reduce([holds(c, self.before) for c in guards]) if guards else True


@dataclass(frozen=True, kw_only=True)
class Variable:
    """What all variables have. Not for use by itself."""

    name: str
    when: Guards = ()

    @property
    def start(self) -> int:
        """The value before the first symbol."""
        return 0

    @property
    def span(self) -> tuple[float, float]:
        """Least and greatest value, infinite if there is none."""
        return -1, 1

    def mentions(self) -> set[str]:
        """The symbols it names."""
        return set(self.when) if isinstance(self.when, Mapping) else set()

    def conditions(self) -> list[Condition]:
        """All that it asks of others and itself."""
        groups = self.when.values() if isinstance(self.when, Mapping) else (self.when,)
        return [condition for group in groups for condition in group]

    def guards(self, symbol: str) -> tuple[Condition, ...]:
        """What must hold for an effect at that symbol."""
        return self.when.get(symbol, ()) if isinstance(self.when, Mapping) else self.when

    def after(self, world: World) -> Array:
        """The value after the symbol."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Switch(Variable):
    """What latches, toggles, flags and copies share."""

    begin: int = -1

    @property
    def start(self) -> int:
        return self.begin


@dataclass(frozen=True, kw_only=True)
class Latch(Switch):
    """On at the symbols of `on`, off at those of `off`, else as it was."""

    on: tuple[str, ...] = ()
    off: tuple[str, ...] = ()

    def mentions(self) -> set[str]:  # noqa: D102
        return {*super().mentions(), *self.on, *self.off}

    def after(self, world: World) -> Array:  # noqa: D102
        wanted = world.amount(dict.fromkeys(self.on, 1) | dict.fromkeys(self.off, -1))
        return np.where((wanted != 0) & world.may(self.when), wanted, world.before[self.name])


@dataclass(frozen=True, kw_only=True)
class Toggle(Latch):
    """Turned around at the symbols of `flip`; `on` and `off` as for a latch."""

    flip: tuple[str, ...] = ()

    def mentions(self) -> set[str]:  # noqa: D102
        return {*super().mentions(), *self.flip}

    def after(self, world: World) -> Array:  # noqa: D102
        turned = np.where(world.at(self.flip) & world.may(self.when), -world.before[self.name], super().after(world))
        return np.asarray(turned)


@dataclass(frozen=True, kw_only=True)
class Counter(Variable):
    """Adds `add[symbol]`; 0 at the symbols of `reset`, whatever the conditions say; stays within floor and ceiling."""

    add: Mapping[str, int]
    reset: tuple[str, ...] = ()
    floor: int | None = None
    ceiling: int | None = None
    step: float = 1.0

    @property
    def span(self) -> tuple[float, float]:  # noqa: D102
        up, down = any(v > 0 for v in self.add.values()), any(v < 0 for v in self.add.values())
        low = self.floor if self.floor is not None else -np.inf if down else 0
        return low, self.ceiling if self.ceiling is not None else np.inf if up else 0

    def mentions(self) -> set[str]:  # noqa: D102
        return {*super().mentions(), *self.add, *self.reset}

    def after(self, world: World) -> Array:  # noqa: D102
        value = world.before[self.name] + world.amount(self.add) * world.may(self.when)
        if self.floor is not None or self.ceiling is not None:
            value = np.clip(value, self.floor, self.ceiling)
        return np.where(world.at(self.reset), 0, value) if self.reset else value


@dataclass(frozen=True, kw_only=True)
class Modular(Variable):
    """Counts the symbols of `on`, modulo a number, in one unit."""

    on: tuple[str, ...]
    modulus: int
    step: float = 1.0

    @property
    def span(self) -> tuple[float, float]:  # noqa: D102
        return 0, self.modulus - 1

    def mentions(self) -> set[str]:  # noqa: D102
        return {*super().mentions(), *self.on}

    def after(self, world: World) -> Array:  # noqa: D102
        return np.asarray((world.before[self.name] + world.at(self.on) * world.may(self.when)) % self.modulus)


@dataclass(frozen=True, kw_only=True)
class Timer(Variable):
    """Steps since a symbol of `since` (since the start, before there was one)."""

    since: tuple[str, ...]
    step: float = 1 / 128

    @property
    def span(self) -> tuple[float, float]:  # noqa: D102
        return 0, np.inf

    def mentions(self) -> set[str]:  # noqa: D102
        return {*super().mentions(), *self.since}

    def after(self, world: World) -> Array:  # noqa: D102
        return np.where(world.at(self.since), 0, world.before[self.name] + 1)


@dataclass(frozen=True, kw_only=True)
class Decay(Timer):
    """Steps since a symbol, kept as a value that decays: `keep` to the power of the steps."""

    keep: float = 0.875


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
class Flag(Switch):
    """On where a symbol of `on` came and the conditions held before it, else off: it remembers nothing of its own."""

    on: tuple[str, ...]

    def mentions(self) -> set[str]:  # noqa: D102
        return {*super().mentions(), *self.on}

    def after(self, world: World) -> Array:  # noqa: D102
        return np.asarray(np.where(world.at(self.on) & world.may(self.when), 1, -1))


@dataclass(frozen=True, kw_only=True)
class Copy(Switch):
    """Takes over the value of a switch at the symbols of `on` (at all of them if None), else holds: sample and hold."""

    of: Condition
    on: tuple[str, ...] | None = None

    def mentions(self) -> set[str]:  # noqa: D102
        return {*super().mentions(), *(self.on or ())}

    def conditions(self) -> list[Condition]:  # noqa: D102
        return [*super().conditions(), self.of]

    def after(self, world: World) -> Array:  # noqa: D102
        taken = np.where(holds(self.of, world.before), 1, -1)
        if self.on is None and not self.when:
            return taken
        where = world.may(self.when) & (world.at(self.on) if self.on is not None else True)
        return np.where(where, taken, world.before[self.name])


@dataclass(frozen=True, kw_only=True)
class Sign(Variable):
    """The sign of a count before the present symbol: -1, 0 or +1."""

    of: str

    def after(self, world: World) -> Array:  # noqa: D102
        return np.sign(world.before[self.of])


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
