"""``softgate::recurrence`` and its gradient: what a compiler, an exporter or a dispatch mode sees of a layer.

The cell goes in as text (:mod:`softgate.spelling`), the batch sizes of a packed sequence as a tensor, so that the
number of steps and the size of the batch stay free. The gradient computes the forward pass again: what the kernels keep
between the passes is their own affair and has no shape that a compiler could be told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from softgate import autograd, composite, dispatch
from softgate.composite import Spec, flat, unflat
from softgate.equations import Cell
from softgate.reference import Weights
from softgate.spelling import read, spell

_CALL = (
    "str cell, Tensor x, Tensor[] states, Tensor[] weights, str present, Tensor? lengths, Tensor? reset, bool reverse"
)


def call(
    cell: Cell,
    x: Tensor,
    states: Sequence[Tensor],
    weights: Weights,
    lengths: Sequence[int] | Tensor | None,
    reset: Tensor | None,
    reverse: bool,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """:func:`softgate.functional.recurrence` as one operator."""
    if lengths is not None and not isinstance(lengths, Tensor):
        lengths = torch.tensor(lengths)
    all_weights = flat(weights)
    present = "".join("0" if w is None else "1" for w in all_weights)
    given = [w for w in all_weights if w is not None]
    y, *finals = torch.ops.softgate.recurrence(spell(cell), x, list(states), given, present, lengths, reset, reverse)
    return y, tuple(finals)


def _weights(given: Sequence[Any], present: str) -> Weights:
    each = iter(given)
    return unflat([next(each) if p == "1" else None for p in present])


def _sizes(lengths: Tensor | None) -> tuple[int, ...] | None:
    return None if lengths is None else tuple(lengths.tolist())


def _forward(
    cell: str, x: Tensor, states: Any, weights: Any, present: str, lengths: Any, reset: Any, reverse: bool
) -> list[Tensor]:
    made, w, sizes = read(cell), _weights(weights, present), _sizes(lengths)
    if dispatch.refusal(made, x, w, states) is None:
        done = dispatch.kernels().forward(
            made, x, tuple(states), w, sizes, reset, reverse, training=False, signals=()
        )  # fmt: skip
        y, finals = done.y, done.finals
    else:
        slow = composite.run(Spec(made, sizes, reverse), x, states, w, reset)
        y, finals = slow.y, slow.finals
    return _apart([y, *finals], [x, *states])


def _apart(results: list[Tensor], inputs: list[Tensor]) -> list[Tensor]:
    """Results in memory of their own: an operator's must be. With no steps, the last states would be the first."""
    taken = {t.untyped_storage().data_ptr() for t in inputs}
    apart = []
    for r in results:
        own = r.contiguous() if r.untyped_storage().data_ptr() not in taken else r.clone().contiguous()
        taken.add(own.untyped_storage().data_ptr())
        apart.append(own)
    return apart


def _forward_shapes(
    cell: str, x: Tensor, states: Any, weights: Any, present: str, lengths: Any, reset: Any, reverse: bool
) -> list[Tensor]:
    return [x.new_empty((*x.shape[:-1], states[0].shape[-1])), *(s.new_empty(s.shape) for s in states)]


def _gradient(
    cell: str, x: Tensor, states: Any, weights: Any, present: str, lengths: Any, reset: Any, reverse: bool,
    grads: Any, needed: str,
) -> list[Tensor]:  # fmt: skip
    spec = Spec(read(cell), _sizes(lengths), reverse)
    w = _weights(weights, present)
    inputs = (x, *states, *flat(w))
    n, wants = 1 + len(states), [p == "1" for p in needed]
    each = iter(wants[n:])
    wants = [*wants[:n], *(next(each) if p == "1" else False for p in present)]
    if dispatch.refusal(spec.cell, x, w, states) is None:
        done = dispatch.kernels().forward(
            *(spec.cell, x, tuple(states), w, spec.lengths, reset, reverse), training=True, signals=()
        )
        found = autograd.gradients(spec, reset, done.y, done.saved, tuple(grads), inputs, wants)
    else:
        with _with_autograd():
            found = autograd.by_torch(composite.run, spec, reset, tuple(grads), inputs, wants)
    pairs = zip(inputs, wants, found, strict=True)
    got = [torch.zeros_like(i) if g is None else g for i, want, g in pairs if want and i is not None]
    return _apart(got, [t for t in (*inputs, *grads) if t is not None])


def _gradient_shapes(
    cell: str, x: Tensor, states: Any, weights: Any, present: str, lengths: Any, reset: Any, reverse: bool,
    grads: Any, needed: str,
) -> list[Tensor]:  # fmt: skip
    inputs = (x, *states, *weights)
    return [t.new_empty(t.shape) for t, want in zip(inputs, needed, strict=True) if want == "1"]


@contextmanager
def _with_autograd() -> Iterator[None]:
    """Inside an operator torch's autograd is shut out; here it is let in again."""
    keys = torch._C.DispatchKeySet(torch._C.DispatchKey.ADInplaceOrView)
    for name in ("AutogradCPU", "AutogradCUDA", "AutogradMPS", "AutogradMeta", "AutogradXPU", "AutogradOther"):
        keys = keys.add(getattr(torch._C.DispatchKey, name))
    shut = torch._C._dispatch_tls_local_exclude_set()
    with torch._C._ForceDispatchKeyGuard(torch._C._dispatch_tls_local_include_set(), shut - keys):
        yield


def _remember(ctx: Any, inputs: tuple[Any, ...], output: list[Tensor]) -> None:
    cell, x, states, weights, present, lengths, reset, reverse = inputs
    ctx.call = (cell, len(states), present, reverse)
    ctx.save_for_backward(lengths, reset, x, *states, *weights)


def _backward(ctx: Any, grads: Sequence[Tensor | None]) -> tuple[Any, ...]:
    cell, n, present, reverse = ctx.call
    lengths, reset, x, *rest = ctx.saved_tensors
    states, weights = rest[:n], rest[n:]
    _, wants_x, wants_states, wants_weights, *_ = ctx.needs_input_grad
    wants = [wants_x, *wants_states, *wants_weights]
    needed = "".join("1" if want else "0" for want in wants)
    call = (cell, x, states, weights, present, lengths, reset, reverse)
    each = iter(torch.ops.softgate.recurrence_gradient(*call, list(grads), needed))
    found = [next(each) if want else None for want in wants]
    return None, found[0], found[1 : n + 1], found[n + 1 :], None, None, None, None


_run = torch.library.custom_op("softgate::recurrence", mutates_args=(), schema=f"({_CALL}) -> Tensor[]")(_forward)
_run.register_fake(_forward_shapes)
_run.register_autograd(_backward, setup_context=_remember)

_differentiate = torch.library.custom_op(
    "softgate::recurrence_gradient", mutates_args=(), schema=f"({_CALL}, Tensor?[] grads, str needed) -> Tensor[]"
)(_gradient)
_differentiate.register_fake(_gradient_shapes)
