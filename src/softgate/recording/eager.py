"""Compiled code runs eagerly while anybody records: it would not ask who is looking.

torch has one stance for the whole process. Recordings of several threads overlap in any order, so they are counted: the
first changes the stance, the last one puts it back.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

_lock = threading.Lock()
_open: list[Any] = []
"""Who is inside; the first entry is torch's own context, once there is one."""
_stance: list[Any] = []


@contextmanager
def eager() -> Iterator[None]:
    """Has compiled code run eagerly for the time of the block; nothing to do where torch's compiler is not loaded."""
    token = object()
    with _lock:
        _open.append(token)
        if not _stance and "torch._dynamo" in sys.modules:
            stance = torch.compiler.set_stance("force_eager")
            stance.__enter__()
            _stance.append(stance)
    try:
        yield
    finally:
        with _lock:
            _open.remove(token)
            if not _open and _stance:
                _stance.pop().__exit__(None, None, None)
