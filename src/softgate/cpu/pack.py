"""Weights laid out as the tiles read them: ``[group of units][k][vector of the tile][lane]``.

Forward panels are transposed blocks of ``weight_ih`` and ``weight_hh`` (a row of those is one unit, a lane of a panel
too), made with vector shuffles; backward panels are columns of ``weight_hh`` as they lie. Lanes past the last unit
hold repeated or zero weights and are never stored. The kernels serve every cell; :func:`row_panels`,
:func:`column_panels` and :func:`bias_panels` say the same in torch, and tests hold the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import llvmlite.ir as ll
import torch
from torch import Tensor

from softgate.cpu import team
from softgate.cpu.arguments import Arguments
from softgate.cpu.ir import I32, I64, PTR, Code, Real, Value, index
from softgate.cpu.isa import Isa

ROWS = Arguments(["threads", "source", "row", "depth", "units", "groups", "blocks", "chosen", "count", "to"])
"""``pack_rows``: gates ``chosen`` of ``source`` [gates * units, depth], stride ``row``, to [groups, depth,
blocks * count, lanes]."""
COLUMNS = Arguments(
    ["threads", "source", "row", "units", "columns", "groups", "blocks", "chosen", "count", "to", "width", "position"]
)
"""``pack_columns``: gates ``chosen`` of ``source`` [gates * units, columns], stride ``row``, to [groups, count * units,
width, lanes], at vectors ``position`` to ``position + blocks`` of each ``width``; gate -1 is zeros."""
BIAS = Arguments(
    ["threads", "first", "second", "first_gate", "second_gate", "units", "groups", "blocks", "count", "to"]
)
"""``pack_bias``: the sum of two biases a slot, to [groups, blocks * count, lanes]; gate -1 or a null pointer adds 0."""


def row_panels(weight: Tensor, gates: int, chosen: Sequence[int], units: int, blocks: int, lanes: int) -> Tensor:
    """What ``pack_rows`` makes, as [groups, depth, blocks * len(chosen), lanes]; zeros past the last unit."""
    depth = weight.shape[1]
    groups = -(-units // (blocks * lanes))
    w = weight.reshape(gates, units, depth)[list(chosen)]
    w = torch.nn.functional.pad(w, (0, 0, 0, groups * blocks * lanes - units))
    w = w.view(len(chosen), groups, blocks, lanes, depth).permute(1, 4, 2, 0, 3)
    return w.reshape(groups, depth, blocks * len(chosen), lanes)


def column_panels(weight: Tensor, gates: int, chosen: Sequence[int], blocks: int, lanes: int) -> Tensor:
    """What ``pack_columns`` makes with a width of ``blocks``, as [groups, depth, blocks, lanes]."""
    columns = weight.shape[1]
    groups = -(-columns // (blocks * lanes))
    blank = weight.new_zeros(len(weight) // gates, columns)
    each = [*weight.reshape(gates, -1, columns), blank]
    w = torch.cat([each[gate] for gate in chosen])
    w = torch.nn.functional.pad(w, (0, groups * blocks * lanes - columns))
    return w.view(len(w), groups, blocks, lanes).permute(1, 0, 2, 3).contiguous()


def build(module: ll.Module, isa: Isa, real: Real) -> None:
    """Add ``pack_rows``, ``pack_columns`` and ``pack_bias`` to a module."""
    for name, arguments, body in (
        ("pack_rows", ROWS, _rows),
        ("pack_columns", COLUMNS, _columns),
        ("pack_bias", BIAS, _bias),
    ):
        c = Code(module, f"{name}.worker", [PTR, I64, I64], isa, real, internal=True)
        base, me, threads = c.function.args
        _each_group(c, arguments, base, me, threads, body)
        c.ret()
        team.define_entry(module, isa, real, name, c.function, arguments.position["threads"])


Body = Callable[[Code, Callable[[str], Value], Callable[[str], Value], Value], None]


def _each_group(c: Code, arguments: Arguments, base: Value, me: Value, threads: Value, body: Body) -> None:
    def number(name: str) -> Value:
        return arguments.number(c, base, name)

    def pointer(name: str) -> Value:
        return arguments.pointer(c, base, name)

    groups = number("groups")
    with c.for_range(c.share(groups, threads, me), c.share(groups, threads, c.b.add(me, index(1)))) as group:
        body(c, number, pointer, group)


def _rows(c: Code, number: Callable[[str], Value], pointer: Callable[[str], Value], group: Value) -> None:
    b, lanes = c.b, c.lanes
    depth, units, blocks, count, row = (number(n) for n in ("depth", "units", "blocks", "count", "row"))
    width = b.mul(b.mul(blocks, count), index(lanes))
    panel = c.at(pointer("to"), b.mul(b.mul(group, depth), width))
    with c.for_range(index(0), blocks) as block, c.for_range(index(0), count) as k:
        gate = c.load_scalar(c.at(pointer("chosen"), k, I64), I64)
        first = b.mul(b.add(b.mul(group, blocks), block), index(lanes))
        rows = []
        for lane in range(lanes):
            unit = c.minimum(b.add(first, index(lane)), b.sub(units, index(1)))
            rows.append(c.at(pointer("source"), b.mul(b.add(b.mul(gate, units), unit), row)))
        to = c.at(panel, b.mul(b.add(b.mul(block, count), k), index(lanes)))
        whole = b.mul(b.sdiv(depth, index(lanes)), index(lanes))
        with c.for_range(index(0), whole, lanes) as at:
            for n, column in enumerate(_transposed(c, [c.load(c.at(row, at)) for row in rows])):
                c.store(column, c.at(to, b.mul(b.add(at, index(n)), width)))
        with c.for_range(whole, depth) as at:
            column = ll.Constant(c.vector, ll.Undefined)
            for lane, row in enumerate(rows):
                column = b.insert_element(column, c.load_scalar(c.at(row, at)), ll.Constant(I32, lane))
            c.store(column, c.at(to, b.mul(at, width)))


def _transposed(c: Code, rows: list[Value]) -> list[Value]:
    """The transpose of a square of vectors: at each stage, blocks of 1, 2, 4 ... lanes change places."""
    n, size = c.lanes, 1
    while size < n:
        low = [k if not k & size else n + k - size for k in range(n)]
        high = [k + size if not k & size else n + k for k in range(n)]
        mixed = list(rows)
        for r in range(n):
            if not r & size:
                for target, lanes in ((r, low), (r + size, high)):
                    where = ll.Constant(ll.VectorType(I32, n), lanes)
                    mixed[target] = c.b.shuffle_vector(rows[r], rows[r + size], where)
        rows, size = mixed, size * 2
    return rows


def _columns(c: Code, number: Callable[[str], Value], pointer: Callable[[str], Value], group: Value) -> None:
    b, lanes = c.b, c.lanes
    units, columns, blocks, count, width = (number(n) for n in ("units", "columns", "blocks", "count", "width"))
    stride = number("row")
    depth = b.mul(count, units)
    panel = c.at(pointer("to"), b.mul(b.mul(group, depth), b.mul(width, index(lanes))))
    panel = c.at(panel, b.mul(number("position"), index(lanes)))
    with c.for_range(index(0), blocks) as block:
        first = b.mul(b.add(b.mul(group, blocks), block), index(lanes))
        with c.for_range(index(0), count) as k:
            gate = c.load_scalar(c.at(pointer("chosen"), k, I64), I64)
            here = b.icmp_signed(">=", gate, index(0))
            mask = c.first_lanes(b.select(here, b.sub(columns, first), index(0)))
            gate = b.select(here, gate, index(0))
            with c.for_range(index(0), units) as unit:
                source = c.at(pointer("source"), b.add(b.mul(b.add(b.mul(gate, units), unit), stride), first))
                row = b.add(b.mul(k, units), unit)
                to = c.at(panel, b.mul(b.add(b.mul(row, width), block), index(lanes)))
                c.store(c.load(source, mask), to)


def _bias(c: Code, number: Callable[[str], Value], pointer: Callable[[str], Value], group: Value) -> None:
    b, lanes = c.b, c.lanes
    units, blocks, count = (number(n) for n in ("units", "blocks", "count"))
    with c.for_range(index(0), blocks) as block, c.for_range(index(0), count) as k:
        first = b.mul(b.add(b.mul(group, blocks), block), index(lanes))
        mask = c.first_lanes(b.sub(units, first))
        total = c.splat(0.0)
        for name in ("first", "second"):
            gate = c.load_scalar(c.at(pointer(f"{name}_gate"), k, I64), I64)
            here = b.and_(b.icmp_signed(">=", gate, index(0)), b.icmp_signed("!=", number(name), index(0)))
            start, before = c.at(pointer(name), b.add(b.mul(gate, units), first)), b.block
            with b.if_then(here):
                added, inside = b.fadd(total, c.load(start, mask)), b.block
            phi = b.phi(c.vector)
            phi.add_incoming(total, before)
            phi.add_incoming(added, inside)
            total = phi
        place = b.add(b.mul(b.add(b.mul(group, blocks), block), count), k)
        c.store(total, c.at(pointer("to"), b.mul(place, index(lanes))))
