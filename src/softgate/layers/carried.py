"""The states that a stream carries: what may be put there, and how it lies in memory.

A step of the kernel reads states as they lie, without asking again. So whatever becomes a state comes through here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from softgate.errors import DtypeError, ShapeError, StateError


def columns(hx: Any, names: Sequence[str], like: Sequence[Sequence[Tensor]]) -> list[Tensor]:
    """``hx`` as one tensor [layers, B, H] for each state.

    Args:
        hx: the tensor, if there is one state; else a tuple or a list of one for each.
        names: what to call them: h_0, c_0.
        like: the states that are there: for each name its [B, H] of every layer.

    Raises:
        ShapeError, DtypeError: naming the state, what it should be and what came.
    """
    alone = len(names) == 1
    wanted = names[0] if alone else f"({', '.join(names)})"
    if not isinstance(hx, Tensor if alone else (tuple, list)):
        what = "a tensor" if alone else "one tensor for each state"
        raise StateError(f"state: expected {wanted}, {what}, got {type(hx).__name__}")
    found: list[Tensor] = [hx] if isinstance(hx, Tensor) else list(hx)
    if len(found) != len(names):
        raise ShapeError(f"state: expected {wanted}, one tensor for each state, got {len(found)}")
    for name, column, rows in zip(names, found, like, strict=True):
        form = [len(rows), *rows[0].shape]
        if not isinstance(column, Tensor):
            raise StateError(f"state: {name} must be a tensor {form}, got {type(column).__name__}")
        if list(column.shape) != form:
            raise ShapeError(f"state: {name}: expected {form}, got {list(column.shape)}")
        if column.dtype != rows[0].dtype:
            right = f"{name}.to({rows[0].dtype})"
            raise DtypeError(f"state: {name}: expected {rows[0].dtype}, as the weights, got {column.dtype}; {right}")
        check_device(f"state: {name}", column, rows[0])
        check_real(f"state: {name}", column, rows[0])
    return found


def laid_out(state: Tensor, like: Tensor) -> Tensor:
    """A state of its own, without history, of the dtype and device of ``like``, its rows one after the other."""
    with torch.no_grad():
        moved = state.detach().resolve_neg().to(like)
        return moved.clone(memory_format=torch.contiguous_format)


def check_device(name: str, t: Tensor, like: Tensor) -> None:
    """Whether ``t`` is dense and where the weights are.

    Raises:
        DtypeError: naming both.
    """
    if t.device != like.device:
        raise DtypeError(f"{name} must be on {like.device}, as the weights, got a tensor on {t.device}")
    if t.layout != torch.strided:
        raise DtypeError(f"{name} must be a dense tensor, got {t.layout} on {t.device}; write .to_dense()")


def check_real(name: str, t: Tensor, like: Tensor) -> None:
    """Whether ``t`` has values if ``like`` has."""
    if _fake(t) and not _fake(like):
        raise DtypeError(f"{name} must be a tensor with values on {like.device}, got a FakeTensor on {t.device}")


def check_mode(like: Tensor) -> None:
    """Whether what is made here and now has values if the weights have."""
    if torch._C._len_torch_dispatch_stack() and not _fake(like) and _fake(torch.empty(0, device=like.device)):
        raise DtypeError(
            f"stream: the weights are real, on {like.device}, and a FakeTensorMode is active: leave it, or make the "
            "layer inside"
        )


def _fake(t: Tensor) -> bool:
    return type(t).__name__ == "FakeTensor"  # by name: the class takes a while to import
