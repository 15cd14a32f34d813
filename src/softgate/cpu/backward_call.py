"""A call of the backward kernel, and what is made of its results.

:class:`BackwardCall` is made once for a shape and holds all that does not change; calling it sets pointers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from softgate import step as steps
from softgate.cpu import backward, prepare, products, sweep, workspace
from softgate.cpu.isa import Isa
from softgate.cpu.launch import Launch
from softgate.cpu.packing import BackPacking
from softgate.cpu.sweep import Shape
from softgate.equations import Cell
from softgate.reference import Weights


@dataclass(frozen=True)
class Needs:
    """Which gradients are wanted: of x, of each state, of each weight (a :class:`Weights` of truth values)."""

    x: bool
    states: tuple[bool, ...]
    weights: Any


@dataclass(frozen=True)
class Gradients:
    """Gradients, None where not wanted."""

    x: Tensor | None
    states: tuple[Tensor | None, ...]
    weights: Any


class Forward(NamedTuple):
    """The call to go back through: its inputs, y [rows, P], and what it kept."""

    x: Tensor
    states: Sequence[Tensor]
    weights: Weights
    reset: Tensor | None
    y: Tensor
    saved: Sequence[Tensor]


class BackwardCall:
    """The backward pass of one cell and shape."""

    def __init__(self, cell: Cell, shape: Shape, dtype: torch.dtype, threads: int, isa: Isa) -> None:
        self.cell, self.shape, self.dtype, size = cell, shape, dtype, shape.size
        self.plan = plan = prepare.backward_plan(cell, isa, dtype, size, shape.lengths is not None)
        self.adjoint = steps.adjoint(cell, plan.projected)
        schedule, self._tiles = prepare.backward_schedule(plan, size, shape.batch, shape.steps, threads)
        self._piece = sweep.piece(schedule)
        self._barrier, self._zeros = workspace.barrier(), sweep.zeros_for(cell, size, isa)
        self.slots = len(cell.slots)
        groups = prepare.groups_of(size.units, plan.lanes, plan.blocks_back)
        padded = groups * plan.blocks_back * plan.lanes
        self._sums = (schedule.threads, 2, self.slots + len(cell.weights), padded)
        values = sweep.constants(shape, schedule, self._tiles, self._barrier, groups, self._zeros)
        values |= {"keep": 1, "slot_row": self.slots * size.units, "sums_row": padded}
        values |= {
            "back_depth": len(plan.h_slots) * size.units,
            "back_skip": (self.slots - len(plan.h_slots)) * size.units,
        }
        if plan.projected:
            values |= {"dh_row": size.hidden, "outputs": size.hidden}
            values["projection_groups"] = prepare.projection_groups(plan, size)
        names = backward.arguments(plan)
        self.launch = Launch(
            prepare.backward_kernel(plan)["backward"], names, **{k: v for k, v in values.items() if k in names.position}
        )
        self.packing = BackPacking(plan, shape, threads)
        self._x_order, self._h_order = _orders(cell)
        row = self.slots * size.units
        x_size, h_size = len(plan.x_slots) * size.units, len(plan.h_slots) * size.units
        self._outer_x = products.Outer(plan, shape.rows, row, 0, x_size, size.inputs, threads) if x_size else None
        self._outer_h = (
            products.Outer(plan, shape.rows, row, row - h_size, h_size, size.hidden, threads) if h_size else None
        )
        self._outer_r = (
            products.Outer(plan, shape.rows, size.hidden, 0, size.hidden, size.units, threads)
            if plan.projected
            else None
        )

    def __call__(self, call: Forward, dy: Tensor | None, dfinals: Sequence[Tensor | None], needs: Needs) -> Gradients:
        """All gradients that are wanted."""
        shape, size = self.shape, self.shape.size
        first = [sweep.detached(s) for s in call.states]
        carry = self._carry(first, dfinals)
        dz = workspace.scratch("dz", shape.rows * self.slots * size.units, self.dtype)
        tables = workspace.scratch("tables", 2 * shape.rows, torch.int64)
        sums = torch.zeros(self._sums, dtype=self.dtype)
        dh = workspace.scratch("dh", shape.rows * size.hidden, self.dtype) if self.plan.projected else None
        array, at = self.launch.array, self.launch.at
        array[at["dz"]], array[at["sums"]] = dz.data_ptr(), sums.data_ptr()
        array[at["x_rows"]] = tables.data_ptr()
        array[at["h_rows"]] = tables.data_ptr() + 8 * shape.rows
        if dh is not None:
            array[at["dh"]] = dh.data_ptr()
        x, array[at["x_step"]], array[at["x_row"]] = sweep.strided(call.x, shape)
        array[at["x"]] = x.data_ptr()
        array[at["y"]], array[at["first.h"]] = call.y.data_ptr(), first[0].data_ptr()
        if dy is None:
            array[at["dy"]], array[at["dy_step"]], array[at["dy_row"]] = self._zeros.data_ptr(), 0, 0
        else:
            dy, array[at["dy_step"]], array[at["dy_row"]] = sweep.strided(dy, shape)
            array[at["dy"]] = dy.data_ptr()
        count = len(self.cell.states) - 1
        for name, now, before in zip(self.cell.states[1:], call.saved[:count], first[1:], strict=True):
            array[at[f"state.{name}"]], array[at[f"first.{name}"]] = now.data_ptr(), before.data_ptr()
        for name, kept in zip(self.adjoint.saved, call.saved[count:], strict=False):
            array[at[f"saved.{name}"]] = kept.data_ptr()
        for name, total in zip(self.cell.states, carry, strict=True):
            array[at[f"carry.{name}"]] = total.data_ptr()
        held = [sweep.detached(u) for u in call.weights.units]
        for name, unit in zip(self.cell.weights, held, strict=True):
            array[at[f"unit.{name}"]] = unit.data_ptr()
        array[at["reset"]] = 0 if call.reset is None else call.reset.data_ptr()
        rooms = self.packing(call.weights, array, at)
        self.launch.walk(shape.steps, self._piece, backwards=True)
        del rooms
        slots = dz[: shape.rows * self.slots * size.units].view(shape.rows, self.slots, size.units)
        total = (sums[0, 0] if len(sums) == 1 else sums[:, 0].sum(0))[:, : size.units]
        weights = self._weights(call, slots, total, tables, first, needs, dh)
        dx = self._input(call, slots) if needs.x else None
        return Gradients(dx, self._states(call, slots, carry, needs), weights)

    def _carry(self, first: list[Tensor], dfinals: Sequence[Tensor | None]) -> list[Tensor]:
        """What comes back from the last states; the kernel overwrites it on its way."""
        return [
            torch.zeros_like(s) if d is None else d.to(s.dtype, memory_format=torch.contiguous_format, copy=True)
            for d, s in zip(dfinals, first, strict=True)
        ]

    def _weights(
        self,
        call: Forward,
        dz: Tensor,
        sums: Tensor,
        tables: Tensor,
        first: list[Tensor],
        needs: Needs,
        dh: Tensor | None,
    ) -> Weights:
        want, shape, units = needs.weights, self.shape, self.shape.size.units
        ih = hh = hr = fb = b_ih = b_hh = None
        table = tables.data_ptr()
        if want.weight_ih and self._outer_x is not None:
            ih = products.reorder(self._outer_x(dz.data_ptr(), table), self.plan.x_slots, self._x_order, units)
        if want.weight_hh and self._outer_h is not None:
            got = self._outer_h(dz.data_ptr(), table + 8 * shape.rows)
            hh = products.reorder(got, self.plan.h_slots, self._h_order, units)
        if want.weight_hr and self._outer_r is not None and dh is not None:
            inner = call.saved[-1]
            rows = prepare.arange(shape.rows, inner.stride(0) * inner.element_size()) + inner.data_ptr()
            hr = self._outer_r(dh.data_ptr(), rows.data_ptr())
        if want.weight_fb:
            fb = self._feedback(call, dz, first)
        if want.bias_ih:
            b_ih = self._bias(sums, self._x_order)
        if want.bias_hh:
            b_hh = self._bias(sums, self._h_order)
        peeps = tuple(sums[self.slots + k].clone() if w else None for k, w in enumerate(want.units))
        return Weights(ih, hh, b_ih, b_hh, hr, fb, peeps)  # type: ignore[arg-type]

    def _bias(self, sums: Tensor, order: list[int]) -> Tensor:
        if order == list(range(len(order))):
            return sums[: len(order)].reshape(-1).clone()
        return sums[order].reshape(-1)

    def _input(self, call: Forward, dz: Tensor) -> Tensor:
        if call.weights.weight_ih is None or not self.plan.x_slots:
            return torch.zeros_like(call.x)
        got = products.input_gradient(self.plan, dz, call.weights.weight_ih, self.shape.size.units)
        return got.view(call.x.shape)

    def _feedback(self, call: Forward, dz: Tensor, first: list[Tensor]) -> Tensor:
        """Gradient of the feedback weights: a rare cell, so torch's own product on gathered rows."""
        before = []
        for name in self.cell.feedback:
            k = self.cell.states.index(name)
            before.append(_previous(call.saved[k - 1] if k else call.y, first[k], self.shape, call.reset))
        slots = dz[:, list(self.plan.fed_slots)].reshape(self.shape.rows, -1)
        return slots.t() @ torch.cat(before, 1)

    def _states(self, call: Forward, dz: Tensor, carry: list[Tensor], needs: Needs) -> tuple[Tensor | None, ...]:
        """Gradients of the initial states."""
        if not any(needs.states):
            return (None,) * len(self.cell.states)
        rows, units, plan = self.shape.first_rows, self.shape.size.units, self.plan
        dz = dz[rows]
        if call.reset is not None:
            dz = dz.masked_fill(call.reset[rows].bool()[:, None, None], 0)
        results: list[Tensor | None] = []
        for k, (state, want) in enumerate(zip(self.cell.states, needs.states, strict=True)):
            total = carry[k] if state in self.adjoint.prev else torch.zeros_like(carry[k])
            if want and k == 0 and plan.h_slots:
                assert call.weights.weight_hh is not None
                total = total + dz[:, self._h_order].reshape(len(dz), -1) @ call.weights.weight_hh
            if want and state in self.cell.feedback:
                assert call.weights.weight_fb is not None
                at = self.cell.feedback.index(state)
                fed = call.weights.weight_fb[:, at * units : (at + 1) * units]
                total = total + dz[:, list(plan.fed_slots)].reshape(len(dz), -1) @ fed
            results.append(total if want else None)
        return tuple(results)


