"""The calls of the CPU backend: what it takes, the forward pass, the backward pass.

The interface is that of every backend: arrays time-first, one layer and direction, the parameters as
:class:`softgate.reference.Weights`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from softgate import step as steps
from softgate.cpu import backward_call, forward_call, sweep
from softgate.cpu.backward_call import Gradients, Needs
from softgate.cpu.isa import choose
from softgate.equations import Cell
from softgate.reference import Weights

__all__ = ["Gradients", "Needs", "Run", "backward", "forward", "isa", "supports"]

_MOST_SLOTS = 24


@dataclass(frozen=True)
class Run:
    """What the forward pass gives.

    Attributes:
        y: [T, B, P], or [rows, P] if packed.
        finals: the last value of every state, [B, H] each ([B, P] for the first).
        saved: what the backward pass will want; empty without ``training``.
        signals: those asked for, [T, B, H] or [rows, H].
    """

    y: Tensor
    finals: tuple[Tensor, ...]
    saved: tuple[Tensor, ...]
    signals: dict[str, Tensor]


def isa() -> str:
    """The instruction set that kernels are compiled for."""
    return choose().name


def supports(cell: Cell, x: Tensor, weights: Weights) -> str | None:
    """None if the kernels take this call; else why not, as a sentence."""
    if x.dtype not in (torch.float32, torch.float64):
        return f"there is no kernel for {str(x.dtype).removeprefix('torch.')} yet"
    if weights.weight_hr is not None and (_uses_previous_output(cell) or cell.feedback):
        return f"cell {cell.name} uses its previous output unit by unit, which a projection takes away"
    if len(cell.slots) > _MOST_SLOTS:
        return f"cell {cell.name} has {len(cell.slots)} products a step, the kernels take {_MOST_SLOTS}"
    tensors = [t for t in (weights.weight_ih, weights.weight_hh, weights.bias_ih, weights.bias_hh, weights.weight_hr,
                           weights.weight_fb, *weights.units) if t is not None]  # fmt: skip
    for t in (x, *tensors):
        if t.dtype != x.dtype or t.device.type != "cpu" or t.layout != torch.strided:
            return f"tensors differ: {t.dtype} {t.layout} on {t.device} beside {x.dtype} {x.layout} on {x.device}"
    return None


def _uses_previous_output(cell: Cell) -> bool:
    return cell.states[0] in steps.adjoint(cell).prev or f"prev.{cell.states[0]}" in steps.leaves(cell)


def forward(
    cell: Cell, x: Tensor, states: Sequence[Tensor], weights: Weights, lengths: Sequence[int] | None, reset: Tensor | None,
    reverse: bool, *, training: bool, signals: tuple[str, ...] = (),
) -> Run:  # fmt: skip
    """One layer in one direction; see :func:`softgate.reference.run` for the arguments.

    ``training`` keeps what :func:`backward` needs.
    """
    with torch.no_grad():
        shape = sweep.shape_of(x, states, weights, lengths, reset, reverse)
        if shape.rows == 0 or shape.size.units == 0:
            return _nothing(cell, x, states, signals, lengths)
        mask = None if reset is None else reset.reshape(-1).to(torch.uint8).contiguous()
        saved = tuple(steps.adjoint(cell, shape.size.projected).saved) if training else ()
        states_recorded = [s for s in signals if s in cell.states]
        stored = tuple(dict.fromkeys([*saved, *(s for s in signals if s not in cell.states)]))
        keep = training or len(states_recorded) > 0
        done = forward_call.run(cell, x, states, weights, shape, mask, keep=keep, stored=stored)
        values = {**done.stored, **dict(zip(cell.states, (done.y, *done.states), strict=True))}
        last = shape.last_rows
        every = keep or bool(cell.feedback)
        finals = (done.y[last].clone(), *(s[last].clone() if every else s for s in done.states))
        kept = (*done.states, *(done.stored[n] for n in saved), *([done.inner] if done.inner is not None else ()))
        shaped = {name: _as_given(values[name], x, lengths) for name in signals}
        return Run(_as_given(done.y, x, lengths), finals, kept if training else (), shaped)


def _as_given(rows: Tensor, x: Tensor, lengths: Any) -> Tensor:
    return rows if lengths is not None else rows.view(*x.shape[:2], rows.shape[-1])


def _nothing(cell: Cell, x: Tensor, states: Sequence[Tensor], signals: tuple[str, ...], lengths: Any) -> Run:
    """A run without rows: the states stay as they were."""
    y = x.new_zeros(*x.shape[:-1], states[0].shape[-1])
    empty = x.new_zeros(*x.shape[:-1], states[-1].shape[-1])
    return Run(y, tuple(s.detach().clone() for s in states), (), dict.fromkeys(signals, empty))


def backward(
    cell: Cell, x: Tensor, states: Sequence[Tensor], weights: Weights, lengths: Sequence[int] | None, reset: Tensor | None,
    reverse: bool, y: Tensor, saved: Sequence[Tensor], dy: Tensor | None, dfinals: Sequence[Tensor | None], needs: Needs,
) -> Gradients:  # fmt: skip
    """Gradients of a call of :func:`forward` with ``training``, from those of y and of the last states (None: zero)."""
    with torch.no_grad():
        shape = sweep.shape_of(x, states, weights, lengths, reset, reverse)
        if shape.rows == 0 or shape.size.units == 0:
            return backward_call.nothing(x, states, weights, dfinals, needs)
        mask = None if reset is None else reset.reshape(-1).to(torch.uint8).contiguous()
        return backward_call.run(cell, x, states, weights, shape, mask, y, saved, dy, dfinals, needs)
