"""The one argument of a kernel: an array of 64-bit numbers and pointers, each with a name.

Kernel and caller read the positions from the same list, so neither can get them wrong alone.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

from softgate.cpu.ir import I64, PTR, Code, Value


class Arguments:
    """Positions by name."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.position = {n: k for k, n in enumerate(self.names)}
        if len(self.position) != len(self.names):
            raise AssertionError(f"an argument is named twice: {names}")
        self._array = ctypes.c_int64 * len(self.names)

    def new(self, **values: int) -> ctypes.Array[ctypes.c_int64]:
        """A filled array; what is not given is 0."""
        array = self._array()
        for name, value in values.items():
            array[self.position[name]] = value
        return array

    def number(self, c: Code, base: Value, name: str) -> Value:
        """Read a number in a kernel."""
        return c.load_scalar(c.at(base, self.position[name], I64), I64)

    def pointer(self, c: Code, base: Value, name: str) -> Value:
        """Read a pointer in a kernel."""
        return c.load_scalar(c.at(base, self.position[name], I64), PTR)
