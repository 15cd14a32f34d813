"""A call of the backward kernel, and what is made of its results.

:class:`BackwardCall` is made once for a shape and holds all that does not change; calling it sets pointers.
"""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import memset
from functools import partial
from math import prod

import torch
from torch import Tensor

from softgate import step as steps
from softgate.cpu import backward, prepare, products, sweep, workspace
from softgate.cpu.gradients import Forward, Gradients, Needs
from softgate.cpu.isa import Isa
from softgate.cpu.launch import Launch
from softgate.cpu.packing import BackPacking
from softgate.cpu.sweep import Shape
from softgate.equations import Cell
from softgate.reference import Weights


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
        self.packing = BackPacking(plan, shape, threads, names.position)
        self.x_order, self.h_order = _orders(cell)
        row = self.slots * size.units
        x_size, h_size = len(plan.x_slots) * size.units, len(plan.h_slots) * size.units
        self._outer_x, self._outer_h, self._outer_r = (
            products.Outer(plan, shape.rows, *part, threads) if part[2] else None
            for part in (
                (row, 0, x_size, size.inputs),
                (row, row - h_size, h_size, size.hidden),
                (size.hidden, 0, size.hidden if plan.projected else 0, size.units),
            )
        )
        totals = partial(products.Total, plan, schedule.threads, (self.slots + len(cell.weights), padded), size.units)
        self.total_x, self.total_h = totals(self.x_order), totals(self.h_order)
        self.total_units = [totals([self.slots + k]) for k in range(len(cell.weights))]
        self._place(names.position)

    def _place(self, at: dict[str, int]) -> None:
        """Divide one block of scratch among the arrays of the pass; the last of them begin as zeros."""
        size, shape, each = self.shape.size, self.shape, self.dtype.itemsize
        outers = [o.room for o in (self._outer_x, self._outer_h, self._outer_r) if o is not None]
        carries = {
            f"carry.{s}": (shape.batch, size.units if k else size.hidden) for k, s in enumerate(self.cell.states)
        }
        counts = {
            "dz": shape.rows * self.slots * size.units,
            "dh": shape.rows * size.hidden if self.plan.projected else 0,
            "weights": self.packing.count,
            "outer": max(outers, default=0),
            "x_rows": shape.rows * 8 // each,
            "h_rows": shape.rows * 8 // each,
            "sums": prod(self._sums),
            **{name: prod(form) for name, form in carries.items()},
        }
        self._from: dict[str, int] = {}
        self.room = 0
        for name, count in counts.items():
            self._from[name] = self.room
            self.room += -(-count // 64) * 64
        self.zeroed = (self._from["sums"] * each, (self.room - self._from["sums"]) * each)
        self.offsets = {name: start * each for name, start in self._from.items()}
        self.inside = [(at[name], offset) for name, offset in self.offsets.items() if name in at]
        self._carries = [(self._from[name], *form) for name, form in carries.items()]
        self.further_at = [(at[f"state.{s}"], at[f"first.{s}"]) for s in self.cell.states[1:]]
        self.saved_at = [at[f"saved.{name}"] for name in self.adjoint.saved]
        self.kept = len(self.further_at) + len(self.saved_at)
        self.units_at = sweep.unit_places(self.cell, at)
        self.stride = shape.rows * size.units * each

    def __call__(self, call: Forward, dy: Tensor | None, dfinals: Sequence[Tensor | None], needs: Needs) -> Gradients:
        """All gradients that are wanted."""
        shape, array, at = self.shape, self.launch.array, self.launch.at
        first = [sweep.detached(s) for s in call.states]
        room = workspace.scratch("backward", self.room, self.dtype)
        base = room.data_ptr()
        memset(base + self.zeroed[0], 0, self.zeroed[1])
        for position, offset in self.inside:
            array[position] = base + offset
        x, array[at["x_step"]], array[at["x_row"]] = sweep.strided(call.x, shape)
        array[at["x"]] = x.data_ptr()
        array[at["y"]], array[at["first.h"]] = call.y.data_ptr(), first[0].data_ptr()
        if dy is None:
            array[at["dy"]], array[at["dy_step"]], array[at["dy_row"]] = self._zeros.data_ptr(), 0, 0
        else:
            dy, array[at["dy_step"]], array[at["dy_row"]] = sweep.strided(dy, shape)
            array[at["dy"]] = dy.data_ptr()
        place = call.saved[0].data_ptr() if self.further_at or self.saved_at else 0
        for (now, before), state in zip(self.further_at, first[1:], strict=True):
            array[now], array[before] = place, state.data_ptr()
            place += self.stride
        for position in self.saved_at:
            array[position] = place
            place += self.stride
        held = sweep.point_units(array, self.units_at, call.weights.units, shape) if self.units_at else None
        for k, d in enumerate(dfinals):
            if d is not None:
                carry = self._carry(room, k)
                carry.copy_(d.view(carry.shape))
        array[at["reset"]] = 0 if call.reset is None else call.reset.data_ptr()
        self.packing(call.weights, array, base + self.offsets["weights"])
        self.launch.walk(shape.steps, self._piece, backwards=True)
        del held
        weights = self._weights(call, room, base, first, needs)
        dx: Tensor | None = None
        states: tuple[Tensor | None, ...] = (None,) * len(first)
        if needs.x or any(needs.states):
            dz = self._dz(room)
            dx = self._input(call, dz) if needs.x else None
            states = self._states(call, dz, room, needs)
        workspace.back("backward", room)
        return Gradients(dx, states, weights)

    def _dz(self, room: Tensor) -> Tensor:
        rows, units = self.shape.rows, self.shape.size.units
        return room[: rows * self.slots * units].view(rows, self.slots, units)

    def _carry(self, room: Tensor, k: int) -> Tensor:
        """What is carried from step to step of the k-th state's gradient, [B, H] ([B, P] of the first)."""
        start, *form = self._carries[k]
        return room.narrow(0, start, prod(form)).view(form)

    def _weights(self, call: Forward, room: Tensor, base: int, first: list[Tensor], needs: Needs) -> Weights:
        want, units = needs.weights, self.shape.size.units
        ih = hh = hr = fb = b_ih = b_hh = None
        dz, x_rows, h_rows, outer, sums = (base + self.offsets[n] for n in ("dz", "x_rows", "h_rows", "outer", "sums"))
        if want.weight_ih and self._outer_x is not None:
            ih = products.reorder(self._outer_x(dz, x_rows, outer), self.plan.x_slots, self.x_order, units)
        if want.weight_hh and self._outer_h is not None:
            hh = products.reorder(self._outer_h(dz, h_rows, outer), self.plan.h_slots, self.h_order, units)
        if want.weight_hr and self._outer_r is not None:
            inner = call.saved[-1]
            rows = prepare.arange(self.shape.rows, inner.stride(0) * inner.element_size()) + inner.data_ptr()
            hr = self._outer_r(base + self.offsets["dh"], rows.data_ptr(), outer)
        if want.weight_fb:
            fb = self._feedback(call, self._dz(room), first)
        if want.bias_ih:
            b_ih = self.total_x(sums)
        if want.bias_hh:
            b_hh = self.total_h(sums)
        wanted = zip(self.total_units, want.units, strict=False)  # what is given from outside has no gradient
        each = tuple(total(sums) if w else None for total, w in wanted) + (None,) * len(self.cell.given)
        return Weights(ih, hh, b_ih, b_hh, hr, fb, each)  # type: ignore[arg-type]

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
            rows, start = call.saved[0][k - 1] if k else call.y.view(self.shape.rows, -1), first[k]
            before.append(sweep.previous_rows(rows, start.view(self.shape.batch, -1), self.shape, call.reset))
        slots = dz[:, list(self.plan.fed_slots)].reshape(self.shape.rows, -1)
        return slots.t() @ torch.cat(before, 1)

    def _states(self, call: Forward, dz: Tensor, room: Tensor, needs: Needs) -> tuple[Tensor | None, ...]:
        """Gradients of the initial states."""
        if not any(needs.states):
            return (None,) * len(self.cell.states)
        rows, units, plan = self.shape.first_rows, self.shape.size.units, self.plan
        dz = dz[rows]
        if call.reset is not None:
            dz = dz.masked_fill(call.reset[rows].bool()[:, None, None], 0)
        results: list[Tensor | None] = []
        for k, (state, want) in enumerate(zip(self.cell.states, needs.states, strict=True)):
            carry = self._carry(room, k)
            total = carry.clone() if state in self.adjoint.prev else torch.zeros_like(carry)
            if want and k == 0 and plan.h_slots:
                assert call.weights.weight_hh is not None
                total = total + dz[:, self.h_order].reshape(len(dz), -1) @ call.weights.weight_hh
            if want and state in self.cell.feedback:
                assert call.weights.weight_fb is not None
                at = self.cell.feedback.index(state)
                fed = call.weights.weight_fb[:, at * units : (at + 1) * units]
                total = total + dz[:, list(plan.fed_slots)].reshape(len(dz), -1) @ fed
            results.append(total.view(call.states[k].shape) if want else None)
        return tuple(results)


def _orders(cell: Cell) -> tuple[list[int], list[int]]:
    """The slots of x and of h in the order of the parameters."""
    x = {s.gate: k for k, s in enumerate(cell.slots) if "x" in s.part}
    h = {s.gate: k for k, s in enumerate(cell.slots) if "h" in s.part}
    return [x[g] for g in cell.x_gates], [h[g] for g in cell.h_gates]
