"""The weights of a call, laid out: which panels a plan reads, and the launches that make them."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import Tensor

from softgate.cpu import pack, prepare, sweep
from softgate.cpu.launch import Launch
from softgate.cpu.plan import PROJECTION_GROUPS, Plan
from softgate.cpu.sweep import Shape
from softgate.reference import Weights


def _columns_of_feedback(columns: slice, weights: Weights) -> Tensor | None:
    return None if weights.weight_fb is None else weights.weight_fb[:, columns]


class Packing:
    """Lays the weights of a plan out in one block of memory; ``at`` are the places of the kernel's arguments."""

    def __init__(self, plan: Plan, shape: Shape, threads: int, at: Mapping[str, int]) -> None:
        cell, size, lanes = plan.cell, shape.size, plan.lanes
        self._kernel, self._tables = prepare.pack_kernel(plan.isa, plan.dtype), prepare.gate_tables(cell)
        self._threads = threads if size.units * (size.inputs + size.hidden) > 40_000 else 1
        self.count = 0
        self.parts: list[tuple[int, int, Launch, Callable[[Weights], Tensor | None]]] = []
        self._at, self._bytes = at, plan.real.bits // 8
        groups = prepare.groups_of(size.units, lanes, plan.blocks)
        for name, depth, source in (
            ("x", size.inputs, lambda w: w.weight_ih),
            ("h", size.hidden, lambda w: w.weight_hh),
        ):
            if name in plan.segments:
                self._add(name, self._tables[name], depth, size.units, groups, plan.blocks, lanes, source)
        if plan.projected:
            outputs = prepare.projection_groups(plan, size)
            part = ("projection", self._tables["one"], size.units, size.hidden, outputs, PROJECTION_GROUPS, lanes)
            self._add(*part, lambda w: w.weight_hr)
        for k, name in enumerate(cell.feedback):
            columns = slice(k * size.units, (k + 1) * size.units)
            part = (f"fed.{name}", self._tables["fed"], size.units, size.units, groups, plan.blocks, lanes)
            self._add(*part, partial(_columns_of_feedback, columns))
        first, second = self._tables["bias_x"].data_ptr(), self._tables["bias_h"].data_ptr()
        self.bias = Launch(
            self._kernel["pack_bias"], pack.BIAS, threads=1, units=size.units, groups=groups, blocks=plan.blocks,
            count=len(cell.slots), first_gate=first, second_gate=second,
        )  # fmt: skip
        self._bias_at, self.bias_from = at["bias"], self.count * self._bytes
        self.count += groups * plan.groups * lanes

    def _add(
        self, name: str, chosen: Tensor, depth: int, units: int, groups: int, blocks: int, lanes: int,
        source: Callable[[Weights], Tensor | None],
    ) -> None:  # fmt: skip
        launch = Launch(
            self._kernel["pack_rows"], pack.ROWS, threads=self._threads, depth=depth, units=units, groups=groups,
            blocks=blocks, chosen=chosen.data_ptr(), count=len(chosen),
        )  # fmt: skip
        self.parts.append((self._at[f"weights.{name}"], self.count * self._bytes, launch, source))
        self.count += groups * depth * blocks * len(chosen) * lanes

    def __call__(self, weights: Weights, room: Tensor) -> None:
        """Lay out."""
        base, source_at, to_at = room.data_ptr(), pack.ROWS.position["source"], pack.ROWS.position["to"]
        for _, offset, launch, source in self.parts:
            weight = source(weights)
            assert weight is not None
            weight = sweep.detached(weight)
            launch.array[source_at] = weight.data_ptr()
            launch.array[to_at] = base + offset
            launch()
        bias, at = self.bias.array, pack.BIAS.position
        first, second = weights.bias_ih, weights.bias_hh
        held = [None if b is None else sweep.detached(b) for b in (first, second)]
        bias[at["first"]] = 0 if held[0] is None else held[0].data_ptr()
        bias[at["second"]] = 0 if held[1] is None else held[1].data_ptr()
        bias[at["to"]] = base + self.bias_from
        self.bias()

    def point(self, array: ctypes.Array[ctypes.c_int64], base: int) -> None:
        """Tell the forward kernel that the weights lie from the address ``base`` on."""
        for position, offset, _, _ in self.parts:
            array[position] = base + offset
        array[self._bias_at] = base + self.bias_from


