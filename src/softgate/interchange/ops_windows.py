"""Operators of ONNX over windows and indices: convolutions, pooling, padding, sums over named axes."""

from __future__ import annotations

import math
import string
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from softgate.errors import InterchangeError
from softgate.interchange.guard import bounded
from softgate.interchange.onnx_node import Node

_CONV = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}
_MAX = {1: functional.max_pool1d, 2: functional.max_pool2d, 3: functional.max_pool3d}
_MEAN = {1: functional.avg_pool1d, 2: functional.avg_pool2d, 3: functional.avg_pool3d}


def _of_rank(n: Node, x: Tensor, table: dict[int, Any]) -> Any:
    if x.dim() - 2 not in table:
        raise InterchangeError(f"{n}: 1 to 3 axes behind batch and channels are known, got {list(x.shape)}")
    return table[x.dim() - 2]


def _plain(n: Node, name: str, *, most: int = 0) -> None:
    """Refuses an attribute that is not at its default."""
    value = n.get(name, most)
    if any(v != most for v in (value if isinstance(value, list) else [value])):
        raise InterchangeError(f"{n}: attribute {name}={value} is not known")


def _window(n: Node, x: Tensor, kernel: Sequence[int]) -> tuple[list[int], list[int], list[tuple[int, int]]]:
    """Strides, dilations and padding of each axis behind batch and channels."""
    rank, auto = x.dim() - 2, n.get("auto_pad", "NOTSET")
    strides, dilations = n.get("strides", [1] * rank), n.get("dilations", [1] * rank)
    pads = n.get("pads", [0] * (2 * rank)) if auto == "NOTSET" else [0] * (2 * rank)
    if not len(strides) == len(dilations) == len(kernel) == len(pads) / 2 == rank or min(*strides, *dilations) < 1:
        raise InterchangeError(f"{n}: strides, dilations, pads or kernel_shape do not fit {list(x.shape)}")
    pairs = list(zip(pads[:rank], pads[rank:], strict=True))
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        sizes = zip(x.shape[2:], kernel, strides, dilations, strict=True)
        more = [max(0, (math.ceil(size / s) - 1) * s + (k - 1) * d + 1 - size) for size, k, s, d in sizes]
        pairs = [(m // 2, m - m // 2) if auto == "SAME_UPPER" else (m - m // 2, m // 2) for m in more]
    elif auto not in ("NOTSET", "VALID", ""):
        raise InterchangeError(f"{n}: attribute auto_pad={auto!r} is not known")
    return strides, dilations, pairs


def _padded(n: Node, x: Tensor, pairs: Sequence[tuple[int, int]], value: float = 0.0) -> Tensor:
    """With so many entries more, or fewer, at both ends of the last axes."""
    if not any(p for pair in pairs for p in pair):
        return x
    first = x.dim() - len(pairs)
    shape = [*x.shape[:first], *(s + a + b for s, (a, b) in zip(x.shape[first:], pairs, strict=True))]
    bounded(shape, str(n), x.element_size())
    return functional.pad(x, [p for pair in reversed(pairs) for p in pair], value=value)


def _conv(n: Node, x: Tensor, w: Tensor, b: Tensor | None = None) -> Tensor:
    run = _of_rank(n, x, _CONV)
    strides, dilations, pairs = _window(n, x, w.shape[2:])
    x = _padded(n, x, pairs)
    bounded((x.shape[0], w.shape[0], *x.shape[2:]), str(n), x.element_size())
    y: Tensor = run(x, w, b, strides, 0, dilations, n.get("group", 1))
    return y


def _max_pool(n: Node, x: Tensor) -> Tensor:
    run, kernel = _of_rank(n, x, _MAX), n.get("kernel_shape", [])
    for name in ("ceil_mode", "storage_order"):
        _plain(n, name)
    if len([o for o in n.outputs if o]) > 1:
        raise InterchangeError(f"{n}: its output Indices is not known")
    strides, dilations, pairs = _window(n, x, kernel)
    y: Tensor = run(_padded(n, x, pairs, -math.inf), kernel, strides, 0, dilations)
    return y


def _average_pool(n: Node, x: Tensor) -> Tensor:
    run, kernel = _of_rank(n, x, _MEAN), n.get("kernel_shape", [])
    _plain(n, "ceil_mode")
    _plain(n, "dilations", most=1)
    strides, _, pairs = _window(n, x, kernel)
    y: Tensor = run(_padded(n, x, pairs), kernel, strides)
    if n.get("count_include_pad", 0) or not any(p for pair in pairs for p in pair):
        return y
    there: Tensor = run(_padded(n, torch.ones_like(x[:1, :1]), pairs), kernel, strides)
    return y / there


def _global(function: Callable[[Tensor, tuple[int, ...]], Tensor]) -> Callable[..., Tensor]:
    return lambda n, x: function(x, tuple(range(2, x.dim())))


def _pad(n: Node, x: Tensor, pads: Any = None, value: Tensor | None = None, axes: Any = None) -> Tensor:
    said = n.get("pads", []) if pads is None else pads.tolist()
    chosen = [*range(x.dim())] if axes is None else [int(a) % x.dim() for a in axes.tolist()]
    if len(said) != 2 * len(chosen):
        raise InterchangeError(f"{n}: {2 * len(chosen)} pads were expected, got {len(said)}")
    pairs = [(0, 0)] * x.dim()
    for a, begin, end in zip(chosen, said, said[len(chosen) :], strict=False):
        pairs[a] = (begin, end)
    mode, fill = n.get("mode", "constant"), n.get("value", 0.0) if value is None else value.item()
    if mode == "constant":
        return _padded(n, x, pairs, fill)
    if mode not in ("edge", "reflect", "wrap"):
        raise InterchangeError(f"{n}: attribute mode={mode!r} is not known")
    for a, (begin, end) in enumerate(pairs):
        size = x.shape[a]
        bounded((*x.shape[:a], size + begin + end, *x.shape[a + 1 :]), str(n), x.element_size())
        at = torch.arange(-begin, size + end, device=x.device)
        if mode == "edge":
            at = at.clamp(0, size - 1)
        elif mode == "wrap":
            at = at % size
        else:
            around = at % max(2 * size - 2, 1)
            at = torch.where(around < size, around, 2 * size - 2 - around)
        x = x.index_select(a, at) if begin or end else x
    return x


def _top_k(n: Node, x: Tensor, k: Any = None) -> tuple[Tensor, Tensor]:
    count, axis = int(n.get("k", 0) if k is None else k.reshape(-1).tolist()[0]), n.get("axis", -1)
    # A stable sort: of equal entries ONNX wants the first ones, which torch.topk does not promise.
    values, at = x.sort(dim=axis, descending=bool(n.get("largest", 1)), stable=True)
    return values.narrow(axis, 0, count), at.narrow(axis, 0, count)


def _trilu(n: Node, x: Tensor, k: Tensor | None = None) -> Tensor:
    diagonal = 0 if k is None else int(k)
    return x.triu(diagonal) if n.get("upper", 1) else x.tril(diagonal)


def _einsum(n: Node, *x: Tensor) -> Tensor:
    equation = n.get("equation", "").replace(" ", "")
    if set(equation) - {*string.ascii_letters, *",.->"}:
        raise InterchangeError(f"{n}: attribute equation={equation[:80]!r} is not known")
    if len(x) > 2:  # what is put together on the way may be larger than all that comes and goes
        bounded([s for t in x for s in t.shape], str(n), x[0].element_size())
    return torch.einsum(equation, *x)


WINDOWS: dict[str, Callable[..., Any]] = {
    "Conv": _conv,
    "MaxPool": _max_pool,
    "AveragePool": _average_pool,
    "GlobalMaxPool": _global(lambda x, axes: x.amax(axes, keepdim=True)),
    "GlobalAveragePool": _global(lambda x, axes: x.mean(axes, keepdim=True)),
    "Pad": _pad,
    "TopK": _top_k,
    "Trilu": _trilu,
    "Einsum": _einsum,
}
