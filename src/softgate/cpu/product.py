"""Products over all steps of a backward pass, where both factors lie row after row.

``outer``: the weight gradient, ``C[m, n] = sum over rows of a[row, m] * b[row, n]``. Both factors are contiguous along
the output, so the register tile broadcasts from one and loads vectors of the other; the sum goes in blocks of rows
that stay in the cache. The rows of ``b`` are given by a table of pointers, so that the hidden states of a packed
sequence, of a batch-first input or after a reset need no copy.
"""

from __future__ import annotations

import llvmlite.ir as ll

from softgate.cpu import team
from softgate.cpu.arguments import Arguments
from softgate.cpu.ir import I64, PTR, Code, Real, Value, index
from softgate.cpu.isa import Isa
from softgate.cpu.tile import rows_that_fit

_BLOCK = 256
"""Rows summed before the tile goes back to memory: a panel of them fits into the second-level cache."""

OUTER = Arguments(["threads", "a", "a_row", "a_columns", "b_rows", "b_columns", "rows", "c", "c_row", "panels", "keep"])
"""``a`` [rows, a_columns], stride ``a_row``; ``b_rows`` a table of ``rows`` pointers to [b_columns]; ``c`` [a_columns,
b_columns], stride ``c_row``, to which is added if ``keep`` is 1; ``panels`` is b_columns over the tile's width."""


def outer_rows(isa: Isa, wide: int) -> int:
    """Rows of C in the tile that has ``wide`` vectors of columns."""
    return min(8, rows_that_fit(isa, wide))


def build_outer(module: ll.Module, isa: Isa, real: Real, wide: int, tail: bool) -> None:
    """Add ``outer(arguments)`` for tiles of ``wide`` vectors; ``tail`` masks columns past the last."""
    most = outer_rows(isa, wide)
    tiles = [_tile(module, isa, real, m, wide, tail) for m in range(1, most + 1)]
    c = Code(module, "outer.worker", [PTR, I64, I64], isa, real, internal=True)
    base, me, threads = c.function.args
    b = c.b
    size, rows, panels, row_a, row_c, cols = (
        OUTER.number(c, base, n) for n in ("a_columns", "rows", "panels", "a_row", "c_row", "b_columns")
    )
    count = b.sdiv(b.add(size, index(most - 1)), index(most))
    first, last = c.share(count, threads, me), c.share(count, threads, b.add(me, index(1)))
    with c.for_range(index(0), rows, _BLOCK) as row, c.for_range(index(0), panels) as panel:
        depth = c.minimum(index(_BLOCK), b.sub(rows, row))
        keep = b.or_(b.icmp_signed(">", row, index(0)), b.icmp_signed("!=", OUTER.number(c, base, "keep"), index(0)))
        table = c.at(OUTER.pointer(c, base, "b_rows"), row, PTR)
        column = b.mul(panel, index(wide * c.lanes))
        with c.for_range(first, last) as k:
            start, end = c.share(size, count, k), c.share(size, count, b.add(k, index(1)))
            a = c.at(OUTER.pointer(c, base, "a"), b.add(b.mul(row, row_a), start))
            to = c.at(OUTER.pointer(c, base, "c"), b.add(b.mul(start, row_c), column))
            left = b.sub(cols, column)
            _dispatch(c, tiles, b.sub(end, start), [a, row_a, table, column, depth, to, row_c, left, b.zext(keep, I64)])
    c.ret()
    team.define_entry(module, isa, real, "outer", c.function, OUTER.position["threads"])


def _dispatch(c: Code, tiles: list[ll.Function], count: Value, arguments: list[Value]) -> None:
    done, never = c.function.append_basic_block("done"), c.function.append_basic_block("never")
    switch = c.b.switch(count, never)
    for rows, tile in enumerate(tiles, start=1):
        case = c.function.append_basic_block("case")
        switch.add_case(index(rows), case)
        c.b.position_at_end(case)
        c.b.call(tile, arguments)
        c.b.branch(done)
    c.b.position_at_end(never)
    c.b.unreachable()
    c.b.position_at_end(done)


def _tile(module: ll.Module, isa: Isa, real: Real, count: int, wide: int, tail: bool) -> ll.Function:
    """``count`` rows of C times ``wide`` vectors of columns, over one block of rows."""
    c = Code(module, f"outer{count}", [PTR, I64, PTR, I64, I64, PTR, I64, I64, I64], isa, real, internal=True)
    a, row_a, table, column, depth, to, row_c, left, keep = c.function.args
    b = c.b
    masks = [c.first_lanes(b.sub(left, index(w * c.lanes))) if tail else None for w in range(wide)]

    def turn(k: Value, sums: list[Value]) -> list[Value]:
        factors = c.at(a, b.mul(k, row_a))
        row = c.at(c.load_scalar(c.at(table, k, PTR), PTR), column)
        inputs = [c.broadcast(c.at(factors, m)) for m in range(count)]
        sums = list(sums)
        for w in range(wide):
            values = c.load(c.at(row, w * c.lanes), masks[w])
            for m in range(count):
                sums[m * wide + w] = c.fma(inputs[m], values, sums[m * wide + w])
        return sums

    sums = c.loop(index(0), depth, [c.splat(0.0)] * (count * wide), turn)
    places = [c.at(c.at(to, b.mul(index(m), row_c)), w * c.lanes) for m in range(count) for w in range(wide)]
    with b.if_else(b.icmp_signed("!=", keep, index(0))) as (add, put):
        with add:
            for k, place in enumerate(places):
                c.store(b.fadd(c.load(place, masks[k % wide]), sums[k]), place, masks[k % wide])
        with put:
            for k, place in enumerate(places):
                c.store(sums[k], place, masks[k % wide])
    c.ret()
    return c.function
