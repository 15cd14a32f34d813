"""The weight gradient: ``C[m, n] = sum over rows of a[row, m] * b[row, n]``, where both factors lie row after row.

Rows are taken a block at a time. The columns of ``a`` that a thread owns are copied tile by tile, and each panel of
``b`` once, so that the register tile reads both one after the other from the caches: read in place, rows a power of
two apart would fall on the same few cache lines. The rows of ``b`` are given by a table of addresses, so that the
hidden states of a packed sequence, of a batch-first input or after a reset need no copy of their own.
"""

from __future__ import annotations

import llvmlite.ir as ll

from softgate.cpu import team
from softgate.cpu.arguments import Arguments
from softgate.cpu.ir import I64, PTR, Code, Real, Value, index
from softgate.cpu.isa import Isa
from softgate.cpu.tile import rows_that_fit

BLOCK = 128
"""Rows summed before the tile goes back to memory: a panel of ``b`` of so many rows fits into the first-level cache."""

OUTER = Arguments(
    [
        "threads",
        "a",
        "a_row",
        "a_columns",
        "b_rows",
        "b_columns",
        "rows",
        "c",
        "c_row",
        "panels",
        "keep",
        "room",
    ]
)
"""``a`` [rows, a_columns], stride ``a_row``; ``b_rows`` a table of ``rows`` addresses of [b_columns]; ``c`` [a_columns,
b_columns], stride ``c_row``, to which is added if ``keep`` is 1; ``panels`` is b_columns over the tile's width, rounded
up; ``room`` has as many values as :func:`room_for` says."""


def outer_rows(isa: Isa, wide: int) -> int:
    """Rows of C in the tile that has ``wide`` vectors of columns."""
    return min(8, rows_that_fit(isa, wide))


def room_for(columns: int, threads: int, isa: Isa, real: Real, wide: int) -> int:
    """Values that at most ``threads`` threads need for their copies of one block of rows.

    All columns of ``a``, and for each thread a panel of ``b`` and the room of one tile, for what a copy overhangs.
    """
    most = outer_rows(isa, wide)
    return BLOCK * ((-(-columns // most) + threads) * most + threads * wide * isa.lanes(real.bits))


def build_outer(module: ll.Module, isa: Isa, real: Real, wide: int, tail: bool) -> None:
    """Add ``outer(arguments)`` for tiles of ``wide`` vectors; ``tail`` masks columns past the last."""
    most = outer_rows(isa, wide)
    tiles = [_tile(module, isa, real, m, wide, tail) for m in range(1, most + 1)]
    c = Code(module, "outer.worker", [PTR, I64, I64], isa, real, internal=True)
    base, me, threads = c.function.args
    b = c.b

    def number(name: str) -> Value:
        return OUTER.number(c, base, name)

    size, row_a, row_c = number("a_columns"), number("a_row"), number("c_row")
    count = b.sdiv(b.add(size, index(most - 1)), index(most))
    first, last = c.share(count, threads, me), c.share(count, threads, b.add(me, index(1)))
    # Behind the tiles, overhangs and panels of the threads before, however many there turn out to be.
    before = b.add(b.mul(b.add(first, me), index(most)), b.mul(me, index(wide * c.lanes)))
    mine = c.at(OUTER.pointer(c, base, "room"), b.mul(before, index(BLOCK)))
    panel_room = c.at(mine, b.mul(b.add(b.sub(last, first), index(1)), index(BLOCK * most)))
    with c.for_range(index(0), number("rows"), BLOCK) as row:
        depth = c.minimum(index(BLOCK), b.sub(number("rows"), row))
        keep = b.or_(b.icmp_signed(">", row, index(0)), b.icmp_signed("!=", number("keep"), index(0)))
        table = c.at(OUTER.pointer(c, base, "b_rows"), row, PTR)
        with c.for_range(first, last) as k:
            start, end = c.share(size, count, k), c.share(size, count, b.add(k, index(1)))
            a = c.at(OUTER.pointer(c, base, "a"), b.add(b.mul(row, row_a), start))
            to = c.at(mine, b.mul(b.sub(k, first), index(BLOCK * most)))
            _copy_columns(c, a, row_a, b.sub(end, start), depth, to, most)
        with c.for_range(index(0), number("panels")) as panel:
            column = b.mul(panel, index(wide * c.lanes))
            left = b.sub(number("b_columns"), column)
            _copy_panel(c, table, column, left, depth, panel_room, wide, tail)
            with c.for_range(first, last) as k:
                start, end = c.share(size, count, k), c.share(size, count, b.add(k, index(1)))
                a = c.at(mine, b.mul(b.sub(k, first), index(BLOCK * most)))
                to = c.at(OUTER.pointer(c, base, "c"), b.add(b.mul(start, row_c), column))
                _dispatch(c, tiles, b.sub(end, start), [a, panel_room, depth, to, row_c, left, b.zext(keep, I64)])
    c.ret()
    team.define_entry(module, isa, real, "outer", c.function, OUTER.position["threads"])


def _copy_columns(c: Code, a: Value, row_a: Value, count: Value, depth: Value, to: Value, most: int) -> None:
    """A few columns of ``a``, [depth][count], one row after the other.

    Whole vectors are stored for each row; what they write too much, the next row overwrites.
    """
    b = c.b
    starts = range(0, most, c.lanes)
    masks = [c.first_lanes(b.sub(count, index(s))) for s in starts]
    with c.for_range(index(0), depth) as k:
        row, place = c.at(a, b.mul(k, row_a)), c.at(to, b.mul(k, count))
        for start, mask in zip(starts, masks, strict=True):
            c.store(c.load(c.at(row, start), mask), c.at(place, start))


def _copy_panel(
    c: Code, table: Value, column: Value, left: Value, depth: Value, to: Value, wide: int, tail: bool
) -> None:
    """A panel of ``b``, [depth][wide] vectors, zeros past the last column."""
    masks = [c.first_lanes(c.b.sub(left, index(w * c.lanes))) if tail else None for w in range(wide)]
    with c.for_range(index(0), depth) as k:
        row = c.at(c.load_scalar(c.at(table, k, PTR), PTR), column)
        for w in range(wide):
            value = c.load(c.at(row, w * c.lanes), masks[w])
            c.store(value, c.at(to, c.b.add(c.b.mul(k, index(wide * c.lanes)), index(w * c.lanes))))


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
    c = Code(module, f"outer{count}", [PTR, PTR, I64, PTR, I64, I64, I64], isa, real, internal=True)
    a, panel, depth, to, row_c, left, keep = c.function.args
    b = c.b
    masks = [c.first_lanes(b.sub(left, index(w * c.lanes))) if tail else None for w in range(wide)]

    def turn(k: Value, sums: list[Value]) -> list[Value]:
        factors = c.at(a, b.mul(k, index(count)))
        row = c.at(panel, b.mul(k, index(wide * c.lanes)))
        inputs = [c.broadcast(c.at(factors, m)) for m in range(count)]
        sums = list(sums)
        for w in range(wide):
            values = c.load(c.at(row, w * c.lanes))
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
