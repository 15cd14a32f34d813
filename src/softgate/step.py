"""One step of a cell as two programs: the forward step, and the adjoint step derived from it.

The forward step gives every signal from the slots (matrix products), the previous states and the weights a unit. The
adjoint step gives, from the gradients of the step's states, those of the slots, of the previous states and of the
weights a unit. It reads what the forward pass saved; what that must be is derived here too:

* states are kept anyway, so whatever can be computed from them is computed again (``tanh(c)``);
* of what hangs on a slot, the first expensive value is saved (``sigmoid(z.i)``), never the slot as well;
* where the slot itself is needed (gelu, silu), it is saved and the rest computed from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from softgate.calculus import adjoint as reverse_mode, expand
from softgate.equations import Cell
from softgate.ops import OPS
from softgate.symbols import Expr, const, node, sym, walk

_EXPENSIVE = 8
"""Cost (see :class:`softgate.ops.Op`) from which a value is saved rather than computed again."""


@dataclass(frozen=True)
class Forward:
    """The forward step: every signal, ``pre.*`` included, in terms of slots, ``prev.*`` and ``w.*``."""

    signals: dict[str, Expr]


@dataclass(frozen=True)
class Adjoint:
    """The adjoint step.

    Its symbols: ``d.h`` the gradient of a state at this step, ``saved.*`` what the forward pass stored, ``state.*`` a
    state of this step, ``prev.*`` of the step before, ``w.*`` a weight a unit.

    Attributes:
        saved: what the forward pass stores, by name, in the terms of the forward step.
        slots: gradient of each slot, in the order of ``cell.slots``.
        prev: gradient that reaches a previous state without a matrix product, by state; absent where there is none.
        weights: gradient of each weight a unit, before the sum over steps and rows.
    """

    saved: dict[str, Expr]
    slots: tuple[Expr, ...]
    prev: dict[str, Expr]
    weights: dict[str, Expr]

    @property
    def roots(self) -> list[Expr]:
        """Everything the step computes, in one list."""
        return [*self.slots, *self.prev.values(), *self.weights.values()]


@lru_cache(maxsize=256)
def forward(cell: Cell) -> Forward:
    """The forward step of a cell."""
    signals = dict(zip(cell.signals, expand(cell.step_signals.values()), strict=True))
    for gate in cell.gates:
        if f"pre.{gate}" in signals:  # an edited cell says itself what the gate then is
            continue
        parts = [sym(s.symbol) for s in cell.slots if s.gate == gate]
        signals[f"pre.{gate}"] = parts[0] if len(parts) == 1 else parts[0] + parts[1]
    return Forward(signals)


@lru_cache(maxsize=256)
def adjoint(cell: Cell, projected: bool = False) -> Adjoint:
    """The adjoint step of a cell; ``projected`` says that the kept output state is not the cell's own ``h``."""
    seeds: dict[Expr, Expr] = {}
    for state in cell.states:
        e = cell.step_signals[state]
        seeds[e] = seeds.get(e, const(0.0)) + sym(f"d.{state}")

    def slope(call: Expr) -> Expr:
        activation: Any = call.attr
        derived: Expr = activation.slope_at(call.args[0])
        return derived

    gradient = reverse_mode(seeds, slope)
    zero = const(0.0)
    slots = [gradient.get(s.symbol, zero) for s in cell.slots]
    prev = {s: gradient[f"prev.{s}"] for s in cell.states if f"prev.{s}" in gradient}
    weights = {w: gradient.get(f"w.{w}", zero) for w in cell.weights}
    roots = expand([*slots, *prev.values(), *weights.values()])

    kept = {forward(cell).signals[s]: sym(f"state.{s}") for s in cell.states[1 if projected else 0 :]}
    kept = {e: s for e, s in kept.items() if e.op not in ("sym", "const")}
    saved = _choose(cell, roots, set(kept))
    table = {**kept, **{e: sym(f"saved.{name}") for name, e in saved.items()}}
    roots = _read(roots, table)
    n, m = len(slots), len(slots) + len(prev)
    return Adjoint(
        saved, tuple(roots[:n]), dict(zip(prev, roots[n:m], strict=True)), dict(zip(weights, roots[m:], strict=True))
    )