def _orders(cell: Cell) -> tuple[list[int], list[int]]:
    """The slots of x and of h in the order of the parameters."""
    x = {s.gate: k for k, s in enumerate(cell.slots) if "x" in s.part}
    h = {s.gate: k for k, s in enumerate(cell.slots) if "h" in s.part}
    return [x[g] for g in cell.x_gates], [h[g] for g in cell.h_gates]


def _previous(rows: Tensor, first: Tensor, shape: Shape, reset: Tensor | None) -> Tensor:
    """For each row the row before it in its sequence, or its initial state."""
    n, size = shape.batch, shape.rows
    if shape.ragged is None:
        return torch.cat([rows[n:], first] if shape.reverse else [first, rows[:-n]])
    lengths, offsets = shape.ragged
    step = torch.repeat_interleave(prepare.arange(shape.steps, 1), lengths)
    within = prepare.arange(size, 1) - offsets[step]
    before = step + 1 if shape.reverse else step - 1
    inside = (before >= 0) & (before < shape.steps)
    before = before.clamp(0, shape.steps - 1)
    inside &= within < lengths[before]
    value = torch.where(inside[:, None], rows[(offsets[before] + within).clamp(max=size - 1)], first[within])
    return value if reset is None else value.masked_fill(reset.bool()[:, None], 0)
