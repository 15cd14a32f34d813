"""Layers of Keras that are not recurrent and have more than a line to them, each as a step of a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn import Module, functional

from softgate.errors import InterchangeError
from softgate.interchange.guard import bounded
from softgate.interchange.keras_stack import Found
from softgate.interchange.keras_steps import Merge, Passed, Plain, Step
from softgate.interchange.squashes import from_keras
from softgate.interchange.weights import load_exactly

_FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "softmax": lambda x: torch.softmax(x, -1),
    "log_softmax": lambda x: torch.log_softmax(x, -1),
    "relu6": functional.relu6,
    "selu": functional.selu,
    "celu": functional.celu,
    "hard_silu": functional.hardswish,
    "hard_swish": functional.hardswish,
    "log_sigmoid": functional.logsigmoid,
    "tanh_shrink": functional.tanhshrink,
}


class Reader(Protocol):
    """Who reads a file: gives a layer's arrays, and registers what is made of them."""

    def weights(self, found: Found, count: int) -> list[Tensor]:
        """The first ``count`` arrays of a layer, which has no others but counters."""

    def name(self, name: str, module: Module) -> str:
        """Registers a module under a name that is free."""


def activation(name: object, where: str) -> Callable[[Tensor], Tensor] | None:
    """What a layer applies at its end, by Keras's name.

    Raises:
        InterchangeError: a name that is not known.
    """
    if name in (None, "linear"):
        return None
    if isinstance(name, str) and name in _FUNCTIONS:
        return _FUNCTIONS[name]
    squash = from_keras(name, where)
    return lambda x: squash(x)


class Scale(Module):
    """(x - mean) * rsqrt(var + eps) * weight + bias over the last axis; mean and variance are what was measured."""

    mean: Tensor
    var: Tensor
    weight: Tensor | None
    bias: Tensor | None

    def __init__(self, size: int, eps: float, names: tuple[str, ...], dtype: torch.dtype) -> None:
        super().__init__()
        self.eps = eps
        for name in ("weight", "bias"):
            found = torch.nn.Parameter(torch.empty(size, dtype=dtype)) if name in names else None
            self.register_parameter(name, found)
        for name in ("mean", "var"):
            self.register_buffer(name, torch.empty(size, dtype=dtype))

    def forward(self, x: Tensor) -> Tensor:
        """x [..., size]."""
        y = (x - self.mean) * torch.rsqrt(self.var + self.eps)
        weight, bias = self._parameters["weight"], self._parameters["bias"]
        y = y if weight is None else y * weight
        return y if bias is None else y + bias


def _last_axis(found: Found) -> None:
    if found.config.get("axis", -1) not in (-1, [-1]):
        raise InterchangeError(f"{found.where}: axis={found.config.get('axis')} cannot be represented; -1 can")


def _channels_last(found: Found) -> None:
    if found.config.get("data_format", "channels_last") != "channels_last":
        raise InterchangeError(f"{found.where}: data_format must be 'channels_last'")


def _batch_norm(reader: Reader, found: Found) -> Step:
    _last_axis(found)
    c = found.config
    names = tuple(n for n, key in (("weight", "scale"), ("bias", "center")) if c.get(key, True))
    arrays = reader.weights(found, len(names) + 2)
    made = Scale(arrays[0].numel(), float(c.get("epsilon", 1e-3)), names, arrays[0].dtype)
    load_exactly(made, dict(zip((*names, "mean", "var"), arrays, strict=True)), found.where)
    return Plain(reader.name(found.name, made))


def _normalization(reader: Reader, found: Found) -> Step:
    c = found.config
    _last_axis(found)
    if c.get("mean") is not None:
        mean, var = (torch.as_tensor(c[k], dtype=torch.float32).reshape(-1) for k in ("mean", "variance"))
    else:
        mean, var = reader.weights(found, 2)
    width = torch.clamp(var.sqrt(), min=1e-7)  # Keras's epsilon
    if c.get("invert"):
        return Plain(None, lambda x: x * width + mean)
    return Plain(None, lambda x: (x.to(mean.dtype) - mean) / width)


