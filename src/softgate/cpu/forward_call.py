"""A call of the forward kernel: lay out the weights, hoist the input products if that pays, walk the steps.

:class:`ForwardCall` is made once for a shape and holds all that does not change; calling it sets pointers.
"""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import memmove
from typing import NamedTuple

import torch
from torch import Tensor

from softgate.cpu import forward, prepare, sweep, workspace
from softgate.cpu.isa import Isa
from softgate.cpu.launch import Launch
from softgate.cpu.packing import Packing
from softgate.cpu.sweep import Shape
from softgate.equations import Cell
from softgate.reference import Weights


class How(NamedTuple):
    """What a call is, apart from its shape: the type, threads, instruction set, what is kept and stored."""

    dtype: torch.dtype
    threads: int
    isa: Isa
    keep: bool
    stored: tuple[str, ...]


class Outcome(NamedTuple):
    """What a run gives.

    y is [T, B, P] or [rows, P]; finals are the last states, in the form of the first ones; kept is [further states if
    kept and stored signals, rows, H]; inner is what a projection projects.
    """

    y: Tensor
    finals: tuple[Tensor, ...]
    kept: Tensor | None
    inner: Tensor | None


class ForwardCall:
    """The forward pass of one cell and shape; the first ``saved`` of what it stores are for the backward pass."""

    read = False
    """Whether the signals are read as soon as they are made."""
    hoists = True
    """Whether the input products may be made beforehand."""

    def __init__(self, cell: Cell, shape: Shape, how: How, saved: int = 0) -> None:
        self.cell, self.shape, self.how, self.saved, size = cell, shape, how, saved, shape.size
        self.keep = how.keep or bool(cell.feedback)
        self.hoisted = self.hoists and pays_to_hoist(cell, shape, how)
        self.plan = plan = prepare.forward_plan(
            cell, how.isa, how.dtype, size, (shape.lengths is not None, self.hoisted), how.stored
        )
        schedule, self._tiles = prepare.forward_schedule(plan, size, shape.batch, shape.steps, how.threads, self.read)
        self._piece = sweep.piece(schedule)
        self._barrier, self._zeros = workspace.barrier(), sweep.zeros_for(cell, size, how.isa)
        groups = prepare.groups_of(size.units, plan.lanes, plan.blocks)
        values = sweep.constants(shape, schedule, self._tiles, self._barrier, groups, self._zeros)
        values["keep"] = int(self.keep)
        if plan.projected:
            values |= {"outputs": size.hidden, "projection_groups": prepare.projection_groups(plan, size)}
        if self.hoisted:
            values["hoisted_row"] = len(cell.x_gates) * size.units
        names = forward.arguments(plan)
        self.launch = Launch(
            prepare.forward_kernel(plan)["forward"], names, **{k: v for k, v in values.items() if k in names.position}
        )
        self.packing = Packing(plan, shape, how.threads, names.position)
        self.further_at = [(names.position[f"state.{s}"], names.position[f"first.{s}"]) for s in cell.states[1:]]
        self.stored_at = [names.position[f"out.{s}"] for s in how.stored]
        self.units_at = sweep.unit_places(cell, names.position)
        self.kept_form = (len(how.stored) + (len(self.further_at) if self.keep else 0), shape.rows, size.units)
        self.stride = shape.rows * size.units * how.dtype.itemsize

    def __call__(self, x: Tensor, states: Sequence[Tensor], weights: Weights, reset: Tensor | None) -> Outcome:
        """Run; nothing here keeps a history."""
        room = workspace.scratch("forward weights", self.packing.count, self.how.dtype)
        self.packing(weights, room)
        outcome = self.run(x, states, weights, reset, room)
        workspace.back("forward weights", room)
        return outcome

    def run(
        self, x: Tensor, states: Sequence[Tensor], weights: Weights, reset: Tensor | None, packed: Tensor
    ) -> Outcome:
        """Run with weights that are laid out already."""
        shape, dtype, array, at = self.shape, self.how.dtype, self.launch.array, self.launch.at
        self.packing.point(array, packed.data_ptr())
        first = [sweep.detached(s) for s in states]
        # In its own shape, not a view of another: what is made in a view, torch lets nobody change.
        y = workspace.empty((*x.shape[:-1], shape.size.hidden), dtype)
        array[at["y"]], array[at["first.h"]] = y.data_ptr(), first[0].data_ptr()
        if self.hoisted:
            assert weights.weight_ih is not None
            products = sweep.linear(x.reshape(shape.rows, shape.size.inputs), sweep.detached(weights.weight_ih))
            array[at["hoisted"]] = products.data_ptr()
        elif "x" in self.plan.segments:
            x, array[at["x_step"]], array[at["x_row"]] = sweep.strided(x, shape)
            array[at["x"]] = x.data_ptr()
        kept = workspace.lasting(self.kept_form, dtype) if self.kept_form[0] else None
        place = 0 if kept is None else kept.data_ptr()
        finals = [workspace.empty(s.shape, dtype) for s in states]
        for (now, before), state, final in zip(self.further_at, first[1:], finals[1:], strict=True):
            array[now], array[before] = place if self.keep else final.data_ptr(), state.data_ptr()
            place += self.stride if self.keep else 0
        for position in self.stored_at:
            array[position] = place
            place += self.stride
        held = sweep.point_units(array, self.units_at, weights.units, shape) if self.units_at else None
        array[at["reset"]] = 0 if reset is None else reset.data_ptr()
        inner = None
        if self.plan.projected:
            inner = workspace.empty((shape.rows if self.keep else shape.batch, shape.size.units), dtype)
            array[at["inner"]] = inner.data_ptr()
        self._walk(y, kept, first)
        del held
        self._copy_last(y, kept, finals)
        return Outcome(y, tuple(finals), kept, inner)

    def _walk(self, y: Tensor, kept: Tensor | None, first: Sequence[Tensor]) -> None:
        """All steps; ``first`` are the states before them."""
        self.launch.walk(self.shape.steps, self._piece)

    def _copy_last(self, y: Tensor, kept: Tensor | None, finals: list[Tensor]) -> None:
        """The last states, from where all of them are; those that were not kept are in their place."""
        last, shape = self.shape.last_rows, self.shape
        sources = [(y, 0), *[(kept, k) for k in range(len(self.further_at) if self.keep else 0)]]
        for (source, k), final in zip(sources, finals):  # noqa: B905 - without ``keep`` there are fewer
            assert source is not None
            if isinstance(last, slice):
                # As bytes: a view and a copy by torch take ten times as long, which small layers feel.
                size = final.numel() * final.element_size()
                row = size // shape.batch
                memmove(final.data_ptr(), source.data_ptr() + row * (k * shape.rows + last.start), size)
            else:
                rows = source.view(-1, final.shape[-1])
                torch.index_select(rows, 0, last + k * shape.rows, out=final.view(shape.batch, -1))


def pays_to_hoist(cell: Cell, shape: Shape, how: How) -> bool:
    """Whether the input products are better made for all steps at once: where few rows share the weights."""
    size = shape.size
    if not cell.x_gates or shape.steps < 8 or how.dtype != torch.float32:
        return False
    weights = len(cell.x_gates) * size.units * size.inputs
    if shape.rows * weights < 1_000_000:
        return False
    # Measured: with one or two rows a step waits for its weights; with weights beyond the caches, always.
    return shape.batch <= 2 or (shape.batch <= 32 and weights >= 3 << 20)
