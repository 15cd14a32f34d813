"""The calls of the CPU backend: what it takes, the forward pass, the backward pass, one step.

The interface is that of every backend: arrays time-first, one layer and direction, the parameters as
:class:`softgate.reference.Weights`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import torch
from torch import Tensor

from softgate import step as steps
from softgate.cpu import sweep, verify
from softgate.cpu.backward_call import BackwardCall
from softgate.cpu.forward_call import ForwardCall, How, Outcome
from softgate.cpu.gradients import Forward, Gradients, Needs
from softgate.cpu.isa import choose
from softgate.cpu.launch import give, take
from softgate.cpu.prepare import Size
from softgate.cpu.stepper import Stepper
from softgate.cpu.sweep import Shape
from softgate.equations import Cell
from softgate.reference import Weights

__all__ = ["Gradients", "Needs", "Run", "Stepper", "backward", "forward", "isa", "supports"]

_MOST_SLOTS = 24
_NOTHING: AbstractContextManager[None] = nullcontext()
_REALS = (torch.float32, torch.float64)


class Run(NamedTuple):
    """What the forward pass gives.

    Attributes:
        y: [T, B, P], or [rows, P] if packed.
        finals: the last value of every state, in the form of the initial one.
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
    dtype = x.dtype
    if dtype not in _REALS:
        return f"there is no kernel for {str(dtype).removeprefix('torch.')} yet"
    if weights.weight_hr is not None and (f"prev.{cell.states[0]}" in steps.leaves(cell) or cell.feedback):
        return f"cell {cell.name} uses its previous output unit by unit, which a projection takes away"
    if cell.through:
        gate, signal = next(iter(cell.through.items()))
        return f"gate {gate} of cell {cell.name} has a product of {signal}, which the same step computes"
    if len(cell.slots) > _MOST_SLOTS:
        return f"cell {cell.name} has {len(cell.slots)} products a step, the kernels take {_MOST_SLOTS}"
    for t in (
        weights.weight_ih,
        weights.weight_hh,
        weights.bias_ih,
        weights.bias_hh,
        weights.weight_hr,
        weights.weight_fb,
        *weights.units,
    ):
        if t is not None and (t.dtype != dtype or not t.is_cpu or t.layout != torch.strided):
            return f"a weight is {t.dtype} on {t.device} ({t.layout}) beside an input of {x.dtype} on {x.device}"
    return None


def _untracked() -> AbstractContextManager[Any]:
    """No history from here on; costs nothing where none is kept, as inside an autograd function."""
    return torch.no_grad() if torch.is_grad_enabled() else _NOTHING


def _measure(
    x: Tensor, states: Sequence[Tensor], weights: Weights, lengths: Sequence[int] | None, reset: Tensor | None
) -> tuple[int, int, int, bool, int, int, tuple[int, ...] | None]:
    """Units, width of the output, inputs, whether there is a projection, sequences, steps, lengths: as one key."""
    hidden = states[0].shape[-1]
    projection = weights.weight_hr
    projected = projection is not None
    units = hidden if projection is None else projection.shape[1]
    if lengths is not None:
        sizes = tuple(lengths)
        return units, hidden, x.shape[-1], projected, max(sizes, default=0), len(sizes), sizes
    T, B, inputs = x.shape
    return units, hidden, inputs, projected, B, T, (B,) * T if reset is not None else None


def forward(
    cell: Cell,
    x: Tensor,
    states: Sequence[Tensor],
    weights: Weights,
    lengths: Sequence[int] | None,
    reset: Tensor | None,
    reverse: bool,
    *,
    training: bool,
    signals: tuple[str, ...] = (),
) -> Run:
    """One layer in one direction; see :func:`softgate.reference.run` for the arguments.

    ``training`` keeps what :func:`backward` needs.
    """
    if 0 in x.shape[:-1] or states[0].numel() == 0:
        return _nothing(x, states, signals)
    with _untracked():
        sizes = _measure(x, states, weights, lengths, reset)
        key = (cell, sizes, reverse, x.dtype, torch.get_num_threads(), choose().name, training, signals)
        call: ForwardCall | None = take(key)
        if call is None:
            call = _prepare(cell, sizes, reverse, x.dtype, training, signals)
        shape = call.shape
        mask = _verified(cell, shape, x, states, weights, reset)
        done = call(x, states, weights, mask)
        shaped: dict[str, Tensor] = {}
        if signals:
            shaped = {name: _as_given(_signal(call, done, name), x, lengths) for name in signals}
        saved = tuple([t for t in (done.kept, done.inner) if t is not None]) if training else ()
        give(key, call)
        return Run(done.y, done.finals, saved, shaped)


