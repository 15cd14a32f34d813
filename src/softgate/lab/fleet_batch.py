"""The batches of all nets as one: stacked, what is shorter filled up with steps that do not count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from softgate.errors import DtypeError, ShapeError
from softgate.lab.initial import Sizes


class Stacked(NamedTuple):
    """The data of one step.

    Attributes:
        x: [N, T, B, I].
        target: int64 [N, T, B] of classes, else [N, T, B, O].
        mask: bool [N, T, B], the steps that count.
        lengths: [N], the steps that each net has.
        chosen: the rows t B + b that count, of all nets one after the other.
        counts: [N], how many of them are of each net.
        share: [N], one over that.
    """

    x: Tensor
    target: Tensor
    mask: Tensor
    lengths: npt.NDArray[np.int64]
    chosen: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    share: Tensor


def stack(batches: Any, count: int, sizes: Sizes, kind: str, dtype: torch.dtype) -> Stacked:
    """See :meth:`softgate.lab.fleet.Fleet.step`."""
    if hasattr(batches, "x"):
        x, target, mask = (np.asarray(getattr(batches, name)) for name in ("x", "target", "mask"))
        lengths = np.full(len(x), x.shape[1] if x.ndim == 4 else 0, np.int64)
    else:
        if len(batches) != count:
            raise ShapeError(f"batches: expected {count}, one a net, got {len(batches)}")
        lengths = np.array([len(b.x) for b in batches], np.int64)
        x, target, mask = (_stacked(batches, name, int(lengths.max())) for name in ("x", "target", "mask"))
    _check(x, target, mask, count, sizes, kind)
    rows = mask.reshape(count, -1)
    counts = rows.sum(1)
    chosen = rows.ravel().nonzero()[0]
    chosen -= np.repeat(np.arange(count) * rows.shape[1], counts)
    if not counts.all():
        raise ShapeError(f"mask: of net {int(counts.argmin())} no step counts, so it has no loss")
    real = np.dtype(str(dtype).removeprefix("torch."))
    wanted = np.ascontiguousarray(target, np.int64 if kind == "classes" else real)
    if kind == "classes":
        _check_classes(wanted, mask, sizes.outputs)
    return Stacked(
        _tensor(np.ascontiguousarray(x, real)),
        _tensor(wanted),
        _tensor(mask),
        lengths,
        chosen,
        counts,
        torch.from_numpy(np.reciprocal(counts, dtype=real)),
    )


def _tensor(array: Any) -> Tensor:
    return torch.from_numpy(array if array.flags.writeable else array.copy())


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
    if (kind == "classes") != np.issubdtype(target.dtype, np.integer):
        numbers = "integers, the number of a class each" if kind == "classes" else "floating point numbers"
        hint = "lab.Fleet(..., kind=task.kind)"
        raise DtypeError(f"target: a task of kind {kind!r} has {numbers}; got {target.dtype}; {hint}")
    if mask.shape != x.shape[:3] or mask.dtype != bool:
        raise ShapeError(f"mask: expected bool {list(x.shape[:3])}, got {mask.dtype} {list(mask.shape)}")


def _check_classes(target: Any, mask: Any, outputs: int) -> None:
    """Whether every class that counts is one; what stands elsewhere is nobody's business."""
    if (target.min() < 0 or target.max() >= outputs) and not ((target >= 0) & (target < outputs))[mask].all():
        wrong = target[mask & ((target < 0) | (target >= outputs))]
        raise ShapeError(f"target: expected classes from 0 to {outputs - 1}, got {int(wrong[0])} where the mask counts")
