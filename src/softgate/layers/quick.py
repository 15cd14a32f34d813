"""The short way through a layer, for the common call: a dense batch, no given state, no reset, and nobody watching.

It computes what the long way computes, by the same kernels. Small layers spend more time on the way than in the kernel,
so what the long way asks at every turn is asked here once, in the cheapest order.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from softgate import autograd, dispatch, taps
from softgate.composite import Spec
from softgate.equations import Cell


def takes(layer: Any, x: Any) -> bool:
    """Whether the short way is open to ``layer`` for an input of three dimensions."""
    return (
        type(x) is Tensor
        and x.is_cpu
        and x.dim() == 3
        and x.shape[2] == layer.input_size
        and dispatch.undisturbed()
        and taps.current() is None
    )


def run(layer: Any, x: Tensor) -> tuple[Tensor, list[Tensor]] | None:
    """All layers and directions: x [T, B, I] to y [T, B, P] and the last states, [layers * directions, B, ...] each.

    None if the kernels do not take the weights as they are.
    """
    weights = [layer._weights(k, bool(d)) for k in range(layer.num_layers) for d in range(layer._directions)]
    cell, batch, dtype, kernels = layer.cell, x.shape[1], x.dtype, dispatch.kernels()
    for w in weights:
        if kernels.supports(cell, x, w) is not None:
            return None
    states = _zeros(cell, batch, layer._width, layer.hidden_size, dtype)
    finals: list[tuple[Tensor, ...]] = []
    for k in range(layer.num_layers):
        y, last, _ = autograd.run(_spec(cell, False), x, states, weights[len(finals)], None)
        finals.append(last)
        if layer.bidirectional:
            back, last, _ = autograd.run(_spec(cell, True), x, states, weights[len(finals)], None)
            finals.append(last)
            y = torch.cat([y, back], -1)
        x = y
        if layer.dropout and layer.training and k + 1 < layer.num_layers:
            x = torch.nn.functional.dropout(x, layer.dropout, True)
    if len(finals) == 1:
        return x, [last.unsqueeze(0) for last in finals[0]]
    return x, [torch.stack(column) for column in zip(*finals, strict=True)]


@lru_cache(maxsize=256)
def _zeros(cell: Cell, batch: int, width: int, units: int, dtype: torch.dtype) -> tuple[Tensor, ...]:
    """The states at the beginning of a sequence: shared, never written, never handed out."""
    with torch.inference_mode(False):
        return (
            torch.zeros(batch, width, dtype=dtype),
            *(torch.zeros(batch, units, dtype=dtype) for _ in cell.states[1:]),
        )


@lru_cache(maxsize=1024)
def _spec(cell: Cell, reverse: bool) -> Spec:
    return Spec(cell, None, reverse)
