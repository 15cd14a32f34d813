"""What the anchors share: gradients by name, and the way from torch's modules to our weights."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from softgate.reference import Weights

DOUBLE = torch.float64


def of_module(module: torch.nn.RNNBase, suffix: str = "l0") -> Weights:
    """The parameters of one layer and direction of a torch module."""
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
    return Weights(**{n: getattr(module, f"{n}_{suffix}", None) for n in names})


def gradients(run: Callable[[], dict[str, Tensor]], leaves: dict[str, Tensor]) -> dict[str, Tensor]:
    """Outputs, and the gradient of a fixed random sum of them with respect to every leaf."""
    out = run()
    generator = torch.Generator().manual_seed(7)
    total = sum((v * torch.randn(v.shape, generator=generator, dtype=v.dtype)).sum() for v in out.values())
    found = torch.autograd.grad(total, list(leaves.values()), allow_unused=True, materialize_grads=True)
    return {**{n: v.detach() for n, v in out.items()}, **{f"d {n}": g for n, g in zip(leaves, found, strict=True)}}
