"""The last step of a sum over all rows and steps: one total for each unit from what the threads have added up."""

from __future__ import annotations

from collections.abc import Callable

import llvmlite.ir as ll

from softgate.cpu import team
from softgate.cpu.arguments import Arguments
from softgate.cpu.ir import I64, PTR, Code, Real, Value, index
from softgate.cpu.isa import Isa

TOTAL = Arguments(["threads", "from", "parts", "part_size", "row_size", "chosen", "count", "units", "to"])
"""``total``: rows ``chosen`` of ``from`` [parts, part_size], ``row_size`` apart, to their sums over the parts, [count,
units]."""


def build(module: ll.Module, isa: Isa, real: Real) -> None:
    """Add ``total`` to a module."""
    c = Code(module, "total.worker", [PTR, I64, I64], isa, real, internal=True)
    base, b = c.function.args[0], c.b
    units, parts, part, row = (TOTAL.number(c, base, n) for n in ("units", "parts", "part_size", "row_size"))
    source, chosen, to = (TOTAL.pointer(c, base, n) for n in ("from", "chosen", "to"))
    with c.for_range(index(0), TOTAL.number(c, base, "count")) as k:
        start = c.at(source, b.mul(c.load_scalar(c.at(chosen, k, I64), I64), row))
        with c.for_range(index(0), units, c.lanes) as unit:
            mask = c.first_lanes(b.sub(units, unit))
            (sum_,) = c.loop(index(0), parts, [c.splat(0.0)], _adder(c, c.at(start, unit), part, mask))
            c.store(sum_, c.at(to, b.add(b.mul(k, units), unit)), mask)
    c.ret()
    team.define_entry(module, isa, real, "total", c.function, TOTAL.position["threads"])


def _adder(c: Code, first: Value, part: Value, mask: Value) -> Callable[[Value, list[Value]], list[Value]]:
    """Adds what the next thread has, to a sum."""
    return lambda p, sums: [c.b.fadd(sums[0], c.load(c.at(first, c.b.mul(p, part)), mask))]
