"""The weight gradient: ``C[m, n] = sum over rows of a[row, m] * b[row, n]``, where both factors lie row after row.

Rows are taken a block at a time. The columns of ``a`` that a thread owns are copied tile by tile, and each panel of
``b`` once, so that the register tile reads both one after the other from the caches: read in place, rows a power of
two apart would fall on the same few cache lines. The rows of ``b`` are given by a table of addresses, so that the
hidden states of a packed sequence, of a batch-first input or after a reset need no copy of their own.
"""

from __future__ import annotations

from typing import NamedTuple

import llvmlite.ir as ll

from softgate.cpu import team
from softgate.cpu.arguments import Arguments
from softgate.cpu.ir import I64, PTR, Code, Real, Value, index
from softgate.cpu.isa import Isa
from softgate.cpu.tile import rows_that_fit

BLOCK = 128
"""Rows summed before the tile goes back to memory: a panel of ``b`` of so many rows fits into the first-level cache."""
_AHEAD = 3
"""Rows that are asked for before they are copied: two threads take half a row each, which no hardware guesses."""

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


def _tile_room(most: int, lanes: int) -> int:
    """Values of the copy of one tile's columns: the last row's whole vectors end behind it."""
    return BLOCK * most + max(0, -(-most // lanes) * lanes - most)


def room_for(columns: int, threads: int, isa: Isa, real: Real, wide: int) -> int:
    """Values that at most ``threads`` threads need for their copies of one block of rows.

    All columns of ``a``, and for each thread a panel of ``b``.
    """
    most, lanes = outer_rows(isa, wide), isa.lanes(real.bits)
    return -(-columns // most) * _tile_room(most, lanes) + threads * BLOCK * wide * lanes


def build_outer(module: ll.Module, isa: Isa, real: Real, wide: int, tail: bool) -> None:
    """Add ``outer(arguments)`` for tiles of ``wide`` vectors; ``tail`` masks columns past the last."""
    most = outer_rows(isa, wide)
    tiles = [_tile(module, isa, real, m, most, wide, tail) for m in range(1, most + 1)]
    c = Code(module, "outer.worker", [PTR, I64, I64], isa, real, internal=True)
    base, me, threads = c.function.args
    b = c.b

    def number(name: str) -> Value:
        return OUTER.number(c, base, name)

    size, row_a, row_c = number("a_columns"), number("a_row"), number("c_row")
    count = b.sdiv(b.add(size, index(most - 1)), index(most))
    first, last = c.share(count, threads, me), c.share(count, threads, b.add(me, index(1)))
    room, each, panel = OUTER.pointer(c, base, "room"), _tile_room(most, c.lanes), BLOCK * wide * c.lanes
    panel_room = c.at(room, b.mul(me, index(panel)))
    copies = c.at(room, b.mul(threads, index(panel)))

    with c.for_range(index(0), number("rows"), BLOCK) as row:
        depth = c.minimum(index(BLOCK), b.sub(number("rows"), row))
        keep = b.or_(b.icmp_signed(">", row, index(0)), b.icmp_signed("!=", number("keep"), index(0)))
        table = c.at(OUTER.pointer(c, base, "b_rows"), row, PTR)
        with c.for_range(index(0), depth) as k:
            source = c.at(OUTER.pointer(c, base, "a"), b.mul(b.add(row, k), row_a))
            _copy_columns(c, source, row_a, size, (first, last), _Copies(copies, each, b.mul(k, index(most))), most)
        with c.for_range(index(0), number("panels")) as n:
            column = b.mul(n, index(wide * c.lanes))
            left = b.sub(number("b_columns"), column)
            _copy_panel(c, table, column, left, depth, panel_room, wide, tail)
            with c.for_range(first, last) as t:
                start = b.mul(t, index(most))
                to = c.at(OUTER.pointer(c, base, "c"), b.add(b.mul(start, row_c), column))
                rows_c = c.minimum(index(most), b.sub(size, start))
                _dispatch(
                    c,
                    tiles,
                    rows_c,
                    [_Copies(copies, each, index(0)).of(c, t), panel_room, depth, to, row_c, left, b.zext(keep, I64)],
                )
    c.ret()
    team.define_entry(module, isa, real, "outer", c.function, OUTER.position["threads"])


class _Copies(NamedTuple):
    """Where the copies of the tiles lie: ``each`` values apart, and ``skip`` values into each."""

    start: Value
    each: int
    skip: Value

    def of(self, c: Code, tile: Value) -> Value:
        """The place in the copy of one tile."""
        return c.at(c.at(self.start, c.b.mul(tile, index(self.each))), self.skip)


def _copy_columns(
    c: Code,
    row: Value,
    row_a: Value,
    size: Value,
    tiles: tuple[Value, Value],
    copies: _Copies,
    most: int,
) -> None:
    """One row of ``a``, dealt to the copies of the tiles from the first to the last.

    Row after row rather than tile after tile: rows a power of two apart fall on the same few lines of the first cache.
    Whole vectors are stored; what they write too much, the next row overwrites.
    """
    b = c.b
    with c.for_range(*tiles) as t:
        start, to = b.mul(t, index(most)), copies.of(c, t)
        c.prefetch(c.at(row, b.add(start, b.mul(row_a, index(_AHEAD)))))
        for at in range(0, most, c.lanes):
            begin = b.add(start, index(at))
            c.store(c.load(c.at(row, begin), c.first_lanes(b.sub(size, begin))), c.at(to, at))


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


def _tile(module: ll.Module, isa: Isa, real: Real, count: int, most: int, wide: int, tail: bool) -> ll.Function:
    """``count`` rows of C, of ``most`` that were copied, times ``wide`` vectors of columns, over one block of rows."""
    c = Code(module, f"outer{count}", [PTR, PTR, I64, PTR, I64, I64, I64], isa, real, internal=True)
    a, panel, depth, to, row_c, left, keep = c.function.args
    b = c.b
    masks = [c.first_lanes(b.sub(left, index(w * c.lanes))) if tail else None for w in range(wide)]
    places = [c.at(c.at(to, b.mul(index(m), row_c)), w * c.lanes) for m in range(count) for w in range(wide)]
    for place in places:
        c.prefetch(place, write=True)

    def turn(k: Value, sums: list[Value]) -> list[Value]:
        factors = c.at(a, b.mul(k, index(most)))
        row = c.at(panel, b.mul(k, index(wide * c.lanes)))
        inputs = [c.broadcast(c.at(factors, m)) for m in range(count)]
        sums = list(sums)
        for w in range(wide):
            values = c.load(c.at(row, w * c.lanes))
            for m in range(count):
                sums[m * wide + w] = c.fma(inputs[m], values, sums[m * wide + w])
        return sums

    sums = c.loop(index(0), depth, [c.splat(0.0)] * (count * wide), turn)
    with b.if_else(b.icmp_signed("!=", keep, index(0))) as (add, put):
        with add:
            for k, place in enumerate(places):
                c.store(b.fadd(c.load(place, masks[k % wide]), sums[k]), place, masks[k % wide])
        with put:
            for k, place in enumerate(places):
                c.store(sums[k], place, masks[k % wide])
    c.ret()
    return c.function
