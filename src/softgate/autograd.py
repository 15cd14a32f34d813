"""The kernels under torch's autograd: forward, backward, and the backward of the backward.

The gradient is computed by the backend. The gradient of the gradient goes through the reference, whose operations
torch differentiates as often as wanted: slow, exact, and without a second set of kernels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from softgate import composite, dispatch, fused
from softgate.composite import Spec, flat, unflat
from softgate.reference import Result, Weights

Grads = tuple[Tensor | None, ...]


def run(
    spec: Spec, x: Tensor, states: tuple[Tensor, ...], weights: Weights, reset: Tensor | None
) -> tuple[Tensor, tuple[Tensor, ...], dict[str, Tensor]]:
    """Run the kernel: y, last states, signals; with a backward pass if anything here requires one."""
    w = flat(weights)
    if torch.is_grad_enabled() and (
        x.requires_grad or any(t is not None and t.requires_grad for t in w) or any(s.requires_grad for s in states)
    ):
        out = _Recurrence.apply(spec, reset, x, *states, *w)  # type: ignore[no-untyped-call]
        n = 1 + len(states)
        return out[0], out[1:n], dict(zip(spec.signals, out[n:], strict=False))
    s = spec
    done = dispatch.kernels().forward(
        s.cell, x, states, weights, s.lengths, reset, s.reverse, training=False, signals=s.signals
    )
    return done.y, done.finals, done.signals


def gradients(
    spec: Spec,
    reset: Tensor | None,
    y: Tensor,
    saved: tuple[Tensor, ...],
    grads: Grads,
    inputs: tuple[Tensor | None, ...],
    needed: Sequence[bool],
) -> Grads:
    """The backend's backward pass.

    Args:
        spec, reset: the call.
        y, saved: what the forward pass gave and kept.
        grads: of y and of each last state; None is zero.
        inputs: x, the states, the flat weights.
        needed: which of these want a gradient.

    Returns:
        One gradient for each of ``inputs``, None where not needed.
    """
    cpu, n = dispatch.kernels(), 1 + len(spec.cell.states)
    x, states, weights = inputs[0], inputs[1:n], unflat(inputs[n:])
    needs = cpu.Needs(x=needed[0], states=tuple(needed[1:n]), weights=unflat(needed[n:]))
    got = cpu.backward(
        *(spec.cell, x, states, weights, spec.lengths, reset, spec.reverse, y, saved, grads[0], tuple(grads[1:])),
        needs,
    )
    return (got.x, *got.states, *flat(got.weights))


Runner = Callable[[Spec, Tensor, Sequence[Tensor], Weights, Tensor | None], Result]


def by_torch(
    way: Runner, spec: Spec, reset: Tensor | None, grads: Grads, inputs: tuple[Any, ...], needed: Sequence[bool],
    again: bool = False,
) -> Grads:  # fmt: skip
    """The same gradients from torch's autograd over one of :mod:`softgate.composite`.

    Args:
        way: which; if ``again``, the gradients can be differentiated as often as this one can.
        spec, reset, grads, inputs, needed: as for :func:`gradients`.
        again: whether they shall.
    """
    n = 1 + len(spec.cell.states)
    with torch.enable_grad():
        here = _own(inputs, needed)
        got = way(spec, here[0], here[1:n], unflat(here[n:]), reset)
        return _pull((got.y, *got.finals), grads, here, needed, again)


def _own(tensors: Sequence[Any], needed: Sequence[bool]) -> list[Any]:
    """A view of each: a gradient with respect to it does not follow how the tensors depend on each other."""
    pairs = zip(tensors, needed, strict=True)
    return [t if not want else t.view_as(t) if t.requires_grad else t.detach().requires_grad_() for t, want in pairs]


def _pull(
    outs: Sequence[Any], grads: Sequence[Any], inputs: Sequence[Any], needed: Sequence[bool], again: bool
) -> Grads:
    """Gradients of ``inputs`` where ``needed``; None where nothing depends on them."""
    pairs = [(o, g) for o, g in zip(outs, grads, strict=True) if o is not None and g is not None and o.requires_grad]
    wanted = [t for t, want in zip(inputs, needed, strict=True) if want]
    found: Any = [None] * len(wanted)
    if pairs and wanted:
        ends, seeds = zip(*pairs, strict=True)
        found = torch.autograd.grad(ends, wanted, seeds, create_graph=again, allow_unused=True)
    each = iter(found)
    return tuple(next(each) if want else None for want in needed)


class _Recurrence(torch.autograd.Function):
    """(spec, reset, x, *states, *weights) to (y, *finals, *signals).

    In the older form, with ``ctx`` in ``forward``: the one with ``setup_context`` costs 25 us more a call, and is
    wanted by torch.func only, which does not come here (:func:`softgate.dispatch.refusal`).
    """

    @staticmethod
    def forward(ctx: Any, spec: Spec, reset: Tensor | None, *inputs: Any) -> tuple[Tensor, ...]:
        n = 1 + len(spec.cell.states)
        done = dispatch.kernels().forward(
            *(spec.cell, inputs[0], inputs[1:n], unflat(inputs[n:]), spec.lengths, reset, spec.reverse),
            training=True,
            signals=spec.signals,
        )
        ctx.spec, ctx.count = spec, len(inputs)
        ctx.set_materialize_grads(False)
        # Where torch's own layer lets its output be changed in place, the backward pass keeps one of its own.
        y = done.y.clone() if fused.output_is_free(spec.cell, done.y.dtype) else done.y
        ctx.save_for_backward(reset, y, *inputs, *done.saved)
        if not spec.signals:
            return (done.y, *done.finals)
        signals = tuple(done.signals[name] for name in spec.signals)
        ctx.mark_non_differentiable(*signals)
        return (done.y, *done.finals, *signals)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Any, ...]:
        reset, y, *kept = ctx.saved_tensors
        inputs, saved = tuple(kept[: ctx.count]), tuple(kept[ctx.count :])
        needed, seeds = ctx.needs_input_grad[2:], grads[: 1 + len(ctx.spec.cell.states)]
        if all(g is None for g in seeds):
            return (None, None, *(None for _ in inputs))
        if torch.is_grad_enabled():
            differentiable: Callable[..., Grads] = _Gradient.apply
            return (None, None, *differentiable(ctx.spec, reset, needed, saved, y.detach(), *seeds, *inputs))
        return (None, None, *gradients(ctx.spec, reset, y, saved, seeds, inputs, needed))


class _Gradient(torch.autograd.Function):
    """(spec, reset, needed, saved, y, *grads, *inputs) to the gradients of the inputs, differentiable."""

    @staticmethod
    def forward(ctx: Any, spec: Spec, reset: Tensor | None, needed: Any, saved: Any, y: Tensor, *rest: Any) -> Grads:
        n = 1 + len(spec.cell.states)
        ctx.spec, ctx.needed = spec, needed
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(reset, *rest)
        return gradients(spec, reset, y, saved, rest[:n], rest[n:], needed)

    @staticmethod
    def backward(ctx: Any, *outer: Tensor | None) -> tuple[Any, ...]:
        reset, *rest = ctx.saved_tensors
        n, again = 1 + len(ctx.spec.cell.states), torch.is_grad_enabled()
        wants = ctx.needs_input_grad[5:]
        with torch.enable_grad():
            here = _own(rest, wants)
            way = composite.by_reference
            first = by_torch(way, ctx.spec, reset, tuple(here[:n]), tuple(here[n:]), ctx.needed, again=True)
            return (None,) * 5 + _pull(first, outer, here, wants, again)
