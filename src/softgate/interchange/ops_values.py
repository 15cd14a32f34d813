"""Operators of ONNX that compute values: arithmetic, comparisons, activations, products, sums. One row each.

A row is the function of torch that does it; where ONNX means something else than torch, a few lines say so. Every
function takes the node (attributes, version) and its inputs, tensors or None.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from softgate.errors import InterchangeError
from softgate.interchange.guard import bounded, broadcast
from softgate.interchange.onnx_node import Node

Operation = Callable[..., Any]


def _unary(function: Callable[[Tensor], Tensor]) -> Operation:
    return lambda n, x: function(x)


def _binary(function: Callable[[Tensor, Tensor], Tensor]) -> Operation:
    def run(n: Node, a: Tensor, b: Tensor) -> Tensor:
        broadcast(str(n), a.shape, b.shape, itemsize=a.element_size())
        return function(a, b)

    return run


def _many(function: Callable[[Tensor, Tensor], Tensor]) -> Operation:
    one = _binary(function)
    return lambda n, *x: reduce(lambda a, b: one(n, a, b), x)


def _div(a: Tensor, b: Tensor) -> Tensor:
    return a / b if a.is_floating_point() else torch.div(a, b, rounding_mode="trunc")


def _mod(n: Node, a: Tensor, b: Tensor) -> Tensor:
    return torch.fmod(a, b) if n.get("fmod", 0) else torch.remainder(a, b)


def _clip(n: Node, x: Tensor, low: Tensor | None = None, high: Tensor | None = None) -> Tensor:
    least, most = (n.get("min"), n.get("max")) if n.opset < 11 else (low, high)
    return x if least is None and most is None else torch.clamp(x, least, most)


def _matmul(n: Node, a: Tensor, b: Tensor) -> Tensor:
    if a.dim() > 1 and b.dim() > 1:
        bounded((*broadcast(str(n), a.shape[:-2], b.shape[:-2]), a.shape[-2], b.shape[-1]), str(n))
    return a @ b


def _gemm(n: Node, a: Tensor, b: Tensor, c: Tensor | None = None) -> Any:
    a, b = a.T if n.get("transA", 0) else a, b.T if n.get("transB", 0) else b
    product = n.get("alpha", 1.0) * _matmul(n, a, b)
    return product if c is None else product + n.get("beta", 1.0) * c


def _softmax(function: Callable[[Tensor, int], Tensor]) -> Operation:
    def run(n: Node, x: Tensor) -> Tensor:
        if n.opset >= 13:
            return function(x, n.get("axis", -1))
        axis = n.get("axis", 1) % max(x.dim(), 1)  # before version 13: all axes from this one on, as one
        return function(x.flatten(axis), axis).reshape(x.shape)

    return run


def _reduce(function: Callable[[Tensor, tuple[int, ...], bool], Tensor]) -> Operation:
    def run(n: Node, x: Tensor, axes: Tensor | None = None) -> Tensor:
        chosen = n.get("axes") if axes is None else axes.tolist()
        if not chosen and n.get("noop_with_empty_axes", 0):
            return x
        every = tuple(chosen) if chosen else tuple(range(x.dim()))
        return function(x, every, bool(n.get("keepdims", 1)))

    return run


def _prod(x: Tensor, axes: tuple[int, ...], keep: bool) -> Tensor:
    for axis in sorted((a % x.dim() for a in axes), reverse=True):
        x = x.prod(axis, keepdim=keep)
    return x


def _arg(function: Callable[..., Tensor]) -> Operation:
    def run(n: Node, x: Tensor) -> Any:
        axis, keep = n.get("axis", 0), bool(n.get("keepdims", 1))
        if n.get("select_last_index", 0):
            return x.shape[axis] - 1 - function(x.flip(axis), axis, keepdim=keep)
        return function(x, axis, keepdim=keep)

    return run


def _cumsum(n: Node, x: Tensor, axis: Tensor) -> Tensor:
    a = int(axis)
    x = x.flip(a) if n.get("reverse", 0) else x
    y = x.cumsum(a, dtype=x.dtype)
    y = y - x if n.get("exclusive", 0) else y
    return y.flip(a) if n.get("reverse", 0) else y


def _layer_norm(n: Node, x: Tensor, scale: Tensor, bias: Tensor | None = None) -> Tensor:
    axis = n.get("axis", -1) % x.dim()
    y = functional.layer_norm(x, x.shape[axis:], eps=n.get("epsilon", 1e-5)) * scale
    return y if bias is None else y + bias


def _batch_norm(n: Node, x: Tensor, scale: Tensor, bias: Tensor, mean: Tensor, var: Tensor) -> Tensor:
    if n.get("training_mode", 0):
        raise InterchangeError(f"{n}: attribute training_mode=1 is not known: a graph in a file is a graph to run")
    # Not torch's own: mean and variance are initializers, so they may be parameters, whose gradient that one lacks.
    mean, var, scale, bias = (v.reshape(-1, *[1] * (x.dim() - 2)) for v in (mean, var, scale, bias))
    return (x - mean) * torch.rsqrt(var + n.get("epsilon", 1e-5)) * scale + bias


def _hard_sigmoid(n: Node, x: Tensor) -> Any:
    return (n.get("alpha", 0.2) * x + n.get("beta", 0.5)).clamp(0, 1)


def _selu(n: Node, x: Tensor) -> Any:
    alpha, gamma = n.get("alpha", 1.6732632423543772), n.get("gamma", 1.0507009873554805)
    return gamma * functional.elu(x, alpha)


def _elu(n: Node, x: Tensor) -> Tensor:
    return functional.elu(x, n.get("alpha", 1.0))


def _power(a: Tensor, b: Tensor) -> Tensor:
    return torch.pow(a, b).to(a.dtype)


def _gelu(n: Node, x: Tensor) -> Tensor:
    return functional.gelu(x, approximate=n.get("approximate", "none"))


def _dropout(n: Node, x: Tensor, *_: Tensor | None) -> Any:
    return x, torch.ones_like(x, dtype=torch.bool)  # a graph in a file is a graph to run, not to train


VALUES: dict[str, Operation] = {
    **{name: _unary(getattr(torch, name.lower())) for name in (
        "Abs", "Neg", "Exp", "Log", "Sqrt", "Reciprocal", "Floor", "Ceil", "Round", "Sign", "Sin", "Cos", "Tan", "Erf",
        "Sigmoid", "Tanh", "Relu", "IsNaN",
    )},
    "Atan": _unary(torch.atan),
    "Not": _unary(torch.logical_not),
    "Softplus": _unary(functional.softplus),
    "Softsign": _unary(functional.softsign),
    "HardSwish": _unary(functional.hardswish),
    "Mish": _unary(functional.mish),
    "LeakyRelu": lambda n, x: functional.leaky_relu(x, n.get("alpha", 0.01)),
    "ThresholdedRelu": lambda n, x: functional.threshold(x, n.get("alpha", 1.0), 0.0),
    "HardSigmoid": _hard_sigmoid,
    "Elu": _elu,
    "Selu": _selu,
    "Gelu": _gelu,
    "Clip": _clip,
    "Dropout": _dropout,
    "Add": _binary(torch.add),
    "Sub": _binary(torch.sub),
    "Mul": _binary(torch.mul),
    "Div": _binary(_div),
    "Pow": _binary(_power),
    "Mod": _mod,
    "PRelu": _binary(lambda x, slope: torch.where(x < 0, slope * x, x)),
    "Max": _many(torch.maximum),
    "Min": _many(torch.minimum),
    "Sum": _many(torch.add),
    "Mean": lambda n, *x: _many(torch.add)(n, *x) / len(x),
    "Equal": _binary(torch.eq),
    "Less": _binary(torch.lt),
    "LessOrEqual": _binary(torch.le),
    "Greater": _binary(torch.gt),
    "GreaterOrEqual": _binary(torch.ge),
    "And": _binary(torch.logical_and),
    "Or": _binary(torch.logical_or),
    "Xor": _binary(torch.logical_xor),
    "Where": lambda n, c, a, b: torch.where(c, a, b),
    "MatMul": _matmul,
    "Gemm": _gemm,
    "Softmax": _softmax(torch.softmax),
    "LogSoftmax": _softmax(torch.log_softmax),
    "ReduceSum": _reduce(lambda x, axes, keep: x.sum(axes, keepdim=keep, dtype=x.dtype)),
    "ReduceMean": _reduce(lambda x, axes, keep: x.mean(axes, keepdim=keep)),
    "ReduceMax": _reduce(lambda x, axes, keep: x.amax(axes, keepdim=keep)),
    "ReduceMin": _reduce(lambda x, axes, keep: x.amin(axes, keepdim=keep)),
    "ReduceL2": _reduce(lambda x, axes, keep: x.square().sum(axes, keepdim=keep).sqrt()),
    "ReduceL1": _reduce(lambda x, axes, keep: x.abs().sum(axes, keepdim=keep)),
    "ReduceLogSumExp": _reduce(lambda x, axes, keep: x.logsumexp(axes, keepdim=keep)),
    "ReduceSumSquare": _reduce(lambda x, axes, keep: x.square().sum(axes, keepdim=keep)),
    "ReduceProd": _reduce(_prod),
    "ArgMax": _arg(torch.argmax),
    "ArgMin": _arg(torch.argmin),
    "CumSum": _cumsum,
    "LayerNormalization": _layer_norm,
    "BatchNormalization": _batch_norm,
}  # fmt: skip
