"""Which path a call takes, and why: decided here, told by :func:`explain_path`.

Three paths compute a layer. ``cpu`` is the compiled kernel. ``torch fused`` is torch.nn's own layer, for the cells that
it has, wherever there is no kernel of ours. ``reference`` interprets the equations step by step: it takes everything
and is slow. A call that is not on the fast path has a reason, which is a sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.autograd import forward_ad
from torch.nn import Parameter
from torch.nn.utils.rnn import PackedSequence

from softgate import fused
from softgate.equations import Cell
from softgate.reference import Weights


@dataclass(frozen=True)
class Path:
    """What will run.

    Attributes:
        kernel: ``"cpu"``, ``"torch fused"`` or ``"reference"``.
        reason: why, as a sentence; for the kernel, what it is compiled for.
        isa: the instruction set of the kernel, or None.
    """

    kernel: str
    reason: str
    isa: str | None = None

    @property
    def fast(self) -> bool:
        """Whether it is the compiled kernel."""
        return self.kernel == "cpu"

    def __str__(self) -> str:
        return f"{self.kernel}{f' ({self.isa})' if self.isa else ''}: {self.reason}"


class Layer(Protocol):
    """Anything that can say which path it would take."""

    def path(self, x: Tensor | PackedSequence, *, reset: Any = None) -> Path:
        """The path of a call with this input, made here and now."""


def explain_path(layer: Layer, x: Tensor | PackedSequence, *, reset: Any = None) -> Path:
    """Which kernel will run if ``layer`` is called on ``x`` here and now, and if it is not the fast one, why.

    Args:
        layer: a softgate layer.
        x: [T, B, I] in the layer's own layout, or a packed sequence.
        reset: the reset mask of the call, if it has one.

    Raises:
        TypeError: for something that is not a softgate layer.
    """
    if not hasattr(layer, "path"):
        name = type(layer).__name__
        hint = "; open it first: sg.open(model)" if isinstance(layer, torch.nn.RNNBase) else ""
        raise TypeError(f"explain_path: expected a softgate layer, got {name}{hint}")
    return layer.path(x, reset=reset)


@cache
def backend() -> Any:
    """The CPU backend (:mod:`softgate.cpu.run`), or a sentence that says why there is none."""
    try:
        return import_module("softgate.cpu.run")
    except ImportError as error:
        return f"the CPU kernels could not be loaded: {error}"


def kernels() -> Any:
    """The backend, where :func:`refusal` found nothing against it."""
    found = backend()
    assert not isinstance(found, str), found
    return found


def refusal(cell: Cell, x: Tensor, weights: Weights, states: Sequence[Tensor] = ()) -> str | None:
    """Why the CPU kernel does not take these tensors, as a sentence; None if it does."""
    if x.device.type != "cpu":
        return f"there is no kernel for {x.device.type} yet"
    if torch.is_autocast_enabled("cpu"):
        return "autocast is on, and torch chooses the dtypes"
    if type(x) is not Tensor and type(x) is not Parameter:
        return f"the input is a {type(x).__name__}, a tensor subclass"
    if torch._C._are_functorch_transforms_active():
        return "a torch.func transform is active"
    if forward_ad._current_level >= 0:
        return "forward-mode differentiation is on"
    if torch._C._get_tracing_state() is not None:
        return "torch.jit.trace records torch's own operations"
    found = backend()
    if isinstance(found, str):
        return found
    for s in states:
        if s.dtype != x.dtype or s.device != x.device:
            return f"the initial state is {s.dtype} on {s.device}, the input {x.dtype} on {x.device}"
        if type(s) is not Tensor and type(s) is not Parameter:
            return f"the initial state is a {type(s).__name__}, a tensor subclass"
    reason: str | None = found.supports(cell, x, weights)
    return reason


def choose(cell: Cell, x: Tensor, weights: Weights, reset: Tensor | None = None) -> Path:
    """The path of a call with these tensors."""
    why = refusal(cell, x, weights)
    if why is None:
        return Path("cpu", f"compiled for cell {cell.name}", isa())
    other = fused.refusal(cell, x, weights, reset)
    return Path("torch fused", why) if other is None else Path("reference", f"{why}; {other}")


def undisturbed() -> bool:
    """Whether nothing of torch's that watches, records or transforms calls is active, so that a kernel may just run."""
    return not (
        torch.compiler.is_compiling()
        or torch._C._are_functorch_transforms_active()
        or torch._C._len_torch_dispatch_stack()
        or torch._C._get_tracing_state() is not None
        or torch.is_autocast_enabled("cpu")
        or forward_ad._current_level >= 0
        or isinstance(backend(), str)
    )


def observed(x: Tensor) -> bool:
    """Whether somebody must see one operator rather than a call into machine code: a compiler, a mode, a fake."""
    if torch.compiler.is_compiling():
        return True
    return torch._C._len_torch_dispatch_stack() > 0 or type(x).__name__ == "FakeTensor"


def operable(x: Tensor) -> bool:
    """Whether an observed call goes through our operator: where the kernels could take it when it is run."""
    return x.device.type == "cpu" and not torch.is_autocast_enabled("cpu")


def isa() -> str | None:
    """The instruction set that kernels are compiled for, where the backend says it."""
    found = getattr(backend(), "isa", None)
    return found() if callable(found) else None
