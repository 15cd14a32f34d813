"""A small assembler over llvmlite: functions, loops with carried values, vectors with an optional mask.

Kernels are written against :class:`Code`. No fast-math flag is ever set: what is fused or reordered is decided in
the program, so that every variant of a kernel gives the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import llvmlite.ir as ll

from softgate.cpu.isa import Isa

Value = Any  # llvmlite is untyped
I1, I32, I64, PTR = ll.IntType(1), ll.IntType(32), ll.IntType(64), ll.PointerType()


@dataclass(frozen=True)
class Real:
    """A floating point type as kernels see it."""

    name: str
    bits: int

    @property
    def scalar(self) -> Value:
        """LLVM's type of one value."""
        return ll.FloatType() if self.bits == 32 else ll.DoubleType()

    @property
    def suffix(self) -> str:
        """How intrinsics of this type are named."""
        return f"f{self.bits}"


FLOAT32, FLOAT64 = Real("float32", 32), Real("float64", 64)


def index(n: int) -> Value:
    """An integer constant of 64 bits."""
    return ll.Constant(I64, n)


class Code:
    """Emits the body of one function, for one instruction set and one floating point type."""

    def __init__(
        self,
        module: ll.Module,
        name: str,
        params: Sequence[Value],
        isa: Isa,
        real: Real,
        *,
        result: Value = None,
        internal: bool = False,
    ) -> None:
        self.module, self.isa, self.real = module, isa, real
        self.lanes = isa.lanes(real.bits)
        kind = ll.FunctionType(result or ll.VoidType(), list(params))
        self.function = ll.Function(module, kind, name)
        self.function.attributes.add("nounwind")
        if internal:
            self.function.linkage = "internal"
            self.function.attributes.add("noinline")
        self.b = ll.IRBuilder(self.function.append_basic_block("entry"))
        self.vector = ll.VectorType(real.scalar, self.lanes)
        self.int_scalar = ll.IntType(real.bits)
        self.int_vector = ll.VectorType(self.int_scalar, self.lanes)
        self.mask_type = ll.VectorType(I1, self.lanes)

    # Numbers

    def splat(self, x: float) -> Value:
        """The number in every lane."""
        return ll.Constant(self.vector, [float(x)] * self.lanes)

    def int_splat(self, x: int) -> Value:
        """The integer in every lane."""
        return ll.Constant(self.int_vector, [x] * self.lanes)

    def intrinsic(self, name: str, *args: Value) -> Value:
        """A call of ``llvm.NAME.TYPE`` on vectors."""
        kind = f".v{self.lanes}{self.real.suffix}"
        fn = self._declare(f"llvm.{name}{kind}", self.vector, [a.type for a in args])
        return self.b.call(fn, args)

    def _declare(self, name: str, result: Value, params: Sequence[Value]) -> Value:
        found = self.module.globals.get(name)
        return found or ll.Function(self.module, ll.FunctionType(result, list(params)), name)

    def external(self, name: str, result: Value, *args: Value) -> Value:
        """A call of a C function."""
        return self.b.call(self._declare(name, result, [a.type for a in args]), args)

    def fma(self, a: Value, b: Value, c: Value) -> Value:
        """a b + c, rounded once where the machine can."""
        return self.intrinsic("fma", a, b, c) if self.isa.fma else self.b.fadd(self.b.fmul(a, b), c)

    def select(self, condition: Value, a: Value, b: Value) -> Value:
        """``a`` in the lanes where the condition holds, else ``b``."""
        return self.b.select(condition, a, b)

    # Memory. Offsets count elements.

    def at(self, pointer: Value, offset: Value | int, kind: Value = None) -> Value:
        """``&pointer[offset]``, in elements of the kernel's type unless another is given."""
        offset = index(offset) if isinstance(offset, int) else offset
        return self.b.gep(pointer, [offset], inbounds=True, source_etype=kind or self.real.scalar)

    def load_scalar(self, pointer: Value, kind: Value = None) -> Value:
        """One value of the kernel's type, or of another."""
        return self.b.load(pointer, typ=kind or self.real.scalar)

    def broadcast(self, pointer: Value) -> Value:
        """The value at ``pointer`` in every lane."""
        undefined = ll.Constant(self.vector, ll.Undefined)
        one = self.b.insert_element(undefined, self.load_scalar(pointer), ll.Constant(I32, 0))
        return self.b.shuffle_vector(one, undefined, ll.Constant(ll.VectorType(I32, self.lanes), [0] * self.lanes))

    def load(self, pointer: Value, mask: Value | None = None) -> Value:
        """A vector; lanes outside the mask read as 0 and touch no memory."""
        if mask is None:
            return self.b.load(pointer, typ=self.vector, align=self.real.bits // 8)
        name = f"llvm.masked.load.v{self.lanes}{self.real.suffix}.p0"
        fn = self._declare(name, self.vector, [PTR, I32, self.mask_type, self.vector])
        return self.b.call(fn, [pointer, ll.Constant(I32, self.real.bits // 8), mask, self.splat(0.0)])

    def store(self, value: Value, pointer: Value, mask: Value | None = None) -> None:
        """Store a vector; lanes outside the mask touch no memory."""
        if mask is None:
            self.b.store(value, pointer, align=self.real.bits // 8)
            return
        name = f"llvm.masked.store.v{self.lanes}{self.real.suffix}.p0"
        fn = self._declare(name, ll.VoidType(), [self.vector, PTR, I32, self.mask_type])
        self.b.call(fn, [value, pointer, ll.Constant(I32, self.real.bits // 8), mask])

    def prefetch(self, pointer: Value, *, write: bool = False) -> None:
        """Ask for the cache line at ``pointer``, which need not exist; nobody waits for it."""
        numbers = [ll.Constant(I32, n) for n in (int(write), 3, 1)]
        self.external("llvm.prefetch.p0", ll.VoidType(), pointer, *numbers)

    def first_lanes(self, count: Value) -> Value:
        """A mask of the lanes below ``count`` (64 bits)."""
        wide = ll.VectorType(I64, self.lanes)
        one = self.b.insert_element(ll.Constant(wide, ll.Undefined), count, ll.Constant(I32, 0))
        zeros = ll.Constant(ll.VectorType(I32, self.lanes), [0] * self.lanes)
        limit = self.b.shuffle_vector(one, ll.Constant(wide, ll.Undefined), zeros)
        return self.b.icmp_signed("<", ll.Constant(wide, list(range(self.lanes))), limit)

    def scratch(self, count: int) -> Value:
        """Room for ``count`` vectors on the stack, aligned for them."""
        with self.b.goto_entry_block():
            room = self.b.alloca(self.vector, size=ll.Constant(I32, count))
        room.align = self.isa.vector_bits // 8
        return room

    # Integers

    def minimum(self, a: Value, b: Value) -> Value:
        """The smaller of two integers."""
        return self.b.select(self.b.icmp_signed("<", a, b), a, b)

    def share(self, total: Value, parts: Value, which: Value) -> Value:
        """Where part ``which`` of ``total`` things begins when they are dealt evenly."""
        return self.b.sdiv(self.b.mul(total, which), parts)

    # Control

    def loop(
        self,
        start: Value,
        end: Value,
        carried: Sequence[Value],
        body: Callable[[Value, list[Value]], Sequence[Value]],
        step: int = 1,
    ) -> list[Value]:
        """``for i in range(start, end, step)``: ``body(i, values)`` gives the values of the next turn."""
        before = self.b.block
        turn, done = self.function.append_basic_block("turn"), self.function.append_basic_block("done")
        self.b.cbranch(self.b.icmp_signed("<", start, end), turn, done)
        self.b.position_at_end(turn)
        i = self.b.phi(I64)
        i.add_incoming(start, before)
        values = [self.b.phi(v.type) for v in carried]
        for phi, v in zip(values, carried, strict=True):
            phi.add_incoming(v, before)
        after = list(body(i, list(values)))
        following = self.b.add(i, index(step))
        last = self.b.block
        i.add_incoming(following, last)
        for phi, v in zip(values, after, strict=True):
            phi.add_incoming(v, last)
        self.b.cbranch(self.b.icmp_signed("<", following, end), turn, done)
        self.b.position_at_end(done)
        results = [self.b.phi(v.type) for v in carried]
        for phi, old, new in zip(results, carried, after, strict=True):
            phi.add_incoming(old, before)
            phi.add_incoming(new, last)
        return results

    @contextmanager
    def for_range(self, start: Value, end: Value, step: int = 1) -> Iterator[Value]:
        """``for i in range(start, end, step)`` without carried values."""
        before = self.b.block
        turn, done = self.function.append_basic_block("turn"), self.function.append_basic_block("done")
        self.b.cbranch(self.b.icmp_signed("<", start, end), turn, done)
        self.b.position_at_end(turn)
        i = self.b.phi(I64)
        i.add_incoming(start, before)
        yield i
        following = self.b.add(i, index(step))
        i.add_incoming(following, self.b.block)
        self.b.cbranch(self.b.icmp_signed("<", following, end), turn, done)
        self.b.position_at_end(done)

    def ret(self) -> None:
        """Return."""
        self.b.ret_void()
