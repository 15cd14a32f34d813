"""The weights of a call, laid out: which panels a plan reads, and the launches that make them."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor

from softgate.cpu import pack, prepare, sweep, workspace
from softgate.cpu.launch import Launch
from softgate.cpu.plan import PROJECTION_GROUPS, Plan
from softgate.cpu.sweep import Shape
from softgate.reference import Weights


def _columns_of_feedback(columns: slice, weights: Weights) -> Tensor | None:
    return None if weights.weight_fb is None else weights.weight_fb[:, columns]


class Packing:
    """Lays the weights of a plan out in one block of memory."""

    def __init__(self, plan: Plan, shape: Shape, threads: int) -> None:
        cell, size, lanes = plan.cell, shape.size, plan.lanes
        self._kernel, self._tables = prepare.pack_kernel(plan.isa, plan.dtype), prepare.gate_tables(cell)
        self._threads = threads if size.units * (size.inputs + size.hidden) > 40_000 else 1
        self.count = 0
        self._parts: list[tuple[str, int, Launch, Callable[[Weights], Tensor | None]]] = []
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
        self._bias = Launch(
            self._kernel["pack_bias"], pack.BIAS, threads=1, units=size.units, groups=groups, blocks=plan.blocks,
            count=len(cell.slots), first_gate=first, second_gate=second,
        )  # fmt: skip
        self._bias_at = self.count
        self.count += groups * plan.groups * lanes
        self._bytes = plan.real.bits // 8

    def _add(
        self, name: str, chosen: Tensor, depth: int, units: int, groups: int, blocks: int, lanes: int,
        source: Callable[[Weights], Tensor | None],
    ) -> None:  # fmt: skip
        launch = Launch(
            self._kernel["pack_rows"], pack.ROWS, threads=self._threads, depth=depth, units=units, groups=groups,
            blocks=blocks, chosen=chosen.data_ptr(), count=len(chosen),
        )  # fmt: skip
        self._parts.append((f"weights.{name}", self.count, launch, source))
        self.count += groups * depth * blocks * len(chosen) * lanes

    def __call__(self, weights: Weights, room: Tensor) -> None:
        """Lay out."""
        base, source_at, to_at = room.data_ptr(), pack.ROWS.position["source"], pack.ROWS.position["to"]
        for _, offset, launch, source in self._parts:
            weight = source(weights)
            assert weight is not None
            weight = sweep.detached(weight)
            launch.array[source_at] = weight.data_ptr()
            launch.array[to_at] = base + offset * self._bytes
            launch()
        bias, at = self._bias.array, pack.BIAS.position
        first, second = weights.bias_ih, weights.bias_hh
        held = [None if b is None else sweep.detached(b) for b in (first, second)]
        bias[at["first"]] = 0 if held[0] is None else held[0].data_ptr()
        bias[at["second"]] = 0 if held[1] is None else held[1].data_ptr()
        bias[at["to"]] = base + self._bias_at * self._bytes
        self._bias()

    def point(self, array: ctypes.Array[ctypes.c_int64], at: dict[str, int], room: Tensor) -> None:
        """Tell the forward kernel where the weights are."""
        base = room.data_ptr()
        for name, offset, _, _ in self._parts:
            array[at[name]] = base + offset * self._bytes
        array[at["bias"]] = base + self._bias_at * self._bytes


class BackPacking:
    """Lays out the weights that the backward kernel multiplies with."""

    def __init__(self, plan: Plan, shape: Shape, threads: int) -> None:
        cell, size = plan.cell, shape.size
        self._plan, self._units = plan, size.units
        kernel, tables = prepare.pack_kernel(plan.isa, plan.dtype), prepare.gate_tables(cell)
        self._tables = tables
        team = threads if size.units * size.hidden > 20_000 else 1

        def columns(count: int, depth: int, chosen: Tensor, wide: int) -> tuple[Launch, int]:
            groups = prepare.groups_of(count, plan.lanes, wide)
            launch = Launch(
                kernel["pack_columns"], pack.COLUMNS, threads=team, units=depth, columns=count, groups=groups,
                blocks=wide, chosen=chosen.data_ptr(), count=len(chosen), width=wide,
            )  # fmt: skip
            return launch, groups * depth * len(chosen) * wide * plan.lanes

        self._back = self._show = None
        if plan.h_slots and not cell.feedback:
            self._back = columns(
                size.hidden, size.units, tables["h"], PROJECTION_GROUPS if plan.projected else plan.blocks_back
            )
        if plan.projected:
            self._show = columns(size.units, size.hidden, tables["one"], plan.blocks_back)

    def __call__(self, weights: Weights, array: Any, at: dict[str, int]) -> list[Tensor]:
        """Lay out, and tell the backward kernel where; what is returned must live until it is done."""
        rooms = []
        dtype, source, to = self._plan.dtype, pack.COLUMNS.position["source"], pack.COLUMNS.position["to"]
        for name, part, weight in (
            ("weights.back", self._back, weights.weight_hh),
            ("weights.projection", self._show, weights.weight_hr),
        ):
            if part is not None and weight is not None:
                weight = sweep.detached(weight)
                room = workspace.scratch(name, part[1], dtype)
                rooms.append(room)
                array[at[name]] = room.data_ptr()
                part[0].array[source], part[0].array[to] = weight.data_ptr(), room.data_ptr()
                part[0]()
        if self._plan.cell.feedback:
            rooms.append(self._with_feedback(weights))
            array[at["weights.back"]] = rooms[-1].data_ptr()
        return rooms

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
