"""One call of a recurrence, linearised at what it computed: the coefficients of every step, as tensors.

All steps at once, in the order of the input, [T, B, ...]; a packed sequence is padded, its batch sorted as it came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from softgate import reference
from softgate.composite import flat, unflat
from softgate.equations import Cell
from softgate.evaluate import evaluate
from softgate.flow.jacobian import Jacobian, Table, jacobian
from softgate.layers.packed import active
from softgate.reference import Weights
from softgate.statistics import holds
from softgate.step import forward
from softgate.symbols import Expr
from softgate.taps import Call

Coefficients = dict[str, dict[str, Tensor]]
States = dict[str, Tensor]


@dataclass(frozen=True, eq=False)
class Linear:
    """A call as a linear map of small changes.

    Attributes:
        cell, weights: the equations, and the parameters as they were, detached copies.
        steps: the steps in the order in which they were computed, the last one for a reverse direction first.
        there: bool [T, B], false behind the end of a packed sequence; None if all steps are there.
        cut: bool [T, B], true where the state was zeroed before the step; None if nowhere.
        inner, prev, slots, through: the numbers of :class:`softgate.flow.jacobian.Jacobian`, broadcastable to [T, B, H]
            each.
        values: slots, previous states, states and weights a unit by symbol, from which signals can be computed.
        shape: T, B, H; of B rows where only some of the batch are looked at.
        jacobian: the expressions.
        whole: ``there`` of all rows of the batch.
    """

    cell: Cell
    weights: Weights
    steps: tuple[int, ...]
    there: Tensor | None
    cut: Tensor | None
    inner: Coefficients
    prev: Coefficients
    slots: Coefficients
    through: Coefficients
    values: Mapping[str, Any]
    shape: tuple[int, int, int]
    jacobian: Jacobian
    whole: Tensor | None

    @property
    def device(self) -> torch.device:
        """Where it is computed."""
        like: Tensor = self.values[f"prev.{self.cell.states[0]}"]
        return like.device

    @cached_property
    def last(self) -> Tensor:
        """For each row of the batch, the step it ends with, [B]."""
        B = self.shape[1]
        if self.there is None or self.steps[0] != 0:
            return torch.full((B,), self.steps[-1] if self.steps else -1)
        return self.there.sum(0).cpu() - 1

    def hold(self, state: str) -> Tensor | None:
        """What a state is multiplied by on its way to the next step, [T, B, H]; None if no gate or number does that.

        The forget gate, see :func:`softgate.statistics.holds`; 1 where nothing is ever forgotten.
        """
        state = self.jacobian.same.get(state, state)
        factor = holds(self.cell).get(state)
        if factor is None:
            kept = self.jacobian.prev[state].get(state)
            if kept is None or kept.op != "const":
                return None
            factor = kept
        (value,) = self._signals([factor])
        return value

    def means(self, state: str) -> dict[str, float]:
        """For each gate that makes a state, how much of a gradient gets through to its pre-activation on average."""
        found = {}
        for symbol, value in self.slots[self.jacobian.same.get(state, state)].items():
            found[symbol.split(".")[1]] = float(self.seen(value.abs().expand(self.shape)).nanmean())
        return found

    def seen(self, value: Tensor) -> Tensor:
        """[T, B, H] with NaN where a sequence has ended."""
        return value if self.there is None else torch.where(self.there[..., None], value, torch.nan)

    def _signals(self, roots: Sequence[Expr]) -> list[Tensor]:
        signals = forward(self.cell).signals
        like = self.values[f"prev.{self.cell.states[0]}"]
        values = dict(zip(signals, evaluate(list(signals.values()), self.values, like), strict=True))
        return [torch.as_tensor(v).expand(self.shape) for v in evaluate(list(roots), values, like)]


@torch.no_grad()
def linearise(call: Call, states: Mapping[str, Tensor], rows: int | None = None) -> Linear:
    """The coefficients of a call.

    Args:
        call: what was given.
        states: its states, [T, B, N] or packed rows.
        rows: how many rows of the batch; all of them if not given.
    """
    cell = call.cell
    wide = torch.promote_types(states[cell.states[0]].dtype, torch.float32)
    there = None if call.lengths is None else active(torch.tensor(call.lengths)).to(call.x.device)
    weights = _copied(call.weights, wide)

    def dense(value: Tensor) -> Tensor:
        return padded(value.to(wide), there)[:, :rows]

    x = dense(call.x)
    states = {s: dense(states[s]) for s in cell.states}
    starts = [s.detach().reshape(s.shape[-2:])[:rows].to(wide) for s in call.states]
    cut = None if call.reset is None else padded(call.reset[..., None], there)[:, :rows, 0]
    whole, there = there, None if there is None else there[:, :rows]
    before = [_before(states[s], start, call.reverse, there, cut)
              for s, start in zip(cell.states, starts, strict=True)]  # fmt: skip
    # What an edit brings may have rows, as the input has.
    kinds = [*("unit" for _ in cell.weights), *cell.given.values()]
    units = [u if kind == "unit" else dense(u) for u, kind in zip(weights.units, kinds, strict=True)]
    weights = weights._replace(units=tuple(units))
    values = reference.symbols(cell, x, before, weights) | {f"state.{s}": v for s, v in states.items()}
    jac = jacobian(cell, weights.weight_hr is not None)
    T, B = x.shape[:2]
    H = values[f"z.{cell.gates[0]}"].shape[-1]
    order = tuple(range(T))[:: -1 if call.reverse else 1]
    shape = (T, B, H)
    tables = (jac.inner, jac.prev, jac.slots, jac.through)
    inner, prev, slots, through = (_numbers(table, values, before[0], shape) for table in tables)
    return Linear(cell, weights, order, there, cut, inner, prev, slots, through, values, shape, jac, whole)


def padded(rows: Tensor, there: Tensor | None) -> Tensor:
    """Packed rows [rows, N] as [T, B, N], zero behind each sequence's end; a dense [T, B, N] as it is."""
    if there is None:
        return rows.detach()
    full = rows.new_zeros(*there.shape, rows.shape[-1])
    full[there] = rows.detach()
    return full


def _copied(weights: Weights, wide: torch.dtype) -> Weights:
    """Detached copies, which stay as they are when an optimizer goes on."""
    return unflat([None if t is None else t.detach().to(wide, copy=True) for t in flat(weights)])


def _before(state: Tensor, start: Tensor, reverse: bool, there: Tensor | None, cut: Tensor | None) -> Tensor:
    """The state before each step, [T, B, N], from those after each, and the initial one."""
    if there is not None:  # a sequence that has not begun has its initial state
        state = torch.where(there[..., None], state, start)
    before = torch.cat([state[1:], start[None]] if reverse else [start[None], state[:-1]])[: len(state)]
    if len(state) == 0:
        before = state
    return before if cut is None else torch.where(cut[..., None], 0.0, before)


def _numbers(table: Table, values: Mapping[str, Any], like: Tensor, shape: tuple[int, ...]) -> Coefficients:
    keys = [(made, used) for made, row in table.items() for used in row]
    found = evaluate([table[made][used] for made, used in keys], values, like)
    numbers: Coefficients = {made: {} for made in table}
    for (made, used), value in zip(keys, found, strict=True):
        numbers[made][used] = torch.as_tensor(value).expand(shape)
    return numbers
