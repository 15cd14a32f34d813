"""Families of machines: a function that makes a program, its options, and what to choose them from.

A file of families adds to the table by being imported; :mod:`softgate.zoo` imports all of them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from softgate.errors import UnknownNameError, WiringError
from softgate.zoo.program import Program

__all__ = ["Family", "family", "get", "names"]

Maker: TypeAlias = Callable[..., Program]
_FAMILIES: dict[str, Family] = {}


@dataclass(frozen=True)
class Family:
    """One family.

    Attributes:
        name: as in ``sg.zoo.build(name)``.
        make: gives the program, from options.
        choices: for each option that the benchmark varies, the values it draws from.
        limits: least and greatest value of whole-number options.
    """

    name: str
    make: Maker
    choices: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    limits: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """What the machine does, in one line."""
        return (inspect.getdoc(self.make) or "").partition("\n")[0].rstrip(".")

    @property
    def options(self) -> dict[str, Any]:
        """Options with their defaults."""
        return {name: p.default for name, p in inspect.signature(self.make).parameters.items()}

    def program(self, **options: Any) -> Program:
        """The program.

        Raises:
            UnknownNameError: for an option that the family does not have.
            WiringError: for a value of another kind than the default, or out of range.
        """
        for name, value in options.items():
            if name not in self.options:
                raise UnknownNameError(f"option (of {self.name})", name, self.options)
            wanted = type(self.options[name])
            fits = isinstance(value, (int, float) if wanted is float else wanted) and not isinstance(value, bool)
            if not fits:
                raise WiringError(
                    f"{self.name}: expected {name} of type {wanted.__name__}, as {self.options[name]!r}, got {value!r}"
                )
            least, most = self.limits.get(name, (-np.inf, np.inf))
            if wanted is int and not least <= value <= most:
                raise WiringError(f"{self.name}: expected {name} from {least} to {most}, got {value}")
        return self.make(**options)


def family(limits: Mapping[str, tuple[int, int]] | None = None, **choices: tuple[Any, ...]) -> Callable[[Maker], Maker]:
    """Add a function to the families, under its own name."""

    def add(make: Maker) -> Maker:
        _FAMILIES[make.__name__] = Family(make.__name__, make, choices, limits or {})
        return make

    return add


def names() -> list[str]:
    """The families, in alphabetical order."""
    return sorted(_FAMILIES)


def get(name: str) -> Family:
    """A family by its name.

    Raises:
        UnknownNameError: for one that does not exist, listing the near names.
    """
    if name not in _FAMILIES:
        raise UnknownNameError("machine", name, names())
    return _FAMILIES[name]
