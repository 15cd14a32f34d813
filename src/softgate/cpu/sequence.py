"""What the forward and the backward kernel share: who computes what, where the rows of a step lie, the walk in time.

Rows are the sequences of a batch. In a ragged run fewer of them are active at later steps, as in a packed sequence;
``offset[t]`` is then the first row of step t in all arrays that have a time axis.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import llvmlite.ir as ll

from softgate.cpu.arguments import Arguments
from softgate.cpu.ir import I64, PTR, Code, Value, index
from softgate.cpu.plan import Plan

COMMON = (
    "threads",
    "row_teams",
    "unit_teams",
    "barrier",
    "begin",
    "end",
    "steps",
    "reverse",
    "batch",
    "tiles",
    "tile_count",
    "lengths",
    "offsets",
    "reset",
    "zeros",
    "units",
    "groups",
    "hidden",
    "inputs",
    "keep",
    "y",
    "y_step",
    "y_row",
    "first.h",
)
"""Arguments that every kernel of a sequence has."""


@dataclass
class Moment:
    """One step in a kernel: its number, and the numbers and row counts of its neighbours in processing order."""

    t: Value
    first_row: Value
    active: Value
    before: Value
    before_first_row: Value
    before_active: Value
    after: Value
    after_first_row: Value
    after_active: Value
    is_last: Value


@dataclass
class Tile:
    """The rows ``start`` to ``start + count`` of a step, and the unit group that a tile covers."""

    start: Value
    count: Value
    group: Value


@dataclass
class Spot:
    """One row of a tile and one vector of units."""

    row: Value
    r: Value
    unit: Value
    block: int
    mask: Value | None
    cleared: Value | None


class Sequence:
    """Emits the walk of one thread through a sequence, for a kernel given as a function of moment and tile."""

    def __init__(
        self, c: Code, plan: Plan, arguments: Arguments, base: Value, me: Value, threads: Value, barrier: Value
    ) -> None:
        self.c, self.plan, self.arguments, self.base, self.barrier = c, plan, arguments, base, barrier
        b = c.b
        self.threads = threads
        wanted = self.number("threads")
        given = b.icmp_signed("==", threads, wanted)
        # With fewer threads than asked for, all of them share the units.
        self.row_teams = b.select(given, self.number("row_teams"), index(1))
        self.unit_teams = b.select(given, self.number("unit_teams"), threads)
        self.row_team = b.srem(me, self.row_teams)
        self.unit_team = b.sdiv(me, self.row_teams)
        self.waits = b.icmp_signed(">", self.unit_teams, index(1))
        self.batch, self.units, self.steps = self.number("batch"), self.number("units"), self.number("steps")
        self.hidden = self.number("hidden")
        self.reverse = b.icmp_signed("!=", self.number("reverse"), index(0))

    def number(self, name: str) -> Value:
        """An argument that is a number."""
        return self.arguments.number(self.c, self.base, name)

    def pointer(self, name: str) -> Value:
        """An argument that is a pointer."""
        return self.arguments.pointer(self.c, self.base, name)

    def _table(self, name: str, at: Value) -> Value:
        return self.c.load_scalar(self.c.at(self.pointer(name), at, I64), I64)

    def rows_of(self, t: Value) -> tuple[Value, Value]:
        """First row and number of active rows of step t."""
        if self.plan.ragged:
            return self._table("offsets", t), self._table("lengths", t)
        return self.c.b.mul(t, self.batch), self.batch

    def moment(self, s: Value) -> Moment:
        """The step that is the s-th to be computed in the forward direction."""
        b, last = self.c.b, self.c.b.sub(self.steps, index(1))
        t = b.select(self.reverse, b.sub(last, s), s)
        is_first, is_last = (b.icmp_signed("==", s, end) for end in (index(0), last))
        earlier, later = b.sub(t, index(1)), b.add(t, index(1))
        before = b.select(is_first, t, b.select(self.reverse, later, earlier))
        after = b.select(is_last, t, b.select(self.reverse, earlier, later))
        first_row, active = self.rows_of(t)
        before_first_row, before_active = self.rows_of(before)
        after_first_row, after_active = self.rows_of(after)
        before_active = b.select(is_first, index(0), before_active)
        after_active = b.select(is_last, index(0), after_active)
        return Moment(
            t, first_row, active, before, before_first_row, before_active, after, after_first_row, after_active, is_last
        )

    def place(self, name: str, t: Value, first_row: Value, row: Value) -> Value:
        """Where the row of an array with strides ``NAME_step`` and ``NAME_row`` lies."""
        b, stride = self.c.b, self.number(f"{name}_row")
        step = b.mul(first_row, stride) if self.plan.ragged else b.mul(t, self.number(f"{name}_step"))
        return self.c.at(self.pointer(name), b.add(step, b.mul(row, stride)))

    def kept(self, first_row: Value, row: Value) -> Value:
        """Offset of a row in an array of states: with a time axis if they are kept (``keep`` is 1), else without."""
        b = self.c.b
        return b.mul(b.add(b.mul(first_row, self.number("keep")), row), self.units)

    def previous(self, now: Moment, row: Value, state: str, cleared: Value | None) -> Value:
        """Where the value lies that a state had before the step: earlier in the run, given, or zero after a reset."""
        c, b = self.c, self.c.b
        if state == self.plan.cell.states[0]:
            carried = self.place("y", now.before, now.before_first_row, row)
            initial = c.at(self.pointer("first.h"), b.mul(row, self.hidden))
        else:
            carried = c.at(self.pointer(f"state.{state}"), self.kept(now.before_first_row, row))
            initial = c.at(self.pointer(f"first.{state}"), b.mul(row, self.units))
        place = b.select(b.icmp_signed("<", row, now.before_active), carried, initial)
        return place if cleared is None else b.select(cleared, self.pointer("zeros"), place)

    def tiles(self, groups: Value, active: Value, body: Callable[[Tile], None]) -> None:
        """This thread's tiles: for each unit group its row tiles."""
        c, b = self.c, self.c.b
        first = c.share(groups, self.unit_teams, self.unit_team)
        last = c.share(groups, self.unit_teams, b.add(self.unit_team, index(1)))
        count = self.number("tile_count")
        with c.for_range(first, last) as group:
            self._row_tiles(count, active, group, body)

    def _row_tiles(self, count: Value, active: Value, group: Value, body: Callable[[Tile], None]) -> None:
        c, b = self.c, self.c.b
        loop, work, step, done = (c.function.append_basic_block(n) for n in ("tiles", "tile", "next", "tiled"))
        before = b.block
        b.branch(loop)
        b.position_at_end(loop)
        k = b.phi(I64)
        k.add_incoming(self.row_team, before)
        enter = c.function.append_basic_block("rows")
        b.cbranch(b.icmp_signed("<", k, count), enter, done)
        b.position_at_end(enter)
        start = self._table("tiles", k)
        end = self._table("tiles", b.add(k, index(1)))
        end = c.minimum(end, active) if self.plan.ragged else end
        b.cbranch(b.icmp_signed("<", start, end), work, step)
        b.position_at_end(work)
        body(Tile(start, b.sub(end, start), group))
        b.branch(step)
        b.position_at_end(step)
        following = b.add(k, self.row_teams)
        k.add_incoming(following, step)
        b.branch(loop)
        b.position_at_end(done)

    def wait(self) -> None:
        """Wait for the other threads, where they compute units that this one needs."""
        with self.c.b.if_then(self.waits):
            self.c.b.call(self.barrier, [self.pointer("barrier"), self.threads])

    def call_tile(self, tiles: list[ll.Function], count: Value, arguments: list[Value]) -> None:
        """Call the tile made for ``count`` rows."""
        b = self.c.b
        done = self.c.function.append_basic_block("summed")
        wrong = self.c.function.append_basic_block("never")
        switch = b.switch(count, wrong)
        for rows, tile in enumerate(tiles, start=1):
            case = self.c.function.append_basic_block(f"rows{rows}")
            switch.add_case(index(rows), case)
            b.position_at_end(case)
            b.call(tile, arguments)
            b.branch(done)
        b.position_at_end(wrong)
        b.unreachable()
        b.position_at_end(done)

    def mask(self, block: Value) -> Value | None:
        """Lanes of a vector of units that are units, where H is no multiple of the lanes."""
        if not self.plan.tail:
            return None
        return self.c.first_lanes(self.c.b.sub(self.units, self.c.b.mul(block, index(self.c.lanes))))

    def was_reset(self, first_row: Value, row: Value) -> Value:
        """Whether the states of this row are zeroed before this step (ragged kernels; the mask may be absent)."""
        b = self.c.b
        mask = self.pointer("reset")
        absent = b.icmp_unsigned("==", mask, ll.Constant(PTR, None))
        byte = ll.IntType(8)
        somewhere = b.select(absent, self.pointer("zeros"), self.c.at(mask, b.add(first_row, row), byte))
        return b.icmp_signed("!=", self.c.load_scalar(somewhere, byte), ll.Constant(byte, 0))
