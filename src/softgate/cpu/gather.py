"""The kernel of streaming statistics: moments, extremes, histogram and shares of recorded signals, unit by unit.

Signals are read as they were recorded, row after row, a vector of units at a time, with everything that is counted in
registers; the histogram in bit planes (:mod:`softgate.cpu.planes`), so that it needs no scatter.

Sums are in float64, one row after the other and never fused, so that neither the instruction set nor the number of
threads changes a bit: :mod:`softgate.streaming.twin` computes the same with torch, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import llvmlite.ir as ll

from softgate.cpu import planes, team
from softgate.cpu.arguments import Arguments
from softgate.cpu.ir import I64, PTR, Code, Real, Value, index
from softgate.cpu.isa import Isa
from softgate.cpu.wide import Wide
from softgate.streaming.buffers import BINS, GATE, HOLD, PLAIN, PLANES, SPAN

_AT_ONCE = 8
"""Rows of which words are added together."""
_AHEAD = 32
"""Rows that are asked for early: they are a row of units apart, which no hardware guesses across pages."""

GATHER = Arguments(
    [
        *("threads", "rows", "row_size", "padded", "groups", "items", "sources", "kinds"),
        *(
            "scales",
            "bases",
            "shift",
            "sums",
            "extremes",
            "counts",
            "planes",
            "shares",
            "shares_below",
            "products",
            "exponents",
        ),
        "zeros",
    ]
)
"""What the names of :class:`softgate.streaming.buffers.Buffers` are; besides, ``sources`` [S] addresses of [rows,
row_size], ``shares_below`` its limits, ``groups`` vectors of units, ``items`` S times that, ``padded`` for H'."""


def build(module: ll.Module, isa: Isa, real: Real, tail: bool) -> None:
    """Add ``gather(arguments)`` to a module; with ``tail`` the last vector of units may be short."""
    kinds = {kind: _Item(module, isa, real, kind, tail).function for kind in (PLAIN, GATE, HOLD)}
    c = Code(module, "gather.worker", [PTR, I64, I64], isa, real, internal=True)
    base, me, threads = c.function.args
    with _items(c, base, me, threads) as (signal, unit):
        kind = c.load_scalar(c.at(GATHER.pointer(c, base, "kinds"), signal, I64), I64)
        for number, function in kinds.items():
            with c.b.if_then(c.b.icmp_signed("==", kind, index(number))):
                c.b.call(function, [base, signal, unit])
    c.ret()
    team.define_entry(module, isa, real, "gather", c.function, GATHER.position["threads"])
    _build_unfold(module, isa, real)


def _build_unfold(module: ll.Module, isa: Isa, real: Real) -> None:
    """Add ``unfold(arguments)`` to a module: counts of the histogram, from their planes."""
    c = Code(module, "unfold.worker", [PTR, I64, I64], isa, real, internal=True)
    base, me, threads = c.function.args
    with _items(c, base, me, threads) as (signal, unit):
        padded = GATHER.number(c, base, "padded")

        def first(name: str, lines: int) -> Value:
            line = c.b.mul(c.b.mul(signal, index(lines)), padded)
            return c.at(GATHER.pointer(c, base, name), c.b.add(line, unit), c.int_scalar)

        planes.unfold(c, first("planes", PLANES), first("counts", BINS), padded)
    c.ret()
    team.define_entry(module, isa, real, "unfold", c.function, GATHER.position["threads"])


@contextmanager
def _items(c: Code, base: Value, me: Value, threads: Value) -> Iterator[tuple[Value, Value]]:
    """For each signal and vector of units that fall to a thread: the signal, and the first of the units."""
    b, items, groups = c.b, GATHER.number(c, base, "items"), GATHER.number(c, base, "groups")
    signals = b.sdiv(items, groups)
    with c.for_range(c.share(items, threads, me), c.share(items, threads, b.add(me, index(1)))) as item:
        # Units before signals: a thread that made them by units has them in its cache.
        yield b.srem(item, signals), b.mul(b.sdiv(item, signals), index(c.lanes))


