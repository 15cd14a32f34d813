"""A call without a kernel: torch's fused layer where torch has one, else the reference. torch differentiates both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from softgate import fused, reference
from softgate.equations import Cell
from softgate.reference import Result, Weights


@dataclass(frozen=True, slots=True)
class Spec:
    """What a call is, apart from its tensors: the cell, packed lengths, direction, signals to keep."""

    cell: Cell
    lengths: tuple[int, ...] | None
    reverse: bool
    signals: tuple[str, ...] = ()


def flat(weights: Weights) -> tuple[Tensor | None, ...]:
    """The weights as one tuple, weights a unit at its end."""
    w = weights
    return (w.weight_ih, w.weight_hh, w.bias_ih, w.bias_hh, w.weight_hr, w.weight_fb, *w.units)


def unflat(tensors: Sequence[Any]) -> Weights:
    """The inverse of :func:`flat`."""
    ih, hh, b_ih, b_hh, hr, fb, *units = tensors
    return Weights(ih, hh, b_ih, b_hh, hr, fb, tuple(units))


def by_reference(spec: Spec, x: Tensor, states: Sequence[Tensor], weights: Weights, reset: Tensor | None) -> Result:
    """The call by the reference, whatever else could run it."""
    s = spec
    done = reference.run(
        *(s.cell, x, states, weights), lengths=s.lengths, reset=reset, reverse=s.reverse, signals=s.signals
    )
    if len(x) > 0:
        return done
    # No step was taken. The empty output is still a function of everything, so that a backward pass finds its way.
    tied = x.sum() + sum(t.sum() for t in flat(weights) if t is not None)
    return replace(done, y=done.y + tied)


def run(spec: Spec, x: Tensor, states: Sequence[Tensor], weights: Weights, reset: Tensor | None) -> Result:
    """The call by torch's fused layer if it can, else by the reference.

    The fused layer shows no signals. They are then computed a second time, by the reference, so that looking at a
    model does not change a bit of its output.
    """
    if fused.refusal(spec.cell, x, weights, reset) is not None:
        return by_reference(spec, x, states, weights, reset)
    y, finals = fused.run(spec.cell, x, states, weights, spec.lengths, spec.reverse)
    if not spec.signals:
        return Result(y, finals, {})
    with torch.no_grad():
        return replace(by_reference(spec, x, states, weights, reset), y=y, finals=finals)
