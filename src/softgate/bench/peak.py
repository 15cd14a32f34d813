"""The peak of fused multiply-adds, measured on the spot: what a kernel that does nothing else would reach.

A loop of independent chains, enough of them to hide the latency of an addition, in registers only. On processors
without the instruction it is a multiplication and an addition. Clocks drift, so the peak is taken again for each case.
"""

from __future__ import annotations

import ctypes
import time
from functools import cache

import llvmlite.ir as ll
import torch

from softgate.cpu import compiler, isa as sets, team
from softgate.cpu.arguments import Arguments
from softgate.cpu.compiler import Kernel
from softgate.cpu.ir import FLOAT32, FLOAT64, I64, PTR, Code, Real, Value, index
from softgate.cpu.isa import Isa

PEAK = Arguments(["threads", "turns", "seeds", "out"])
"""``turns`` of the loop on each of ``threads``; ``seeds`` [2] are the factors; each thread writes one vector to
``out``, 512 bytes apart."""

_APART = 512
_TURN = 0.004
"""Seconds of one measurement: longer than a thread takes to wake up, shorter than a scheduler's patience."""


def chains(isa: Isa) -> int:
    """How many sums run side by side: all registers but two factors and a few to spare."""
    return min(24, isa.registers - 4)


def build(module: ll.Module, isa: Isa, real: Real) -> None:
    """Add ``peak(arguments)``."""
    c = Code(module, "peak.worker", [PTR, I64, I64], isa, real, internal=True)
    base, me, _ = c.function.args
    seeds = PEAK.pointer(c, base, "seeds")
    a, b = c.broadcast(seeds), c.broadcast(c.at(seeds, 1))

    def turn(_: Value, sums: list[Value]) -> list[Value]:
        return [c.fma(a, s, b) for s in sums]

    start = [c.b.fadd(b, c.splat(k)) for k in range(chains(isa))]
    sums = c.loop(index(0), PEAK.number(c, base, "turns"), start, turn)
    total = sums[0]
    for s in sums[1:]:
        total = c.b.fadd(total, s)
    c.store(total, c.at(PEAK.pointer(c, base, "out"), c.b.mul(me, index(_APART * 8 // real.bits))))
    c.ret()
    team.define_entry(module, isa, real, "peak", c.function, PEAK.position["threads"])


@cache
def _kernel(isa: Isa, real: Real) -> Kernel:
    return compiler.load(f"peak {isa.name} {real.name}", ["peak"], isa, lambda module: build(module, isa, real))


def measure(threads: int | None = None, dtype: str = "float32", repeats: int = 6) -> float:
    """GFLOP/s of ``threads`` threads (torch's number if not given), the best of a few short measurements."""
    isa, real = sets.choose(), FLOAT32 if dtype == "float32" else FLOAT64
    threads = threads or torch.get_num_threads()
    kernel = _kernel(isa, real)
    seeds = torch.tensor([0.5, 1.0], dtype=torch.float32 if real is FLOAT32 else torch.float64)
    out = torch.empty(threads * _APART, dtype=torch.uint8)

    def run(turns: int, threads: int) -> float:
        arguments = PEAK.new(threads=threads, turns=turns, seeds=seeds.data_ptr(), out=out.data_ptr())
        start = time.perf_counter()
        kernel["peak"](ctypes.addressof(arguments))
        return time.perf_counter() - start

    turns = 1000
    while (seconds := min(run(turns, 1) for _ in range(3))) < _TURN / 4:
        turns *= 4
    turns = max(1, int(turns * _TURN / seconds))
    run(turns, threads)
    flops = 2.0 * chains(isa) * isa.lanes(real.bits) * turns * threads
    return flops / min(run(turns, threads) for _ in range(repeats)) / 1e9