class _Item:
    """Emits ``gather.KIND(arguments, signal, unit)``: one signal, one vector of units, all rows."""

    def __init__(self, module: ll.Module, isa: Isa, real: Real, kind: int, tail: bool) -> None:
        self.kind = kind
        self.c = c = Code(module, f"gather.{kind}", [PTR, I64, I64], isa, real, internal=True)
        self.w = Wide(c)
        self.function = c.function
        self.base, self.signal, self.unit = c.function.args
        self._emit(tail)

    def _place(self, name: str, rows: int = 1, row: int = 0, kind: Value = None) -> Value:
        """Where the vector of units is in [S, rows, padded]."""
        c, b = self.c, self.c.b
        line = b.add(b.mul(self.signal, index(rows)), index(row))
        padded = GATHER.number(c, self.base, "padded")
        return c.at(GATHER.pointer(c, self.base, name), b.add(b.mul(line, padded), self.unit), kind)

    def _spread(self, name: str, at: Value | int) -> Value:
        return self.c.broadcast(self.c.at(GATHER.pointer(self.c, self.base, name), at))

    def _homes(self) -> list[tuple[Value, str]]:
        """Where what is carried from row to row is kept, and as what."""
        real, ints, I = self.c.real.scalar, "ints", self.c.int_scalar  # noqa: E741
        homes = [(self._place("sums", 2, k, I64), "wide") for k in range(2)]
        homes += [(self._place("extremes", 2, k, real), "real") for k in range(2)]
        if self.kind >= GATE:
            homes += [(self._place("shares", 2, k, I), ints) for k in range(2)]
        if self.kind >= HOLD:
            homes += [(self._place("zeros", kind=I), ints)]
            homes += [(self._place("products", kind=I64), "wide"), (self._place("exponents", kind=I64), "bits")]
        return homes

    def _emit(self, tail: bool) -> None:
        c, b, w = self.c, self.c.b, self.w
        rows, step = GATHER.number(c, self.base, "rows"), GATHER.number(c, self.base, "row_size")
        source = c.load_scalar(c.at(GATHER.pointer(c, self.base, "sources"), self.signal, PTR), PTR)
        source = c.at(source, self.unit)
        scale, first = self._spread("scales", self.signal), self._spread("bases", self.signal)
        self.histogram = planes.Histogram(c, scale, first)
        self.shift = w.load(self._place("shift", kind=I64))
        if self.kind >= GATE:
            self.limits = [self._spread("shares_below", k) for k in range(2)]
        units = c.b.sub(GATHER.number(c, self.base, "row_size"), self.unit)
        self.mask = c.first_lanes(units) if tail else None
        homes = [*self._homes(), *self._planes(planes.NEAR)]
        carried: list[Value] = []
        for place, kind in homes:
            carried += self._read(place, kind)

        def some(count: int) -> Callable[[Value, list[Value]], list[Value]]:
            def turn(r: Value, values: list[Value]) -> list[Value]:
                *values, over = values
                near, words = values[-planes.NEAR :], list[Value]()
                for k in range(count):
                    place = b.add(r, index(k))
                    c.prefetch(c.at(source, b.mul(b.add(place, index(_AHEAD)), step)))
                    values, word = self._row(c.at(source, b.mul(place, step)), values)
                    words.append(word)
                near, left = planes.add(c, near, words)
                for carry in left:
                    over = b.or_(over, carry)
                return [*values[: -planes.NEAR], *near, over]

            return turn

        def span(start: Value, values: list[Value]) -> list[Value]:
            end = c.minimum(rows, b.add(start, index(SPAN)))
            even = b.sub(end, b.srem(b.sub(end, start), index(_AT_ONCE)))
            found = c.loop(start, even, [*values, c.int_splat(0)], some(_AT_ONCE), _AT_ONCE)
            *values, over = c.loop(even, end, found, some(1))
            self._carry(over)
            return self._renormalised(values)

        carried = c.loop(index(0), rows, carried, span, SPAN)
        for place, kind in homes:
            values, carried = carried[: self._size(kind)], carried[self._size(kind) :]
            self._write(values, place, kind)
        c.ret()

    def _planes(self, stop: int, start: int = 0) -> list[tuple[Value, str]]:
        return [(self._place("planes", PLANES, k, self.c.int_scalar), "ints") for k in range(start, stop)]

    def _carry(self, over: Value) -> None:
        """A carry of the planes in registers, added to those in memory."""
        far = self._planes(PLANES, planes.NEAR)
        found, _ = planes.add(self.c, [self._read(*home)[0] for home in far], [over])
        for (place, kind), word in zip(far, found, strict=True):
            self._write([word], place, kind)

    def _size(self, kind: str) -> int:
        return self.w.parts if kind in ("wide", "bits") else 1

    def _read(self, place: Value, kind: str) -> list[Value]:
        if kind in ("wide", "bits"):
            return self.w.load(place, self.w.bits if kind == "bits" else None)
        return [self.c.b.load(place, typ=self.c.vector if kind == "real" else self.c.int_vector, align=4)]

    def _write(self, values: list[Value], place: Value, kind: str) -> None:
        if kind in ("wide", "bits"):
            self.w.store(values, place)
        else:
            self.c.b.store(values[0], place, align=4)

    def _row(self, place: Value, values: list[Value]) -> tuple[list[Value], Value]:
        """One row: all that is carried, with this row's values in it, and the word of its bins."""
        c, b, n = self.c, self.c.b, self.w.parts
        x = c.load(place, self.mask)
        wide = self.w.split(x)
        out = list(values)
        for p, value in enumerate(wide):
            d = b.fsub(value, self.shift[p])
            out[p] = b.fadd(out[p], d)
            out[n + p] = b.fadd(out[n + p], b.fmul(d, d))
        at = 2 * n
        out[at] = c.select(b.fcmp_ordered("<", x, out[at]), x, out[at])
        out[at + 1] = c.select(b.fcmp_ordered(">", x, out[at + 1]), x, out[at + 1])
        at += 2
        if self.kind >= GATE:
            for k, test in enumerate(("<", ">")):
                met = b.fcmp_ordered(test, x, self.limits[k])
                out[at + k] = b.sub(out[at + k], b.sext(met, c.int_vector))
            at += 2
        if self.kind >= HOLD:
            wiped = b.fcmp_ordered("==", x, c.splat(0.0))
            out[at] = b.sub(out[at], b.sext(wiped, c.int_vector))
            for p, value in enumerate(wide):
                fraction, exponent = self._parts(value)
                out[at + 1 + p] = b.fmul(out[at + 1 + p], fraction)
                out[at + 1 + n + p] = b.add(out[at + 1 + n + p], exponent)
        return out, self.histogram.word(x)

    def _parts(self, value: Value) -> tuple[Value, Value]:
        """Of |value| its fraction in [1, 2), and its exponent as it is stored, 1023 too high."""
        b, bits = self.c.b, self.w.bits
        number = b.bitcast(value, bits)

        def all_of(n: int) -> Value:
            return ll.Constant(bits, [n] * self.w.lanes)

        fraction = b.or_(b.and_(number, all_of((1 << 52) - 1)), all_of(1023 << 52))
        return b.bitcast(fraction, self.w.type), b.and_(b.lshr(number, all_of(52)), all_of(2047))

    def _renormalised(self, values: list[Value]) -> list[Value]:
        if self.kind < HOLD:
            return values
        n, out = self.w.parts, list(values)
        exponents = len(values) - planes.NEAR - n
        products = exponents - n
        for p in range(n):
            fraction, exponent = self._parts(values[products + p])
            out[products + p] = fraction
            more = self.c.b.sub(exponent, ll.Constant(self.w.bits, [1023] * self.w.lanes))
            out[exponents + p] = self.c.b.add(values[exponents + p], more)
        return out
