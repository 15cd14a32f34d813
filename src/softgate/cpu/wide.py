"""Vectors of the kernel's type as float64: what sums are made in."""

from __future__ import annotations

import llvmlite.ir as ll

from softgate.cpu.ir import I64, Code, Value


class Wide:
    """The float64 side of vectors of the kernel's type: two halves of a float32 vector, or the vector itself."""

    def __init__(self, c: Code) -> None:
        self.c, self.parts = c, 2 if c.real.bits == 32 else 1
        self.lanes = c.lanes // self.parts
        self.type = ll.VectorType(ll.DoubleType(), self.lanes)
        self.bits = ll.VectorType(I64, self.lanes)

    def split(self, value: Value) -> list[Value]:
        """The value in float64."""
        if self.parts == 1:
            return [value]
        undefined, b = ll.Constant(value.type, ll.Undefined), self.c.b
        kind = ll.VectorType(ll.IntType(32), self.lanes)
        chosen = [ll.Constant(kind, list(range(p * self.lanes, (p + 1) * self.lanes))) for p in range(2)]
        return [b.fpext(b.shuffle_vector(value, undefined, mask), self.type) for mask in chosen]

    def load(self, pointer: Value, kind: Value = None) -> list[Value]:
        """The parts at ``pointer``, of float64 or another type of 64 bits."""
        b = self.c.b
        places = [self.c.at(pointer, p * self.lanes, I64) for p in range(self.parts)]
        return [b.load(place, typ=kind or self.type, align=8) for place in places]

    def store(self, values: list[Value], pointer: Value) -> None:
        """Put the parts at ``pointer``."""
        for p, value in enumerate(values):
            self.c.b.store(value, self.c.at(pointer, p * self.lanes, I64), align=8)