@dataclass(frozen=True)
class Convolution:
    """Conv1D: steps are padded before, and the mask ends here."""

    module: str
    padding: str
    function: Callable[[Tensor], Tensor] | None

    def __call__(self, modules: Mapping[str, Module], x: Tensor, mask: Tensor | None) -> Passed:
        """x [B, T, I] to [B, T', F]."""
        conv: Any = modules[self.module]
        (k,), (d,), (s,) = conv.kernel_size, conv.dilation, conv.stride
        T, reach = x.shape[1], (k - 1) * d
        more = 0 if self.padding == "valid" else reach
        if self.padding == "same":
            more = max(0, (-(-T // s) - 1) * s + reach + 1 - T)
        before = more // 2 if self.padding == "same" else more
        y = conv(functional.pad(x.transpose(1, 2), (before, more - before))).transpose(1, 2)
        return (y if self.function is None else self.function(y)), None


def _conv(reader: Reader, found: Found) -> Step:
    c = found.config
    _channels_last(found)
    bias, groups, padding = bool(c.get("use_bias", True)), c.get("groups", 1), c.get("padding", "valid")
    kernel, *rest = reader.weights(found, 1 + bias)
    if kernel.dim() != 3 or padding not in ("valid", "same", "causal") or not isinstance(groups, int):
        raise InterchangeError(f"{found.where}: a kernel of {list(kernel.shape)}, padding={padding!r} is not known")
    made = torch.nn.Conv1d(
        *(kernel.shape[1] * groups, kernel.shape[2], kernel.shape[0]), stride=c.get("strides", 1), groups=groups,
        dilation=c.get("dilation_rate", 1), bias=bias, dtype=kernel.dtype,
    )  # fmt: skip
    load_exactly(made, {"weight": kernel.permute(2, 1, 0), **({"bias": rest[0]} if bias else {})}, found.where)
    end = activation(c.get("activation"), found.where)
    return Convolution(reader.name(found.name, made), padding, end)


@dataclass(frozen=True)
class Average:
    """GlobalAveragePooling1D: the mean of the steps that there are."""

    keepdims: bool

    def __call__(self, modules: Mapping[str, Module], x: Tensor, mask: Tensor | None) -> Passed:
        """x [B, T, I] to [B, I]."""
        if mask is None:
            return x.mean(1, keepdim=self.keepdims), None
        there = mask[..., None]
        return torch.where(there, x, 0.0).sum(1, keepdim=self.keepdims) / there.sum(1, keepdim=self.keepdims), None


def _pool(reader: Reader, found: Found) -> Step:
    _channels_last(found)
    keep = bool(found.config.get("keepdims"))
    if found.kind == "GlobalAveragePooling1D":
        return Average(keep)
    return Plain(None, lambda x: x.amax(1, keepdim=keep), keeps_mask=False)


def _repeat(reader: Reader, found: Found) -> Step:
    n = found.config.get("n")
    if not isinstance(n, int):
        raise InterchangeError(f"{found.where}: n={n!r} is not a number of steps")

    def repeated(x: Tensor) -> Tensor:
        return x[:, None].expand(bounded((x.shape[0], n, *x.shape[1:]), found.where))

    return Plain(None, repeated, keeps_mask=False)


def _reshape(reader: Reader, found: Found) -> Step:
    shape = found.config.get("target_shape")
    if not isinstance(shape, list) or not all(isinstance(s, int) for s in shape):
        raise InterchangeError(f"{found.where}: target_shape={shape!r} is not a shape")
    return Plain(None, lambda x: x.reshape(x.shape[0], *shape), keeps_mask=False)


def _relu(reader: Reader, found: Found) -> Step:
    c = found.config
    leaky = c.get("negative_slope", c.get("alpha", 0.3 if found.kind == "LeakyReLU" else 0.0))
    slope, threshold, most = float(leaky or 0.0), float(c.get("threshold") or 0.0), c.get("max_value")

    def relu(x: Tensor) -> Tensor:
        y = x * (x > threshold)
        y = y if most is None else y.clamp(0.0, float(most))
        return y if slope == 0.0 else y - slope * torch.relu(threshold - x)

    return Plain(None, relu)


def _merge(reader: Reader, found: Found) -> Step:
    axis = found.config.get("axis", -1)
    if not isinstance(axis, int):
        raise InterchangeError(f"{found.where}: axis={axis!r} is not a number")
    return Merge(found.kind, axis)


BUILDERS: dict[str, Callable[[Reader, Found], Step]] = {
    "BatchNormalization": _batch_norm,
    "Normalization": _normalization,
    "Conv1D": _conv,
    **dict.fromkeys(("GlobalAveragePooling1D", "GlobalMaxPooling1D"), _pool),
    "RepeatVector": _repeat,
    "Reshape": _reshape,
    **dict.fromkeys(("ReLU", "LeakyReLU"), _relu),
    **dict.fromkeys(("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"), _merge),
}
