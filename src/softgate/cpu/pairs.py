"""Two kernels of streaming statistics: sums by class of a state and its change, and the exact addition of sums.

``pairs`` adds, for the class of each row, p, d, p p, p d and d d, where p is what a unit held before the step and d by
how much the step changed it. ``absorb`` adds an array to a sum that is kept as several arrays, without losing a bit.
"""

from __future__ import annotations

import llvmlite.ir as ll

from softgate.cpu import team
from softgate.cpu.arguments import Arguments
from softgate.cpu.ir import I64, PTR, Code, Real, Value, index
from softgate.cpu.isa import Isa
from softgate.cpu.wide import Wide
from softgate.streaming.buffers import SUMS

PAIRS = Arguments(["threads", "rows", "row_size", "padded", "groups", "source", "before", "classes", "sums"])
"""``source`` [rows, row_size]; ``before`` [rows] addresses of [row_size]; ``classes`` [rows], 64 bits, below 0 for rows
that do not count; ``sums`` [classes, 5, padded] in float64."""

ABSORB = Arguments(["threads", "size", "levels", "sum", "value"])
"""``sum`` [levels, size] += ``value`` [size], float64; what no level can take is left in ``value``. ``size`` is a
multiple of the lanes."""


def build(module: ll.Module, isa: Isa, real: Real, tail: bool) -> None:
    """Add ``pairs(arguments)`` to a module; with ``tail`` the last vector of units may be short."""
    c = Code(module, "pairs.worker", [PTR, I64, I64], isa, real, internal=True)
    base, me, threads = c.function.args
    b, w = c.b, Wide(c)

    def number(name: str) -> Value:
        return PAIRS.number(c, base, name)

    def pointer(name: str) -> Value:
        return PAIRS.pointer(c, base, name)

    groups, size, padded, rows = (number(n) for n in ("groups", "row_size", "padded", "rows"))
    source, before, classes, sums = (pointer(n) for n in ("source", "before", "classes", "sums"))
    with c.for_range(c.share(groups, threads, me), c.share(groups, threads, b.add(me, index(1)))) as group:
        unit = b.mul(group, index(c.lanes))
        mask = c.first_lanes(b.sub(size, unit)) if tail else None
        with c.for_range(index(0), rows) as r:
            kind = c.load_scalar(c.at(classes, r, I64), I64)
            with b.if_then(b.icmp_signed(">=", kind, index(0))):
                now = w.split(c.load(c.at(source, b.add(b.mul(r, size), unit)), mask))
                held = w.split(c.load(c.at(c.load_scalar(c.at(before, r, PTR), PTR), unit), mask))
                change = [b.fsub(n, h) for n, h in zip(now, held, strict=True)]
                pairs = zip(held, change, strict=True)
                terms = [(p, d, b.fmul(p, p), b.fmul(p, d), b.fmul(d, d)) for p, d in pairs]
                for k in range(SUMS):
                    line = b.add(b.mul(kind, index(SUMS)), index(k))
                    place = c.at(sums, b.add(b.mul(line, padded), unit), I64)
                    w.store([b.fadd(s, t[k]) for s, t in zip(w.load(place), terms, strict=True)], place)
    c.ret()
    team.define_entry(module, isa, real, "pairs", c.function, PAIRS.position["threads"])


def build_absorb(module: ll.Module, isa: Isa, real: Real) -> None:
    """Add ``absorb(arguments)`` to a module; ``real`` is float64."""
    c = Code(module, "absorb.worker", [PTR, I64, I64], isa, real, internal=True)
    base, me, threads = c.function.args
    b = c.b
    size, levels = ABSORB.number(c, base, "size"), ABSORB.number(c, base, "levels")
    total, value = ABSORB.pointer(c, base, "sum"), ABSORB.pointer(c, base, "value")
    vectors = b.sdiv(size, index(c.lanes))
    with c.for_range(c.share(vectors, threads, me), c.share(vectors, threads, b.add(me, index(1)))) as v:
        at = b.mul(v, index(c.lanes))
        own = c.at(value, at)

        def level(k: Value, left: list[Value], at: Value = at) -> list[Value]:
            place = c.at(total, b.add(b.mul(k, size), at))
            s, e = two_sum(c, c.load(place), left[0])
            c.store(s, place)
            return [e]

        c.store(c.loop(index(0), levels, [c.load(own)], level)[0], own)
    c.ret()
    team.define_entry(module, isa, real, "absorb", c.function, ABSORB.position["threads"])


def two_sum(c: Code, a: Value, x: Value) -> tuple[Value, Value]:
    """The rounded sum of two numbers, and what rounding took from it (Knuth, 1969, The Art of ..., vol. 2, 4.2.2)."""
    b = c.b
    s = b.fadd(a, x)
    t = b.fsub(s, a)
    return s, b.fadd(b.fsub(a, b.fsub(s, t)), b.fsub(x, t))
