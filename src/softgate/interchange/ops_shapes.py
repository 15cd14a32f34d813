"""Operators of ONNX that move values about: shapes, slices, gathers, casts. One row each, as in ``ops_values``.

Whatever takes a size from a value, and so from the file, checks it before an array of that size is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from softgate.errors import InterchangeError
from softgate.interchange.guard import bounded, broadcast, visible
from softgate.interchange.onnx_node import Node

DTYPES: dict[int, torch.dtype] = {
    1: torch.float32,
    2: torch.uint8,
    3: torch.int8,
    5: torch.int16,
    6: torch.int32,
    7: torch.int64,
    9: torch.bool,
    10: torch.float16,
    11: torch.float64,
    16: torch.bfloat16,
}
"""torch's dtype by the number that ONNX's TensorProto gives it."""


def dtype(number: int, where: str) -> torch.dtype:
    """The dtype of that number.

    Raises:
        InterchangeError: one that torch does not compute with (strings, complex, 4 bits ...).
    """
    if number not in DTYPES:
        raise InterchangeError(f"{where}: values of ONNX's type {number} cannot be used; known: {sorted(DTYPES)}")
    return DTYPES[number]


def _shape(n: Node, x: Tensor) -> Tensor:
    sizes = torch.tensor(x.shape, dtype=torch.int64)
    return sizes[n.get("start", 0) : n.get("end", len(sizes))]


def _reshape(n: Node, x: Tensor, shape: Tensor | None = None) -> Tensor:
    wanted = list(n.get("shape", ()) if shape is None else shape.tolist())
    if not n.get("allowzero", 0):
        wanted = [x.shape[k] if isinstance(s, int) and s == 0 else s for k, s in enumerate(wanted)]
    return x.reshape(wanted)


def _transpose(n: Node, x: Tensor) -> Tensor:
    return x.permute(n.get("perm", tuple(reversed(range(x.dim())))))


def _axes(n: Node, axes: Tensor | None) -> list[int] | None:
    return n.get("axes") if axes is None else [int(a) for a in axes.tolist()]


def _squeeze(n: Node, x: Tensor, axes: Tensor | None = None) -> Tensor:
    chosen = _axes(n, axes)
    if chosen is None:
        return x.squeeze()
    kept = {a % max(x.dim(), 1) for a in chosen}
    for a in kept:
        if x.shape[a] != 1:
            raise InterchangeError(f"{n}: axis {a} has {x.shape[a]} entries and is to be squeezed")
    return x.reshape([s for k, s in enumerate(x.shape) if k not in kept])


def _unsqueeze(n: Node, x: Tensor, axes: Tensor | None = None) -> Tensor:
    chosen = _axes(n, axes) or []
    rank = x.dim() + len(chosen)
    for a in sorted(a % rank for a in chosen):
        x = x.unsqueeze(a)
    return x


def _flatten(n: Node, x: Tensor) -> Tensor:
    axis = n.get("axis", 1)
    axis += x.dim() if axis < 0 else 0
    rows = int(np.prod(x.shape[:axis], dtype=np.int64))
    return x.reshape(rows, int(np.prod(x.shape[axis:], dtype=np.int64)))


def _concat(n: Node, *x: Tensor) -> Tensor:
    axis = n.get("axis", 0)
    bounded([sum(t.shape[axis] for t in x) if k == axis % x[0].dim() else s for k, s in enumerate(x[0].shape)], str(n))
    return torch.cat(x, axis)


def _split(n: Node, x: Tensor, sizes: Tensor | None = None) -> Any:
    axis, pieces = n.get("axis", 0), len(n.outputs)
    given = n.get("split") if sizes is None else sizes.tolist()
    if given:
        return torch.split_with_sizes(x, [int(s) for s in given], axis)
    each = -(-x.shape[axis] // max(pieces, 1))
    return torch.split_with_sizes(x, [min(each, max(0, x.shape[axis] - k * each)) for k in range(pieces)], axis)


def _slice(
    n: Node, x: Tensor, starts: Tensor | None = None, ends: Tensor | None = None,
    axes: Tensor | None = None, steps: Tensor | None = None,
) -> Tensor:  # fmt: skip
    def read(value: Tensor | None, name: str) -> Sequence[int] | None:
        return n.get(name) if value is None else list(value.tolist())

    begin, end = read(starts, "starts") or [], read(ends, "ends") or []
    which = read(axes, "axes") or range(len(begin))
    stride = read(steps, "steps") or [1] * len(begin)
    for b, e, axis, step in zip(begin, end, which, stride, strict=True):
        if step == 0:
            raise InterchangeError(f"{n}: a step of 0")
        if step > 0:
            x = x[(slice(None),) * (axis % x.dim()) + (slice(b, e, step),)]
        else:
            size = x.shape[axis]
            chosen = range(*slice(b, e if e >= -size else None, step).indices(size))
            x = x.index_select(axis, torch.tensor(list(chosen), dtype=torch.int64, device=x.device))
    return x


def _indices(n: Node, indices: Tensor, size: int) -> Tensor:
    if visible(indices):  # where it is not, torch's own gather looks
        wrong = (indices < -size) | (indices >= size)
        if bool(wrong.any()):
            raise InterchangeError(f"{n}: index {int(indices[wrong][0])} is not in an axis of {size} entries")
    return torch.where(indices < 0, indices + size, indices).long()


def _gather(n: Node, x: Tensor, indices: Tensor) -> Tensor:
    axis = n.get("axis", 0) % max(x.dim(), 1)
    chosen = _indices(n, indices, x.shape[axis])
    shape = bounded((*x.shape[:axis], *chosen.shape, *x.shape[axis + 1 :]), str(n))
    return x.index_select(axis, chosen.reshape(-1)).reshape(shape)


def _gather_elements(n: Node, x: Tensor, indices: Tensor) -> Tensor:
    axis = n.get("axis", 0)
    return x.gather(axis, _indices(n, indices, x.shape[axis]))


def _gather_nd(n: Node, x: Tensor, indices: Tensor) -> Tensor:
    if n.get("batch_dims", 0):
        raise InterchangeError(f"{n}: attribute batch_dims must be 0")
    columns = [_indices(n, c, x.shape[k]) for k, c in enumerate(indices.unbind(-1))]
    return x[tuple(columns)]


def _expand(n: Node, x: Tensor, shape: Tensor) -> Tensor:
    return x.expand(broadcast(str(n), x.shape, bounded(shape.tolist(), str(n)), itemsize=x.element_size()))


def _tile(n: Node, x: Tensor, repeats: Tensor) -> Tensor:
    times = [int(r) for r in repeats.tolist()]
    bounded([s * r for s, r in zip(x.shape, times, strict=True)], str(n))
    return x.repeat(times)


def _constant_of_shape(n: Node, shape: Tensor) -> Tensor:
    value = n.get("value", torch.zeros(1))
    return torch.full(bounded(shape.tolist(), str(n), 8), value.reshape(-1)[0].item(), dtype=value.dtype)


def _range(n: Node, start: Tensor, limit: Tensor, delta: Tensor) -> Tensor:
    step = delta.item()
    if step == 0:
        raise InterchangeError(f"{n}: a step of 0")
    bounded([max(0, int((limit.item() - start.item()) / step) + 1)], str(n), 8)
    return torch.arange(start.item(), limit.item(), step, dtype=start.dtype)


def _one_hot(n: Node, indices: Tensor, depth: Tensor, values: Tensor) -> Tensor:
    size, axis = int(depth), n.get("axis", -1)
    bounded((*indices.shape, size), str(n), 8)
    there = indices.long().unsqueeze(-1) % size == torch.arange(size)
    out = torch.where(there & ((indices >= -size) & (indices < size)).unsqueeze(-1), values[1], values[0])
    return out.movedim(-1, axis)


def _cast(n: Node, x: Tensor) -> Tensor:
    return x.to(dtype(n.get("to", 1), str(n)))


def _reverse_sequence(n: Node, x: Tensor, lengths: Tensor) -> Tensor:
    time, batch = n.get("time_axis", 0), n.get("batch_axis", 1)
    moved = x.movedim((time, batch), (0, 1))
    steps = torch.arange(len(moved))[:, None]
    back = torch.where(steps < lengths, lengths - 1 - steps, steps)
    index = back.reshape(*back.shape, *[1] * (moved.dim() - 2)).expand(moved.shape)
    return moved.gather(0, index).movedim((0, 1), (time, batch))


def _constant(n: Node) -> Tensor:
    for name, kind in (("value_float", torch.float32), ("value_floats", torch.float32),
                       ("value_int", torch.int64), ("value_ints", torch.int64)):  # fmt: skip
        if name in n.attributes:
            return torch.tensor(n.get(name), dtype=kind)
    if not isinstance(n.get("value"), Tensor):
        raise InterchangeError(f"{n}: its value is of a kind that cannot be used: {', '.join(n.attributes) or 'none'}")
    value: Tensor = n.get("value")
    return value


SHAPES: dict[str, Any] = {
    "Identity": lambda n, x: x,
    "Constant": _constant,
    "Shape": _shape,
    "Size": lambda n, x: torch.tensor(x.numel()),
    "Reshape": _reshape,
    "Transpose": _transpose,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Flatten": _flatten,
    "Concat": _concat,
    "Split": _split,
    "Slice": _slice,
    "Gather": _gather,
    "GatherElements": _gather_elements,
    "GatherND": _gather_nd,
    "Expand": _expand,
    "Tile": _tile,
    "ConstantOfShape": _constant_of_shape,
    "Range": _range,
    "OneHot": _one_hot,
    "Cast": _cast,
    "CastLike": lambda n, x, like: x.to(like.dtype),
    "ReverseSequence": _reverse_sequence,
}
