"""Memory for kernels: scratch that is kept between calls, and the one place where memory is taken uninitialised.

A fresh buffer of 100 MB costs a page fault every 4 KB, at each call; so what lives only during a call comes from
buffers that a thread keeps. Tests replace :func:`empty` by one that fills with NaN.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

_KEEP = 512 << 20
"""Larger scratch is given back after the call."""

_kept = threading.local()


def empty(shape: Sequence[int], dtype: torch.dtype) -> Tensor:
    """Uninitialised memory on the CPU."""
    return torch.empty(shape, dtype=dtype)


def scratch(name: str, count: int, dtype: torch.dtype) -> Tensor:
    """At least ``count`` uninitialised values that the next call with this name, in this thread, will overwrite."""
    kept: dict[Any, Tensor] = _kept.__dict__
    buffer = kept.get((name, dtype))
    if buffer is None or buffer.numel() < count:
        buffer = empty((count,), dtype)
        if count * buffer.element_size() <= _KEEP:
            kept[name, dtype] = buffer
    return buffer


def barrier() -> Tensor:
    """A barrier for one launch: 256 bytes of counters that are zero between calls."""
    return torch.zeros(32, dtype=torch.int64)


@lru_cache(maxsize=32)
def _zeros(count: int) -> Tensor:
    return torch.zeros(count, dtype=torch.float64)


def zeros(count: int) -> Tensor:
    """At least ``count`` values of zero, of any type; shared, never written."""
    return _zeros(1 << max(12, (count - 1).bit_length()))
