"""A backend in place of the CPU kernels that keeps their contract and computes with the reference.

It counts its calls, keeps something to be saved for the backward pass and looks for it there, and forgets nothing else
between the passes. What is tested with it is everything around the kernels.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from softgate import reference
from softgate.autograd import flat, unflat
from softgate.operators import _with_autograd


@dataclass
class Run:
    y: Tensor
    finals: tuple[Tensor, ...]
    saved: tuple[Tensor, ...]
    signals: dict[str, Tensor]


@dataclass
class Needs:
    x: bool
    states: tuple[bool, ...]
    weights: Any


@dataclass
class Gradients:
    x: Tensor | None
    states: tuple[Tensor | None, ...]
    weights: Any


class StandIn:
    """The module ``softgate.cpu.run`` as far as the layers know it."""

    Needs = Needs

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()

    def supports(self, cell: Any, x: Tensor, weights: Any) -> str | None:
        return None if x.dtype in (torch.float32, torch.float64) else f"there is no kernel for {x.dtype}"

    def forward(
        self, cell: Any, x: Tensor, states: Any, weights: Any, lengths: Any, reset: Any, reverse: bool, *,
        training: bool, signals: tuple[str, ...] = (),
    ) -> Run:  # fmt: skip
        assert isinstance(states, tuple)
        assert lengths is None or isinstance(lengths, tuple)
        self.calls["training" if training else "forward"] += 1
        with torch.no_grad():
            done = reference.run(
                cell, x, states, weights, lengths=lengths, reset=reset, reverse=reverse, signals=signals
            )
        finals = tuple(f.clone() for f in done.finals)
        return Run(done.y, finals, (done.y + 1.0,) if training else (), done.signals)

    def backward(
        self, cell: Any, x: Tensor, states: Any, weights: Any, lengths: Any, reset: Any, reverse: bool, y: Tensor,
        saved: tuple[Tensor, ...], dy: Any, dfinals: Any, needs: Needs,
    ) -> Gradients:  # fmt: skip
        self.calls["backward"] += 1
        assert torch.equal(saved[0], y + 1.0)
        n = 1 + len(states)
        wants = [needs.x, *needs.states, *flat(needs.weights)]
        inputs = [None if t is None else t.detach() for t in (x, *states, *flat(weights))]
        with _with_autograd(), torch.enable_grad():
            here = [t if t is None or not want else t.requires_grad_() for t, want in zip(inputs, wants, strict=True)]
            got: Any = reference.run(
                *(cell, here[0], here[1:n], unflat(here[n:])), lengths=lengths, reset=reset, reverse=reverse
            )
            pairs = [(o, g) for o, g in zip((got.y, *got.finals), (dy, *dfinals), strict=True) if g is not None]
            outs, seeds = zip(*[p for p in pairs if p[0].requires_grad], strict=True)
            wanted = [t for t, want in zip(here, wants, strict=True) if want]
            each = iter(torch.autograd.grad(outs, wanted, seeds, allow_unused=True))
        found = [next(each) if want else None for want in wants]
        return Gradients(found[0], tuple(found[1:n]), unflat(found[n:]))