class BackPacking:
    """Lays out the weights that the backward kernel multiplies with."""

    def __init__(self, plan: Plan, shape: Shape, threads: int, at: Mapping[str, int]) -> None:
        cell, size = plan.cell, shape.size
        self._plan, self._units = plan, size.units
        self._kernel, self._tables = prepare.pack_kernel(plan.isa, plan.dtype), prepare.gate_tables(cell)
        self.parts: list[tuple[int, int, Launch, Callable[[Weights], Tensor | None]]] = []
        team = threads if size.units * size.hidden > 20_000 else 1

        self.count = 0
        if plan.h_slots and not cell.feedback:
            wide = PROJECTION_GROUPS if plan.projected else plan.blocks_back
            self._add("weights.back", size.hidden, size.units, self._tables["h"], wide, team, at, lambda w: w.weight_hh)
        if plan.projected:
            chosen, wide = self._tables["one"], plan.blocks_back
            self._add("weights.projection", size.units, size.hidden, chosen, wide, team, at, lambda w: w.weight_hr)
        self._back_at = at["weights.back"]

    def _add(
        self,
        name: str,
        columns: int,
        depth: int,
        chosen: Tensor,
        wide: int,
        team: int,
        at: Mapping[str, int],
        source: Callable[[Weights], Tensor | None],
    ) -> None:
        plan = self._plan
        groups = prepare.groups_of(columns, plan.lanes, wide)
        launch = Launch(
            self._kernel["pack_columns"],
            pack.COLUMNS,
            threads=team,
            units=depth,
            columns=columns,
            groups=groups,
            blocks=wide,
            chosen=chosen.data_ptr(),
            count=len(chosen),
            width=wide,
        )
        self.parts.append((at[name], self.count * plan.real.bits // 8, launch, source))
        self.count += groups * depth * len(chosen) * wide * plan.lanes

    def __call__(self, weights: Weights, array: ctypes.Array[ctypes.c_int64], room: int) -> None:
        """Lay out from the address ``room`` on, and tell the backward kernel where."""
        source_at, to_at = pack.COLUMNS.position["source"], pack.COLUMNS.position["to"]
        for position, offset, launch, source in self.parts:
            weight = source(weights)
            assert weight is not None
            weight = sweep.detached(weight)
            launch.array[source_at] = weight.data_ptr()
            launch.array[to_at] = array[position] = room + offset
            launch()
        if self._plan.cell.feedback:
            self._fed = self._with_feedback(weights)
            array[self._back_at] = self._fed.data_ptr()

    def _with_feedback(self, weights: Weights) -> Tensor:
        """Panels of ``weight_hh`` beside those of each feedback state, whose weights exist for some slots only."""
        plan, cell, units = self._plan, self._plan.cell, self._units
        assert weights.weight_hh is not None
        assert weights.weight_fb is not None
        gates, count = [cell.slots[s].gate for s in plan.h_slots], len(cell.feedback)
        shape = (plan.blocks_back, plan.lanes)
        parts = [
            pack.column_panels(weights.weight_hh, len(cell.h_gates), [cell.h_gates.index(g) for g in gates], *shape)
        ]
        fed = weights.weight_fb.view(count, units, count, units)
        for k in range(count):
            full = fed.new_zeros(len(gates), units, units)
            for row, gate in enumerate(cell.feedback):
                full[gates.index(gate)] = fed[row, :, k]
            parts.append(pack.column_panels(full.view(-1, units), len(gates), range(len(gates)), *shape))
        return torch.cat(parts, 2).contiguous()
