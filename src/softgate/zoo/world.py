"""What all variables of a program have, and one step as their rules see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np

from softgate.zoo.conditions import Array, Condition, Values, holds

__all__ = ["Guards", "Variable", "World"]

Guards: TypeAlias = tuple[Condition, ...] | Mapping[str, tuple[Condition, ...]]


@lru_cache(maxsize=1024)
def _mask(alphabet: tuple[str, ...], symbols: tuple[str, ...]) -> Array:
    """Which symbols are of those, by number."""
    return np.array([symbol in symbols for symbol in alphabet], bool)


@lru_cache(maxsize=1024)
def _amounts(alphabet: tuple[str, ...], values: tuple[tuple[str, int], ...]) -> Array:
    """The value of every symbol, by number; 0 for those not named."""
    known = dict(values)
    return np.array([known.get(symbol, 0) for symbol in alphabet], np.int64)


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
        return _mask(self.alphabet, tuple(symbols))[self.ids]

    def amount(self, values: Mapping[str, int]) -> Array:
        """The value that belongs to the symbol, 0 for those not named."""
        return _amounts(self.alphabet, tuple(values.items()))[self.ids]

    def may(self, guards: Guards) -> Array | bool:
        """Where effects happen."""
        if isinstance(guards, Mapping):
            allowed = np.ones(self.ids.shape, bool)
            for symbol, conditions in guards.items():
                allowed &= np.logical_or(self.may(conditions), ~self.at((symbol,)))
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
