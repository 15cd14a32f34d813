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
from softgate.streaming.buffers import Array, Buffers


@lru_cache(maxsize=64)
def _kernel(isa: Isa, dtype: torch.dtype, tail: bool) -> Kernel:
    real = prepare.real_of(dtype)

    def build(module: ll.Module) -> None:
        gather.build(module, isa, real, tail)
        pairs.build(module, isa, real, tail)

    return compiler.load(f"tally {isa.name} {real.name} {tail}", ["gather", "pairs"], isa, build)


@lru_cache(maxsize=8)
def _absorb(isa: Isa) -> Kernel:
    return compiler.load(f"absorb {isa.name}", ["absorb"], isa, lambda m: pairs.build_absorb(m, isa, FLOAT64))


class Tally:
    """Counts into buffers: :func:`softgate.streaming.twin.gather` and ``pairs``, by kernels."""

    def __init__(self, to: Buffers, dtype: torch.dtype) -> None:
        isa = choose()
        lanes = isa.lanes(prepare.real_of(dtype).bits)
        groups, width = -(-to.units // lanes), to.shift.shape[1]
        kernel, threads = _kernel(isa, dtype, bool(to.units % lanes)), torch.get_num_threads()
        self._to, self._sources = to, torch.zeros(len(to.kinds), dtype=torch.int64, device="cpu")
        common = {"threads": threads, "row_size": to.units, "padded": width, "groups": groups}
        arrays: dict[str, Any] = {
            n: getattr(to, n) for n in ("kinds", "scales", "bases", "shift", "sums", "extremes", "counts", "shares")
        }
        arrays |= {"zeros": to.zeros, "products": to.products, "exponents": to.exponents, "shares_below": to.limits}
        places = {n: a.ctypes.data for n, a in arrays.items()}
        self._gather = Launch(
            kernel["gather"], gather.GATHER, items=len(to.kinds) * groups, sources=self._sources.data_ptr(),
            **common, **places,
        )  # fmt: skip
        self._pairs = Launch(kernel["pairs"], pairs.PAIRS, **common)

    def gather(self, signals: Sequence[Tensor]) -> None:
        """Add rows of every signal, [rows, H] each, contiguous, of the buffers' type."""
        self._sources.copy_(torch.tensor([x.data_ptr() for x in signals], device="cpu"))
        self._gather.array[self._gather.at["rows"]] = len(signals[0])
        self._gather()

    def pairs(self, sums: Array, source: Tensor, before: Tensor, classes: Array) -> None:
        """Add rows of ``source`` [rows, H] beside those whose addresses are in ``before`` [rows]."""
        array, at = self._pairs.array, self._pairs.at
        array[at["rows"]], array[at["source"]] = len(source), source.data_ptr()
        array[at["before"]], array[at["classes"]] = before.data_ptr(), classes.ctypes.data
        array[at["sums"]] = sums.ctypes.data
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
