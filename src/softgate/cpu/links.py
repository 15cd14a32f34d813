"""The kernel that calls kernels: a table of functions and their arguments, one after the other, and nothing else."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import lru_cache

import llvmlite.ir as ll
import numpy as np
import numpy.typing as npt
import torch

from softgate.cpu import compiler, prepare
from softgate.cpu.arguments import Arguments
from softgate.cpu.compiler import Kernel
from softgate.cpu.ir import I64, PTR, Code, Real, index
from softgate.cpu.isa import Isa
from softgate.cpu.launch import Launch

Words = npt.NDArray[np.int64]

CHAIN = Arguments(["table", "count"])
"""``chain``: calls ``count`` functions; the table has the address of each, and that of its arguments."""
CLEAR = Arguments(["to", "count"])
"""``clear``: ``count`` values of zero."""
TURN = Arguments(["from", "rows", "columns", "to"])
"""``turn``: a small matrix [rows, columns] to its transpose."""


@lru_cache(maxsize=4)
def kernel(isa: Isa, dtype: torch.dtype) -> Kernel:
    """``chain``, ``clear`` and ``turn``, compiled."""
    real = prepare.real_of(dtype)

    def build(module: ll.Module) -> None:
        _chain(module, isa, real)
        _clear(module, isa, real)
        _turn(module, isa, real)

    return compiler.load(f"links {isa.name} {real.name}", ["chain", "clear", "turn"], isa, build)


def _chain(module: ll.Module, isa: Isa, real: Real) -> None:
    c = Code(module, "chain", [PTR], isa, real)
    (base,) = c.function.args
    kind = ll.FunctionType(ll.VoidType(), [PTR])
    table = CHAIN.pointer(c, base, "table")
    with c.for_range(index(0), CHAIN.number(c, base, "count")) as k:
        row = c.at(table, c.b.mul(k, index(2)), I64)
        function = c.b.inttoptr(c.load_scalar(row, I64), kind.as_pointer())
        c.b.call(function, [c.load_scalar(c.at(row, 1, I64), PTR)])
    c.ret()


def _clear(module: ll.Module, isa: Isa, real: Real) -> None:
    c = Code(module, "clear", [PTR], isa, real)
    (base,) = c.function.args
    to, count = CLEAR.pointer(c, base, "to"), CLEAR.number(c, base, "count")
    with c.for_range(index(0), count, c.lanes) as k:
        c.store(c.splat(0.0), c.at(to, k), c.first_lanes(c.b.sub(count, k)))
    c.ret()


def _turn(module: ll.Module, isa: Isa, real: Real) -> None:
    c = Code(module, "turn", [PTR], isa, real)
    (base,) = c.function.args
    rows, columns = TURN.number(c, base, "rows"), TURN.number(c, base, "columns")
    with c.for_range(index(0), columns) as k, c.for_range(index(0), rows) as r:
        value = c.load_scalar(c.at(TURN.pointer(c, base, "from"), c.b.add(c.b.mul(r, columns), k)))
        c.b.store(value, c.at(TURN.pointer(c, base, "to"), c.b.add(c.b.mul(k, rows), r)))
    c.ret()


def address(function: Callable[[int], None]) -> int:
    """Where a compiled function lies."""
    found = ctypes.cast(function, ctypes.c_void_p).value  # type: ignore[arg-type]
    assert found is not None
    return found


class Links:
    """The launches of one net in their order, to be repeated for many.

    Attributes:
        words: the arguments of all launches, one after the other.
        calls: of each launch, the address of its function and where its arguments begin in ``words``.
    """

    def __init__(self) -> None:
        self.words: list[int] = []
        self.calls: list[tuple[int, int]] = []
        self._kept: list[object] = []

    def add(self, launch: Launch, **values: int) -> int:
        """Add a launch with its arguments as they are now, and some others; returns where they begin."""
        start = len(self.words)
        self._kept.append(launch)
        self.calls.append((address(launch.function), start))
        self.words += list(launch.array)
        for name, value in values.items():
            self.words[start + launch.at[name]] = value
        return start

    def keep(self, thing: object) -> None:
        """Hold on to something that arguments point at."""
        self._kept.append(thing)

    def repeat(self, count: int) -> tuple[Words, Words]:
        """The arguments of ``count`` nets, [count, words], and the table that calls them, [count, calls, 2]."""
        words = np.tile(np.array(self.words, np.int64), (count, 1))
        table = np.empty((count, len(self.calls), 2), np.int64)
        table[:, :, 0] = [function for function, _ in self.calls]
        starts = np.array([start for _, start in self.calls], np.int64)
        table[:, :, 1] = words.ctypes.data + 8 * (np.arange(count)[:, None] * len(self.words) + starts)
        return words, table


class Chain:
    """Calls what a table says."""

    def __init__(self, isa: Isa, dtype: torch.dtype) -> None:
        self._launch = Launch(kernel(isa, dtype)["chain"], CHAIN)

    def __call__(self, table: Words) -> None:
        """The launches of a table [nets, calls, 2], one after the other."""
        array, at = self._launch.array, CHAIN.position
        array[at["table"]], array[at["count"]] = table.ctypes.data, table.shape[0] * table.shape[1]
        self._launch()
