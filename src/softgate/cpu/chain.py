"""Many nets of one cell and shape, whose parameters stand in one table: a training step's gradients by one call.

All that a call of :class:`ForwardCall` or :class:`BackwardCall` does is a handful of launches. Here the launches of
every net, head and loss among them, are written down once, with the same kernels and arguments; then a chain of them is
run natively. Nothing is copied and nothing is allocated: gradients are written to where they belong, and what a net
needs between its first launch and its last lies in one room that all nets use in turn, so it stays in the near caches.
"""

from __future__ import annotations

from math import prod

import numpy as np
from torch import Tensor

from softgate import step as steps
from softgate.cpu import head, pack, prepare, sweep, workspace
from softgate.cpu.backward_call import BackwardCall
from softgate.cpu.forward_call import ForwardCall, How
from softgate.cpu.isa import choose
from softgate.cpu.launch import Launch
from softgate.cpu.links import CLEAR, TURN, Chain, Links, kernel
from softgate.cpu.nets import Given, Nets, Numbers, rooms, runs
from softgate.cpu.prepare import Size
from softgate.cpu.products import Outer
from softgate.equations import Cell

_PIECE = 1e9
"""Floating point operations after which a chain comes back to see whether it is to stop."""


class _Call(ForwardCall):
    hoists = False


