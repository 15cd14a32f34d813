"""Two kernels of streaming statistics: sums by class of a state and its change, and the exact addition of sums.

``pairs`` adds, for the class of each row, p, d, p p, p d and d d, where p is what a unit held before the step and d by
how much the step changed it. It goes class by class, each with its sums in registers. ``absorb`` adds an array to a sum
that is kept as several arrays, without losing a bit.
"""

from __future__ import annotations

import llvmlite.ir as ll

from softgate.cpu import team
from softgate.cpu.arguments import Arguments
from softgate.cpu.ir import I64, PTR, Code, Real, Value, index
from softgate.cpu.isa import Isa
from softgate.cpu.wide import Wide
from softgate.streaming.buffers import SUMS

PAIRS = Arguments(
    [
        *("threads", "rows", "row_size", "padded", "groups", "runs", "now", "start", "came", "zeros"),
        *("order", "kinds", "ends", "sums"),
    ]
)
"""``now`` [rows, row_size]; ``came`` [rows], 64 bits: the row of ``now`` that was there before, then of ``start``,
below 0 for ``zeros``; ``order``, ``kinds``, ``ends`` of :class:`softgate.streaming.runs.Runs`; ``sums`` [classes, 5,
padded] in float64."""

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

    groups, size, padded = number("groups"), number("row_size"), number("padded")
    order, kinds, ends = pointer("order"), pointer("kinds"), pointer("ends")

    def whole(array: Value, at: Value) -> Value:
        return c.load_scalar(c.at(array, at, I64), I64)

    def add(run: Value, begin: Value, unit: Value, mask: Value | None) -> Value:
        """Add the rows of a run, and say where it ends."""
        end, line = whole(ends, run), b.mul(whole(kinds, run), index(SUMS))
        places = [
            c.at(pointer("sums"), b.add(b.mul(b.add(line, index(k)), padded), unit), I64) for k in range(SUMS)
        ]  # fmt: skip
        held = [part for place in places for part in w.load(place)]

        def turn(at: Value, sums: list[Value]) -> list[Value]:
            r = whole(order, at)
            now = w.split(c.load(c.at(pointer("now"), b.add(b.mul(r, size), unit)), mask))
            before = w.split(c.load(c.at(_before(c, base, whole(pointer("came"), r)), unit), mask))
            out = []
            for p, (x, held) in enumerate(zip(now, before, strict=True)):
                d = b.fsub(x, held)
                terms = (held, d, b.fmul(held, held), b.fmul(held, d), b.fmul(d, d))
                out.append([b.fadd(sums[k * w.parts + p], term) for k, term in enumerate(terms)])
            return [part for parts in zip(*out, strict=True) for part in parts]

        found = c.loop(begin, end, held, turn)
        for k, place in enumerate(places):
            w.store(found[k * w.parts : (k + 1) * w.parts], place)
        return end

    with c.for_range(c.share(groups, threads, me), c.share(groups, threads, b.add(me, index(1)))) as group:
        unit = b.mul(group, index(c.lanes))
        mask = c.first_lanes(b.sub(size, unit)) if tail else None
        c.loop(index(0), number("runs"), [index(0)], lambda run, at: [add(run, at[0], unit, mask)])
    c.ret()
    team.define_entry(module, isa, real, "pairs", c.function, PAIRS.position["threads"])


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
