"""Many nets of one cell and shape, whose parameters stand in one table: forward and backward by one call each.

All that a call of :class:`ForwardCall` or :class:`BackwardCall` does is a handful of launches. Here the launches of
every net are written down once, with the same kernels and arguments, on buffers that stay where they are; then a chain
of them is run natively. Gradients are written to where they belong. Weights are laid out in one room that all nets use
in turn, so it stays in the nearest cache; outputs and kept signals have a room for each net of a group.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from softgate import step as steps
from softgate.cpu import pack, sweep, workspace
from softgate.cpu.backward_call import BackwardCall
from softgate.cpu.forward_call import ForwardCall, How
from softgate.cpu.isa import choose
from softgate.cpu.launch import Launch
from softgate.cpu.links import CLEAR, Chain, Links, Words, kernel
from softgate.cpu.prepare import Size
from softgate.cpu.products import Outer
from softgate.equations import Cell
from softgate.reference import Weights

_ROOM = 1 << 20
"""Bytes of outputs and signals that a group of nets may keep: what the second-level cache holds."""


class Nets(NamedTuple):
    """The parameters of N nets and the places of their gradients: those of the first one, and the bytes between two."""

    weights: Weights
    gradients: Weights
    count: int
    apart: int


class _Call(ForwardCall):
    hoists = False


class Chained:
    """The layer of N nets on batches of one size, up to a number of steps.

    Args:
        cell: without feedback.
        size: H, H, I, no projection.
        batch, most: B, and the most steps of a call.
        dtype: of everything.
        nets: where the parameters are, and the gradients go. Nothing of it may be moved.

    Attributes:
        group: how many nets are taken at once.
        y, dy: outputs and their gradients, [group, most, B, H]; ``dy`` is for the caller to fill.
    """

    def __init__(self, cell: Cell, size: Size, batch: int, most: int, dtype: torch.dtype, nets: Nets) -> None:
        self.cell, self.size, self.batch, self.most, self.dtype, self.nets = cell, size, batch, most, dtype, nets
        self._isa, self._shape = choose(), sweep.shape_of(size, batch, most, False, None)
        saved = tuple(steps.adjoint(cell, False).saved)
        self._go = _Call(cell, self._shape, How(dtype, 1, self._isa, True, saved), saved=len(saved))
        self._come = BackwardCall(cell, self._shape, dtype, 1, self._isa)
        form, kept = (most, batch, size.hidden), self._go.kept_form
        each = (2 * self._shape.rows * size.hidden + kept[0] * kept[1] * kept[2]) * dtype.itemsize
        self.group = max(1, min(nets.count, _ROOM // each))
        self.y, self.kept = (workspace.empty((self.group, *f), dtype) for f in (form, kept))
        self.dy = torch.zeros(self.group, *form, dtype=dtype)
        self._room = workspace.empty((max(self._go.packing.count, self._come.room),), dtype)
        self._nothing = workspace.zeros(batch * size.units)
        self._links: list[object] = []
        self._by_net: list[tuple[int, int]] = []
        self._by_slot: list[tuple[int, Tensor, int]] = []
        self._x: list[int] = []
        self._steps: list[int] = []
        self._rows: list[int] = []
        self._chain = Chain(self._isa, dtype)
        there, self._split = self._lay()
        self._words, self._table = there.repeat(nets.count)
        self._links.append(there)
        for column, start in self._by_net:
            self._words[:, column] = start + nets.apart * np.arange(nets.count)
        self._order: list[tuple[Any, Words, Words]] = []
        self._alive: bytes | None = b""
        self._lengths: list[int] = []

    # Writing down

    def _lay(self) -> tuple[Links, int]:
        """The launches of the first net, and how many of them go forward."""
        links = Links()
        self._lay_forward(links)
        split = len(links.calls)
        self._lay_backward(links)
        return links, split

    def _lay_forward(self, links: Links) -> None:
        call, weights, base = self._go, self.nets.weights, self._room.data_ptr()
        for _, offset, launch, source in call.packing.parts:
            start = links.add(launch, to=base + offset)
            self._from_net(start + launch.at["source"], source(weights))
        start = links.add(call.packing.bias, to=base + call.packing.bias_from)
        self._from_net(start + pack.BIAS.position["first"], weights.bias_ih)
        self._from_net(start + pack.BIAS.position["second"], weights.bias_hh)
        call.packing.point(call.launch.array, self._room)
        start = self._sequence(links, call.launch, call.further_at, call.units_at)
        for k, position in enumerate(call.stored_at, start=len(call.further_at)):
            self._by_slot.append((start + position, self.kept, k * call.stride))

    def _lay_backward(self, links: Links) -> None:
        call, base = self._come, self._room.data_ptr()
        zeroed, count = call.zeroed
        clear = Launch(kernel(self._isa, self.dtype)["clear"], CLEAR)
        links.add(clear, to=base + zeroed, count=count // self.dtype.itemsize)
        array = call.launch.array
        for position, offset in call.inside:
            array[position] = base + offset
        for position, offset, launch, source in call.packing.parts:
            array[position] = base + call.offsets["weights"] + offset
            start = links.add(launch, to=array[position])
            self._from_net(start + launch.at["source"], source(self.nets.weights))
        at = call.launch.at
        array[at["dy_step"]], array[at["dy_row"]] = self.batch * self.size.hidden, self.size.hidden
        start = self._sequence(links, call.launch, call.further_at, call.units_at)
        self._by_slot.append((start + at["dy"], self.dy, 0))
        for k, position in enumerate(call.saved_at, start=len(call.further_at)):
            self._by_slot.append((start + position, self.kept, k * call.stride))
        self._lay_gradients(links)

    def _sequence(
        self, links: Links, launch: Launch, further: list[tuple[int, int]], units: list[tuple[int, int, int]]
    ) -> int:
        """What forward and backward kernel have in common: input, outputs, states, weights a unit."""
        array, at, nothing = launch.array, launch.at, self._nothing.data_ptr()
        array[at["first.h"]] = nothing
        if "x" in at:
            array[at["x_step"]], array[at["x_row"]] = self.batch * self.size.inputs, self.size.inputs
        for _, before in further:
            array[before] = nothing
        start = links.add(launch)
        if "x" in at:
            self._x.append(start + at["x"])
        self._steps += [start + at["steps"], start + at["end"]]
        self._by_slot.append((start + at["y"], self.y, 0))
        for k, (now, _) in enumerate(further):
            self._by_slot.append((start + now, self.kept, k * self._go.stride))
        for (position, _, _), unit in zip(units, self.nets.weights.units, strict=True):
            self._from_net(start + position, unit)
        return start

    def _lay_gradients(self, links: Links) -> None:
        call, units, into = self._come, self.size.units, self.nets.gradients
        dz, outer, sums = (self._room.data_ptr() + call.offsets[n] for n in ("dz", "outer", "sums"))
        row, bytes_ = call.slots * units, self.dtype.itemsize
        for gradient, order, table in (
            (into.weight_ih, call.x_order, "x_rows"),
            (into.weight_hh, call.h_order, "h_rows"),
        ):
            if gradient is None:
                continue
            rows = self._room.data_ptr() + call.offsets[table]
            for gate, slot, count in _runs(order):
                product = Outer(call.plan, self._shape.rows, row, 0, count * units, gradient.shape[1], 1)
                start = links.add(product.launch, a=dz + slot * units * bytes_, b_rows=rows, room=outer)
                self._from_net(start + product.launch.at["c"], gradient[gate * units :])
                self._rows.append(start + product.launch.at["rows"])
        totals = [(into.bias_ih, call.total_x), (into.bias_hh, call.total_h)]
        for gradient, total in (*totals, *zip(into.units, call.total_units, strict=True)):
            if gradient is not None:
                start = links.add(total.launch, **{"from": sums})
                self._from_net(start + total.launch.at["to"], gradient)
            self._links.append(total)  # its launch holds only the address of its table

    def _from_net(self, column: int, first: Tensor | None) -> None:
        """An argument that points at a parameter, or its gradient: of every net its own."""
        if first is not None:
            self._by_net.append((column, first.data_ptr()))

    # Running

    def groups(self, alive: Tensor | None) -> Iterator[Any]:
        """The nets that are taken at once, of those that are alive, bool [N]: slices or numbers."""
        key = None if alive is None else alive.numpy().tobytes()
        if key != self._alive:
            self._alive, self._order = key, list(self._arranged(alive))
        for which, _, _ in self._order:
            yield which

    def _arranged(self, alive: Tensor | None) -> Iterator[tuple[Any, Words, Words]]:
        all_of_them = np.arange(self.nets.count) if alive is None else alive.numpy().nonzero()[0]
        for first in range(0, len(all_of_them), self.group):
            numbers = all_of_them[first : first + self.group]
            slots = np.arange(len(numbers))
            for column, buffer, offset in self._by_slot:
                self._words[numbers, column] = buffer.data_ptr() + offset + slots * buffer[0].numel() * buffer.itemsize
            go, come = (np.ascontiguousarray(t) for t in np.split(self._table[numbers], [self._split], axis=1))
            which = slice(first, first + len(numbers)) if alive is None else torch.from_numpy(numbers)
            yield which, go, come

    def forward(self, which: Any, x: Tensor, lengths: Sequence[int]) -> Tensor:
        """One of the groups forward: x [N, T, B, I] of all nets, to y [G, T, B, H], zero past a net's own length."""
        words, nets = self._words, np.arange(self.nets.count)
        for column in self._x:
            words[:, column] = x.data_ptr() + nets * (x.stride(0) * x.element_size())
        if lengths != self._lengths:
            self._lengths = list(lengths)
            words[:, self._steps] = np.array(lengths)[:, None]
            words[:, self._rows] = self.batch * np.array(lengths)[:, None]
        _, go, self._back = next(entry for entry in self._order if entry[0] is which)
        self._chain(go)
        count, longest = len(go), x.shape[1]
        if min(lengths) < longest:
            for slot, length in enumerate(np.array(lengths)[which if isinstance(which, slice) else which.numpy()]):
                self.y[slot, length:longest] = 0.0
        return self.y[:count, :longest]

    def backward(self) -> None:
        """The group that went forward last, back from ``dy``, to the gradients of its nets."""
        self._chain(self._back)


def _runs(order: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Gates whose slots follow each other: the first gate, its slot, how many."""
    gate = 0
    while gate < len(order):
        count = 1
        while gate + count < len(order) and order[gate + count] == order[gate] + count:
            count += 1
        yield gate, order[gate], count
        gate += count