@lru_cache(maxsize=256)
def storable(cell: Cell) -> dict[str, Expr]:
    """All that a forward kernel may store, fused: the signals, and what the adjoint step needs besides."""
    named = {**forward(cell).signals, **adjoint(cell).saved, **adjoint(cell, projected=True).saved}
    return dict(zip(named, fuse(list(named.values())), strict=True))


def _read(roots: Iterable[Expr], table: dict[Expr, Expr]) -> list[Expr]:
    """``roots`` with the kept values read instead of computed, the largest first."""
    done: dict[Expr, Expr] = {}

    def visit(e: Expr) -> Expr:
        if e not in done:
            if e in table:
                done[e] = table[e]
            elif not e.args:
                done[e] = e
            else:
                args = [visit(a) for a in e.args]
                done[e] = (
                    e if all(a is b for a, b in zip(args, e.args, strict=True)) else node(e.op, *args, attr=e.attr)
                )
        return done[e]

    return [visit(r) for r in roots]


def _choose(cell: Cell, roots: Sequence[Expr], kept: set[Expr]) -> dict[str, Expr]:
    """What the forward pass must save so that ``roots`` can be computed."""
    slots = {sym(s.symbol) for s in cell.slots}
    forward_nodes = set(walk(forward(cell).signals.values()))
    first = _frontier(roots, kept, slots, forward_nodes, set())
    saved = _frontier(roots, kept, slots, forward_nodes, {e for e in first if e in slots})
    names = {e: f"value{k}" for k, e in enumerate(walk(forward(cell).signals.values()))}
    names |= {s: str(s.attr) for s in slots}
    names |= {e: n for n, e in reversed(forward(cell).signals.items())}
    return {names[e]: e for e in sorted(saved, key=list(names).index)}


def _frontier(
    roots: Sequence[Expr], kept: set[Expr], slots: set[Expr], forward_nodes: set[Expr], given: set[Expr]
) -> list[Expr]:
    """Forward values where the computation of ``roots`` stops and reads; ``given`` slots are saved whatever comes."""
    free = kept | given
    hangs: dict[Expr, bool] = {}
    for e in walk(roots):
        hangs[e] = e not in free and (e in slots or any(hangs[a] for a in e.args))
    found: dict[Expr, None] = dict.fromkeys(given)
    seen: set[Expr] = set()
    stack = list(reversed(roots))
    while stack:
        e = stack.pop()
        if e in seen or e in free:
            continue
        seen.add(e)
        costly = e.op in OPS and OPS[e.op].cost >= _EXPENSIVE and e in forward_nodes
        if hangs[e] and (e in slots or costly):
            found[e] = None
        else:
            stack.extend(reversed(e.args))
    return list(found)


def fuse(roots: Sequence[Expr]) -> list[Expr]:
    """``roots`` with each product that is used once, by a sum, made one fused multiply-add.

    Which products are fused depends on the equations alone, not on what is stored, so that a run that records gives
    the same bits as one that does not.
    """
    uses: dict[Expr, int] = {}
    for e in walk(roots):
        for a in e.args:
            uses[a] = uses.get(a, 0) + 1
    for r in roots:
        uses[r] = uses.get(r, 0) + 1
    once = {e for e, n in uses.items() if n == 1 and e.op == "mul"}
    marked = {id(e): e for e in once}
    done: dict[Expr, Expr] = {}
    for e in walk(roots):
        args = [done[a] for a in e.args]
        done[e] = node(e.op, *args, attr=e.attr) if e.args else e
        if e.op in ("add", "sub"):
            left, right = e.args
            if id(left) in marked:
                c = args[1] if e.op == "add" else node("neg", args[1])
                done[e] = node("fma", *(done[a] for a in left.args), c)
            elif id(right) in marked:
                a, b = (done[x] for x in right.args)
                done[e] = node("fma", a if e.op == "add" else node("neg", a), b, args[0])
    return [done[r] for r in roots]


@lru_cache(maxsize=256)
def leaves(cell: Cell) -> frozenset[str]:
    """Names of the symbols that the forward step reads: slots, previous states, weights a unit."""
    return frozenset(str(e.attr) for e in walk(forward(cell).signals.values()) if e.op == "sym")
