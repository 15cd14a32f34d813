"""What takes the nets of a fleet through their recurrent layer and back: by the kernels, or by the reference.

Both here go from net to net in Python. They are what :class:`softgate.lab.fleet_chain.Chained` is held against, and
run what it does not: cells with feedback, and cells without a kernel.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from softgate import dispatch, reference
from softgate.lab.initial import Layout

Which = slice | Tensor
"""Some of the nets: a slice, or their numbers."""


class Engine(Protocol):
    """The recurrent layer of all nets."""

    def groups(self, alive: Tensor | None, steps: int, batch: int) -> Iterator[Which]:
        """Nets to be taken forward and back together; ``alive`` bool [N] are those that are to be taken at all."""

    def forward(self, which: Which, x: Tensor, lengths: Sequence[int]) -> Tensor:
        """x [N, T, B, I], of all nets, to y [G, T, B, H] of a group; zeros after the steps that a net has."""

    def backward(self, which: Which, dy: Tensor, first: int) -> None:
        """From dy [G, t, B, H] of the steps ``first`` to ``first + t``, others being zero, to the gradient."""


class OneByOne:
    """By the kernels or the reference, net by net."""

    def __init__(self, layout: Layout, parameters: Tensor, gradient: Tensor) -> None:
        self.layout, self.parameters, self.gradient = layout, parameters, gradient
        self._kept: list[Any] = []

    def groups(self, alive: Tensor | None, steps: int, batch: int) -> Iterator[Which]:
        """One: all of them."""
        yield slice(0, len(self.parameters)) if alive is None else alive.nonzero().flatten()

    def forward(self, which: Which, x: Tensor, lengths: Sequence[int]) -> Tensor:
        """See :class:`Engine`."""
        nets = _numbers(which, len(self.parameters))
        y = x.new_zeros(len(nets), *x.shape[1:3], self.layout.sizes.hidden)
        self._kept = []
        for k, n in enumerate(nets):
            y[k, : lengths[n]] = self._one(n, x[n, : lengths[n]])
        return y

    def backward(self, which: Which, dy: Tensor, first: int) -> None:
        """See :class:`Engine`."""
        for k, (n, kept) in enumerate(zip(_numbers(which, len(self.parameters)), self._kept, strict=True)):
            length = len(kept[0])
            whole = dy.new_zeros(length, *dy.shape[2:])
            end = min(length, first + dy.shape[1])
            whole[first:end] = dy[k, : max(0, end - first)]
            self._back(n, kept, whole)

    def _states(self, x: Tensor) -> list[Tensor]:
        return [x.new_zeros(1, x.shape[1], self.layout.sizes.hidden) for _ in self.layout.cell.states]

    def _one(self, n: int, x: Tensor) -> Tensor:
        raise NotImplementedError

    def _back(self, n: int, kept: Any, dy: Tensor) -> None:
        raise NotImplementedError


class Kernels(OneByOne):
    """By the kernels."""

    def _one(self, n: int, x: Tensor) -> Tensor:
        states, weights = self._states(x), self.layout.weights(self.parameters[n])
        done = dispatch.kernels().forward(self.layout.cell, x, states, weights, None, None, False, training=True)
        self._kept.append((x, states, weights, done))
        y: Tensor = done.y
        return y

    def _back(self, n: int, kept: Any, dy: Tensor) -> None:
        x, states, weights, done = kept
        cpu, cell = dispatch.kernels(), self.layout.cell
        there: dict[str, Any] = {k: w is not None for k, w in weights._asdict().items()}
        wanted = weights._replace(**there | {"units": (True,) * len(weights.units)})
        needs = cpu.Needs(x=False, states=(False,) * len(states), weights=wanted)
        nothing = [None] * len(states)
        got = cpu.backward(
            *(cell, x, states, weights, None, None, False, done.y, done.saved, dy, nothing, needs)
        ).weights
        found = {k: v for k, v in got._asdict().items() if k != "units"} | dict(
            zip(cell.weights, got.units, strict=True)
        )
        for name, place in self.layout.views(self.gradient[n]).items():
            if name in found:
                place.copy_(found[name])


class Reference(OneByOne):
    """By the reference and torch's autograd."""

    def _one(self, n: int, x: Tensor) -> Tensor:
        with torch.enable_grad():
            own = self.parameters[n].detach().clone().requires_grad_()
            y = reference.run(self.layout.cell, x, self._states(x), self.layout.weights(own)).y
        self._kept.append((x, own, y))
        return y.detach()

    def _back(self, n: int, kept: Any, dy: Tensor) -> None:
        _, own, y = kept
        (got,) = torch.autograd.grad(y, own, dy)
        self.gradient[n] = got


def _numbers(which: Which, count: int) -> list[int]:
    return list(range(count))[which] if isinstance(which, slice) else [int(n) for n in which]
