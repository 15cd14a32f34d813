"""What computes the losses of a fleet and their gradients: by the kernels, or by the reference, net by net.

Both here go from net to net in Python. They are what :class:`softgate.lab.fleet_chain.Chained` is held against; the
reference also runs cells without a kernel.
"""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor

from softgate import dispatch, reference
from softgate.lab.fleet_batch import Stacked
from softgate.lab.fleet_loss import head
from softgate.lab.initial import HEAD, HEAD_BIAS, Layout


class Engine(Protocol):
    """The nets of a fleet, without its optimiser."""

    def losses(self, given: Stacked, alive: Tensor | None) -> Tensor:
        """The losses of all nets, or of those that are ``alive``, bool [N], and NaN; their gradients are in place."""


class OneByOne:
    """By the kernels or the reference, net by net; head and loss of a net by torch."""

    def __init__(self, layout: Layout, kind: str, parameters: Tensor, gradient: Tensor) -> None:
        self.layout, self.kind, self.parameters, self.gradient = layout, kind, parameters, gradient

    def losses(self, given: Stacked, alive: Tensor | None) -> Tensor:
        """See :class:`Engine`."""
        found, own = self.layout.views(self.parameters), self.layout.views(self.gradient)
        losses = self.parameters.new_full((len(self.parameters),), float("nan"))
        for n in range(len(losses)):
            if alive is not None and not alive[n]:
                continue
            inside = slice(0, int(given.lengths[n]))
            y, kept = self._one(n, given.x[n, inside])
            one = slice(n, n + 1)
            parts = (y.unsqueeze(0), given.target[one, inside], given.mask[one, inside])
            rows, target, mask = (part.flatten(1, 2) for part in parts)
            out = head(self.kind, rows, found[HEAD][one], found[HEAD_BIAS][one], target, mask, given.share[one])
            losses[n], own[HEAD][n], own[HEAD_BIAS][n] = out.loss[0], out.weight[0], out.bias[0]
            self._back(n, kept, out.rows.view(y.shape))
        return losses

    def _states(self, x: Tensor) -> list[Tensor]:
        return [x.new_zeros(1, x.shape[1], self.layout.sizes.hidden) for _ in self.layout.cell.states]

    def _one(self, n: int, x: Tensor) -> tuple[Tensor, Any]:
        raise NotImplementedError

    def _back(self, n: int, kept: Any, dy: Tensor) -> None:
        raise NotImplementedError


class Kernels(OneByOne):
    """By the kernels."""

    def _one(self, n: int, x: Tensor) -> tuple[Tensor, Any]:
        states, weights = self._states(x), self.layout.weights(self.parameters[n])
        done = dispatch.kernels().forward(self.layout.cell, x, states, weights, None, None, False, training=True)
        return done.y, (x, states, weights, done)

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

    def _one(self, n: int, x: Tensor) -> tuple[Tensor, Any]:
        with torch.enable_grad():
            own = self.parameters[n].detach().clone().requires_grad_()
            y = reference.run(self.layout.cell, x, self._states(x), self.layout.weights(own)).y
        return y.detach(), (own, y)

    def _back(self, n: int, kept: Any, dy: Tensor) -> None:
        own, y = kept
        (got,) = torch.autograd.grad(y, own, dy)
        layer = slice(0, self.layout.places[HEAD][0])
        self.gradient[n, layer] = got[layer]
