"""The kernel behind the recurrent layer of a small net: a linear head, a loss, and the gradients back to the layer.

Per counted row: z = W y + b, outputs in the lanes of a vector, four rows at a time; the loss and dz; dy = W^T dz, units
in the lanes. The gradient of W is a product over rows that :mod:`softgate.cpu.product` makes from dz afterwards.
"""

from __future__ import annotations

import math as numbers
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import llvmlite.ir as ll
import torch

from softgate.cpu import compiler, math, prepare
from softgate.cpu.arguments import Arguments
from softgate.cpu.compiler import Kernel
from softgate.cpu.ir import I32, I64, PTR, Code, Real, Value, index
from softgate.cpu.isa import Isa

HEAD = Arguments(
    ["y", "chosen", "count", "packed", "weight", "bias", "outputs", "groups", "units", "target", "share", "loss", "dz",
     "rows", "dy", "sums", "bias_gradient"]
)  # fmt: skip
"""``head``: ``count`` rows ``chosen`` of ``y`` [rows, units]; ``weight`` [outputs, units], and ``packed`` as
``pack_rows`` does; ``target`` [rows] of 64-bit classes, or [rows, outputs]; ``share`` one value, by which each row's
loss is multiplied. Writes ``loss``, one value; ``dz`` [count, groups, lanes] and in ``rows`` the address of each row of
``y``; the chosen rows of ``dy``; ``bias_gradient`` [outputs]. ``sums`` [groups, lanes] is room, ``groups`` are the
vectors that hold the outputs."""

_ROWS = 4


class Row(NamedTuple):
    """One row of the head: its number among all rows, and where its z is, [groups, lanes]."""

    number: Value
    z: Value


@lru_cache(maxsize=8)
def kernel(isa: Isa, dtype: torch.dtype, kind: str) -> Kernel:
    """``head`` for one kind of task, compiled."""
    real = prepare.real_of(dtype)
    return compiler.load(
        f"head {isa.name} {real.name} {kind}", ["head"], isa, lambda module: _Head(module, isa, real, kind).build()
    )


