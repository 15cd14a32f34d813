"""The weights of a call, laid out: which panels a plan reads, and the launches that make them."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from typing import NamedTuple

from torch import Tensor

from softgate.cpu import pack, prepare, sweep
from softgate.cpu.launch import Launch
from softgate.cpu.plan import PROJECTION_GROUPS, Plan
from softgate.cpu.sweep import Shape
from softgate.reference import Weights


class Part(NamedTuple):
    """The launch that lays out one matrix, or a block of its columns.

    ``position`` is that of the kernel's argument, ``offset`` where the panels begin in the room for weights, ``skip``
    where the block begins in the matrix of ``source``; both in bytes.
    """

    position: int
    offset: int
    launch: Launch
    source: Callable[[Weights], Tensor | None]
    skip: int = 0


class Packing:
    """Lays the weights of a plan out in one block of memory; ``at`` are the places of the kernel's arguments."""

    def __init__(self, plan: Plan, shape: Shape, threads: int, at: Mapping[str, int]) -> None:
        cell, size, lanes = plan.cell, shape.size, plan.lanes
        self._kernel, self._tables = prepare.pack_kernel(plan.isa, plan.dtype), prepare.gate_tables(cell)
        self._threads = threads if size.units * (size.inputs + size.hidden) > 40_000 else 1
        self.count = 0
        self.parts: list[Part] = []
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
            part = (f"fed.{name}", self._tables["fed"], size.units, size.units, groups, plan.blocks, lanes)
            self._add(*part, lambda w: w.weight_fb, row=len(cell.feedback) * size.units, skip=k * size.units)
        first, second = self._tables["bias_x"].data_ptr(), self._tables["bias_h"].data_ptr()
        self.bias = Launch(
            self._kernel["pack_bias"], pack.BIAS, threads=1, units=size.units, groups=groups, blocks=plan.blocks,
            count=len(cell.slots), first_gate=first, second_gate=second,
        )  # fmt: skip
        self._bias_at, self.bias_from = at["bias"], self.count * self._bytes
        self.count += groups * plan.groups * lanes

    def _add(
        self, name: str, chosen: Tensor, depth: int, units: int, groups: int, blocks: int, lanes: int,
        source: Callable[[Weights], Tensor | None], row: int = 0, skip: int = 0,
    ) -> None:  # fmt: skip
        launch = Launch(
            self._kernel["pack_rows"], pack.ROWS, threads=self._threads, row=row or depth, depth=depth, units=units,
            groups=groups, blocks=blocks, chosen=chosen.data_ptr(), count=len(chosen),
        )  # fmt: skip
        at, offset = self._at[f"weights.{name}"], self.count * self._bytes
        self.parts.append(Part(at, offset, launch, source, skip * self._bytes))
        self.count += groups * depth * blocks * len(chosen) * lanes

    def __call__(self, weights: Weights, room: Tensor) -> None:
        """Lay out."""
        base, source_at, to_at = room.data_ptr(), pack.ROWS.position["source"], pack.ROWS.position["to"]
        for _, offset, launch, source, skip in self.parts:
            weight = source(weights)
            assert weight is not None
            weight = sweep.detached(weight)
            launch.array[source_at] = weight.data_ptr() + skip
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
        for part in self.parts:
            array[part.position] = base + part.offset
        array[self._bias_at] = base + self.bias_from


class BackPacking:
    """Lays out the weights that the backward kernel multiplies with."""

    def __init__(self, plan: Plan, shape: Shape, threads: int, at: Mapping[str, int]) -> None:
        cell, size = plan.cell, shape.size
        self._plan, self._at = plan, at
        self._kernel, self._tables = prepare.pack_kernel(plan.isa, plan.dtype), prepare.gate_tables(cell)
        self.parts: list[Part] = []
        self._threads = threads if size.units * size.hidden > 20_000 else 1

        self.count = 0
        if plan.h_slots:
            wide = PROJECTION_GROUPS if plan.projected else plan.blocks_back
            self._add("weights.back", size.hidden, size.units, self._tables["h"], wide, lambda w: w.weight_hh)
        # Beside those of h in one panel, although their weights exist for some slots only.
        for k in range(len(cell.feedback)):
            self._beside(k, size.units)
        if plan.projected:
            chosen, wide = self._tables["one"], plan.blocks_back
            self._add("weights.projection", size.units, size.hidden, chosen, wide, lambda w: w.weight_hr)

    def _add(
        self, name: str, columns: int, depth: int, chosen: Tensor, wide: int, source: Callable[[Weights], Tensor | None]
    ) -> None:
        panel = wide * (1 + len(self._plan.cell.feedback))
        launch = self._launch(columns, depth, chosen, wide, width=panel, row=columns)
        offset = self.count * self._plan.real.bits // 8
        self.parts.append(Part(self._at[name], offset, launch, source))
        groups = prepare.groups_of(columns, self._plan.lanes, wide)
        self.count += groups * depth * len(chosen) * panel * self._plan.lanes

    def _beside(self, k: int, units: int) -> None:
        """The panels of the k-th state that feeds back."""
        plan, hidden, count = self._plan, self.parts[0], len(self._plan.cell.feedback)
        blocks, chosen = plan.blocks_back, self._tables["fed_back"]
        launch = self._launch(
            units, units, chosen, blocks, width=plan.groups_back, position=(1 + k) * blocks, row=count * units
        )
        skip = k * units * plan.real.bits // 8
        self.parts.append(Part(hidden.position, hidden.offset, launch, lambda w: w.weight_fb, skip))

    def _launch(self, columns: int, depth: int, chosen: Tensor, blocks: int, **values: int) -> Launch:
        groups = prepare.groups_of(columns, self._plan.lanes, blocks)
        return Launch(
            self._kernel["pack_columns"], pack.COLUMNS, threads=self._threads, units=depth, columns=columns,
            groups=groups, blocks=blocks, chosen=chosen.data_ptr(), count=len(chosen), **values,
        )  # fmt: skip

    def __call__(self, weights: Weights, array: ctypes.Array[ctypes.c_int64], room: int) -> None:
        """Lay out from the address ``room`` on, and tell the backward kernel where."""
        source_at, to_at = pack.COLUMNS.position["source"], pack.COLUMNS.position["to"]
        for position, offset, launch, source, skip in self.parts:
            weight = source(weights)
            assert weight is not None
            weight = sweep.detached(weight)
            launch.array[source_at] = weight.data_ptr() + skip
            launch.array[to_at] = array[position] = room + offset
            launch()
