"""A forward pass whose signals are seen on the way: few steps at a time in the same memory, which stays in the caches.

The kernel is that of every forward pass. It writes a signal of row r to an address of the array plus r rows; here the
array is moved before every few steps, so that these steps always fall on the same rows. For a state, which the kernel
reads again at the next step, the row of steps before them holds what was there last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ctypes import memmove

import torch
from torch import Tensor

from softgate.cpu import launch, run
from softgate.cpu.forward_call import ForwardCall, How
from softgate.cpu.isa import choose
from softgate.cpu.sweep import Shape
from softgate.equations import Cell
from softgate.reference import Weights

Take = Callable[[int, int, dict[str, Tensor], tuple[Tensor, ...], bool], None]
"""Called with the first step and the one behind the last, the signals [rows, H], the states before, [B, H] each, and
whether this is the last call. The memory is used again."""


class WatchedCall(ForwardCall):
    """The forward pass of one cell and shape, [T, B, I], that calls ``watcher`` every ``every`` steps."""

    read = True
    watcher: Take
    names: tuple[str, ...]

    def __init__(self, cell: Cell, shape: Shape, how: How, every: int) -> None:
        super().__init__(cell, shape, how)
        self.every = min(every, shape.steps)
        rows = (self.every + 1) * shape.batch
        self.kept_form = (self.kept_form[0], rows, shape.size.units)
        self.stride = rows * shape.size.units * how.dtype.itemsize
        self._step = shape.batch * shape.size.units * how.dtype.itemsize

    def _walk(self, y: Tensor, kept: Tensor | None, first: Sequence[Tensor]) -> None:
        shape, array, at = self.shape, self.launch.array, self.launch.at
        T, B, reverse = shape.steps, shape.batch, shape.reverse
        further = len(self.further_at)
        places = [now for now, _ in self.further_at] + self.stored_at
        base = 0 if kept is None else kept.data_ptr()
        rows = y.reshape(T * B, -1)
        views: dict[int, dict[str, Tensor]] = {}
        for start in range(0, T, self.every):
            end = min(T, start + self.every)
            low, high = (T - end, T - start) if reverse else (start, end)
            # The rows of step ``low`` fall on the second step of the memory, in reverse on the first.
            slot = 0 if reverse else 1
            edge = high - low if reverse else 0
            for k, position in enumerate(places):
                array[position] = base + k * self.stride + (slot - low) * self._step
            self._carry(kept, first, start, edge, further)
            array[at["begin"]], array[at["end"]] = start, end
            self.launch()
            if high - low not in views:
                views[high - low] = self._views(kept, slot * B, (slot + high - low) * B)
            found = views[high - low]
            found[self.cell.states[0]] = rows[low * B : high * B]
            outside = high if reverse else low - 1
            h = first[0] if start == 0 else rows[outside * B : (outside + 1) * B]
            held = [h, *(kept[k, edge * B : (edge + 1) * B] for k in range(further) if kept is not None)]
            self.watcher(low, high, {n: found[n] for n in self.names}, tuple(held), end == T)
            self._last = (0 if reverse else high - low) * B

    def _carry(self, kept: Tensor | None, first: Sequence[Tensor], start: int, edge: int, further: int) -> None:
        """Brings what the states were to where the next steps look for it."""
        for k in range(further):
            assert kept is not None
            to = kept.data_ptr() + k * self.stride
            source = first[k + 1].data_ptr() if start == 0 else to + self._last // self.shape.batch * self._step
            if source != to + edge * self._step:
                memmove(to + edge * self._step, source, self._step)

    def _views(self, kept: Tensor | None, begin: int, end: int) -> dict[str, Tensor]:
        if kept is None:
            return {}
        names = [*self.cell.states[1:], *self.how.stored]
        return {name: kept[k, begin:end] for k, name in enumerate(names)}

    def _copy_last(self, y: Tensor, kept: Tensor | None, finals: list[Tensor]) -> None:
        shape = self.shape
        step = 0 if shape.reverse else shape.steps - 1
        rows = y.reshape(shape.rows, -1)
        finals[0].view(shape.batch, -1).copy_(rows[step * shape.batch : (step + 1) * shape.batch])
        for k, final in enumerate(finals[1:]):
            assert kept is not None
            final.view(shape.batch, -1).copy_(kept[k, self._last : self._last + shape.batch])


def forward(
    cell: Cell, x: Tensor, states: Sequence[Tensor], weights: Weights, reset: Tensor | None, reverse: bool,
    names: tuple[str, ...], steps: int, take: Take,
) -> tuple[Tensor, tuple[Tensor, ...]]:  # fmt: skip
    """y and the last states, as of :func:`softgate.cpu.run.forward` for x [T, B, I], without a history.

    ``take`` gets the signals ``names`` every ``steps`` steps.
    """
    with torch.no_grad():
        sizes = run._measure(x, states, weights, None, reset)
        key = ("watch", cell, sizes, reverse, x.dtype, torch.get_num_threads(), choose().name, names, steps)
        call: WatchedCall | None = launch.take(key)
        if call is None:
            stored = tuple(n for n in names if n not in cell.states)
            how = How(x.dtype, torch.get_num_threads(), choose(), keep=True, stored=stored)
            call = WatchedCall(cell, run._shape(sizes, reverse), how, steps)
        mask = run._verified(cell, call.shape, x, states, weights, reset)
        call.watcher, call.names = take, names
        done = call(x, states, weights, mask)
        del call.watcher
        launch.give(key, call)
        return done.y, done.finals
