"""Machines with known function: nets that were wired and not trained, to judge those who say what a cell does.

``sg.zoo.names()`` lists the families, ``sg.zoo.build("counter")`` makes a machine of one, ``sg.zoo.wire(program)``
makes one of a program of your own, ``sg.zoo.generate(1000)`` draws a benchmark.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from softgate.errors import WiringError
from softgate.zoo import automata, basic, counting, languages, memory, wide  # noqa: F401 - each adds its families
from softgate.zoo.conditions import AtLeast, In, Is, Not, below
from softgate.zoo.disguise import Disguise, chosen
from softgate.zoo.generate import generate, make
from softgate.zoo.machine import Machine, Net
from softgate.zoo.program import Program
from softgate.zoo.registry import Family, get, names
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
    "Disguise",
    "Family",
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
    "generate",
    "get",
    "names",
    "wire",
]


def wire(
    program: Program,
    *,
    name: str = "program",
    hidden_size: int | None = None,
    K: float = 20.0,
    seed: int = 0,
    disguise: Disguise | str | Iterable[str] | None = None,
) -> Machine:
    """Compile a program to a net.

    Args:
        program: the alphabet and the variables.
        name: what the machine is called.
        hidden_size: H; units that are left over have no function. As many as are needed if None.
        K: how far gates are driven beyond their thresholds; from 17.4 a cell holds for ever in float32.
        seed: of the disguise, a whole number from 0.
        disguise: a :class:`Disguise`, the name of one of its parts, several, or "all".

    Raises:
        WiringError: if one step of an LSTM cannot compute it; names the variable and what clashes.
        UnknownNameError: for a symbol or variable that the program does not have.
    """
    return make(name, program, chosen(disguise), seed, K, hidden_size)


def build(
    name: str,
    hidden_size: int | None = None,
    seed: int = 0,
    disguise: Disguise | str | Iterable[str] | None = None,
    *,
    K: float = 20.0,
    **options: Any,
) -> Machine:
    """A machine of a family.

    Args:
        name: of :func:`names`.
        hidden_size: H; units that are left over have no function. As many as are needed if None.
        seed: of the disguise.
        disguise: a :class:`Disguise`, the name of one of its parts, several, or "all".
        K: how far gates are driven beyond their thresholds.
        options: of the family, as :func:`describe` lists them.

    Raises:
        UnknownNameError: for a family or an option that does not exist.
        WiringError: if the options ask for what cannot be wired.
    """
    machine = make(name, get(name).program(**options), chosen(disguise), seed, K, hidden_size)
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
