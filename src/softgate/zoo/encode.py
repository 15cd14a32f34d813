"""How a variable's value stands in cell states, and what others can read of it.

A switch is a cell at +v or -v. A count n is a cell at d (n - origin). An automaton is one cell for each pair of state
and symbol, of which just one is on: "it was in q and s came". h = tanh(c), so a level of a count can be told from the
one below it as long as the two tanh differ: `_NARROWEST` is the least half of that difference a condition may ask for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from softgate.errors import WiringError
from softgate.zoo.conditions import Array, AtLeast, Condition, In, Is, Not
from softgate.zoo.program import Program
from softgate.zoo.rows import Form
from softgate.zoo.variables import Automaton, Constant, Counter, Decay, Modular, Sensor, Switch, Timer, Variable

__all__ = ["Encoding", "Reader", "encode"]

_NARROWEST = 1e-5


@dataclass(frozen=True)
class Encoding:
    """Where a variable is kept.

    Attributes:
        units: names of its units.
        scale: change of the cell state for one more of the value.
        origin: the value at which the cell state is 0.
    """

    units: tuple[str, ...]
    scale: float = 1.0
    origin: float = 0.0

    def cell(self, value: float) -> float:
        """The cell state that stands for a value."""
        return self.scale * (value - self.origin) if math.isfinite(value) else value


def encode(variable: Variable, program: Program, amplitude: float) -> Encoding:
    """Choose how a variable is kept. `amplitude`, above 0 and at most 1, makes its cell states smaller."""
    name = variable.name
    match variable:
        case Automaton():
            return Encoding(tuple(f"{name}.{q}.{s}" for q, s in edges(variable, program)), amplitude)
        case Counter(step=step, floor=floor):
            return Encoding((name,), step * amplitude, 0 if floor is None else floor + 1)
        case Decay():
            return Encoding((name,), amplitude)
        case Modular(step=step) | Timer(step=step):
            return Encoding((name,), step * amplitude)
        case Sensor(scale=scale):
            return Encoding((name,), scale * amplitude)
        case Constant(value=value):
            return Encoding((name,), value)
        case _:
            return Encoding((name,), amplitude)


def edges(automaton: Automaton, program: Program) -> list[tuple[int | str, str]]:
    """State and symbol of every unit of an automaton; where nothing leads to the first state, "start" stands for it."""
    reached, new = {automaton.begin}, [automaton.begin]
    while new:
        state = new.pop()
        for symbol in program.alphabet:
            target = automaton.next(state, symbol)
            if target not in reached:
                reached.add(target)
                new.append(target)
    found: list[tuple[int | str, str]] = [(q, s) for q in sorted(reached) for s in program.alphabet]
    if not any(automaton.next(int(q), s) == automaton.begin for q, s in found):
        found.append(("start", "start"))
    return found


class Reader:
    """Turns conditions into sums over hidden states.

    Raises:
        WiringError: if a level can not be told from the one below it, or is always or never reached.
    """

    def __init__(self, program: Program, encodings: Mapping[str, Encoding]):
        self.program, self.encodings = program, encodings

    def forms(self, conditions: tuple[Condition, ...]) -> tuple[Form, ...]:
        """One form for each condition."""
        return tuple(self.form(condition) for condition in conditions)

    def form(self, condition: Condition) -> Form:
        """The sum that is at least 1 where the condition holds, at most -1 where it does not."""
        match condition:
            case Not(inner):
                return self.form(inner).negated()
            case Is(name):
                code = self.encodings[name]
                return Form(name, {code.units[0]: 1 / math.tanh(code.scale)}, 0.0)
            case In(name, state):
                units = self.into(name, state)
                top = math.tanh(self.encodings[name].scale)
                return Form(str(condition), dict.fromkeys(units, 1 / top), len(units) - 1.0)
            case AtLeast(name, level):
                return self._reaches(name, level)

    def _reaches(self, name: str, level: int) -> Form:
        code, variable = self.encodings[name], self.program.variable(name)
        low, high = variable.span
        if not low < level <= high:
            raise WiringError(f"'{name} >= {level}' is always or never so: {name} stays within {low} and {high}")
        under, over = math.tanh(code.cell(level - 1)), math.tanh(code.cell(level))
        if isinstance(variable, Decay):  # grows smaller from step to step
            raise WiringError(f"'{name} >= {level}': a Decay cannot be asked for a level, a Timer can")
        centre, half = (over + under) / 2, (over - under) / 2
        if half < _NARROWEST:
            raise WiringError(
                f"'{name} >= {level}': through tanh the levels {level - 1} and {level} differ by {2 * half:.1e} at a "
                f"step of {code.scale:g}, which is too little; take a smaller step"
            )
        ends = [(math.tanh(code.cell(v)) - centre) / half for v in (low, high)]
        return Form(
            f"{name} >= {level}", {code.units[0]: 1 / half}, -centre / half, min(-1.0, ends[0]), max(1.0, ends[1])
        )

    def into(self, name: str, state: int) -> list[str]:
        """The units of an automaton of which one is on when it is in that state."""
        automaton = self.program.variable(name)
        assert isinstance(automaton, Automaton)
        found = []
        for q, symbol in edges(automaton, self.program):
            target = automaton.begin if q == "start" else automaton.next(int(q), symbol)
            if target == state:
                found.append(f"{name}.{q}.{symbol}")
        if not found:
            raise WiringError(f"'{name} in {state}': the automaton never is in that state")
        return found


def decode(variable: Variable, code: Encoding, y: Array) -> Array:
    """The value of a variable from its columns of the output, [..., columns]; exact as far as tanh lets through."""
    if isinstance(variable, Automaton):
        return np.asarray(y.argmax(-1))
    first = y[..., 0]
    if isinstance(variable, Switch):
        return np.where(np.abs(first) < 0.5, 0, np.sign(first)).astype(np.int64)
    limit = np.nextafter(np.float32(1), np.float32(0))
    cell = np.arctanh(np.clip(first, -limit, limit))
    if isinstance(variable, Decay):
        return np.asarray(np.rint(np.log(np.maximum(cell / code.scale, 1e-30)) / math.log(variable.keep)), np.int64)
    return np.asarray(np.rint(cell / code.scale + code.origin), np.int64)
