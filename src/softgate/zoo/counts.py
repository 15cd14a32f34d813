"""Variables that count: up and down, modulo a number, the steps since an event; and the sign of a count.

`step` is what the cell state changes by for one count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from softgate.zoo.conditions import Array
from softgate.zoo.world import Variable, World

__all__ = ["Counter", "Decay", "Modular", "Sign", "Timer"]


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
class Sign(Variable):
    """The sign of a count before the present symbol: -1, 0 or +1."""

    of: str

    def after(self, world: World) -> Array:  # noqa: D102
        return np.sign(world.before[self.of])
