"""What a recording will cost, in bytes, before anything runs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from softgate.errors import ShapeError
from softgate.layers import Layer
from softgate.recording.choice import Choice
from softgate.recording.names import Catalogue, places, signals
from softgate.recording.room import in_words
from softgate.taps import Place


class Plan(dict[str, int]):
    """Bytes by signal name; what ``grad=`` keeps besides is under ``"grad l0.f"`` and ``"grad l0"``.

    Attributes:
        T, B: steps and batch that it is of.
        folder: whether signals go to disk.
        limit: bytes that may be kept, on disk if signals go there, else in memory.
        passing: the most that is in memory besides, for a moment: the signals of one place before a part of them is
            kept, or before they are on disk. A training pass writes most of it anyway.
    """

    limit = math.inf

    def __init__(self, T: int, B: int, folder: bool) -> None:
        super().__init__()
        self.T, self.B, self.folder, self.passing = T, B, folder, 0

    @property
    def disk(self) -> int:
        """Bytes that will be on disk."""
        return sum(size for name, size in self.items() if not name.startswith("grad ")) if self.folder else 0

    @property
    def memory(self) -> int:
        """Bytes that will be in memory."""
        return self.total - self.disk

    @property
    def total(self) -> int:
        """Bytes in all."""
        return sum(self.values())

    @property
    def fits(self) -> bool:
        """Whether what is kept is within the limit."""
        return (self.disk if self.folder else self.memory) <= self.limit

    def __repr__(self) -> str:
        width = max(map(len, self), default=0)
        rows = [f"  {name:<{width}}  {in_words(size)}" for name, size in self.items()]
        where = "on disk" if self.folder else "in memory"
        head = f"<plan of a recording: T = {self.T}, B = {self.B}, {in_words(self.total)} in all"
        fits = "fits" if self.fits else "does not fit"
        tail = f"  {fits}: {in_words(self.limit)} may be {where}; {in_words(self.passing)} more in passing>"
        return "\n".join([head, *rows, tail])


def cost(
    catalogue: Catalogue,
    layers: Iterable[Layer],
    wanted: set[str],
    grads: set[str],
    choice: Choice,
    plan: Plan,
) -> Plan:
    """Fills a plan: each of ``layers`` is called once, with T steps of B sequences."""
    T, B = plan.T, plan.B
    steps = choice.count(T)
    for layer in layers:
        size = dtype_of(layer).itemsize
        kept = size if choice.dtype is None else choice.dtype.itemsize
        for place in places(layer):
            passing, prefix = 0, catalogue.prefix(place)
            for name in catalogue.names_at(place):
                width = width_of(place, name.removeprefix(prefix))
                if name in wanted:
                    plan[name] = steps * B * width * kept
                    passing += T * B * width * size
                if name in grads:
                    plan[f"grad {name}"] = steps * B * width * kept
            if any(name in grads for name in catalogue.names_at(place)):
                plan[f"grad {prefix[:-1]}"] = T * B * size * _workings(place)
            if plan.folder or choice.dtype is not None or choice.steps is not None:
                plan.passing = max(plan.passing, passing)
    return plan


def at_most(layer: Any, T: int, B: int) -> int:
    """More bytes than a call of a layer can need, gradients and all, by a quick count."""
    widest = max(layer.hidden_size, layer.input_size, layer._width * layer._directions)
    arrays = 3 * len(signals(layer.cell)) + 2 * len(layer.cell.states) + 2
    return int(T * B * widest * arrays * 8 * layer.num_layers * layer._directions)


def _workings(place: Place) -> int:
    """What gradients need of each row of a call: the input, every state, and the gradient of the output."""
    layer = place.owner
    inputs = layer.input_size if place.layer == 0 else layer._width * layer._directions
    widths = [width_of(place, s) for s in layer.cell.states]
    return int(inputs) + sum(widths) + widths[0]


def width_of(place: Place, signal: str) -> int:
    """How wide a signal is: H, or P for the projected output."""
    layer = place.owner
    return int(layer._width if signal == layer.cell.states[0] else layer.hidden_size)


def dtype_of(layer: Any) -> torch.dtype:
    """What a layer computes in."""
    return next((p.dtype for p in layer.parameters()), torch.get_default_dtype())


def sizes_of(layers: list[Layer], model: Any, size: tuple[Any, ...]) -> tuple[int, int]:
    """Steps and batch of an input in the layout of the layers, or as two numbers; 1 and 1 of nothing.

    Raises:
        ShapeError: it cannot be told.
    """
    if not size:
        return 1, 1
    x = size if len(size) != 1 else size[0]
    if len(size) == 2 and all(type(n) is int and n >= 0 for n in size):
        return size
    if isinstance(x, PackedSequence):
        return len(x.batch_sizes), int(x.batch_sizes[0])
    if not isinstance(x, Tensor):
        raise ShapeError(f"plan: expected the input, a tensor or packed sequence, or two sizes, plan(T, B); got {x!r}")
    if any(model is layer for layer in layers) and x.dim() == 2:
        return x.shape[0], 1
    first = {bool(layer.batch_first) for layer in layers}
    if len(first) > 1 or x.dim() < 2:
        raise ShapeError(
            f"plan: which axis of {list(x.shape)} is time cannot be told; write the steps and the batch: plan(T, B)"
        )
    a, b = x.shape[:2]
    return (b, a) if first == {True} else (a, b)
