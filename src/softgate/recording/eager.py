"""Compiled code runs eagerly while anybody records: it would not ask who is looking.

torch has one stance for the whole process. Recordings of several threads overlap in any order, so they are counted: the
first changes the stance, the last one puts it back. torch's compiler takes a second to import and is not imported here;
if it comes while a recording is open, the stance is changed then.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from softgate.errors import SoftgateError
from softgate.layers import dynamo

_COMPILER = "torch._dynamo"

_lock = threading.Lock()
_open: list[object] = []
_stance: list[Any] = []
"""torch's own context while it is entered; one at most."""


@contextmanager
def eager() -> Iterator[None]:
    """Has compiled code run eagerly for the time of the block."""
    token = object()
    with _lock:
        _open.append(token)
    if _COMPILER in sys.modules:
        # Without the lock: where another thread is importing it, this waits, and that thread will want the lock.
        __import__(_COMPILER)
        _change()
    try:
        yield
    finally:
        with _lock:
            _open.remove(token)
        if _COMPILER in sys.modules:
            _change()


def not_compiled(verb: str, advice: str = "put the with block around its call") -> None:
    """Says so to whoever traces this; torch's compiler then has Python run the function, unless told fullgraph=True."""
    if torch.compiler.is_compiling():
        does = verb if verb in ("record", "edit", "collect") else f"call sg.{verb}"
        raise SoftgateError(f"{verb}: a function that torch.compile compiles cannot {does}; {advice}")


def _follow() -> None:
    """Brings the stance in line with whether anybody records."""
    with _lock:
        if _open and not _stance:
            stance = torch.compiler.set_stance("force_eager")
            stance.__enter__()
            _stance.append(stance)
        elif _stance and not _open:
            _stance.pop().__exit__(None, None, None)


_change: Callable[[], None] = _follow


def _loaded(compiler: Any) -> None:
    """The compiler is there. It looks into what a function calls that it gave up on, and must not look in here."""
    global _change
    _change = compiler.disable(_follow)
    _change()


if _COMPILER in sys.modules:
    _loaded(__import__(_COMPILER, fromlist=["disable"]))
else:
    dynamo.when_loaded(_COMPILER, _loaded)
