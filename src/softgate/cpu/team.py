"""Threads: torch's own, entered through its OpenMP runtime, with one spin barrier a step where a step needs it.

A second pool of threads would fight torch's for the cores. Entering a warm team costs about a microsecond. Where the
runtime is not found (a torch without OpenMP) kernels run on the calling thread.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from functools import lru_cache, partial

import llvmlite.binding as llvm
import llvmlite.ir as ll
import torch

from softgate.cpu.ir import I32, I64, PTR, Code, Real, Value, index
from softgate.cpu.isa import Isa

_SPINS_BEFORE_YIELD = 20_000
"""About half a millisecond of pauses. To yield sooner costs a whole time slice where other programs want the core."""


@lru_cache(maxsize=1)
def runtime() -> bool:
    """Make the OpenMP entry points known to the compiler; whether they exist."""
    try:
        library = ctypes.CDLL(None)
        for name in ("GOMP_parallel", "omp_get_thread_num", "omp_get_num_threads", "sched_yield"):
            address = ctypes.cast(getattr(library, name), ctypes.c_void_p).value
            assert address is not None
            llvm.add_symbol(name, address)
    except (AttributeError, OSError):
        return False
    return True


@lru_cache(maxsize=1)
def entered() -> None:
    """To be called before a team is entered: a child of a later fork has none, and would wait for it for ever.

    It goes on with one thread, as in a worker of a DataLoader.
    """
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=partial(torch.set_num_threads, 1))


def define_entry(
    module: ll.Module, isa: Isa, real: Real, name: str, worker: ll.Function, position_of_threads: int
) -> None:
    """``NAME(arguments)``: run ``worker(arguments, thread, threads)`` on as many threads as the arguments say."""
    part = Code(module, f"{name}.part", [PTR], isa, real, internal=True)
    (arguments,) = part.function.args
    if runtime():
        me, all_of_us = (part.b.sext(part.external(f, I32), I64) for f in ("omp_get_thread_num", "omp_get_num_threads"))
    else:
        me, all_of_us = index(0), index(1)
    part.b.call(worker, [arguments, me, all_of_us])
    part.ret()
    c = Code(module, name, [PTR], isa, real)
    (arguments,) = c.function.args
    threads = c.load_scalar(c.at(arguments, position_of_threads, I64), I64)
    with c.b.if_else(c.b.icmp_signed(">", threads, index(1))) as (several, one):
        with several:
            if runtime():
                wanted = c.b.trunc(threads, I32)
                c.external("GOMP_parallel", ll.VoidType(), part.function, arguments, wanted, ll.Constant(I32, 0))
            else:
                c.b.call(worker, [arguments, index(0), index(1)])
        with one:
            c.b.call(worker, [arguments, index(0), index(1)])
    c.ret()


def define_barrier(module: ll.Module, isa: Isa, real: Real) -> ll.Function:
    """``barrier(place, threads)``: nobody leaves before all have come. ``place`` holds two zeroed 64-bit counters."""
    c = Code(module, "barrier", [PTR, I64], isa, real, internal=True)
    place, threads = c.function.args
    generation = c.at(place, 8, I64)  # a cache line away from the count
    seen = c.b.load_atomic(generation, "acquire", 8, typ=I64)
    came = c.b.atomic_rmw("add", place, index(1), "acq_rel")
    last = c.b.icmp_signed("==", came, c.b.sub(threads, index(1)))
    with c.b.if_else(last) as (then, otherwise):
        with then:
            c.b.atomic_rmw("xchg", place, index(0), "monotonic")
            c.b.atomic_rmw("xchg", generation, c.b.add(seen, index(1)), "release")
        with otherwise:
            _wait(c, lambda: c.b.icmp_signed("==", c.b.load_atomic(generation, "acquire", 8, typ=I64), seen))
    c.ret()
    return c.function


def _wait(c: Code, still: Callable[[], Value]) -> None:
    """Spin while ``still()``; after a while let others run, for the machine may be oversubscribed."""
    before = c.b.block
    spin, pause, done = (c.function.append_basic_block(n) for n in ("spin", "pause", "past"))
    c.b.branch(spin)
    c.b.position_at_end(spin)
    turns = c.b.phi(I64)
    turns.add_incoming(index(0), before)
    c.b.cbranch(still(), pause, done)
    c.b.position_at_end(pause)
    with c.b.if_then(c.b.icmp_signed(">", turns, index(_SPINS_BEFORE_YIELD))):
        if runtime():
            c.external("sched_yield", I32)
    if llvm.get_process_triple().startswith("x86_64"):
        c.external("llvm.x86.sse2.pause", ll.VoidType())
    more = c.b.add(turns, index(1))
    turns.add_incoming(more, c.b.block)
    c.b.branch(spin)
    c.b.position_at_end(done)
