"""One call whose gradient is traced: where its outputs hang in torch's graph, and what arrives there from a loss."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from torch.autograd.graph import GradientEdge, get_gradient_edge

from softgate.flow.linear import Linear, States, linearise, padded
from softgate.taps import Call

Gradients = Sequence[Tensor | None]


@dataclass(frozen=True, eq=False)
class Trace:
    """A call and the edges of its outputs: taken at once, so that what is done to them in place later is no matter.

    Attributes:
        lengths: of a packed sequence, its rows at each step.
        linear: the coefficients of the call, computed at once for the same reason.
        edges: of y and of each last state; None where it depends on nothing that has a gradient.
        source: of the input, None if it needs no gradient.
        unsorted: brings the batch of a packed sequence back into its order; None if it was not sorted.
        found: the gradients of y and the last states, once the loss is known.
    """

    lengths: tuple[int, ...] | None
    linear: Linear
    edges: tuple[GradientEdge | None, ...]
    source: GradientEdge | None
    unsorted: Tensor | None = None
    found: Gradients = ()

    @cached_property
    def inject(self) -> States:
        """What arrives from the loss at each step, see :func:`injected`."""
        return injected(self.linear, self.found)

    def at(self, t: int) -> Gradients:
        """``found``, of the loss at step ``t`` alone: zero elsewhere; a last state is seen at its row's last step."""
        y, *finals = self.found
        here = None
        if y is not None:
            sizes = self.lengths
            start, size = (t, 1) if sizes is None else (sum(sizes[:t]), sizes[t])
            here = torch.zeros_like(y)
            here[start : start + size] = y[start : start + size]
        rows = (self.linear.last == t).to(self.linear.device)
        return (here, *(None if f is None else torch.where(rows[:, None], f, 0.0) for f in finals))


def trace(call: Call, states: States, outputs: Sequence[Tensor], unsorted: Tensor | None = None) -> Trace:
    """A call to be traced, with its states and with its outputs, y and the last states."""
    source = get_gradient_edge(call.x) if call.x.requires_grad else None
    edges = tuple(get_gradient_edge(t) if t.requires_grad else None for t in outputs)
    return Trace(call.lengths, linearise(call, states), edges, source, unsorted)


def pull(outputs: Sequence[Any], seeds: Sequence[Any], traces: Sequence[Trace], keep: bool) -> list[Gradients]:
    """For each trace, the gradients of its y and last states, from seeds at some outputs; ``.grad`` stays as it is."""
    wanted = [e for t in traces for e in t.edges if e is not None]
    given = [(o, s) for o, s in zip(outputs, seeds, strict=True) if s is not None]
    got: Sequence[Tensor | None] = [None] * len(wanted)
    if given and wanted:
        ends, starts = zip(*given, strict=True)
        got = torch.autograd.grad(ends, wanted, starts, retain_graph=keep, allow_unused=True)
    each = iter(got)
    return [tuple(None if e is None else next(each) for e in t.edges) for t in traces]


def injected(linear: Linear, found: Gradients) -> States:
    """By state, [T, B, N], the gradient that arrives at each step from outside the recurrence.

    Args:
        linear: the call.
        found: gradients of y, [T, B, N] or packed rows, and of each last state. That of a last state arrives at the
            last step of its row.
    """
    T, B, _ = linear.shape
    inject: States = {}
    for n, (state, gradient) in enumerate(zip(linear.cell.states, found[1:], strict=True)):
        here = torch.zeros_like(linear.values[f"state.{state}"])
        y = found[0] if n == 0 else None
        if y is not None:
            here = padded(y, linear.whole)[:, :B].to(here.dtype, copy=True)
        if gradient is not None and T:
            rows = torch.arange(B, device=here.device)
            here[linear.last.to(here.device), rows] += gradient.reshape(-1, here.shape[-1])[:B].to(here.dtype)
        inject[state] = here
    return inject


def upstream(traces: Iterable[Trace]) -> Mapping[Trace, set[Trace]]:
    """For each trace, those that the input of its call was made from."""
    every = list(traces)
    return {t: _reached(t.source, every) for t in every}


def _reached(edge: GradientEdge | None, traces: Sequence[Trace]) -> set[Trace]:
    seen: set[Any] = set()
    stack = [] if edge is None else [edge.node]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            stack.extend(parent for parent, _ in node.next_functions if parent is not None)
    return {t for t in traces if any(e is not None and e.node in seen for e in t.edges)}
