"""Memory for kernels: scratch that is kept between calls, and the one place where memory is taken uninitialised.

A fresh buffer of 100 MB costs a page fault every 4 KB, at each call; so what lives only during a call comes from
buffers that a thread keeps. Tests replace :func:`empty` by one that fills with NaN.
"""

from __future__ import annotations

import mmap
import threading
import weakref
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

_KEEP = 512 << 20
"""Larger scratch is given back after the call, and more than that is not kept idle."""

_LARGE = 256 << 10
"""Blocks from here on are kept for the next call; also the step of their sizes, up to a huge page."""
_HUGE = 2 << 20
"""Size of a huge page, and the step of the sizes of larger blocks."""

_kept = threading.local()
_idle: dict[int, list[mmap.mmap]] = {}
_leases: dict[int, tuple[Any, mmap.mmap]] = {}


def empty(shape: Sequence[int], dtype: torch.dtype) -> Tensor:
    """Uninitialised memory on the CPU."""
    return torch.empty(shape, dtype=dtype, device="cpu")


def lasting(shape: Sequence[int], dtype: torch.dtype) -> Tensor:
    """Uninitialised memory that outlives the call; when the last tensor on it is gone, the next call gets it.

    Large blocks ask the system for huge pages, where it has them: fewer page faults, fewer address look-ups.
    """
    size = dtype.itemsize
    for n in shape:
        size *= n
    if size < _LARGE:
        return empty(shape, dtype)
    step = _HUGE if size > _HUGE else _LARGE
    room = -(-size // step) * step
    try:
        block = _idle[room].pop()
    except (KeyError, IndexError):  # also when another thread was quicker
        block = _map(room)
    array = np.frombuffer(block, dtype=np.uint8, count=size)
    _leases[id(array)] = (weakref.ref(array, _Return(id(array), room)), block)
    return torch.from_numpy(array).view(dtype).view(tuple(shape))


def _map(room: int) -> mmap.mmap:
    # Private: by default Python maps memory that a process and its forks would write together.
    private = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}
    block = mmap.mmap(-1, room, **private)
    if room >= _HUGE and hasattr(mmap, "MADV_HUGEPAGE"):
        with suppress(OSError):
            block.madvise(mmap.MADV_HUGEPAGE)
    return block


class _Return:
    """Brings a block back when the array over it is gone."""

    def __init__(self, key: int, room: int) -> None:
        self._key, self._room = key, room

    def __call__(self, _: object) -> None:
        _, block = _leases.pop(self._key)
        if self._room + sum(size * len(blocks) for size, blocks in list(_idle.items())) <= _KEEP:
            _idle.setdefault(self._room, []).append(block)


def release() -> None:
    """Give all idle memory back to the system."""
    _idle.clear()
    _kept.__dict__.clear()


def scratch(name: str, count: int, dtype: torch.dtype) -> Tensor:
    """At least ``count`` uninitialised values, to be handed to :func:`back` after use for the thread's next call.

    Meanwhile nobody else gets them: a signal handler may run a layer in the middle of a call.
    """
    kept: dict[Any, Tensor] = _kept.__dict__
    buffer = kept.pop((name, dtype), None)
    return empty((count,), dtype) if buffer is None or buffer.numel() < count else buffer


def back(name: str, buffer: Tensor) -> None:
    """Keep scratch for the next call with this name."""
    if buffer.numel() * buffer.element_size() <= _KEEP:
        kept: dict[Any, Tensor] = _kept.__dict__
        kept[name, buffer.dtype] = buffer


def barrier() -> Tensor:
    """A barrier for one launch: 256 bytes of counters that are zero between calls."""
    return torch.zeros(32, dtype=torch.int64, device="cpu")


@lru_cache(maxsize=32)
def _zeros(count: int) -> Tensor:
    return torch.zeros(count, dtype=torch.float64, device="cpu")


def zeros(count: int) -> Tensor:
    """At least ``count`` values of zero, of any type; shared, never written."""
    return _zeros(1 << max(12, (count - 1).bit_length()))
