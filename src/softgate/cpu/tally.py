"""Calls of the kernels of streaming statistics."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import llvmlite.ir as ll
import numpy as np
import torch
from torch import Tensor

from softgate.cpu import compiler, gather, pairs, prepare
from softgate.cpu.compiler import Kernel
from softgate.cpu.ir import FLOAT64
from softgate.cpu.isa import Isa, choose
from softgate.cpu.launch import Launch
from softgate.streaming.buffers import PLANES, SPAN, Array, Buffers


@lru_cache(maxsize=64)
def _kernel(isa: Isa, dtype: torch.dtype, tail: bool) -> Kernel:
    real = prepare.real_of(dtype)

    def build(module: ll.Module) -> None:
        gather.build(module, isa, real, tail)
        pairs.build(module, isa, real, tail)

    return compiler.load(f"tally {isa.name} {real.name} {tail}", ["gather", "unfold", "pairs"], isa, build)


@lru_cache(maxsize=8)
def _absorb(isa: Isa) -> Kernel:
    return compiler.load(f"absorb {isa.name}", ["absorb"], isa, lambda m: pairs.build_absorb(m, isa, FLOAT64))


_MOST = (1 << PLANES) - SPAN
"""Rows that bit planes can count, in whole spans."""


class Tally:
    """Counts into buffers: :func:`softgate.streaming.twin.gather` and ``pairs``, by kernels."""

    def __init__(self, to: Buffers, dtype: torch.dtype) -> None:
        isa = choose()
        lanes = isa.lanes(prepare.real_of(dtype).bits)
        groups, width = -(-to.units // lanes), to.shift.shape[1]
        kernel, threads = _kernel(isa, dtype, bool(to.units % lanes)), torch.get_num_threads()
        self._sources, self._pending = np.zeros(len(to.kinds), np.int64), 0
        common = {"threads": threads, "row_size": to.units, "padded": width, "groups": groups}
        arrays: dict[str, Any] = {
            n: getattr(to, n)
            for n in ("kinds", "scales", "bases", "shift", "sums", "extremes", "counts", "planes", "shares")
        }
        arrays |= {"zeros": to.zeros, "products": to.products, "exponents": to.exponents, "shares_below": to.limits}
        places = {n: a.ctypes.data for n, a in arrays.items()}
        places["sources"] = self._sources.ctypes.data
        self._gather, self._unfold = (
            Launch(kernel[name], gather.GATHER, items=len(to.kinds) * groups, **common, **places)
            for name in ("gather", "unfold")
        )
        self.groups, self.lanes = groups, lanes
        self._pairs = Launch(kernel["pairs"], pairs.PAIRS, threads=threads, row_size=to.units, groups=groups)
        self._zeros = torch.zeros(to.units, dtype=dtype, device="cpu")
        self._pairs.array[self._pairs.at["zeros"]] = self._zeros.data_ptr()
        self._step = to.units * dtype.itemsize

    def gather(self, signals: Sequence[Tensor]) -> None:
        """Add rows of every signal, [rows, H] each, contiguous, of the buffers' type."""
        rows, array, at = len(signals[0]), self._gather.array, self._gather.at
        for start in range(0, rows, _MOST):
            some = min(_MOST, rows - start)
            if self._pending + some > _MOST:
                self.finish()
            self._sources[:] = [x.data_ptr() + start * self._step for x in signals]
            array[at["rows"]] = some
            self._gather()
            self._pending += some

    def finish(self) -> None:
        """Have the counts of histograms where they are read."""
        self._unfold()
        self._pending = 0

    def pairs(self, sums: Array, now: Tensor, start: Tensor, came: Tensor, classes: Array) -> None:
        """Add rows of ``now`` [rows, H] beside those that were there before.

        ``came`` [rows] says which: row k of ``now``, row k - rows of ``start``, or zero for -1. ``sums`` is
        [groups, most, 5, lanes] with ``most`` above every class of ``classes`` [rows]; rows below 0 do not count.
        """
        array, at = self._pairs.array, self._pairs.at
        array[at["most"]], array[at["rows"]] = sums.shape[1], len(now)
        array[at["now"]], array[at["start"]], array[at["came"]] = now.data_ptr(), start.data_ptr(), came.data_ptr()
        array[at["classes"]], array[at["sums"]] = classes.ctypes.data, sums.ctypes.data
        self._pairs()


def absorb(total: Array, value: Array) -> None:
    """``total`` [levels, ...] += ``value`` [...], float64, without losing a bit: what no level takes stays there.

    Both contiguous; the size of ``value`` is a multiple of 16.
    """
    for array in (total, value):
        assert array.flags.c_contiguous, "not laid out for the kernel"
        assert array.dtype == np.float64, "not float64"
    assert value.size % 16 == 0, "not whole vectors"
    threads = torch.get_num_threads() if value.size > 1 << 14 else 1
    places = {"sum": total.ctypes.data, "value": value.ctypes.data}
    Launch(_absorb(choose())["absorb"], pairs.ABSORB, threads=threads, size=value.size, levels=len(total), **places)()
