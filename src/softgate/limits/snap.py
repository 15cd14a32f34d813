"""What a unit does at each symbol, as exact values, and the weights that make it do so.

A gate that is a function of the present symbol alone needs no hidden weights. Values that every sigmoid and tanh makes
exactly, whoever computes them: 0 and 1 far out, 1/2 and 0 at zero. So writes i g of 0, 1/2, 1 and their negatives are
exact on any path and in any dtype, and so is f of 0 or 1; other binary fractions would rest on the last bit of a tanh.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

_OPEN, _SHUT = 40.0, -1000.0  # pre-activations at which sigmoid is exactly 1 and exactly 0 up to float64
_GATES = "ifgo"


@dataclass(frozen=True)
class Levels:
    """A unit by symbol, as it is on the data: medians of f, of the write i g and of c, [A] each."""

    f: Tensor
    w: Tensor
    c: Tensor


@dataclass(frozen=True)
class Plan:
    """A unit as it shall be.

    Attributes:
        kind: counter, timer, latch, sensor or constant.
        f: 0 or 1 at each symbol, [A].
        w: the write at each symbol, [A]: a multiple of 1/2 where f is 1.
        scale: by what c was divided, so that its step became a multiple of 1/2.
    """

    kind: str
    f: Tensor
    w: Tensor
    scale: float


def levels(signals: dict[str, Tensor], ids: Tensor, real: Tensor, A: int) -> list[Levels]:
    """Every unit's levels, from signals f, i, g and c [T, B, H] of the data and its ids and real places, [T, B]."""
    write = signals["i"] * signals["g"]
    rows = {k: [] for k in "fwc"}  # type: dict[str, list[Tensor]]
    for symbol in range(A):
        here = real & (ids == symbol)
        for key, values in (("f", signals["f"]), ("w", write), ("c", signals["c"])):
            chosen = values[here]
            rows[key].append(chosen.median(0).values if len(chosen) else values.new_zeros(values.shape[-1]))
    f, w, c = (torch.stack(rows[k]) for k in "fwc")
    return [Levels(f[:, j], w[:, j], c[:, j]) for j in range(f.shape[1])]


def plans(level: Levels, begins: int) -> Iterator[Plan]:
    """What a unit may be snapped to, the likeliest first.

    Args:
        level: the unit on the data.
        begins: the symbol that a string begins with; there is nothing to hold there, so f is 0.
    """
    known: list[tuple[float, ...]] = []
    for threshold in (0.5, 0.97):  # is a gate at 0.8 a leak to be mended, or a way to settle at a level?
        hold = (level.f >= threshold).to(level.f)
        hold[begins] = 0.0
        if tuple(hold.tolist()) not in known and bool(hold.any()):
            known.append(tuple(hold.tolist()))
            yield from _counters(level, hold, begins)
            yield Plan("latch", hold, torch.where(hold.bool(), 0.0, level.c).clamp(-0.999, 0.999), 1.0)
    none = torch.zeros_like(level.f)
    yield Plan("sensor", none, level.c.clamp(-0.999, 0.999), 1.0)
    yield Plan("constant", none, none, 1.0)


def _counters(level: Levels, hold: Tensor, begins: int) -> Iterator[Plan]:
    held = hold.bool()
    step = float(level.w[held].abs().max())
    if step < 1e-3:
        return
    steps = (2 * level.w / step).round().div(2)
    own = (level.c / step).clamp(-1, 1)
    own[begins] = steps[begins].clamp(-1, 1)
    moving = steps[held]
    kind = "timer" if bool((moving == moving[0]).all()) else "counter"
    # A head tells two counts apart best where their tanh differ most: beside where the unit starts, half a step.
    for start in (own, *(torch.full_like(own, s) for s in (-0.5, 0.5, 0.0))):
        yield Plan(kind, hold, torch.where(held, steps, start), step)


@torch.no_grad()
def write(layer: Any, unit: int, plan: Plan, inputs: Tensor) -> None:
    """Give a unit the weights of a plan: i, f and g become functions of the symbol alone.

    Args:
        layer: the LSTM.
        unit: which.
        plan: what it shall do.
        inputs: what each symbol feeds the layer, [A, I]; its rows must be independent.
    """
    half, whole = plan.w.abs() == 0.5, plan.w.abs() == 1
    exact = plan.f == 1
    opened = torch.full_like(plan.w, _OPEN)
    i = torch.where(half & exact, 0.0, opened)
    far = torch.where(whole | (half & exact), plan.w.sign() * _OPEN, torch.atanh(plan.w.clamp(-0.999, 0.999)))
    wanted = {"i": i, "f": torch.where(exact, _OPEN, _SHUT), "g": torch.where(plan.w == 0, 0.0, far)}
    solve = torch.linalg.pinv(inputs.double())
    for gate, values in wanted.items():
        row = _GATES.index(gate) * layer.hidden_size + unit
        layer.weight_ih_l0[row] = (solve @ values.double()).to(inputs.dtype)
        layer.weight_hh_l0[row] = 0.0
        for name in ("bias_ih_l0", "bias_hh_l0"):
            if getattr(layer, name, None) is not None:
                getattr(layer, name)[row] = 0.0


@torch.no_grad()
def adapt(layer: Any, head: Any, unit: int, old: Tensor, new: Tensor) -> None:
    """Scale what reads a unit, gates and head, so that its new h [N] says to them what the old one said."""
    centred = new - new.mean()
    power = float(centred.square().sum())
    alpha = float((centred * (old - old.mean())).sum()) / power if power > 1e-12 else 0.0
    beta = float(old.mean() - alpha * new.mean())
    if getattr(layer, "bias_hh_l0", None) is not None:
        # A row without hidden weights is one that was snapped: it has no reader to adapt.
        layer.bias_hh_l0.add_(beta * layer.weight_hh_l0[:, unit])
    layer.weight_hh_l0[:, unit] *= alpha
    if isinstance(head, torch.nn.Linear):
        if head.bias is not None:
            head.bias.add_(beta * head.weight[:, unit])
        head.weight[:, unit] *= alpha