class Chained:
    """The training step of N nets on batches of one size, up to a number of steps.

    Args:
        cell: of every net.
        size: H, H, I, no projection.
        batch, most: B, and the most steps of a call.
        kind: of task: "classes", "bits" or "numbers".
        nets: where the parameters are, and the gradients go. Nothing of it may be moved.
    """

    def __init__(self, cell: Cell, size: Size, batch: int, most: int, kind: str, nets: Nets) -> None:
        self.size, self.batch, self.most, self.nets = size, batch, most, nets
        self._dtype, self._isa = nets.parameters.head.dtype, choose()
        shape = sweep.shape_of(size, batch, most, False, None)
        saved = tuple(steps.adjoint(cell, False).saved)
        self._go = _Call(cell, shape, How(self._dtype, 1, self._isa, True, saved), saved=len(saved))
        self._come = BackwardCall(cell, shape, self._dtype, 1, self._isa)
        outputs, lanes = nets.parameters.bias.numel(), self._isa.lanes(8 * self._dtype.itemsize)
        self._groups = -(-outputs // lanes)
        width = self._groups * lanes
        product = Outer(self._come.plan, shape.rows, width, 0, outputs, size.units, 1)
        self._at, self._room = rooms(
            self._dtype,
            y=shape.rows * size.units,
            dy=shape.rows * size.units,
            kept=prod(self._go.kept_form),
            go=self._go.packing.count,
            come=self._come.room,
            packed=width * size.units,
            dz=shape.rows * width,
            rows=shape.rows * 8 // self._dtype.itemsize,
            sums=width,
            outer=product.room,
        )
        self._nothing = workspace.zeros(batch * size.units)
        self._columns: dict[str, list[int]] = {
            n: [] for n in ("x", "steps", "rows", "clear", "count", "target", "chosen", "share", "loss")
        }
        self._by_net: list[tuple[int, int]] = []
        self._links, self._chain = Links(), Chain(self._isa, self._dtype)
        self._lay_forward()
        self._lay_head(kind, product)
        self._lay_backward()
        self._words, self._table = self._links.repeat(nets.many)
        for column, start in self._by_net:
            self._words[:, column] = start + nets.apart * np.arange(nets.many)
        work = 6.0 * shape.rows * len(cell.slots) * size.units * (size.units + size.inputs)
        self._piece = max(1, int(_PIECE / work))

    # Writing down

    def _lay_forward(self) -> None:
        call, weights, base = self._go, self.nets.parameters.weights, self._at["go"]
        for _, offset, launch, source, skip in call.packing.parts:
            start = self._links.add(launch, to=base + offset)
            self._from_net(start + launch.at["source"], source(weights), skip)
        start = self._links.add(call.packing.bias, to=base + call.packing.bias_from)
        self._from_net(start + pack.BIAS.position["first"], weights.bias_ih)
        self._from_net(start + pack.BIAS.position["second"], weights.bias_hh)
        call.packing.point(call.launch.array, base)
        for k, position in enumerate(call.stored_at, start=len(call.further_at)):
            call.launch.array[position] = self._at["kept"] + k * call.stride
        self._sequence(call.launch, call.further_at, call.units_at)

    def _lay_backward(self) -> None:
        call, base = self._come, self._at["come"]
        zeroed, count = call.zeroed
        self._links.add(self._clear(), to=base + zeroed, count=count // self._dtype.itemsize)
        array, at = call.launch.array, call.launch.at
        for position, offset in call.inside:
            array[position] = base + offset
        for position, offset, launch, source, skip in call.packing.parts:
            array[position] = base + call.offsets["weights"] + offset
            start = self._links.add(launch, to=array[position])
            self._from_net(start + launch.at["source"], source(self.nets.parameters.weights), skip)
        array[at["dy"]] = self._at["dy"]
        array[at["dy_step"]], array[at["dy_row"]] = self.batch * self.size.hidden, self.size.hidden
        for k, position in enumerate(call.saved_at, start=len(call.further_at)):
            array[position] = self._at["kept"] + k * call.stride
        self._sequence(call.launch, call.further_at, call.units_at)
        self._lay_gradients()

    def _clear(self) -> Launch:
        return Launch(kernel(self._isa, self._dtype)["clear"], CLEAR)

    def _sequence(self, launch: Launch, further: list[tuple[int, int]], units: list[tuple[int, int, int]]) -> None:
        """What forward and backward kernel have in common: input, outputs, states, weights a unit."""
        array, at, nothing = launch.array, launch.at, self._nothing.data_ptr()
        array[at["first.h"]], array[at["y"]] = nothing, self._at["y"]
        array[at["x_step"]], array[at["x_row"]] = self.batch * self.size.inputs, self.size.inputs
        for k, (now, before) in enumerate(further):
            array[now], array[before] = self._at["kept"] + k * self._go.stride, nothing
        start = self._links.add(launch)
        self._columns["x"].append(start + at["x"])
        self._columns["steps"] += [start + at["steps"], start + at["end"]]
        for (position, _, _), unit in zip(units, self.nets.parameters.weights.units, strict=True):
            self._from_net(start + position, unit)

    def _lay_head(self, kind: str, product: Outer) -> None:
        own, into, units = self.nets.parameters, self.nets.gradients, self.size.units
        outputs, place, one = own.bias.numel(), self._at, prepare.table(0)
        rows = Launch(
            prepare.pack_kernel(self._isa, self._dtype)["pack_rows"], pack.ROWS, threads=1, row=units, depth=units,
            units=outputs, groups=self._groups, blocks=1, chosen=one.data_ptr(), count=1, to=place["packed"],
        )  # fmt: skip
        self._links.keep(one)
        self._from_net(self._links.add(rows) + rows.at["source"], own.head)
        clear = self._clear()
        self._columns["clear"].append(self._links.add(clear, to=place["dy"]) + clear.at["count"])
        launch = Launch(
            head.kernel(self._isa, self._dtype, kind)["head"], head.HEAD, y=place["y"], packed=place["packed"],
            outputs=outputs, groups=self._groups, units=units, dz=place["dz"], rows=place["rows"], dy=place["dy"],
            sums=place["sums"],
        )  # fmt: skip
        start = self._links.add(launch)
        for name, tensor in (("weight", own.head), ("bias", own.bias), ("bias_gradient", into.bias)):
            self._from_net(start + launch.at[name], tensor)
        for name in ("chosen", "count", "target", "share", "loss"):
            self._columns[name].append(start + launch.at[name])
        start = self._links.add(product.launch, a=place["dz"], b_rows=place["rows"], room=place["outer"])
        self._from_net(start + product.launch.at["c"], into.head)
        self._columns["count"].append(start + product.launch.at["rows"])

    def _lay_gradients(self) -> None:
        call, units, into = self._come, self.size.units, self.nets.gradients.weights
        at, sums = self._at["come"], self._at["come"] + call.offsets["sums"]
        few = self.size.inputs < call.plan.lanes
        for gradient, order, table in ((into.weight_ih, call.x_order, ""), (into.weight_hh, call.h_order, "h_rows")):
            for gate, slot, count in runs(order):
                assert gradient is not None
                part = gradient[gate * units : (gate + count) * units]
                if few and not table:
                    self._lay_few(part, slot)
                else:
                    self._lay_outer(part, slot, at + call.offsets[table or "x_rows"])
        if into.weight_fb is not None:
            self._lay_fed(into.weight_fb)
        totals = [(into.bias_ih, call.total_x), (into.bias_hh, call.total_h)]
        for gradient, total in (*totals, *zip(into.units, call.total_units, strict=True)):
            if gradient is not None:
                start = self._links.add(total.launch, **{"from": sums})
                self._from_net(start + total.launch.at["to"], gradient)

    def _lay_fed(self, gradient: Tensor) -> None:
        """What feeds back lies where the forward pass left it, each step's a batch before the next one's."""
        cell, units, width = self._go.cell, self.size.units, self.size.units * self._dtype.itemsize
        for k, name in enumerate(cell.feedback):
            state = cell.states.index(name)
            first = self._at["kept"] + (state - 1) * self._go.stride if state else self._at["y"]
            table = prepare.arange(self._come.shape.rows, width) + (first - self.batch * width)
            table[: self.batch] = self._nothing.data_ptr()
            self._links.keep(table)
            for gate, slot, count in runs(self._come.plan.fed_slots):
                part = gradient[gate * units : (gate + count) * units, k * units : (k + 1) * units]
                self._lay_outer(part, slot, table.data_ptr())

    def _lay_outer(self, gradient: Tensor, slot: int, rows: int) -> None:
        """The product of some slots' dz with the rows of a table: gradient [count H, K]."""
        call, at, units = self._come, self._at["come"], self.size.units
        row, (count, columns) = call.slots * units, gradient.shape
        product = Outer(call.plan, call.shape.rows, row, 0, count, columns, 1)
        dz = at + call.offsets["dz"] + slot * units * self._dtype.itemsize
        room, apart = at + call.offsets["outer"], gradient.stride(0)
        start = self._links.add(product.launch, a=dz, b_rows=rows, room=room, c_row=apart)
        self._from_net(start + product.launch.at["c"], gradient)
        self._columns["rows"].append(start + product.launch.at["rows"])

    def _lay_few(self, gradient: Tensor, slot: int) -> None:
        """The same where inputs are few: they would leave most of a vector empty, so the units stand in the lanes."""
        call, (columns, inputs), each = self._come, gradient.shape, self._dtype.itemsize
        product = Outer(call.plan, call.shape.rows, inputs, 0, inputs, columns, 1)
        place, room = rooms(self._dtype, room=product.room, turned=columns * inputs)
        dz = self._at["come"] + call.offsets["dz"] + slot * self.size.units * each
        table = prepare.arange(call.shape.rows, call.slots * self.size.units * each) + dz
        for thing in (room, table):
            self._links.keep(thing)
        start = self._links.add(product.launch, b_rows=table.data_ptr(), room=place["room"], c=place["turned"])
        self._columns["x"].append(start + product.launch.at["a"])
        self._columns["rows"].append(start + product.launch.at["rows"])
        turn = Launch(kernel(self._isa, self._dtype)["turn"], TURN, rows=inputs, columns=columns)
        self._from_net(self._links.add(turn, **{"from": place["turned"]}) + turn.at["to"], gradient)

    def _from_net(self, column: int, first: Tensor | None, skip: int = 0) -> None:
        """An argument that points at a parameter, or its gradient: of every net its own."""
        if first is not None:
            self._by_net.append((column, first.data_ptr() + skip))

    # Running

    def __call__(self, given: Given, alive: Tensor | None) -> Tensor:
        """The losses of all nets, or of those that are ``alive``, bool [N], and NaN; their gradients are in place."""
        nets = np.arange(self.nets.many)
        losses = given.share.new_full((self.nets.many,), float("nan"))
        starts = 8 * (np.cumsum(given.counts) - given.counts)
        self._set("x", given.x.data_ptr() + nets * (given.x.stride(0) * given.x.element_size()))
        self._set("target", given.target.data_ptr() + nets * (given.target.stride(0) * given.target.element_size()))
        self._set("chosen", given.chosen.ctypes.data + starts)
        self._set("count", given.counts)
        for name, tensor in (("share", given.share), ("loss", losses)):
            self._set(name, tensor.data_ptr() + nets * tensor.element_size())
        self._set("steps", given.lengths)
        self._set("rows", given.lengths * self.batch)
        self._set("clear", given.lengths * (self.batch * self.size.units))
        table = self._table if alive is None else self._table[alive.numpy()]
        for first in range(0, len(table), self._piece):
            self._chain(table[first : first + self._piece])
        return losses

    def _set(self, name: str, values: Numbers) -> None:
        for column in self._columns[name]:
            self._words[:, column] = values