class _Head:
    """Emits the kernel."""

    def __init__(self, module: ll.Module, isa: Isa, real: Real, kind: str) -> None:
        c = self.c = Code(module, "head", [PTR], isa, real)
        (base,) = c.function.args
        self.loss_of = {"classes": self._classes, "bits": self._bits, "numbers": self._numbers}[kind]
        self.mean = kind != "classes"
        self.count, self.outputs, self.groups, self.units = (
            HEAD.number(c, base, n) for n in ("count", "outputs", "groups", "units")
        )
        self.at = {n: HEAD.pointer(c, base, n) for n in HEAD.names if n not in ("count", "outputs", "groups", "units")}
        self.width = c.b.mul(self.groups, index(c.lanes))
        self.share = c.broadcast(self.at["share"])
        self.total = c.scratch(1)

    def build(self) -> None:
        """All rows."""
        c, b = self.c, self.c.b
        c.store(c.splat(0.0), self.total)
        each = self.share
        if self.mean:
            many = b.sitofp(self.outputs, c.real.scalar)
            each = b.fdiv(each, self._everywhere(many))
        self.each = each
        with c.for_range(index(0), self.groups) as g:
            c.store(c.splat(0.0), c.at(self.at["sums"], b.mul(g, index(c.lanes))))
        with c.for_range(index(0), self.count, _ROWS) as first:
            last = b.sub(self.count, index(1))
            rows = [c.minimum(b.add(first, index(q)), last) for q in range(_ROWS)]
            with c.for_range(index(0), self.groups) as g:
                self._product(rows, g)
            with c.for_range(first, c.minimum(b.add(first, index(_ROWS)), self.count)) as k:
                number = c.load_scalar(c.at(self.at["chosen"], k, I64), I64)
                b.store(self._y(number), c.at(self.at["rows"], k, PTR))
                row = Row(number, c.at(self.at["dz"], b.mul(k, self.width)))
                c.store(b.fadd(c.load(self.total), self.loss_of(row)), self.total)
                self._back(row)
        total = c.load(self.total)
        total = b.fmul(self._folded(total, b.fadd), each) if self.mean else b.fmul(total, each)
        b.store(b.extract_element(total, ll.Constant(I32, 0)), self.at["loss"])
        with c.for_range(index(0), self.groups) as g:
            offset = b.mul(g, index(c.lanes))
            c.store(c.load(c.at(self.at["sums"], offset)), c.at(self.at["bias_gradient"], offset), self._mask(g))
        c.ret()

    def _y(self, number: Value) -> Value:
        return self.c.at(self.at["y"], self.c.b.mul(number, self.units))

    def _mask(self, group: Value) -> Value:
        return self.c.first_lanes(self.c.b.sub(self.outputs, self.c.b.mul(group, index(self.c.lanes))))

    def _everywhere(self, scalar: Value) -> Value:
        c = self.c
        undefined = ll.Constant(c.vector, ll.Undefined)
        one = c.b.insert_element(undefined, scalar, ll.Constant(I32, 0))
        return c.b.shuffle_vector(one, undefined, ll.Constant(ll.VectorType(I32, c.lanes), [0] * c.lanes))

    def _folded(self, v: Value, fold: Callable[[Value, Value], Value]) -> Value:
        """One number from all lanes, in all lanes."""
        c, size = self.c, 1
        while size < c.lanes:
            order = ll.Constant(ll.VectorType(I32, c.lanes), [k ^ size for k in range(c.lanes)])
            v = fold(v, c.b.shuffle_vector(v, v, order))
            size *= 2
        return v

    def _product(self, rows: Sequence[Value], group: Value) -> None:
        """z of a few rows, for one vector of outputs."""
        c, b = self.c, self.c.b
        offset = b.mul(group, index(c.lanes))
        panel = c.at(self.at["packed"], b.mul(offset, self.units))
        ys = [self._y(c.load_scalar(c.at(self.at["chosen"], row, I64), I64)) for row in rows]
        bias = c.load(c.at(self.at["bias"], offset), self._mask(group))

        def turn(h: Value, sums: list[Value]) -> list[Value]:
            weights = c.load(c.at(panel, b.mul(h, index(c.lanes))))
            return [c.fma(c.broadcast(c.at(y, h)), weights, s) for y, s in zip(ys, sums, strict=True)]

        sums = c.loop(index(0), self.units, [bias] * len(ys), turn)
        for row, z in zip(rows, sums, strict=True):
            c.store(z, c.at(c.at(self.at["dz"], b.mul(row, self.width)), offset))

    def _over(self, row: Row, start: Value, body: Callable[[Value, Value, Value, Value], Value]) -> Value:
        """``body(place of z, z, mask, carried)`` for each vector of outputs."""
        c = self.c

        def turn(g: Value, carried: list[Value]) -> list[Value]:
            place = c.at(row.z, c.b.mul(g, index(c.lanes)))
            return [body(place, c.load(place), self._mask(g), carried[0])]

        (found,) = c.loop(index(0), self.groups, [start], turn)
        return found

    def _classes(self, row: Row) -> Value:
        """Cross entropy: the loss in every lane, dz in the place of z."""
        c, b = self.c, self.c.b
        target = c.load_scalar(c.at(self.at["target"], row.number, I64), I64)
        right = c.at(row.z, target)
        z_right = self._everywhere(c.load_scalar(right))

        def larger(a: Value, other: Value) -> Value:
            return c.select(b.fcmp_ordered(">", a, other), a, other)

        least = c.splat(-numbers.inf)
        most = self._folded(self._over(row, least, lambda _, z, m, v: larger(c.select(m, z, least), v)), larger)

        def power(place: Value, z: Value, mask: Value, carried: Value) -> Value:
            e = c.select(mask, math.EMIT["exp"](c, b.fsub(z, most)), c.splat(0.0))
            c.store(e, place)
            return b.fadd(carried, e)

        total = self._folded(self._over(row, c.splat(0.0), power), b.fadd)
        factor = b.fdiv(self.each, total)

        def scale(place: Value, e: Value, _: Value, carried: Value) -> Value:
            c.store(b.fmul(e, factor), place)
            return carried

        self._over(row, total, scale)
        b.store(b.fsub(c.load_scalar(right), c.load_scalar(self.at["share"])), right)
        return b.fadd(math.EMIT["log"](c, total), b.fsub(most, z_right))

    def _bits(self, row: Row) -> Value:
        """Binary cross entropy of each output: ln(1 + e^-abs(z)) + max(z, 0) - z t."""
        c, b = self.c, self.c.b

        def one(z: Value, t: Value) -> tuple[Value, Value]:
            positive = c.select(b.fcmp_ordered("<", z, c.splat(0.0)), c.splat(0.0), z)
            rest = math.EMIT["log1p"](c, math.EMIT["exp"](c, b.fneg(c.intrinsic("fabs", z))))
            return b.fadd(rest, b.fsub(positive, b.fmul(z, t))), b.fsub(math.EMIT["sigmoid"](c, z), t)

        return self._each_output(row, one)

    def _numbers(self, row: Row) -> Value:
        """Squared error of each output."""
        b = self.c.b

        def one(z: Value, t: Value) -> tuple[Value, Value]:
            error = b.fsub(z, t)
            return b.fmul(error, error), b.fadd(error, error)

        return self._each_output(row, one)

    def _each_output(self, row: Row, one: Callable[[Value, Value], tuple[Value, Value]]) -> Value:
        c, b = self.c, self.c.b
        targets = c.at(self.at["target"], b.mul(row.number, self.outputs))

        def body(place: Value, z: Value, mask: Value, carried: Value) -> Value:
            offset = b.sdiv(b.sub(b.ptrtoint(place, I64), b.ptrtoint(row.z, I64)), index(c.real.bits // 8))
            value, slope = one(z, c.load(c.at(targets, offset), mask))
            c.store(c.select(mask, b.fmul(slope, self.each), c.splat(0.0)), place)
            return b.fadd(carried, c.select(mask, value, c.splat(0.0)))

        return self._over(row, c.splat(0.0), body)

    def _back(self, row: Row) -> None:
        """The bias adds up; dy of the row."""
        c, b = self.c, self.c.b
        with c.for_range(index(0), self.groups) as g:
            offset = b.mul(g, index(c.lanes))
            place = c.at(self.at["sums"], offset)
            c.store(b.fadd(c.load(place), c.load(c.at(row.z, offset))), place)
        to = c.at(self.at["dy"], b.mul(row.number, self.units))
        with c.for_range(index(0), self.units, c.lanes) as unit:
            mask = c.first_lanes(b.sub(self.units, unit))

            def turn(o: Value, sums: list[Value], unit: Value = unit, mask: Value = mask) -> list[Value]:
                weights = c.load(c.at(c.at(self.at["weight"], b.mul(o, self.units)), unit), mask)
                return [c.fma(c.broadcast(c.at(row.z, o)), weights, sums[0])]

            (total,) = c.loop(index(0), self.outputs, [c.splat(0.0)], turn)
            c.store(total, c.at(to, unit), mask)
