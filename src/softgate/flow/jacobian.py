"""The Jacobian of one step, unit by unit: expressions derived from the equations of a cell.

A step makes its states from the states before, the matrix products and each other (h from c). Cut at the states, each
equation has derivatives with respect to what it reads; all of them are elementwise, since units meet in the matrix
products only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from softgate.calculus import adjoint, expand
from softgate.equations import Cell
from softgate.symbols import Expr, const, is_const, node, sym, symbols_in

Table = dict[str, dict[str, Expr]]


@dataclass(frozen=True)
class Jacobian:
    """Derivatives of each state of a step, ``[state made][what it reads]``; absent where there is none.

    The symbols in them: slots ``z.*``, ``prev.*``, ``w.*`` and ``state.*``, a state of this step.

    Attributes:
        order: the states, each before those that its equation reads: the order in which a gradient goes back.
        inner: with respect to other states of the same step.
        prev: with respect to the states of the step before, where they are read unit by unit.
        slots: with respect to the matrix products, by ``Slot.symbol``.
        through: of the signals that gates have products of (``Cell.through``), with respect to all that they read.
        same: states that are another name for one of the same step, ``{"h": "c"}`` where ``h = c``.
    """

    order: tuple[str, ...]
    inner: Table
    prev: Table
    slots: Table
    through: Table
    same: dict[str, str]


@lru_cache(maxsize=256)
def jacobian(cell: Cell, projected: bool = False) -> Jacobian:
    """The Jacobian of a step; ``projected`` says that the first state is a projection of what its equation makes."""
    names: dict[Expr, str] = {}
    same: dict[str, str] = {}
    for state in reversed(cell.states[1 if projected else 0 :]):  # so that h is a name of c, not c one of h
        e = cell.step_signals[state]
        if e.args:  # a state that is a symbol or a number has no equation of its own to cut
            if e in names:
                same[state] = names[e]
            names.setdefault(e, state)
    table = {e: sym(f"state.{state}") for e, state in names.items()}
    made = {state: _cut(cell.step_signals[state], table, names.get(cell.step_signals[state]) == state)
            for state in cell.states}  # fmt: skip
    found = {state: _derivatives(e) for state, e in made.items()}
    inner, prev, slots = ({s: _under(found[s], p) for s in cell.states} for p in ("state.", "prev.", ""))
    slots = {s: {n: e for n, e in row.items() if n.startswith("z.")} for s, row in slots.items()}
    through = {signal: _derivatives(cell.step_signals[signal]) for signal in cell.through.values()}
    return Jacobian(_order(made), inner, prev, slots, through, same)


def memory(cell: Cell) -> str:
    """The state that carries a gradient furthest: the first that is read unit by unit for itself, else the output."""
    prev = jacobian(cell).prev
    return next((s for s in cell.states if s in prev[s]), cell.states[0])


def _cut(root: Expr, table: dict[Expr, Expr], keep_root: bool) -> Expr:
    """``root`` with the largest subexpressions that are states replaced by their symbols."""
    done: dict[Expr, Expr] = {}

    def visit(e: Expr, whole: bool) -> Expr:
        if e in table and not whole:
            return table[e]
        if e not in done:
            done[e] = node(e.op, *(visit(a, False) for a in e.args), attr=e.attr) if e.args else e
        return done[e]

    return visit(root, keep_root)


def _derivatives(e: Expr) -> dict[str, Expr]:
    """d ``e`` by the name of each symbol in it; those that are zero everywhere are left out."""

    def slope(call: Expr) -> Expr:
        activation: Any = call.attr
        derived: Expr = activation.slope_at(call.args[0])
        return derived

    gradient = adjoint({e: const(1.0)}, slope)
    values = expand(gradient.values())
    return {n: v for n, v in zip(gradient, values, strict=True) if not is_const(v, 0)}


def _under(derivatives: dict[str, Expr], prefix: str) -> dict[str, Expr]:
    return {n.removeprefix(prefix): e for n, e in derivatives.items() if n.startswith(prefix)}


def _order(made: dict[str, Expr]) -> tuple[str, ...]:
    """States, each before those it reads."""
    reads = {s: [n.removeprefix("state.") for n in symbols_in(e) if n.startswith("state.")] for s, e in made.items()}
    order: list[str] = []
    while len(order) < len(made):
        waiting = [s for s in made if s not in order]
        order += [s for s in waiting if not any(s in reads[other] for other in waiting)]
    return tuple(order)
