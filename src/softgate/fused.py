"""torch's own fused layers, one layer and direction at a time: what runs a cell that torch has where we have no kernel.

Called through the functions that torch.nn's layers call, so results, devices, dtypes and gradients are theirs.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import _VF, Tensor
from torch.autograd import forward_ad

from softgate import cells
from softgate.equations import Cell
from softgate.reference import Weights

_BY_NAME = {"lstm": cells.lstm(), "gru": cells.gru(), "rnn_tanh": cells.rnn("tanh"), "rnn_relu": cells.rnn("relu")}
_KINDS = {cell.key: name for name, cell in _BY_NAME.items()}
"""Names of torch's functions by the key of the cell that they compute."""


def refusal(cell: Cell, x: Tensor, weights: Weights, reset: Tensor | None) -> str | None:
    """Why torch has no fused layer for this call, as a sentence; None if it has."""
    if cell.key not in _KINDS:
        return f"torch has no fused layer for cell {cell.name}"
    if reset is not None:
        return "torch's fused layer has no reset mask"
    if weights.weight_hr is not None and _KINDS[cell.key] != "lstm":
        return f"torch's fused layer has no projection for cell {cell.name}"
    if torch._C._get_tracing_state() is None and x.numel() == 0:
        return "torch's fused layer takes no empty sequence"
    return None if torch.compiler.is_compiling() else _transformed()


def output_is_free(cell: Cell, dtype: torch.dtype) -> bool:
    """Whether the output of torch's own layer may be changed in place before the backward pass.

    So it is for GRU and RNN, and for LSTM in float64; the float32 LSTM of torch needs its output again.
    """
    kind = _KINDS.get(cell.key)
    return kind is not None and (kind != "lstm" or dtype != torch.float32)


def _transformed() -> str | None:
    """Which of torch's transforms is active that its own layers do not take."""
    if forward_ad._current_level >= 0:
        return "torch's fused layer has no forward-mode derivative"
    if torch._C._are_functorch_transforms_active():
        stack = torch._C._functorch.get_interpreter_stack() or []
        if any(level.key() == torch._C._functorch.TransformType.Vmap for level in stack):
            return "torch's fused layer has no rule for vmap"
    return None


def run(
    cell: Cell, x: Tensor, states: Sequence[Tensor], weights: Weights, lengths: Sequence[int] | None, reverse: bool
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """One layer in one direction; arguments and results as in :func:`softgate.functional.recurrence`."""
    w = weights
    given = [t for t in (w.weight_ih, w.weight_hh, w.bias_ih, w.bias_hh, w.weight_hr) if t is not None]
    start = [s.reshape(1, *s.shape[-2:]) for s in states]
    bias = w.bias_ih is not None
    function = getattr(_VF, _KINDS[cell.key])
    if lengths is None:
        first = start if len(start) > 1 else start[0]
        y, *finals = function(x.flip(0) if reverse else x, first, given, bias, 1, 0.0, False, False, False)
        return y.flip(0) if reverse else y, tuple(f.reshape(s.shape) for f, s in zip(finals, states, strict=True))
    # torch runs packed rows backwards in two-way layers only: both ways are computed, and one is dropped.
    ways = 2 if reverse else 1
    start = [s.expand(ways, *s.shape[1:]) for s in start]
    first = start if len(start) > 1 else start[0]
    y, *finals = function(x, torch.tensor(lengths), first, given * ways, bias, 1, 0.0, False, reverse)
    return y.chunk(ways, -1)[-1], tuple(f[-1].reshape(s.shape) for f, s in zip(finals, states, strict=True))
