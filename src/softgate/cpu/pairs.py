"""Two kernels of streaming statistics: sums by class of a state and its change, and the exact addition of sums.

``pairs`` adds, for the class of each row, p, d, p p, p d and d d, where p is what a unit held before the step and d by
how much the step changed it. It takes a vector of units at a time, whose sums of all classes lie side by side and so
stay in the cache, and goes through the rows in the order of time. ``absorb`` adds an array to a sum that is kept as
several arrays, without losing a bit.
"""

from __future__ import annotations

import llvmlite.ir as ll

from softgate.cpu import team
from softgate.cpu.arguments import Arguments
from softgate.cpu.ir import I64, PTR, Code, Real, Value, index
from softgate.cpu.isa import Isa
from softgate.cpu.wide import Wide
from softgate.streaming.buffers import SUMS

PAIRS = Arguments(["threads", "rows", "row_size", "groups", "most", "now", "start", "came", "zeros", "classes", "sums"])
"""``now`` [rows, row_size]; ``came`` [rows], 64 bits: the row of ``now`` that was there before, then of ``start``,
below 0 for ``zeros``; ``classes`` [rows], 64 bits, below 0 for rows that do not count; ``sums`` [groups, most, 5,
lanes] in float64, where ``most`` is above every class."""

_AHEAD = 16
"""Rows that are asked for early: they are a row of units apart, which no hardware guesses across pages."""

ABSORB = Arguments(["threads", "size", "levels", "sum", "value"])
"""``sum`` [levels, size] += ``value`` [size], float64; what no level can take is left in ``value``. ``size`` is a
multiple of the lanes."""


def build(module: ll.Module, isa: Isa, real: Real, tail: bool) -> None:
    """Add ``pairs(arguments)`` to a module; with ``tail`` the last vector of units may be short."""
    c = Code(module, "pairs.worker", [PTR, I64, I64], isa, real, internal=True)
    base, me, threads = c.function.args
    b, w = c.b, Wide(c)

    def pointer(name: str) -> Value:
        return PAIRS.pointer(c, base, name)

    def whole(array: Value, at: Value) -> Value:
        return c.load_scalar(c.at(array, at, I64), I64)

    groups, size, rows, most = (PAIRS.number(c, base, name) for name in ("groups", "row_size", "rows", "most"))
    now, came, classes = pointer("now"), pointer("came"), pointer("classes")
    with c.for_range(c.share(groups, threads, me), c.share(groups, threads, b.add(me, index(1)))) as group:
        unit = b.mul(group, index(c.lanes))
        mask = c.first_lanes(b.sub(size, unit)) if tail else None
        with c.for_range(index(0), rows) as r:
            c.prefetch(c.at(now, b.add(b.mul(b.add(r, index(_AHEAD)), size), unit)))
            number = whole(classes, r)
            with b.if_then(b.icmp_signed(">=", number, index(0))):
                own = w.split(c.load(c.at(now, b.add(b.mul(r, size), unit)), mask))
                before = w.split(c.load(c.at(_before(c, base, whole(came, r)), unit), mask))
                line = b.mul(b.mul(b.add(b.mul(group, most), number), index(SUMS)), index(c.lanes))
                _add(c, w, c.at(pointer("sums"), line, I64), own, before)
    c.ret()
    team.define_entry(module, isa, real, "pairs", c.function, PAIRS.position["threads"])


def _add(c: Code, w: Wide, sums: Value, now: list[Value], before: list[Value]) -> None:
    """Add a row to the five sums of its class."""
    b, each = c.b, list[list[Value]]()
    for x, held in zip(now, before, strict=True):
        d = b.fsub(x, held)
        each.append([held, d, b.fmul(held, held), b.fmul(held, d), b.fmul(d, d)])
    for k, terms in enumerate(zip(*each, strict=True)):
        place = c.at(sums, k * c.lanes, I64)
        w.store([b.fadd(total, term) for total, term in zip(w.load(place), terms, strict=True)], place)


def _before(c: Code, base: Value, came: Value) -> Value:
    """Where the row is that was there before."""
    b, rows, size = c.b, PAIRS.number(c, base, "rows"), PAIRS.number(c, base, "row_size")
    own = c.at(PAIRS.pointer(c, base, "now"), b.mul(came, size))
    first = c.at(PAIRS.pointer(c, base, "start"), b.mul(b.sub(came, rows), size))
    found = b.select(b.icmp_signed("<", came, rows), own, first)
    return b.select(b.icmp_signed("<", came, index(0)), PAIRS.pointer(c, base, "zeros"), found)


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
