"""The forward kernel of a cell: all steps, each tile from products to signals without leaving the registers' reach.

A step is one phase: for each group of units and tile of rows, sum ``W x + U h + b`` of every slot, then compute the
signals and store what is asked for. With a projection there is a second phase, ``h = W_hr m``.
"""

from __future__ import annotations

import llvmlite.ir as ll

from softgate.cpu import math, team, tile
from softgate.cpu.arguments import Arguments
from softgate.cpu.ir import I64, PTR, Code, Value, index
from softgate.cpu.plan import PROJECTION_GROUPS, Plan
from softgate.cpu.sequence import COMMON, Moment, Sequence, Tile
from softgate.step import forward as forward_step, storable
from softgate.symbols import Expr, sym, walk


def arguments(plan: Plan) -> Arguments:
    """The arguments of the forward kernel of a plan."""
    names = [*COMMON, "x", "x_step", "x_row", "bias", "hoisted", "hoisted_row"]  # fmt: skip
    names += [f"weights.{n}" for n in plan.segments]
    names += [n for s in plan.cell.states[1:] for n in (f"state.{s}", f"first.{s}")]
    names += given(plan)
    names += [f"out.{s}" for s in plan.stored]
    if plan.projected:
        names += ["inner", "weights.projection", "outputs", "projection_groups"]
    return Arguments(names)


def given(plan: Plan) -> list[str]:
    """The arguments that say where weights a unit lie, and values given from outside with their strides."""
    names = [f"unit.{w}" for w in (*plan.cell.weights, *plan.cell.given)]
    return names + [f"unit.{w}_{s}" for w, kind in plan.cell.given.items() if kind != "unit" for s in ("step", "row")]


def read_unit(q: Sequence, name: str, now: Moment, row: Value, unit: Value, mask: Value | None) -> Value:
    """A weight a unit, or a value given from outside, for one row and vector of units."""
    kind = q.plan.cell.given.get(name, "unit")
    if kind == "unit":
        return q.c.load(q.c.at(q.pointer(f"unit.{name}"), unit), mask)
    place = q.place(f"unit.{name}", now.t, now.first_row, row)
    return q.c.broadcast(place) if kind == "row" else q.c.load(q.c.at(place, unit), mask)


def build(plan: Plan, module: ll.Module) -> None:
    """Add the function ``forward(arguments)`` to a module."""
    fits = plan.rows
    segments = list(plan.segments.values())
    tiles = [tile.define(module, plan.isa, plan.real, f"tile{r}", r, plan.groups, segments) for r in range(1, fits + 1)]
    shows = []
    if plan.projected:
        whole = [tile.Segment(tuple(range(PROJECTION_GROUPS)))]
        shows = [
            tile.define(module, plan.isa, plan.real, f"project{r}", r, PROJECTION_GROUPS, whole)
            for r in range(1, fits + 1)
        ]
    barrier = team.define_barrier(module, plan.isa, plan.real)
    worker = _Worker(plan, module, tiles, shows, barrier).function
    team.define_entry(module, plan.isa, plan.real, "forward", worker, arguments(plan).position["threads"])


