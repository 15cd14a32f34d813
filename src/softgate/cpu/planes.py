"""Histograms in bit planes: how often each bit of many words was set, in three instructions a word.

A row puts its value into one of 32 bins, as the one bit that is set of a word. Planes are words too: bit b of plane k
is bit k of the count of bin b. Words are added to them as binary numbers are, all bins at once: eight words at a time
by carry-save adders (Harley and Seal; Warren, 2013, *Hacker's Delight*, 5-1), the lowest planes in registers.
"""

from __future__ import annotations

from collections.abc import Sequence

import llvmlite.ir as ll

from softgate.cpu.ir import I32, I64, Code, Value, index
from softgate.streaming.buffers import BINS, PLANES, SPAN

NEAR = SPAN.bit_length() - 1
"""Planes in registers: a span of rows overflows them once at most."""


def add(c: Code, planes: Sequence[Value], words: Sequence[Value]) -> tuple[list[Value], list[Value]]:
    """Words of one weight added to the planes from there on; what the last plane cannot take is handed back."""
    b, out, left = c.b, [], list(words)
    for plane in planes:
        carries = []
        while len(left) > 1:
            x, y = left.pop(0), left.pop(0)
            odd = b.xor(x, y)
            carries.append(b.or_(b.and_(x, y), b.and_(plane, odd)))
            plane = b.xor(plane, odd)
        if left:
            (x,) = left
            carries.append(b.and_(plane, x))
            plane = b.xor(plane, x)
        out.append(plane)
        left = carries
    return out, left


class Histogram:
    """Emits how a value finds its bin; ``scale`` and ``first`` are the same for all rows, in every lane."""

    def __init__(self, c: Code, scale: Value, first: Value) -> None:
        self.c, self.scale, self.first = c, scale, first
        self.lowest = c.b.fdiv(first, scale)
        self.first_bin = c.b.fptosi(first, c.int_vector)

    def word(self, x: Value) -> Value:
        """The word with the bit of the bin of ``x``, without one if it has no bin."""
        x = self.c.select(self.c.b.fcmp_ordered(">", self.lowest, x), self.lowest, x)
        return self._at_once(x) if self.c.isa.name == "avx512" else self._in_steps(x)

    def _in_steps(self, x: Value) -> Value:
        c, b = self.c, self.c.b
        at = b.fsub(c.intrinsic("floor", b.fmul(x, self.scale)), self.first)
        inside = b.fcmp_ordered("<", at, c.splat(BINS))
        bit = b.shl(c.int_splat(1), b.fptosi(c.select(inside, at, c.splat(0)), c.int_vector))
        return c.select(inside, bit, c.int_splat(0))

    def _at_once(self, x: Value) -> Value:
        """The same in three instructions.

        What is too large for an integer, or no number, becomes the least of them, and a shift that far leaves nothing.
        """
        c, b = self.c, self.c.b
        name, kind, lanes = ("ps2dq", "d", 16) if c.real.bits == 32 else ("pd2qq", "q", 8)
        every = ll.Constant(ll.IntType(lanes), -1)
        down = ll.Constant(I32, 9)  # towards minus infinity, without exceptions
        number = c.external(
            f"llvm.x86.avx512.mask.cvt{name}.512", c.int_vector,
            b.fmul(x, self.scale), ll.Constant(c.int_vector, ll.Undefined), every, down,
        )  # fmt: skip
        place = b.sub(number, self.first_bin)
        return c.external(f"llvm.x86.avx512.psllv.{kind}.512", c.int_vector, c.int_splat(1), place)


def unfold(c: Code, planes: Value, counts: Value, padded: Value) -> None:
    """Bins [32, H'] += what planes [16, H'] have counted of one vector of units, and zero there."""
    b = c.b
    places = [c.at(planes, b.mul(index(k), padded), c.int_scalar) for k in range(PLANES)]
    words = [b.load(place, typ=c.int_vector, align=4) for place in places]
    with c.for_range(index(0), index(BINS)) as bin_:
        near = bin_ if c.int_scalar == I64 else b.trunc(bin_, c.int_scalar)
        undefined = ll.Constant(c.int_vector, ll.Undefined)
        one = b.insert_element(undefined, near, ll.Constant(I32, 0))
        down = b.shuffle_vector(one, undefined, ll.Constant(ll.VectorType(I32, c.lanes), [0] * c.lanes))
        place = c.at(counts, b.mul(bin_, padded), c.int_scalar)
        total = b.load(place, typ=c.int_vector, align=4)
        for k, word in enumerate(words):
            bit = b.and_(b.lshr(word, down), c.int_splat(1))
            total = b.add(total, b.shl(bit, c.int_splat(k)))
        b.store(total, place, align=4)
    for place in places:
        b.store(c.int_splat(0), place, align=4)
