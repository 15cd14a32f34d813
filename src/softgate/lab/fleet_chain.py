"""The recurrent layer of a fleet by chains of kernels: all nets of a group by one call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from torch import Tensor

from softgate.cpu.chain import Chained as Chain, Nets
from softgate.cpu.prepare import Size
from softgate.lab.fleet_engine import Which
from softgate.lab.initial import Layout

_ROUND = 16
"""Steps by which the room for longer sequences grows."""


class Chained:
    """An :class:`softgate.lab.fleet_engine.Engine`: for each size of batch, a chain with room for the longest yet."""

    def __init__(self, layout: Layout, parameters: Tensor, gradient: Tensor) -> None:
        hidden, inputs = layout.sizes.hidden, layout.sizes.inputs
        self._cell, self._size, self._dtype = layout.cell, Size(hidden, hidden, inputs, False), parameters.dtype
        own, gradients = (layout.weights(t[0]) for t in (parameters, gradient))
        self._nets = Nets(own, gradients, len(parameters), layout.count * parameters.element_size())
        self._chains: dict[int, Chain] = {}
        self._dirty = (0, 0)

    def groups(self, alive: Tensor | None, steps: int, batch: int) -> Iterator[Which]:
        """See the protocol."""
        chain = self._chains.get(batch)
        if chain is None or chain.most < steps:
            most = -(-steps // _ROUND) * _ROUND
            chain = self._chains[batch] = Chain(self._cell, self._size, batch, most, self._dtype, self._nets)
        self._chain = chain
        yield from chain.groups(alive)

    def forward(self, which: Which, x: Tensor, lengths: Sequence[int]) -> Tensor:
        """See the protocol."""
        return self._chain.forward(which, x, lengths)

    def backward(self, which: Which, dy: Tensor, first: int) -> None:
        """See the protocol."""
        room, end = self._chain.dy, first + dy.shape[1]
        room[:, :first] = 0.0
        room[: len(dy), first:end] = dy
        room[:, end:] = 0.0
        self._chain.backward()
