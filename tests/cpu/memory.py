"""Memory for tests of kernels: poisoned, so that a stray read gives NaN; or between pages that nobody may touch."""

from __future__ import annotations

import ctypes
import math
import mmap
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from softgate.cpu import backward_call, forward_call, run, stepper, workspace

Empty = Callable[[Sequence[int], torch.dtype], Tensor]
PAGE = mmap.PAGESIZE
_USES_TORCH = (backward_call, forward_call, run, stepper)
_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
_libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
_libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]

_REAL = (workspace.empty, workspace.lasting, workspace.scratch)

NAN_ROW = torch.full((1 << 17,), -1, dtype=torch.int32)
"""What a poisoned pointer points at: NaN, read as float32 or as float64."""


def spoil(t: Tensor) -> Tensor:
    """Fill with NaN, and integers, which are addresses here, with that of NaN."""
    return t.fill_(torch.nan if t.is_floating_point() else NAN_ROW.data_ptr())


def poisoned(shape: Sequence[int], dtype: torch.dtype) -> Tensor:
    """In place of ``workspace.empty``."""
    return spoil(torch.empty(tuple(shape), dtype=dtype, device="cpu"))


class Guarded:
    """Allocates tensors that begin (``at_end`` false) or end exactly at a page that faults, and fault when freed."""

    def __init__(self, *, at_end: bool) -> None:
        self.at_end = at_end
        self.count = 0

    def empty(self, shape: Sequence[int], dtype: torch.dtype) -> Tensor:
        """Poisoned memory between two guard pages."""
        count, item = math.prod(shape), dtype.itemsize
        size = max(1, count) * item
        room = -(-size // PAGE) * PAGE
        base = _libc.mmap(None, room + 2 * PAGE, 3, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
        assert base not in (None, ctypes.c_void_p(-1).value), "mmap failed"
        for guard in (base, base + PAGE + room):
            assert _libc.mprotect(guard, PAGE, 0) == 0
        start = base + PAGE + (room - size if self.at_end else 0)
        # With nothing in it, a tensor points where every access is wrong.
        buffer = (ctypes.c_char * size).from_address(start)
        weakref.finalize(buffer, _libc.munmap, base, room + 2 * PAGE)
        self.count += 1
        return spoil(torch.frombuffer(buffer, dtype=dtype)[:count].view(tuple(shape)))

    def copy(self, t: Tensor | None) -> Any:
        """A contiguous copy between guard pages."""
        return None if t is None else self.empty(t.shape, t.dtype).copy_(t.detach())

    def zeros(self, *shape: Any, dtype: torch.dtype = torch.float32) -> Tensor:
        """In place of ``torch.zeros``."""
        sizes = shape[0] if shape and isinstance(shape[0], (tuple, list, torch.Size)) else shape
        return self.empty(sizes, dtype).zero_()

    def zeros_like(self, t: Tensor) -> Tensor:
        """In place of ``torch.zeros_like``."""
        return self.zeros(t.shape, dtype=t.dtype)


class _Torch(ModuleType):
    """torch, with some functions replaced."""

    def __init__(self, **replaced: Callable[..., Any]) -> None:
        super().__init__("torch")
        self.__dict__.update(replaced)

    def __getattr__(self, name: str) -> Any:
        return getattr(torch, name)


@contextmanager
def replaced(empty: Empty, *, keep: bool = True, **more: Callable[..., Any]) -> Iterator[None]:
    """``workspace.empty`` and all scratch come from ``empty``, and functions of torch in the calls from ``more``.

    Scratch is fresh at each call. Without ``keep`` it lives for as long as somebody holds it.
    """
    kept: dict[str, Tensor] = {}

    def scratch(name: str, count: int, dtype: torch.dtype) -> Tensor:
        fresh = empty((count,), dtype)
        if keep:
            kept[name] = fresh
        return fresh

    before = (workspace.empty, workspace.lasting, workspace.scratch)
    workspace.empty, workspace.lasting, workspace.scratch = empty, empty, scratch
    for module in _USES_TORCH:
        vars(module)["torch"] = _Torch(empty=lambda shape, dtype, device: empty(shape, dtype), **more)
    try:
        yield
    finally:
        workspace.empty, workspace.lasting, workspace.scratch = before
        for module in _USES_TORCH:
            vars(module)["torch"] = torch


@contextmanager
def real() -> Iterator[None]:
    """Memory as users have it, inside :func:`replaced`."""
    before = (workspace.empty, workspace.lasting, workspace.scratch)
    workspace.empty, workspace.lasting, workspace.scratch = _REAL
    try:
        yield
    finally:
        workspace.empty, workspace.lasting, workspace.scratch = before
