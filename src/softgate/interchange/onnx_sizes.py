"""Sizes while torch exports a graph: whole numbers that stay Python's, since a tensor of them has no values then.

Exporters write sizes as values (Shape, Gather, Concat, Reshape). What such nodes make of known numbers and of the sizes
of arrays is computed here as arrays of objects, so that a size that is free stays free, as a ``torch.SymInt``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from softgate.interchange.onnx_node import Node

MOST = 64
"""Integer constants with more entries than this are no sizes."""

# By operator, the operands of which the row reads the numbers, by ``tolist``; the others it takes as tensors.
_READ: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("Reshape", "Expand", "Tile", "Squeeze", "Unsqueeze", "Split", "TopK"), (1,)),
    **dict.fromkeys(("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceProd"), (1,)),
    **dict.fromkeys(("ReduceLogSumExp", "ReduceSumSquare"), (1,)),
    "ConstantOfShape": (0,),
    "Slice": (1, 2, 3, 4),
    "Pad": (1, 3),
}


def numbers(values: Any) -> Any:
    """An array of objects."""
    found = np.empty(np.shape(values), dtype=object)
    found[...] = values
    return found


def _shape(n: Node, x: Tensor) -> Any:
    sizes = list(x.shape)
    return numbers(sizes[n.get("start", 0) : n.get("end", len(sizes))])


def _axes(n: Node, axes: Any) -> tuple[int, ...]:
    return tuple(n.get("axes", ()) if axes is None else axes.reshape(-1).tolist())


def _slice(n: Node, x: Any, starts: Any = None, ends: Any = None, axes: Any = None, steps: Any = None) -> Any:
    begin, end = (n.get(k, ()) if v is None else v.tolist() for k, v in (("starts", starts), ("ends", ends)))
    return x[slice(begin[0], end[0], 1 if steps is None else steps.tolist()[0])] if x.ndim == 1 else None


_ROWS: dict[str, Callable[..., Any]] = {
    "Shape": _shape,
    "Gather": lambda n, x, at: np.take(x, at.astype(np.int64), axis=n.get("axis", 0)),
    "Concat": lambda n, *x: np.concatenate(x, n.get("axis", 0)),
    "Unsqueeze": lambda n, x, axes=None: np.expand_dims(x, _axes(n, axes)),
    "Squeeze": lambda n, x, axes=None: np.squeeze(x, _axes(n, axes) or None),
    "Slice": _slice,
    "Add": lambda n, a, b: a + b,
    "Sub": lambda n, a, b: a - b,
    "Mul": lambda n, a, b: a * b,
    "Div": lambda n, a, b: a // b,
    "Identity": lambda n, x: x,
    "Cast": lambda n, x: x if n.get("to") in (6, 7) else None,
}


def step(node: Node, given: Sequence[Any]) -> Any:
    """What a node makes of numbers, as numbers; None if it is not one that makes sizes, or has a tensor to read."""
    row = _ROWS.get(node.kind)
    if row is None or any(isinstance(g, Tensor) for g in given) != (node.kind == "Shape"):
        return None
    made = row(node, *given)
    return None if made is None else numbers(made)


def operands(node: Node | None, given: Sequence[Any]) -> list[Any]:
    """The same operands, numbers as tensors but where the operator's row reads them."""
    read = () if node is None else _READ.get(node.kind, ())
    return [torch.tensor(g.tolist()) if isinstance(g, np.ndarray) and k not in read else g for k, g in enumerate(given)]
