"""Machines with known function: nets that were wired and not trained, to judge those who say what a cell does.

``sg.zoo.names()`` lists the families, ``sg.zoo.build("counter")`` makes a machine of one, ``sg.zoo.wire(program)`` makes
one of a program of your own, ``sg.zoo.generate(1000)`` draws a benchmark.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from softgate.errors import WiringError
from softgate.zoo import basic as _basic  # noqa: F401 - adds its families
from softgate.zoo.compiler import compile_program
from softgate.zoo.conditions import AtLeast, In, Is, Not, below
from softgate.zoo.machine import Machine, Net
from softgate.zoo.program import Program
from softgate.zoo.registry import get, names
from softgate.zoo.variables import (
    Automaton,
    Constant,
    Copy,
    Counter,
    Decay,
    Flag,
    Idle,
    Latch,
    Modular,
    Sensor,
    Sign,
    Timer,
    Toggle,
)
from softgate.zoo.wiring import UnitFunction

__all__ = [
    "AtLeast",
    "Automaton",
    "Constant",
    "Copy",
    "Counter",
    "Decay",
    "Flag",
    "Idle",
    "In",
    "Is",
    "Latch",
    "Machine",
    "Modular",
    "Net",
    "Not",
    "Program",
    "Sensor",
    "Sign",
    "Timer",
    "Toggle",
    "UnitFunction",
    "WiringError",
    "below",
    "build",
    "describe",
    "names",
    "wire",
]


def wire(
    program: Program,
    *,
    name: str = "program",
    hidden_size: int | None = None,
    K: float = 20.0,
    amplitudes: Mapping[str, float] | None = None,
    seed: int = 0,
) -> Machine:
    """Compile a program to a net.

    Args:
        program: the alphabet and the variables.
        name: what the machine is called.
        hidden_size: H; units that are left over have no function. As many as are needed if None.
        K: how far gates are driven beyond their thresholds.
        amplitudes: for some variables by name, above 0 and at most 1: how much smaller their cell states are.
        seed: of disguises.

    Raises:
        WiringError: if one step of an LSTM cannot compute it; names the variable and what clashes.
        UnknownNameError: for a symbol or variable that the program does not have.
    """
    return Machine(name, compile_program(program, K, amplitudes, hidden_size), seed)


def build(name: str, hidden_size: int | None = None, seed: int = 0, **options: Any) -> Machine:
    """A machine of a family.

    Args:
        name: of :func:`names`.
        hidden_size: H; units that are left over have no function. As many as are needed if None.
        seed: of disguises.
        options: of the family, as :func:`describe` lists them; and `K`.

    Raises:
        UnknownNameError: for a family or an option that does not exist.
        WiringError: if the options ask for what cannot be wired.
    """
    K = options.pop("K", 20.0)
    machine = wire(get(name).program(**options), name=name, hidden_size=hidden_size, K=K, seed=seed)
    machine.options.update(options)
    return machine


def describe(name: str) -> str:
    """What a family does, and its options with their defaults.

    Raises:
        UnknownNameError: for a family that does not exist.
    """
    found = get(name)
    options = ", ".join(f"{key}={value!r}" for key, value in found.options.items())
    return f"{name}({options}): {found.text}"
