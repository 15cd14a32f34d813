"""Variables that are on or off: latches, toggles, flags, copies. +1 is on, -1 is off, 0 is not known yet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from softgate.zoo.conditions import Array, Condition, holds
from softgate.zoo.world import Variable, World

__all__ = ["Copy", "Flag", "Latch", "Switch", "Toggle"]


@dataclass(frozen=True, kw_only=True)
class Switch(Variable):
    """What latches, toggles, flags and copies share."""

    begin: int = -1

    @property
    def start(self) -> int:  # noqa: D102
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
