"""The gradients of a fleet by chains of kernels: all nets by one call, head and loss included."""

from __future__ import annotations

from torch import Tensor

from softgate.cpu.chain import Chained as Chain
from softgate.cpu.nets import Given, Layer, Nets
from softgate.cpu.prepare import Size
from softgate.lab.fleet_batch import Stacked
from softgate.lab.initial import HEAD, HEAD_BIAS, Layout

_ROUND = 16
"""Steps by which the room for longer sequences grows."""


class Chained:
    """An :class:`softgate.lab.fleet_engine.Engine`: for each size of batch, a chain with room for the longest yet."""

    def __init__(self, layout: Layout, kind: str, parameters: Tensor, gradient: Tensor) -> None:
        hidden, inputs = layout.sizes.hidden, layout.sizes.inputs
        self._cell, self._kind, self._size = layout.cell, kind, Size(hidden, hidden, inputs, False)

        def of(flat: Tensor) -> Layer:
            found = layout.views(flat)
            return Layer(layout.weights(flat), found[HEAD], found[HEAD_BIAS])

        apart = layout.count * parameters.element_size()
        self._nets = Nets(of(parameters[0]), of(gradient[0]), len(parameters), apart)
        self._chains: dict[int, Chain] = {}

    def losses(self, given: Stacked, alive: Tensor | None) -> Tensor:
        """See the protocol."""
        _, steps, batch, _ = given.x.shape
        chain = self._chains.get(batch)
        if chain is None or chain.most < steps:
            most = -(-steps // _ROUND) * _ROUND
            chain = self._chains[batch] = Chain(self._cell, self._size, batch, most, self._kind, self._nets)
        numbers = Given(given.x, given.target, given.lengths, given.chosen, given.counts, given.share)
        return chain(numbers, alive)
