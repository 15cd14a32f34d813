"""One layer, one direction, differentiable: the function that every layer calls.

:func:`recurrence` takes one of three ways. Eager calls go straight to the kernel, through :mod:`softgate.autograd`
when a gradient is wanted. Under ``torch.compile``, ``torch.export`` and dispatch modes the call is one operator of
:mod:`softgate.operators`. What the kernel does not take (:func:`softgate.dispatch.refusal`) runs torch's fused layer or
the reference (:mod:`softgate.composite`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from softgate import autograd, composite, dispatch, operators, pieces, taps
from softgate.composite import Spec
from softgate.equations import Cell
from softgate.errors import NotRecordedError
from softgate.reference import Weights
from softgate.taps import Call, Place


def recurrence(
    cell: Cell,
    x: Tensor,
    states: Sequence[Tensor],
    weights: Weights,
    *,
    lengths: Sequence[int] | Tensor | None = None,
    reset: Tensor | None = None,
    reverse: bool = False,
    tap: Any = None,
    place: Place | None = None,
    start: int | None = None,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run one layer in one direction.

    Args:
        cell: the equations.
        x: [T, B, I]; or [rows, I], the rows of a packed sequence, if ``lengths`` is given.
        states: initial value of every state, [B, H] each ([B, P] for the first).
        weights: the parameters.
        lengths: active rows at each step (``PackedSequence.batch_sizes``), never growing.
        reset: bool [T, B] ([rows] if packed); where true the state is zeroed before the step is computed.
        reverse: go from the last step to the first.
        tap, place: who wants the signals of this call, all at once (:class:`softgate.taps.Tap`) or piece by piece
            (:class:`softgate.pieces.PieceTap`), and what to call the place, which edits go by too.
        start: of a stream, the number of the step, for edits at certain steps.

    Returns:
        y [T, B, P] or [rows, P], and the last states, each shaped as it came in.
    """
    if dispatch.observed(x) and not _seen(place, x):
        return operators.call(cell, x, states, weights, lengths, reset, reverse)
    if tap is not None and place is not None and hasattr(tap, "take_piece"):
        pieces.unedited(place)
        seen: dict[str, Any] = {"tap": tap, "place": place}
        return pieces.run(recurrence, cell, x, states, weights, lengths=lengths, reset=reset, reverse=reverse, **seen)
    if isinstance(lengths, Tensor):
        sizes: tuple[int, ...] | None = tuple(lengths.tolist())
    else:
        sizes = None if lengths is None else tuple(lengths)
    call, wanted = Call(cell, x, tuple(states), weights, sizes, reset, reverse, start), tuple[str, ...]()
    if place is not None:
        call = _edited(place, call)
    if tap is not None and place is not None:
        taps.before(tap, place, call)
        wanted = tap.wanted(place, cell)
    cell, weights = call.cell, call.weights
    spec = Spec(cell, sizes, reverse, wanted)
    if not _learned(cell, weights) and dispatch.refusal(cell, x, weights, states) is None:
        y, finals, signals = autograd.run(spec, x, tuple(states), weights, reset)
    else:
        slow = composite.run(spec, x, states, weights, reset)
        y, finals, signals = slow.y, slow.finals, slow.signals
    if tap is not None and place is not None:
        if wanted:
            kept = {name: value.detach() for name, value in signals.items()}
            tap.take(place, kept, None if sizes is None else torch.tensor(sizes, device="cpu"))
        taps.after(tap, place, call, y, finals)
    return y, finals


def _edited(place: Place, call: Call) -> Call:
    """The call as the edits that are in force have it: with another cell, and the values that this one reads."""
    for editor in taps.editors():
        changed = editor.change(place, call)
        if changed is not None:
            cell, units = changed
            call = call._replace(cell=cell, weights=call.weights._replace(units=units))
    return call


def _learned(cell: Cell, weights: Weights) -> bool:
    """Whether a value that an edit brings wants a gradient, which the kernels do not make."""
    return bool(cell.given) and any(u.requires_grad for u in weights.units[len(cell.weights) :])


def _seen(place: Place | None, x: Tensor) -> bool:
    """Whether somebody looks at the values of this call, or edits them, which an operator does not show."""
    if place is None or torch.compiler.is_compiling():
        return False
    if type(x).__name__ == "FakeTensor":
        raise NotRecordedError(
            "the input is a fake tensor, without values to record or edit; leave the with block, or the fake mode"
        )
    return True
