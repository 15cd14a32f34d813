"""The batches of all nets as one: stacked, what is shorter filled up with steps that do not count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from softgate.errors import ShapeError
from softgate.lab.fleet_loss import check_target
from softgate.lab.initial import Sizes


class Stacked(NamedTuple):
    """The data of one step.

    Attributes:
        x: [N, T, B, I].
        lengths: the steps that each net has.
        span: the first step that counts for any net, and the one after the last.
        target, mask: of these steps, R rows: int64 [N, R] of classes, else [N, O, R]; bool [N, R].
        counts: [N], how many rows count.
    """

    x: Tensor
    lengths: list[int]
    span: tuple[int, int]
    target: Tensor
    mask: Tensor
    counts: Tensor


def stack(batches: Any, count: int, sizes: Sizes, kind: str, dtype: torch.dtype) -> Stacked:
    """See :meth:`softgate.lab.fleet.Fleet.step`."""
    if hasattr(batches, "x"):
        x, target, mask = (np.asarray(getattr(batches, name)) for name in ("x", "target", "mask"))
        lengths = [x.shape[1]] * len(x) if x.ndim == 4 else []
    else:
        if len(batches) != count:
            raise ShapeError(f"batches: expected {count}, one a net, got {len(batches)}")
        lengths = [len(b.x) for b in batches]
        x, target, mask = (_stacked(batches, name, max(lengths)) for name in ("x", "target", "mask"))
    _check(x, target, mask, count, sizes, kind)
    steps = mask.any((0, 2)).nonzero()[0]
    counts = mask.sum((1, 2))
    if not counts.all():
        raise ShapeError(f"mask: of net {int(counts.argmin())} no step counts, so it has no loss")
    first, end = int(steps[0]), int(steps[-1]) + 1
    inside = slice(first, end)
    rows = (count, (end - first) * x.shape[2])
    wanted = torch.from_numpy(np.ascontiguousarray(target[:, inside]))
    check_target(kind, wanted)
    if kind == "classes":
        wanted = wanted.to(torch.int64).view(rows)
    else:
        wanted = wanted.to(dtype).view(*rows, sizes.outputs).transpose(1, 2).contiguous()
    return Stacked(
        torch.from_numpy(np.ascontiguousarray(x)).to(dtype),
        lengths,
        (first, end),
        wanted,
        torch.from_numpy(np.ascontiguousarray(mask[:, inside])).view(rows),
        torch.from_numpy(counts).to(dtype),
    )


def _stacked(batches: Sequence[Any], name: str, steps: int) -> Any:
    """One array of all nets, [N, T, ...]; zeros where there are no more steps."""
    arrays = [np.asarray(getattr(b, name)) for b in batches]
    shapes = {a.shape[1:] for a in arrays}
    if len(shapes) > 1:
        raise ShapeError(f"{name}: expected the same batch and width for every net, got {sorted(shapes)}")
    if all(len(a) == steps for a in arrays):
        return np.stack(arrays)
    out = np.zeros((len(arrays), steps, *arrays[0].shape[1:]), arrays[0].dtype)
    for k, a in enumerate(arrays):
        out[k, : len(a)] = a
    return out


def _check(x: Any, target: Any, mask: Any, count: int, sizes: Sizes, kind: str) -> None:
    """Whether everything has the shape that it should have."""
    if x.ndim != 4 or x.shape[0] != count or x.shape[3] != sizes.inputs or 0 in x.shape:
        raise ShapeError(f"x: expected [{count}, T, B, {sizes.inputs}] with all nets, got {list(x.shape)}")
    wanted = x.shape[:3] if kind == "classes" else (*x.shape[:3], sizes.outputs)
    if target.shape != wanted:
        raise ShapeError(f"target: a task of kind {kind!r} has {list(wanted)} here, got {list(target.shape)}")
    if mask.shape != x.shape[:3] or mask.dtype != bool:
        raise ShapeError(f"mask: expected bool {list(x.shape[:3])}, got {mask.dtype} {list(mask.shape)}")
