"""Compiled code runs eagerly while anybody records: it would not ask who is looking.

torch has one stance for the whole process. Recordings of several threads overlap in any order, so they are counted: the
first changes the stance, the last one puts it back. torch's compiler takes a second to import and is not imported here;
if it comes while a recording is open, the stance is changed then.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from softgate.layers import dynamo

_COMPILER = "torch._dynamo"

_lock = threading.Lock()
_open: list[object] = []
_stance: list[Any] = []
"""torch's own context while it is entered; one at most."""
_waiting: list[object] = []


@contextmanager
def eager() -> Iterator[None]:
    """Has compiled code run eagerly for the time of the block."""
    token = object()
    with _lock:
        _open.append(token)
        if not _waiting and _COMPILER not in sys.modules:
            _waiting.append(token)
            dynamo.when_loaded(_COMPILER, _loaded)
    if _COMPILER in sys.modules:
        # Without the lock: where another thread is importing it, this waits, and that thread will want the lock.
        _loaded(__import__(_COMPILER))
    try:
        yield
    finally:
        with _lock:
            _open.remove(token)
            if not _open and _stance:
                _stance.pop().__exit__(None, None, None)


def _loaded(_: Any) -> None:
    with _lock:
        if _open:
            _enter()


def _enter() -> None:
    if not _stance:
        stance = torch.compiler.set_stance("force_eager")
        stance.__enter__()
        _stance.append(stance)
