"""`sg.zoo.wire`: from a program to the weights of one LSTM layer, in three passes.

1. encode: how each variable stands in cell states (:mod:`softgate.zoo.encode`);
2. lower: the gates of every unit (:mod:`softgate.zoo.units`), each a sum that is driven at least K beyond its
   threshold (:mod:`softgate.zoo.rows`);
3. assemble: rows into matrices, the head, and what the output depends on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from softgate.errors import UnknownNameError, WiringError
from softgate.zoo.conditions import Array, In, Is
from softgate.zoo.encode import Encoding, Reader, edges, encode
from softgate.zoo.program import Program
from softgate.zoo.roles import kind
from softgate.zoo.units import Lowering, Unit
from softgate.zoo.variables import Automaton, Copy, Idle, Sign, Switch, Toggle
from softgate.zoo.wiring import UnitFunction, Wiring

__all__ = ["compile_program"]

GATES = "ifgo"
_HOLDS = 17.4  # from here on sigmoid(K) is 1 in float32


def compile_program(
    program: Program, K: float = 20.0, amplitudes: Mapping[str, float] | None = None, hidden_size: int | None = None
) -> Wiring:
    """The weights that compute a program.

    Args:
        program: what to compute.
        K: how far gates are driven beyond their thresholds; from 17.4 a forget gate holds for ever in float32.
        amplitudes: for some variables by name, above 0 and at most 1: how much smaller their cell states are.
        hidden_size: H; units that are left over have no function. As many as are needed if None.

    Raises:
        WiringError: if one step of an LSTM cannot compute it, or it needs more units than `hidden_size`.
        UnknownNameError: for an amplitude of a variable that does not exist.
    """
    program.check()
    if not 1 <= K <= 1000:
        raise WiringError(f"K: expected a number from 1 to 1000, got {K}")
    amplitudes = amplitudes or {}
    for name, amplitude in amplitudes.items():
        if name not in {v.name for v in program.variables}:
            raise UnknownNameError("variable", name, [v.name for v in program.variables])
        if not 0 < amplitude <= 1:
            raise WiringError(f"amplitudes: expected a number above 0 and at most 1 for {name!r}, got {amplitude}")
    codes = {v.name: encode(v, program, _amplitude(program, v.name, amplitudes)) for v in program.variables}
    program = _filled(program, codes, hidden_size)
    codes |= {v.name: encode(v, program, 1.0) for v in program.variables if v.name not in codes}
    lowering = Lowering(program, codes, K)
    plan = tuple(unit for variable in program.variables for unit in lowering.units(variable))
    return _assembled(program, codes, plan, K)


def _amplitude(program: Program, name: str, amplitudes: Mapping[str, float]) -> float:
    """What is asked for, or 1 where a gate that looks at hidden states would have to be open by just so much."""
    variable = program.variable(name)
    if isinstance(variable, Toggle | Copy) and variable.when:
        return 1.0
    return amplitudes.get(name, 1.0)


def _filled(program: Program, codes: Mapping[str, Encoding], hidden_size: int | None) -> Program:
    """The program with idle units up to the hidden size."""
    needed = sum(len(code.units) for code in codes.values())
    if hidden_size is None or hidden_size == needed:
        return program
    if hidden_size < needed:
        raise WiringError(f"hidden_size: this program needs {needed} units, got {hidden_size}")
    idle = tuple(Idle(name=f"(idle {k})") for k in range(hidden_size - needed))
    return replace(program, variables=(*program.variables, *idle))


def _assembled(program: Program, codes: dict[str, Encoding], plan: tuple[Unit, ...], K: float) -> Wiring:
    """Rows into matrices."""
    place = {unit.name: j for j, unit in enumerate(plan)}
    H, A = len(plan), len(program.alphabet)
    x, h, bias = np.zeros((4, H, A)), np.zeros((4, H, H)), np.zeros((4, H))
    slack, silent = np.zeros((4, H)), np.zeros((4, H), bool)
    for j, unit in enumerate(plan):
        for k, gate in enumerate(GATES):
            row = unit.rows[gate]
            x[k, j], bias[k, j], slack[k, j], silent[k, j] = row.symbols, row.bias, row.slack, row.silent
            for other, weight in row.hidden.items():
                h[k, j, place[other]] = weight
    head, head_bias, columns = _head(program, codes, place)
    wiring = Wiring(
        program=program,
        encodings=codes,
        plan=plan,
        origin=np.arange(H),
        sign=np.ones(H),
        x=x,
        h=h,
        bias=bias,
        slack=slack,
        silent=silent,
        start=np.array([unit.start for unit in plan]),
        embedding=np.eye(A),
        head=head,
        head_bias=head_bias,
        columns=columns,
        units=(),
        K=K,
    )
    read = reach(h, head)
    return replace(
        wiring, units=tuple(_function(program, unit, bool(r), K) for unit, r in zip(plan, read, strict=True))
    )


def reach(h: Array, head: Array) -> Array:
    """Which units the output depends on, [H], through any number of others; h [4, H, H], head [n, H]."""
    read = np.any(head != 0, axis=0)
    sees = np.any(h != 0, axis=0)
    for _ in range(len(read)):
        read = read | np.any(sees[read], axis=0)
    return np.asarray(read)


def _head(
    program: Program, codes: Mapping[str, Encoding], place: Mapping[str, int]
) -> tuple[Array, Array, tuple[str, ...]]:
    """One output for each shown variable, one for each state of an automaton: about 1 or -1 for switches and states."""
    reader = Reader(program, codes)
    rows: list[tuple[str, dict[str, float], float]] = []
    for name in program.shown:
        variable, code = program.variable(name), codes[name]
        if isinstance(variable, Automaton):
            reached = {variable.begin} | {variable.next(int(q), a) for q, a in edges(variable, program) if q != "start"}
            for state in range(len(variable.table)):
                if state in reached:
                    form = reader.form(In(name, state))
                    rows.append((name, dict(form.weights), form.bias))
                else:
                    rows.append((name, {}, -1.0))
        elif isinstance(variable, Switch):
            form = reader.form(Is(name))
            rows.append((name, dict(form.weights), form.bias))
        else:
            rows.append((name, {code.units[0]: 1.0}, 0.0))
    head, bias = np.zeros((len(rows), len(place))), np.zeros(len(rows))
    for n, (_, weights, offset) in enumerate(rows):
        bias[n] = offset
        for unit, weight in weights.items():
            head[n, place[unit]] = weight
    return head, bias, tuple(name for name, _, _ in rows)


def _function(program: Program, unit: Unit, read: bool, K: float) -> UnitFunction:
    variable = unit.variable
    idle = isinstance(variable, Idle)
    note = "a unit without a function" if idle else f"{type(variable).__name__.lower()} {variable.name!r}"
    if isinstance(variable, Automaton):
        state, symbol = edges(variable, program)[unit.part]
        note += ": at the start only" if state == "start" else f": was in {state} and read {symbol!r}"
    elif variable.conditions() and not isinstance(variable, Sign):
        note += ", which depends on others or on its own level"
    name = None if idle else variable.name
    return UnitFunction(
        unit.role, dict(unit.events), name, unit.scale, read, K >= _HOLDS, kind(variable, program), note
    )