class _Worker:
    """Emits what one thread does."""

    def __init__(
        self, plan: Plan, module: ll.Module, tiles: list[ll.Function], shows: list[ll.Function], barrier: ll.Function
    ):
        self.plan, self.tiles, self.shows = plan, tiles, shows
        c = self.c = Code(module, "forward.worker", [PTR, I64, I64], plan.isa, plan.real, internal=True)
        self.function = c.function
        base, me, threads = c.function.args
        self.q = q = Sequence(c, plan, arguments(plan), base, me, threads, barrier)
        rows = plan.rows
        self.sums = c.scratch(rows * max(plan.groups, PROJECTION_GROUPS if plan.projected else 0))
        with c.b.goto_entry_block():
            self.rows = {
                n: c.b.alloca(PTR, size=rows) for n in (*plan.segments, *(f"prev.{s}" for s in plan.cell.states))
            }
            self.inner_rows = c.b.alloca(PTR, size=rows)
        with c.for_range(q.number("begin"), q.number("end")) as s:
            now = q.moment(s)
            q.tiles(q.number("groups"), now.active, lambda at: self._tile(now, at))
            q.wait()
            if plan.projected:
                q.tiles(q.number("projection_groups"), now.active, lambda at: self._project(now, at))
                q.wait()
        c.ret()

    def _tile(self, now: Moment, at: Tile) -> None:
        c, q = self.c, self.q
        with c.for_range(index(0), at.count) as r:
            self._point(now, c.b.add(at.start, r), r)
        panel = c.b.mul(at.group, index(c.lanes))
        call: list[Value] = [self.sums, c.at(q.pointer("bias"), c.b.mul(panel, index(self.plan.groups)))]
        for name, segment in self.plan.segments.items():
            depth = q.number("inputs") if name == "x" else q.hidden if name == "h" else q.units
            width = index(len(segment.groups))
            weights = c.at(q.pointer(f"weights.{name}"), c.b.mul(c.b.mul(panel, width), depth))
            call += [self.rows[name], weights, depth]
        q.call_tile(self.tiles, at.count, call)
        with c.for_range(index(0), at.count) as r:
            for block in range(self.plan.blocks):
                unit_block = c.b.add(c.b.mul(at.group, index(self.plan.blocks)), index(block))
                with c.b.if_then(c.b.icmp_signed("<", c.b.mul(unit_block, index(c.lanes)), q.units)):
                    self._finish(now, at, r, unit_block, block)

    def _point(self, now: Moment, row: Value, r: Value) -> None:
        """Write down where a row's input and previous states lie."""
        c, q, b = self.c, self.q, self.c.b
        if "x" in self.rows:
            b.store(q.place("x", now.t, now.first_row, row), c.at(self.rows["x"], r, PTR))
        cleared = q.was_reset(now.first_row, row) if self.plan.ragged else None
        for s in self.plan.cell.states:
            place = q.previous(now, row, s, cleared)
            for name in [f"prev.{s}", *self._segments_reading(s)]:
                b.store(place, c.at(self.rows[name], r, PTR))

    def _segments_reading(self, state: str) -> list[str]:
        output = state == self.plan.cell.states[0]
        return [n for n in ("h" * output, f"fed.{state}") if n in self.plan.segments]

    def _finish(self, now: Moment, at: Tile, r: Value, unit_block: Value, block: int) -> None:
        """Signals and new states of one row and one vector of units."""
        c, q, b, plan = self.c, self.q, self.c.b, self.plan
        mask = q.mask(unit_block)
        unit = b.mul(unit_block, index(c.lanes))
        row = b.add(at.start, r)
        global_row = b.add(now.first_row, row)
        values = self._inputs(now, row, r, unit, block, mask)
        names = [*plan.cell.states, *plan.stored]
        program = storable(plan.cell)
        results = dict(zip(names, emit(c, [program[n] for n in names], values), strict=True))
        for s in plan.cell.states[1:]:
            c.store(results[s], c.at(q.pointer(f"state.{s}"), b.add(q.kept(now.first_row, row), unit)), mask)
        for name in plan.stored:
            c.store(results[name], c.at(q.pointer(f"out.{name}"), b.add(b.mul(global_row, q.units), unit)), mask)
        out = results[plan.cell.states[0]]
        if plan.projected:
            c.store(out, c.at(q.pointer("inner"), b.add(q.kept(now.first_row, row), unit)), mask)
        else:
            c.store(out, c.at(q.place("y", now.t, now.first_row, row), unit), mask)

    def _inputs(
        self, now: Moment, row: Value, r: Value, unit: Value, block: int, mask: Value | None
    ) -> dict[Expr, Value]:
        """The leaves of the step's expressions, loaded as they are asked for."""
        c, q, b, plan = self.c, self.q, self.c.b, self.plan
        global_row = b.add(now.first_row, row)
        slots = plan.cell.slots
        first = b.mul(r, index(plan.groups))
        values: dict[Expr, Value] = {}
        for k, slot in enumerate(slots):
            z = c.load(c.at(self.sums, b.mul(b.add(first, index(block * len(slots) + k)), index(c.lanes))))
            if plan.hoisted and k in plan.x_slots:
                gate = plan.cell.x_gates.index(slot.gate)
                offset = b.add(b.mul(global_row, q.number("hoisted_row")), b.add(b.mul(index(gate), q.units), unit))
                z = b.fadd(z, c.load(c.at(q.pointer("hoisted"), offset), mask))
            values[sym(slot.symbol)] = z
        used = {str(e.attr) for e in walk(forward_step(plan.cell).signals.values()) if e.op == "sym"}
        for s in plan.cell.states:
            if f"prev.{s}" in used:
                before = c.load_scalar(c.at(self.rows[f"prev.{s}"], r, PTR), PTR)
                values[sym(f"prev.{s}")] = c.load(c.at(before, unit), mask)
        for w in (*plan.cell.weights, *plan.cell.given):
            values[sym(f"w.{w}")] = read_unit(q, w, now, row, unit, mask)
        return values

    def _project(self, now: Moment, at: Tile) -> None:
        """``h = W_hr m`` for one tile."""
        c, q, b = self.c, self.q, self.c.b
        with c.for_range(index(0), at.count) as r:
            row = c.at(q.pointer("inner"), q.kept(now.first_row, b.add(at.start, r)))
            b.store(row, c.at(self.inner_rows, r, PTR))
        panel = b.mul(b.mul(at.group, index(PROJECTION_GROUPS * c.lanes)), q.units)
        weights = c.at(q.pointer("weights.projection"), panel)
        q.call_tile(self.shows, at.count, [self.sums, q.pointer("zeros"), self.inner_rows, weights, q.units])
        with c.for_range(index(0), at.count) as r:
            for g in range(PROJECTION_GROUPS):
                unit = b.mul(b.add(b.mul(at.group, index(PROJECTION_GROUPS)), index(g)), index(c.lanes))
                left = b.sub(q.number("outputs"), unit)
                with b.if_then(b.icmp_signed(">", left, index(0))):
                    value = c.load(
                        c.at(self.sums, b.mul(b.add(b.mul(r, index(PROJECTION_GROUPS)), index(g)), index(c.lanes)))
                    )
                    c.store(
                        value, c.at(q.place("y", now.t, now.first_row, b.add(at.start, r)), unit), c.first_lanes(left)
                    )


def emit(c: Code, roots: list[Expr], leaves: dict[Expr, Value]) -> list[Value]:
    """Emit expressions; each node once."""
    done: dict[Expr, Value] = dict(leaves)
    for e in walk(roots):
        if e.op == "const":
            done[e] = c.splat(float(str(e.attr)))
        elif e not in done:
            done[e] = math.EMIT[e.op](c, *(done[a] for a in e.args))
    return [done[r] for r in roots]
