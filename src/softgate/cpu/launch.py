"""A kernel with its arguments: filled in once, then only pointers change.

Launches are kept by the thread that made them, since their arguments are written at every call; :func:`take` takes one
out while it is in use, so that a signal handler that runs the same layer gets another.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Hashable
from typing import Any

from softgate.cpu import team
from softgate.cpu.arguments import Arguments

_KEPT = 512
_local = threading.local()


class Launch:
    """``launch.array[launch.at["x"]] = pointer`` and ``launch()``."""

    __slots__ = ("_address", "array", "at", "function")

    def __init__(self, call: Callable[[int], None], arguments: Arguments, **constants: int) -> None:
        if constants.get("threads", 1) > 1:
            team.entered()
        self.array = arguments.new(**constants)
        self.at = arguments.position
        self.function = call
        self._address = ctypes.addressof(self.array)

    def __call__(self) -> None:
        """Run the kernel."""
        self.function(self._address)

    def walk(self, steps: int, piece: int, *, backwards: bool = False) -> None:
        """Call for all steps, ``piece`` at a time: between two calls Python sees signals, and answers Ctrl-C."""
        if piece >= steps:
            self.function(self._address)
            return
        begin, end = self.at["begin"], self.at["end"]
        starts = range(0, steps, piece)
        for start in reversed(starts) if backwards else starts:
            self.array[begin], self.array[end] = start, min(steps, start + piece)
            self.function(self._address)


def take(key: Hashable) -> Any:
    """What this thread keeps under a key, or None; nobody else gets it until it is given back."""
    try:
        return _local.kept.pop(key, None)
    except AttributeError:
        _local.kept = {}
        return None


def give(key: Hashable, made: Any) -> None:
    """Keep for the next call what was taken or made; the oldest goes when there are too many."""
    kept = _local.kept
    kept[key] = made
    if len(kept) > _KEPT:
        del kept[next(iter(kept))]


def forget() -> None:
    """Drop what this thread keeps."""
    _local.__dict__.clear()
