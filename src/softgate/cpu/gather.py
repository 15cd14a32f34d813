"""The kernel of streaming statistics: moments, extremes, histogram and shares of recorded signals, unit by unit.

Signals are read as they were recorded, row after row, a vector of units at a time, with everything that is counted in
registers. A histogram costs no scatter: each lane has its bins as fields of four bits in a few words, to which 1 is
added at the place of the bin; every 15 rows the fields are widened to bytes, every 255 rows to the counts in memory.

Sums are in float64, one row after the other and never fused, so that neither the instruction set nor the number of
threads changes a bit: :mod:`softgate.streaming.twin` computes the same with torch, bit for bit.
"""

from __future__ import annotations

import llvmlite.ir as ll

from softgate.cpu import team
from softgate.cpu.arguments import Arguments
from softgate.cpu.ir import I32, I64, PTR, Code, Real, Value, index
from softgate.cpu.isa import Isa
from softgate.cpu.wide import Wide
from softgate.streaming.buffers import BINS, BLOCK, GATE, HOLD, PLAIN

_FIELD, _NIBBLES = 4, 15
_AHEAD = 32
"""Rows that are asked for early: they are a row of units apart, which no hardware guesses across pages."""

GATHER = Arguments(
    [
        *("threads", "rows", "row_size", "padded", "groups", "items", "sources", "kinds"),
        *("scales", "bases", "shift", "sums", "extremes", "counts", "shares", "shares_below", "products", "exponents"),
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
    b, items, groups = c.b, GATHER.number(c, base, "items"), GATHER.number(c, base, "groups")
    with c.for_range(c.share(items, threads, me), c.share(items, threads, b.add(me, index(1)))) as item:
        signal = b.sdiv(item, groups)
        unit = b.mul(b.srem(item, groups), index(c.lanes))
        kind = c.load_scalar(c.at(GATHER.pointer(c, base, "kinds"), signal, I64), I64)
        for number, function in kinds.items():
            with b.if_then(b.icmp_signed("==", kind, index(number))):
                b.call(function, [base, signal, unit])
    c.ret()
    team.define_entry(module, isa, real, "gather", c.function, GATHER.position["threads"])


class _Item:
    """Emits ``gather.KIND(arguments, signal, unit)``: one signal, one vector of units, all rows."""

    def __init__(self, module: ll.Module, isa: Isa, real: Real, kind: int, tail: bool) -> None:
        self.kind = kind
        self.c = c = Code(module, f"gather.{kind}", [PTR, I64, I64], isa, real, internal=True)
        self.w, self.words = Wide(c), BINS * _FIELD // real.bits
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
        self.scale, self.first = self._spread("scales", self.signal), self._spread("bases", self.signal)
        self.lowest, self.four_scale = b.fdiv(self.first, self.scale), b.fmul(c.splat(4), self.scale)
        self.four_first = b.fptosi(b.fmul(c.splat(4), self.first), c.int_vector)
        self.shift = w.load(self._place("shift", kind=I64))
        if self.kind >= GATE:
            self.limits = [self._spread("shares_below", k) for k in range(2)]
        units = c.b.sub(GATHER.number(c, self.base, "row_size"), self.unit)
        self.mask = c.first_lanes(units) if tail else None
        homes = self._homes()
        carried: list[Value] = []
        for place, kind in homes:
            carried += self._read(place, kind)

        def block(start: Value, values: list[Value]) -> list[Value]:
            end = c.minimum(rows, b.add(start, index(BLOCK)))
            fields = [c.int_splat(0)] * (2 * self.words)

            def few(begin: Value, values: list[Value]) -> list[Value]:
                stop = c.minimum(end, b.add(begin, index(_NIBBLES)))
                kept, fields = values[: len(carried)], values[len(carried) :]
                packed = [c.int_splat(0)] * self.words

                def turn(r: Value, v: list[Value]) -> list[Value]:
                    c.prefetch(c.at(source, b.mul(b.add(r, index(_AHEAD)), step)))
                    return self._row(c.at(source, b.mul(r, step)), v, len(carried))

                found = c.loop(begin, stop, [*kept, *packed], turn)
                return [*found[: len(carried)], *self._widen(found[len(carried) :], fields)]

            found = c.loop(start, end, [*values, *fields], few, _NIBBLES)
            self._count(found[len(carried) :])
            return self._renormalised(found[: len(carried)])

        carried = c.loop(index(0), rows, carried, block, BLOCK)
        for place, kind in homes:
            values, carried = carried[: self._size(kind)], carried[self._size(kind) :]
            self._write(values, place, kind)
        c.ret()

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

    def _row(self, place: Value, values: list[Value], carried: int) -> list[Value]:
        """One row: all that is carried, with this row's values in it."""
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
        return [*out[:carried], *self._dropped(x, out[carried:])]

    def _parts(self, value: Value) -> tuple[Value, Value]:
        """Of |value| its fraction in [1, 2), and its exponent as it is stored, 1023 too high."""
        b, bits = self.c.b, self.w.bits
        number = b.bitcast(value, bits)

        def all_of(n: int) -> Value:
            return ll.Constant(bits, [n] * self.w.lanes)

        fraction = b.or_(b.and_(number, all_of((1 << 52) - 1)), all_of(1023 << 52))
        return b.bitcast(fraction, self.w.type), b.and_(b.lshr(number, all_of(52)), all_of(2047))

    def _dropped(self, x: Value, words: list[Value]) -> list[Value]:
        """1 added to the field of the bin of ``x``, if it has one; a shift as wide as a word or wider gives 0."""
        c, b, bits = self.c, self.c.b, self.c.real.bits
        x = c.select(b.fcmp_ordered(">", self.lowest, x), self.lowest, x)
        place = self._place_at_once(x) if c.isa.name == "avx512" else self._place_in_steps(x)
        out = []
        for k, word in enumerate(words):
            out.append(b.add(word, self._one_at(b.sub(place, c.int_splat(k * bits)) if k else place)))
        return out

    def _place_in_steps(self, x: Value) -> Value:
        """Four times the bin of ``x``, -1 if it has none."""
        c, b = self.c, self.c.b
        at = b.fsub(c.intrinsic("floor", b.fmul(x, self.scale)), self.first)
        inside = b.fcmp_ordered("<", at, c.splat(BINS))
        place = b.shl(b.fptosi(c.select(inside, at, c.splat(0)), c.int_vector), c.int_splat(2))
        return c.select(inside, place, c.int_splat(-1))

    def _place_at_once(self, x: Value) -> Value:
        """The same in three instructions: what is too large for an integer, or no number, becomes the least of them."""
        c, b = self.c, self.c.b
        name, lanes = ("ps2dq", 16) if c.real.bits == 32 else ("pd2qq", 8)
        every = ll.Constant(ll.IntType(lanes), -1)
        down = ll.Constant(I32, 9)  # towards minus infinity, without exceptions
        number = c.external(
            f"llvm.x86.avx512.mask.cvt{name}.512", c.int_vector,
            b.fmul(x, self.four_scale), ll.Constant(c.int_vector, ll.Undefined), every, down,
        )  # fmt: skip
        return b.sub(b.and_(number, c.int_splat(-4)), self.four_first)

    def _one_at(self, place: Value) -> Value:
        c, b = self.c, self.c.b
        if c.isa.name == "avx512":
            kind = "d" if c.real.bits == 32 else "q"
            return c.external(f"llvm.x86.avx512.psllv.{kind}.512", c.int_vector, c.int_splat(1), place)
        inside = b.icmp_unsigned("<", place, c.int_splat(c.real.bits))
        return c.select(inside, b.shl(c.int_splat(1), c.select(inside, place, c.int_splat(0))), c.int_splat(0))

    def _widen(self, words: list[Value], fields: list[Value]) -> list[Value]:
        """Fields of four bits, added to fields of eight."""
        c, b = self.c, self.c.b
        low = c.int_splat(int("0F" * (c.real.bits // 8), 16))
        pairs = [(b.and_(v, low), b.and_(b.lshr(v, c.int_splat(_FIELD)), low)) for v in words]
        return [b.add(field, part) for field, part in zip(fields, (p for pair in pairs for p in pair), strict=True)]

    def _count(self, fields: list[Value]) -> None:
        """Fields of eight bits, added to the counts in memory."""
        c, b = self.c, self.c.b
        for bin_ in range(BINS):
            word, nibble = divmod(bin_ * _FIELD, c.real.bits)
            byte, odd = divmod(nibble // _FIELD, 2)
            part = b.and_(b.lshr(fields[2 * word + odd], c.int_splat(8 * byte)), c.int_splat(255))
            place = self._place("counts", BINS, bin_, c.int_scalar)
            b.store(b.add(b.load(place, typ=c.int_vector, align=4), part), place, align=4)

    def _renormalised(self, values: list[Value]) -> list[Value]:
        if self.kind < HOLD:
            return values
        n, out = self.w.parts, list(values)
        products, exponents = len(values) - 2 * n, len(values) - n
        for p in range(n):
            fraction, exponent = self._parts(values[products + p])
            out[products + p] = fraction
            more = self.c.b.sub(exponent, ll.Constant(self.w.bits, [1023] * self.w.lanes))
            out[exponents + p] = self.c.b.add(values[exponents + p], more)
        return out
