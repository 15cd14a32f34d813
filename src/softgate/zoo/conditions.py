"""What a variable may ask of the others: a question about their values before the present symbol.

A condition is true or false. :class:`Is` asks a switch, :class:`AtLeast` a count, :class:`In` an automaton,
:class:`Not` turns a condition around; several in a row must hold together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["AtLeast", "Condition", "In", "Is", "Not", "below"]

Array: TypeAlias = NDArray[Any]
Values: TypeAlias = Mapping[str, Array]


@dataclass(frozen=True)
class Is:
    """The switch of that name (latch, toggle, flag, copy) is on."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class AtLeast:
    """The count of that name (counter, timer) has reached a level."""

    name: str
    level: int

    def __str__(self) -> str:
        return f"{self.name} >= {self.level}"


@dataclass(frozen=True)
class In:
    """The automaton of that name is in a state, by number."""

    name: str
    state: int

    def __str__(self) -> str:
        return f"{self.name} in {self.state}"


@dataclass(frozen=True)
class Not:
    """The condition does not hold."""

    condition: Condition

    def __str__(self) -> str:
        return f"not {self.condition}"


Condition: TypeAlias = Is | AtLeast | In | Not


def below(name: str, level: int) -> Condition:
    """The count of that name is under a level."""
    return Not(AtLeast(name, level))


def holds(condition: Condition, values: Values) -> Array:
    """Where the condition is true, as bool of the shape that the values have."""
    match condition:
        case Is(name):
            return np.greater(values[name], 0)
        case AtLeast(name, level):
            return np.greater_equal(values[name], level)
        case In(name, state):
            return np.equal(values[name], state)
        case Not(inner):
            return ~holds(inner, values)


def asked(condition: Condition) -> Is | AtLeast | In:
    """The question under any number of :class:`Not`."""
    return asked(condition.condition) if isinstance(condition, Not) else condition
