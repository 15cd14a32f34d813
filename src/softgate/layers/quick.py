"""The short way through a layer, for the common call: a dense batch, no reset, and nobody watching.

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


def takes(layer: Any, x: Any, hx: Any) -> bool:
    """Whether the short way is open to ``layer`` for this input and these initial states."""
    return (
        type(x) is Tensor
        and x.is_cpu
        and dispatch.undisturbed()  # before any size is looked at: a tracer would warn of that
        and taps.current() is None
        and not taps.editors()
        and not layer.backwards
        and x.dim() == 3
        and x.shape[2] == layer.input_size
        and (hx is None or _fits(layer, x, hx))
    )


def _fits(layer: Any, x: Tensor, hx: Any) -> bool:
    """Whether the initial states are as they should be; what is wrong with them, the long way says."""
    states = (hx,) if len(layer.cell.states) == 1 else hx
    batch, stacked = x.shape[0 if layer.batch_first else 1], layer.num_layers * layer._directions
    if type(states) is not tuple or len(states) != len(layer.cell.states):
        return False
    width = layer._width
    for s in states:
        if type(s) is not Tensor or s.shape != (stacked, batch, width) or s.dtype != x.dtype or not s.is_cpu:
            return False
        width = layer.hidden_size
    return True


def run(layer: Any, x: Tensor, hx: Any) -> tuple[Tensor, list[Tensor]] | None:
    """All layers and directions: x [T, B, I] to y [T, B, P] and the last states, [layers * directions, B, ...] each.

    None if the kernels do not take the weights as they are.
    """
    weights = [layer._weights(k, bool(d)) for k in range(layer.num_layers) for d in range(layer._directions)]
    cell, kernels = layer.cell, dispatch.kernels()
    for w in weights:
        if kernels.supports(cell, x, w) is not None:
            return None
    if hx is None:
        starts = [_zeros(cell, x.shape[1], layer._width, layer.hidden_size, x.dtype)] * len(weights)
    elif len(weights) == 1:
        starts = [hx if type(hx) is tuple else (hx,)]
    else:
        starts = list(zip(*[s.unbind(0) for s in (hx if type(hx) is tuple else (hx,))], strict=True))
    finals: list[tuple[Tensor, ...]] = []
    for k in range(layer.num_layers):
        n = len(finals)
        y, last, _ = autograd.run(_spec(cell, False), x, starts[n], weights[n], None)
        finals.append(last)
        if layer.bidirectional:
            back, last, _ = autograd.run(_spec(cell, True), x, starts[n + 1], weights[n + 1], None)
            finals.append(last)
            y = torch.cat([y, back], -1)
        x = y
        if layer.dropout and layer.training and k + 1 < layer.num_layers:
            x = torch.nn.functional.dropout(x, layer.dropout, True)
    if len(finals) == 1:
        return x, list(finals[0])
    return x, [torch.stack([last.view(last.shape[-2:]) for last in column]) for column in zip(*finals, strict=True)]


@lru_cache(maxsize=256)
def _zeros(cell: Cell, batch: int, width: int, units: int, dtype: torch.dtype) -> tuple[Tensor, ...]:
    """The states at the beginning of a sequence, [1, B, ...]: shared, never written, never handed out."""
    with torch.inference_mode(False):
        return (
            torch.zeros(1, batch, width, dtype=dtype, device="cpu"),
            *(torch.zeros(1, batch, units, dtype=dtype, device="cpu") for _ in cell.states[1:]),
        )


@lru_cache(maxsize=1024)
def _spec(cell: Cell, reverse: bool) -> Spec:
    return Spec(cell, None, reverse)
