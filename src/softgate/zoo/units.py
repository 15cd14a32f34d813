"""From a variable to the gates of its units: one small function a kind of variable.

Every unit has four rows (:mod:`softgate.zoo.rows`): i opens to write, f shuts to forget what was there, g is what is
written, o is open always. :func:`lower` gives the units of a variable, with the cell state that each must have.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import singledispatchmethod

import numpy as np

from softgate.errors import WiringError
from softgate.zoo.conditions import Array, AtLeast, In, Not, Values
from softgate.zoo.encode import Encoding, Reader, edges
from softgate.zoo.program import Program
from softgate.zoo.roles import events, role
from softgate.zoo.rows import Demand, Form, Row, constant, switch, table
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
    Variable,
    World,
)

__all__ = ["Lowering", "Unit"]


@dataclass(frozen=True)
class Unit:
    """One unit before it has a place in a layer.

    Attributes:
        name, variable, role, events: as in :class:`softgate.zoo.machine.UnitFunction`.
        rows: the gates i, f, g and o.
        start: the cell state before the first symbol.
        expect: what the cell state must be, from one step of the program and the values after it.
        part: which of its variable's units it is.
    """

    name: str
    variable: Variable
    role: str
    events: dict[str, str]
    rows: dict[str, Row]
    start: float
    scale: float
    expect: Callable[[World, Values], Array]
    part: int = 0


class Lowering:
    """Lowers the variables of a program; K is how far a gate is driven to be shut or open."""

    def __init__(self, program: Program, encodings: Mapping[str, Encoding], K: float):
        self.program, self.encodings, self.K = program, encodings, K
        self.alphabet, self.reader = program.alphabet, Reader(program, encodings)

    def units(self, variable: Variable) -> list[Unit]:
        """The units of a variable."""
        if isinstance(variable, Automaton):
            return self._automaton(variable)
        code = self.encodings[variable.name]
        rows = self.rows(variable, code)
        rows.setdefault("o", constant(self.alphabet, self.K, 1.0))

        def expect(world: World, after: Values) -> Array:
            value = after[variable.name]
            if isinstance(variable, Decay):
                return code.scale * variable.keep**value
            return code.scale * (value - code.origin)

        start = code.scale if isinstance(variable, Decay) else code.cell(variable.start)
        found = role(variable, self.program)
        return [Unit(variable.name, variable, found, events(variable), rows, start, code.scale, expect)]

    @singledispatchmethod
    def rows(self, variable: Variable, code: Encoding) -> dict[str, Row]:
        """The gates of a variable's unit."""
        raise WiringError(f"{variable.name}: {type(variable).__name__} is no kind of variable that can be wired")

    def _gate(self, variable: Variable, demands: Mapping[str, Demand]) -> Row:
        return switch(variable.name, self.alphabet, demands, self.K)

    def _allowed(self, variable: Variable, *symbols: str) -> dict[str, Demand]:
        """At each of the symbols: what must hold for an effect of the variable."""
        return {symbol: self.reader.forms(variable.guards(symbol)) or True for symbol in symbols}

    def _pre(self, value: float) -> float:
        """The pre-activation of g that writes a value; 1 and -1 are written by driving it to K."""
        return math.copysign(self.K, value) if abs(value) >= 1 else math.atanh(value)

    def _levels(self, code: Encoding, values: Mapping[str, float], silent: bool = False) -> Row:
        """g with a value to be written at each symbol."""
        hard = all(abs(value) in (0, 1) for value in values.values())
        pres = {symbol: self._pre(value) for symbol, value in values.items()}
        return table(self.alphabet, pres, slack=float(hard), silent=silent and hard)

    @rows.register
    def _(self, variable: Latch, code: Encoding) -> dict[str, Row]:
        write = self._gate(variable, self._allowed(variable, *variable.on, *variable.off))
        values = dict.fromkeys(variable.on, code.scale) | dict.fromkeys(variable.off, -code.scale)
        return {"i": write, "f": write.negated(), "g": self._levels(code, values, silent=True)}

    @rows.register
    def _(self, variable: Toggle, code: Encoding) -> dict[str, Row]:
        write = self._gate(variable, self._allowed(variable, *variable.on, *variable.off, *variable.flip))
        K = self.K
        pres = dict.fromkeys(variable.on, 3 * K) | dict.fromkeys(variable.off, -3 * K)
        own = {variable.name: -2 * K * math.tanh(1) / math.tanh(code.scale)}
        g = Row(table(self.alphabet, pres).symbols, 0.0, own, 0.2, variable.start != 0)
        return {"i": self._open_at(write, code.scale), "f": write.negated(), "g": g}

    def _open_at(self, write: Row, scale: float) -> Row:
        """The write gate, open by just `scale`; only where it does not look at hidden states, which never are exact."""
        if scale >= 1:
            return write
        level = math.log(scale / (1 - scale))
        bias = level if write.bias > 0 else write.bias
        return Row(np.where(write.symbols > 0, level, write.symbols), bias)

    @rows.register
    def _(self, variable: Counter, code: Encoding) -> dict[str, Row]:
        adds = {s: n for s, n in variable.add.items() if n and s not in variable.reset}
        write, drop = self._allowed(variable, *adds), dict[str, Demand]()
        bounded = [v for v in (variable.floor, variable.ceiling) if v is not None]
        if bounded and any(abs(n) != 1 for n in adds.values()):
            raise WiringError(f"{variable.name}: a counter with a floor or ceiling adds +1 or -1, got {dict(adds)}")
        for symbol, amount in adds.items():
            held = self.reader.forms(variable.guards(symbol))
            if amount > 0 and variable.ceiling is not None:
                write[symbol] = (*held, self.reader.form(Not(AtLeast(variable.name, variable.ceiling))))
            if amount < 0 and variable.floor is not None:
                # At the floor the cell is at -d, and stays there if it is dropped before -d is added.
                sign = 1 / math.tanh(code.scale)
                drop[symbol] = (*held, Form(f"{variable.name} at its floor", {variable.name: -sign}, 0.0, -sign, 1.0))
        values = {symbol: amount * code.scale for symbol, amount in adds.items()}
        zero = code.cell(0)
        for symbol in variable.reset:
            drop[symbol], write[symbol] = True, zero != 0
            values[symbol] = zero
        if abs(zero) > 1:
            raise WiringError(f"{variable.name}: 0 is {zero:g} in the cell, and one step writes at most 1")
        if not variable.conditions() and not bounded and not variable.reset:
            write = dict.fromkeys(self.alphabet, True)  # nothing to shut out: g is 0 at rest
        return {
            "i": self._gate(variable, write),
            "f": self._gate(variable, drop).negated(),
            "g": self._levels(code, values),
        }

    @rows.register
    def _(self, variable: Modular, code: Encoding) -> dict[str, Row]:
        top = self.reader.form(AtLeast(variable.name, variable.modulus - 1))
        held = {symbol: self.reader.forms(variable.guards(symbol)) for symbol in variable.on}
        write: dict[str, Demand] = {symbol: (*forms, top.negated()) for symbol, forms in held.items()}
        drop: dict[str, Demand] = {symbol: (*forms, top) for symbol, forms in held.items()}
        g = self._levels(code, dict.fromkeys(variable.on, code.scale))
        return {"i": self._gate(variable, write), "f": self._gate(variable, drop).negated(), "g": g}

    @rows.register
    def _(self, variable: Timer, code: Encoding) -> dict[str, Row]:
        run: dict[str, Demand] = {symbol: symbol not in variable.since for symbol in self.alphabet}
        gate = self._gate(variable, run)
        return {"i": gate, "f": gate, "g": constant(self.alphabet, self._pre(code.scale))}

    @rows.register
    def _(self, variable: Decay, code: Encoding) -> dict[str, Row]:
        hit = self._gate(variable, dict.fromkeys(variable.since, True))
        keep = math.log(variable.keep / (1 - variable.keep))
        f = table(self.alphabet, {s: -self.K if s in variable.since else keep for s in self.alphabet})
        return {"i": hit, "f": f, "g": self._levels(code, dict.fromkeys(variable.since, code.scale))}

    @rows.register
    def _(self, variable: Sensor, code: Encoding) -> dict[str, Row]:
        values = {symbol: code.scale * value for symbol, value in variable.values.items()}
        return self._memoryless(self._levels(code, values))

    def _memoryless(self, g: Row, scale: float = 1.0) -> dict[str, Row]:
        opened = constant(self.alphabet, self.K, 1.0)
        return {"i": self._open_at(opened, scale), "f": opened.negated(), "g": g}

    @rows.register
    def _(self, variable: Flag, code: Encoding) -> dict[str, Row]:
        return self._memoryless(self._gate(variable, self._allowed(variable, *variable.on)), code.scale)

    @rows.register
    def _(self, variable: Copy, code: Encoding) -> dict[str, Row]:
        of: tuple[Form, ...] = (self.reader.form(variable.of),)
        value = self._gate(variable, dict.fromkeys(self.alphabet, of))
        if variable.on is None and not variable.when:
            return self._memoryless(value, code.scale)
        write = self._gate(variable, self._allowed(variable, *(variable.on or self.alphabet)))
        return {"i": self._open_at(write, code.scale), "f": write.negated(), "g": value}

    @rows.register
    def _(self, variable: Sign, code: Encoding) -> dict[str, Row]:
        of = self.encodings[variable.of]
        if of.origin:
            raise WiringError(f"{variable.name}: Sign is of a counter without a floor; ask {variable.of} for a level")
        g = Row(np.zeros(len(self.alphabet)), 0.0, {of.units[0]: 2 * self.K / math.tanh(of.scale)}, 0.4)
        return self._memoryless(g, code.scale)

    @rows.register
    def _(self, variable: Constant, code: Encoding) -> dict[str, Row]:
        opened = constant(self.alphabet, self.K, 1.0)
        return {"i": opened.negated(), "f": opened, "g": constant(self.alphabet, 0.0, 1.0)}

    @rows.register
    def _(self, variable: Idle, code: Encoding) -> dict[str, Row]:
        return {gate: constant(self.alphabet, 0.0) for gate in "ifgo"}

    def _automaton(self, variable: Automaton) -> list[Unit]:
        """One unit for every state and symbol, on when the automaton was in the one and read the other."""
        found = []
        pairs, scale = edges(variable, self.program), self.encodings[variable.name].scale
        first = next(p for p in reversed(pairs) if p[0] == "start" or variable.next(int(p[0]), p[1]) == variable.begin)
        for part, (q, symbol) in enumerate(pairs):
            inside: dict[str, Demand] = {}
            if q != "start":
                inside[symbol] = (self.reader.form(In(variable.name, int(q))),)
            name = f"{variable.name}.{q}.{symbol}"
            rows = self._memoryless(switch(name, self.alphabet, inside, self.K), scale)
            rows["o"] = constant(self.alphabet, self.K, 1.0)
            start = scale if (q, symbol) == first else -scale
            does = {} if q == "start" else {symbol: f"set if {variable.name} in {q}"}
            expect = _on(variable.name, q, symbol, scale)
            found.append(
                Unit(name, variable, "constant" if q == "start" else "mixed", does, rows, start, scale, expect, part)
            )
        return found


def _on(name: str, state: int | str, symbol: str, scale: float) -> Callable[[World, Values], Array]:
    """What the unit of an automaton must be that stands for a state and a symbol."""
    return lambda world, after: np.where((world.before[name] == state) & world.at((symbol,)), scale, -scale)
