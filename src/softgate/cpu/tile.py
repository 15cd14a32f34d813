"""The register tile: a few rows times a few vectors of outputs, accumulated in registers over the whole K loop.

Packed weights are laid out as the tile reads them, ``[k][group][lane]``; rows are read one value at a time and
broadcast. One tile may sum over several segments (the input, the hidden state), each with rows and weights of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import llvmlite.ir as ll

from softgate.cpu.ir import I64, PTR, Code, Real, Value, index
from softgate.cpu.isa import Isa


@dataclass(frozen=True)
class Segment:
    """One product of a tile: the accumulators it adds to, as positions among the tile's groups."""

    groups: tuple[int, ...]


def rows_that_fit(isa: Isa, groups: int) -> int:
    """The most rows whose accumulators, with weights and a broadcast beside them, fit into the registers."""
    rows = 1
    while (rows + 1) * groups + min(rows + 1, groups) + 1 <= isa.registers:
        rows += 1
    return rows


def define(
    module: ll.Module, isa: Isa, real: Real, name: str, rows: int, groups: int, segments: Sequence[Segment]
) -> ll.Function:
    """The function ``tile(out, start, (rows*, weights, K) for each segment)``.

    ``out`` receives ``[rows][groups]`` vectors; ``start`` points at one vector a group, the same for every row;
    ``rows*`` is an array of row pointers.
    """
    c = Code(module, name, [PTR, PTR] + [PTR, PTR, I64] * len(segments), isa, real, internal=True)
    out, start, *rest = c.function.args
    sums = [[c.load(c.at(start, g * c.lanes)) for g in range(groups)] for _ in range(rows)]
    flat = [v for row in sums for v in row]
    # A tile of few rows has too few instructions a turn to hide the loop's own.
    unroll = max(1, 8 // (rows * groups))
    for n, segment in enumerate(segments):
        row_pointers, weights, depth = rest[3 * n : 3 * n + 3]
        pointers = [c.load_scalar(c.at(row_pointers, r, PTR), PTR) for r in range(rows)]
        flat = _accumulate(c, flat, groups, segment, pointers, weights, depth, unroll)
    for k, v in enumerate(flat):
        c.store(v, c.at(out, k * c.lanes))
    c.ret()
    return c.function


def _accumulate(
    c: Code,
    sums: list[Value],
    groups: int,
    segment: Segment,
    rows: list[Value],
    weights: Value,
    depth: Value,
    unroll: int,
) -> list[Value]:
    """``sums[r][g] += rows[r][k] * weights[k][g]`` for all k."""
    width = len(segment.groups) * c.lanes

    def at(k: Value, values: list[Value]) -> list[Value]:
        values = list(values)
        base = c.at(weights, c.b.mul(k, index(width)))
        inputs = [c.broadcast(c.at(row, k)) for row in rows]
        for n, g in enumerate(segment.groups):
            w = c.load(c.at(base, n * c.lanes))
            for r, x in enumerate(inputs):
                values[r * groups + g] = c.fma(x, w, values[r * groups + g])
        return values

    if unroll == 1:
        return c.loop(index(0), depth, sums, at)

    def several(k: Value, values: list[Value]) -> list[Value]:
        for u in range(unroll):
            values = at(c.b.add(k, index(u)), values)
        return values

    whole = c.b.mul(c.b.sdiv(depth, index(unroll)), index(unroll))
    sums = c.loop(index(0), whole, sums, several, step=unroll)
    return c.loop(whole, depth, sums, at)