def _verified(
    cell: Cell, shape: Shape, x: Tensor, states: Sequence[Tensor], weights: Weights, reset: Tensor | None
) -> Tensor | None:
    """The reset mask as the kernels read it, [rows] bytes; everything else has the size that it should have."""
    verify.check(cell, shape.size, shape.batch, weights, states)
    if cell.given:
        verify.check_given(cell, shape.size.units, tuple(x.shape[:-1]), weights)
    if x.dim() == 2:
        verify.check_rows("the packed input", x.shape[0], shape.rows)
    if reset is None:
        return None
    verify.check_rows("reset", reset.numel(), shape.rows)
    return reset.reshape(-1).to(torch.uint8).contiguous()


def _signal(call: ForwardCall, done: Outcome, name: str) -> Tensor:
    """A signal that was stored, or a state that was kept."""
    states = call.cell.states
    if name == states[0]:
        return done.y.view(call.shape.rows, -1)
    assert done.kept is not None
    if name in states:
        return done.kept[states.index(name) - 1]
    return done.kept[(len(states) - 1 if call.keep else 0) + call.how.stored.index(name)]


def _prepare(
    cell: Cell, sizes: Any, reverse: bool, dtype: torch.dtype, training: bool, signals: tuple[str, ...]
) -> ForwardCall:
    """The call for these sizes, with what it is to store."""
    shape = _shape(sizes, reverse)
    saved = tuple(steps.adjoint(cell, shape.size.projected).saved) if training else ()
    stored = tuple(dict.fromkeys([*saved, *(s for s in signals if s not in cell.states)]))
    keep = training or any(s in cell.states for s in signals)
    return ForwardCall(cell, shape, How(dtype, torch.get_num_threads(), choose(), keep, stored), saved=len(saved))


def _shape(sizes: Any, reverse: bool) -> Shape:
    units, hidden, inputs, projected, batch, length, lengths = sizes
    verify.check_lengths(lengths or ())
    return sweep.shape_of(Size(units, hidden, inputs, projected), batch, length, reverse, lengths)


def _as_given(rows: Tensor, x: Tensor, lengths: Any) -> Tensor:
    return rows if lengths is not None else rows.view(x.shape[0], x.shape[1], rows.shape[-1])


def _nothing(x: Tensor, states: Sequence[Tensor], signals: tuple[str, ...]) -> Run:
    """A run without rows: the states stay as they were."""
    y = x.new_zeros(*x.shape[:-1], states[0].shape[-1])
    empty = x.new_zeros(*x.shape[:-1], states[-1].shape[-1])
    return Run(y, tuple(s.detach().clone() for s in states), (), dict.fromkeys(signals, empty))


def backward(
    cell: Cell,
    x: Tensor,
    states: Sequence[Tensor],
    weights: Weights,
    lengths: Sequence[int] | None,
    reset: Tensor | None,
    reverse: bool,
    y: Tensor,
    saved: Sequence[Tensor],
    dy: Tensor | None,
    dfinals: Sequence[Tensor | None],
    needs: Needs,
) -> Gradients:
    """Gradients of a call of :func:`forward` with ``training``, from those of y and of the last states (None: zero)."""
    if 0 in x.shape[:-1] or states[0].numel() == 0:
        return _no_gradients(x, states, weights, dfinals, needs)
    with _untracked():
        sizes = _measure(x, states, weights, lengths, reset)
        threads, vector = torch.get_num_threads(), choose()
        key = (cell, sizes, reverse, x.dtype, threads, vector.name)
        call: BackwardCall | None = take(key)
        if call is None:
            call = BackwardCall(cell, _shape(sizes, reverse), x.dtype, threads, vector)
        mask = _verified(cell, call.shape, x, states, weights, reset)
        verify.check_kept(y, saved, call.shape.size, call.shape.rows, call.kept)
        given = Forward(x, states, weights, mask, sweep.detached(y), [sweep.detached(t) for t in saved])
        gradients = call(given, dy, dfinals, needs)
        give(key, call)
        return gradients


def _no_gradients(
    x: Tensor, states: Sequence[Tensor], weights: Weights, dfinals: Sequence[Tensor | None], needs: Needs
) -> Gradients:
    """Gradients of a run without rows: those of the last states go through, the others are zero."""

    def zero(t: Any, want: Any) -> Any:
        return torch.zeros_like(t) if want and t is not None else None

    through = tuple(
        (torch.zeros_like(s) if d is None else d.clone()) if want else None
        for s, d, want in zip(states, dfinals, needs.states, strict=True)
    )
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr", "weight_fb")
    grads = {n: zero(getattr(weights, n), getattr(needs.weights, n)) for n in names}
    units = tuple(zero(u, w) for u, w in zip(weights.units, needs.weights.units, strict=True))
    return Gradients(torch.zeros_like(x) if needs.x else None, through, Weights(**grads, units=units))
