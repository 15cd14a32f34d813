"""The head and the three losses of a fleet, with their gradients, for all nets at once.

Everything is [N, O, R], R = T B rows: along the last axis, sums over few outputs are sums of long vectors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from softgate.errors import UnknownNameError

Each = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


def _classes(z: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Cross entropy of a class: z [N, O, R], target int64 [N, R]."""
    known = target.clamp(0, z.shape[1] - 1).unsqueeze(1)
    z = z - z.amax(1, keepdim=True)
    e = z.exp()
    total = e.sum(1, keepdim=True)
    value = total.log() - z.gather(1, known)
    e /= total
    e.scatter_add_(1, known, torch.full_like(value, -1.0))
    return value, e


def _bits(z: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Binary cross entropy of every output, on average: z and target [N, O, R]."""
    value = torch.nn.functional.softplus(-z.abs()) + z.clamp_min(0) - z * target
    return value.mean(1, keepdim=True), (z.sigmoid() - target) / z.shape[1]


def _numbers(z: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Squared error, on average: z and target [N, O, R]."""
    error = z - target
    return error.square().mean(1, keepdim=True), error * (2 / z.shape[1])


LOSSES: dict[str, Each] = {"classes": _classes, "bits": _bits, "numbers": _numbers}
"""By kind of task: the value of each row [N, 1, R], and its gradient [N, O, R]."""


class Backward(NamedTuple):
    """What comes out of the head: losses [N], gradients of its weight [N, O, H], bias [N, O] and input [N, R, H]."""

    loss: Tensor
    weight: Tensor
    bias: Tensor
    rows: Tensor


def check_kind(kind: str) -> str:
    """A kind of task, if it is one."""
    if kind not in LOSSES:
        raise UnknownNameError("kind of task", kind, LOSSES)
    return kind


def head(kind: str, y: Tensor, weight: Tensor, bias: Tensor, target: Tensor, mask: Tensor, share: Tensor) -> Backward:
    """Losses, and their gradients back to the rows that the head reads.

    Args:
        kind: of task.
        y: [N, R, H].
        weight, bias: [N, O, H], [N, O].
        target: int64 [N, R] of classes, else [N, R, O].
        mask: bool [N, R], the rows that count.
        share: [N], one over how many do.
    """
    z = torch.baddbmm(bias.unsqueeze(2), weight, y.transpose(1, 2))
    value, dz = LOSSES[kind](z, target if kind == "classes" else target.transpose(1, 2))
    loss = value.squeeze(1).masked_fill_(~mask, 0.0).sum(1) * share
    dz.masked_fill_(~mask.unsqueeze(1), 0.0).mul_(share[:, None, None])
    return Backward(loss, torch.bmm(dz, y), dz.sum(2), torch.bmm(dz.transpose(1, 2), weight))
