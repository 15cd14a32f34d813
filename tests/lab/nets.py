"""What fleets are held against: random batches, and nets that torch trains alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from softgate.lab.fleet import Fleet
from softgate.lab.net import Net

KINDS = ("classes", "bits", "numbers")


@dataclass(frozen=True)
class Batch:
    x: Any
    target: Any
    mask: Any


def batch(kind: str, steps: int, size: int, inputs: int, outputs: int, seed: int) -> Batch:
    """Random data; half the steps count, and what stands in the others is no class at all."""
    rng = np.random.default_rng(seed)
    mask = rng.random((steps, size)) < 0.5
    mask[steps // 2, 0] = True
    target: Any
    if kind == "classes":
        target = np.where(mask, rng.integers(0, outputs, (steps, size)), -100)
    elif kind == "bits":
        target = rng.integers(0, 2, (steps, size, outputs)).astype(np.float32)
    else:
        target = rng.standard_normal((steps, size, outputs))
    return Batch(rng.standard_normal((steps, size, inputs)), target, mask)


def batches(kind: str, many: int, steps: int = 7, seed: int = 0, **sizes: int) -> list[Batch]:
    """One for each net, each of another length."""
    found = {"size": 3, "inputs": 3, "outputs": 4} | sizes
    return [batch(kind, steps + k, **found, seed=100 * seed + k) for k in range(many)]


def loss(kind: str, y: Tensor, given: Batch) -> Tensor:
    """The loss of one net as torch has it."""
    mask, target = torch.as_tensor(given.mask), torch.as_tensor(given.target)
    if kind == "classes":
        return nn.functional.cross_entropy(y[mask], target[mask])
    made = nn.functional.binary_cross_entropy_with_logits if kind == "bits" else nn.functional.mse_loss
    return made(y[mask], target[mask].to(y.dtype))


class Alone:
    """A net with its own optimiser: ``run(x)`` is the net, ``parameters`` by the names of a fleet's layout."""

    def __init__(self, fleet: Fleet, k: int, run: nn.Module, parameters: dict[str, nn.Parameter], clip: float | None):
        self.run, self.parameters, self.clip, self.kind = run, parameters, clip, fleet.kind
        self.adam = torch.optim.Adam(parameters.values(), lr=fleet.rates[k])

    def step(self, given: Batch) -> float:
        y = self.run(torch.as_tensor(given.x).to(next(iter(self.parameters.values())).dtype))
        found = loss(self.kind, y, given)
        self.adam.zero_grad()
        found.backward()  # type: ignore[no-untyped-call]
        if self.clip is not None:
            nn.utils.clip_grad_norm_(self.parameters.values(), self.clip)
        self.adam.step()
        return found.item()


class Torch(nn.Module):
    """torch's layer and a head, with the weights of a net."""

    def __init__(self, net: Net, kind: Any) -> None:
        super().__init__()
        sizes = net.layout.sizes
        self.rnn = kind(sizes.inputs, sizes.hidden)
        self.head = nn.Linear(sizes.hidden, sizes.outputs)
        self.to(net.head.weight.dtype)
        self.rnn.load_state_dict(net.rnn.state_dict())
        self.head.load_state_dict(net.head.state_dict())

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.head(self.rnn(x)[0])
        return y


def alone(fleet: Fleet, k: int, kind: Any, clip: float | None = 1.0) -> Alone:
    """The k-th net of a fleet, to be trained by torch."""
    module = Torch(fleet.net(k), kind)
    named = dict(module.named_parameters())
    found = {n: named[n if n.startswith("head") else f"rnn.{n}_l0"] for n in fleet.layout.places}
    return Alone(fleet, k, module, found, clip)
