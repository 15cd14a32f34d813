"""What one thread does in the backward kernel: products with the next step's gradients, then the adjoint step."""

from __future__ import annotations

from functools import cached_property, reduce

import llvmlite.ir as ll

from softgate.cpu.arguments import Arguments
from softgate.cpu.forward import emit, read_unit
from softgate.cpu.ir import I64, PTR, Code, Value, index
from softgate.cpu.plan import PROJECTION_GROUPS, Plan
from softgate.cpu.sequence import Moment, Sequence, Spot, Tile
from softgate.step import adjoint as adjoint_step, fuse
from softgate.symbols import Expr, sym, walk


class Worker:
    """Emits what one thread does."""

    def __init__(
        self,
        plan: Plan,
        module: ll.Module,
        arguments: Arguments,
        tiles: list[ll.Function],
        output_tiles: list[ll.Function],
        barrier: ll.Function,
    ) -> None:
        self.plan, self.step, self.output_tiles, self.unit_tiles = (
            plan,
            adjoint_step(plan.cell, plan.projected),
            output_tiles,
            tiles,
        )
        c = self.c = Code(module, "backward.worker", [PTR, I64, I64], plan.isa, plan.real, internal=True)
        self.function = c.function
        base, self.me, threads = c.function.args
        self.q = q = Sequence(c, plan, arguments, base, self.me, threads, barrier)
        rows = plan.rows_back
        self.products = c.scratch(rows * max(plan.groups_back, PROJECTION_GROUPS if plan.projected else 0))
        with c.b.goto_entry_block():
            self.rows = c.b.alloca(PTR, size=rows)
        steps = c.b.sub(q.number("end"), q.number("begin"))
        with c.for_range(index(0), steps) as k:
            s = c.b.sub(c.b.sub(q.number("end"), index(1)), k)
            now = q.moment(s)
            if plan.projected:
                q.tiles(q.number("projection_groups"), now.active, lambda at: self._outputs(now, at))
                q.wait()
            q.tiles(q.number("groups"), now.active, lambda at: self._tile(now, at))
            q.wait()
        c.ret()

    def _tile(self, now: Moment, at: Tile) -> None:
        """Products, then the adjoint step, of one tile of units."""
        c, q, plan = self.c, self.q, self.plan
        self._ask(now, at)
        if plan.projected:
            with c.for_range(index(0), at.count) as r:
                row = c.b.mul(c.b.add(now.first_row, c.b.add(at.start, r)), q.number("dh_row"))
                c.b.store(c.at(q.pointer("dh"), row), c.at(self.rows, r, PTR))
            self._multiply(self.unit_tiles, "weights.projection", at, plan.groups_back, q.hidden, q.hidden)
        elif plan.h_slots:
            self._point_at_next(now, at)
            self._multiply_back(self.unit_tiles, now, at, plan.groups_back)
        with c.b.if_then(c.b.icmp_signed("==", at.group, index(0))):
            self._write_tables(now, at)
        for block in range(plan.blocks_back):
            unit_block = c.b.add(c.b.mul(at.group, index(plan.blocks_back)), index(block))
            with c.b.if_then(c.b.icmp_signed("<", c.b.mul(unit_block, index(c.lanes)), q.units)):
                self._units(now, at, unit_block, block)

    def _write_tables(self, now: Moment, at: Tile) -> None:
        """Where the rows lie that the weight gradients multiply with: inputs, and previous hidden states."""
        c, q, b = self.c, self.q, self.c.b
        with c.for_range(index(0), at.count) as r:
            row = b.add(at.start, r)
            global_row = b.add(now.first_row, row)
            cleared = q.was_reset(now.first_row, row) if self.plan.ragged else None
            b.store(q.place("x", now.t, now.first_row, row), c.at(q.pointer("x_rows"), global_row, PTR))
            place = q.previous(now, row, self.plan.cell.states[0], cleared)
            b.store(place, c.at(q.pointer("h_rows"), global_row, PTR))

    def _point_at_next(self, now: Moment, at: Tile) -> None:
        """Write down where the next step's ``dz`` of each row lies: zeros where no gradient comes back."""
        c, q, b = self.c, self.q, self.c.b
        with c.for_range(index(0), at.count) as r:
            row = b.add(at.start, r)
            place = b.mul(b.add(now.after_first_row, row), q.number("slot_row"))
            place = c.at(q.pointer("dz"), b.add(place, q.number("back_skip")))
            if self.plan.ragged:
                cut = b.or_(b.icmp_signed(">=", row, now.after_active), q.was_reset(now.after_first_row, row))
                place = b.select(cut, q.pointer("zeros"), place)
            b.store(place, c.at(self.rows, r, PTR))

    def _multiply_back(self, tiles: list[ll.Function], now: Moment, at: Tile, groups: int) -> None:
        depth = self.q.number("back_depth")
        now_depth = self.c.b.select(now.is_last, index(0), depth)
        self._multiply(tiles, "weights.back", at, groups, depth, now_depth)

    def _multiply(
        self, tiles: list[ll.Function], weights: str, at: Tile, groups: int, panel: Value, depth: Value
    ) -> None:
        c, q = self.c, self.q
        place = c.at(q.pointer(weights), c.b.mul(c.b.mul(at.group, index(groups * c.lanes)), panel))
        q.call_tile(tiles, at.count, [self.products, q.pointer("zeros"), self.rows, place, depth])

    def _outputs(self, now: Moment, at: Tile) -> None:
        """With a projection: the gradient of the outputs, ``dy + dz(t+1) U`` and what comes from the last state."""
        c, q, b, first = self.c, self.q, self.c.b, self.plan.cell.states[0]
        self._point_at_next(now, at)
        self._multiply_back(self.output_tiles, now, at, PROJECTION_GROUPS)
        with c.for_range(index(0), at.count) as r:
            row = b.add(at.start, r)
            for g in range(PROJECTION_GROUPS):
                unit = b.mul(b.add(b.mul(at.group, index(PROJECTION_GROUPS)), index(g)), index(c.lanes))
                left = b.sub(q.number("outputs"), unit)
                with b.if_then(b.icmp_signed(">", left, index(0))):
                    mask = c.first_lanes(left)
                    total = self._product(r, g, PROJECTION_GROUPS)
                    total = b.fadd(total, c.load(c.at(q.place("dy", now.t, now.first_row, row), unit), mask))
                    total = b.fadd(total, c.load(c.at(self._from_last(now, row, first, q.hidden), unit), mask))
                    place = b.add(b.mul(b.add(now.first_row, row), q.number("dh_row")), unit)
                    c.store(total, c.at(q.pointer("dh"), place), mask)

    def _product(self, r: Value, group: int, groups: int) -> Value:
        c = self.c
        return c.load(c.at(self.products, c.b.mul(c.b.add(c.b.mul(r, index(groups)), index(group)), index(c.lanes))))

    def _from_last(self, now: Moment, row: Value, state: str, width: Value) -> Value:
        """Gradient of a last state where this step is the row's last, else zeros."""
        c, q, b = self.c, self.q, self.c.b
        is_last = b.icmp_signed(">=", row, now.after_active)
        return b.select(is_last, c.at(q.pointer(f"carry.{state}"), b.mul(row, width)), q.pointer("zeros"))

    def _units(self, now: Moment, at: Tile, unit_block: Value, block: int) -> None:
        """The adjoint step of all rows of a tile, for one vector of units."""
        c, q, b = self.c, self.q, self.c.b
        mask, unit = q.mask(unit_block), b.mul(unit_block, index(c.lanes))
        count = len(self.step.slots) + len(self.step.weights)
        totals = c.loop(
            index(0),
            at.count,
            [c.splat(0.0)] * count,
            lambda r, sums: [b.fadd(s, v) for s, v in zip(sums, self._row(now, at, r, unit, block, mask), strict=True)],
        )
        mine = b.mul(self.me, b.mul(index(2 * count), q.number("sums_row")))
        for k, total in enumerate(totals):
            self._add_up(b.add(mine, unit), k, k + count, total)

    def _add_up(self, mine: Value, at: int, lost_at: int, value: Value) -> None:
        """Add to a sum over all steps, keeping what the addition loses (Kahan): there may be a million terms."""
        c, q, b = self.c, self.q, self.c.b
        total, lost = (
            c.at(q.pointer("sums"), b.add(mine, b.mul(index(k), q.number("sums_row")))) for k in (at, lost_at)
        )
        before, corrected = c.load(total), b.fsub(value, c.load(lost))
        after = b.fadd(before, corrected)
        c.store(b.fsub(b.fsub(after, before), corrected), lost)
        c.store(after, total)

    def _row(self, now: Moment, at: Tile, r: Value, unit: Value, block: int, mask: Value | None) -> list[Value]:
        """The adjoint step of one row and vector of units; returns what is summed over steps and rows."""
        c, q, b, step = self.c, self.q, self.c.b, self.step
        row = b.add(at.start, r)
        cleared = q.was_reset(now.first_row, row) if self.plan.ragged else None
        results = emit(c, fuse(step.roots), self._leaves(now, Spot(row, r, unit, block, mask, cleared)))
        n = len(step.slots)
        for k, value in enumerate(results[:n]):
            place = b.mul(b.add(now.first_row, row), q.number("slot_row"))
            place = b.add(place, b.add(b.mul(index(k), q.units), unit))
            c.store(value, c.at(q.pointer("dz"), place), mask)
        for s, value in zip(step.prev, results[n:], strict=False):
            if cleared is not None:
                value = b.select(cleared, c.splat(0.0), value)
            c.store(value, c.at(q.pointer(f"carry.{s}"), b.add(b.mul(row, q.units), unit)), mask)
        return [*results[:n], *results[n + len(step.prev) :]]

    @cached_property
    def _read(self) -> list[str]:
        """Names of what the adjoint step reads."""
        return sorted({str(e.attr) for e in walk(self.step.roots) if e.op == "sym"})

    def _leaves(self, now: Moment, at: Spot) -> dict[Expr, Value]:
        """What the adjoint step reads, loaded."""
        leaves: dict[Expr, Value] = {}
        for name in self._read:
            kind, _, what = name.partition(".")
            if kind == "d":
                leaves[sym(name)] = self._incoming(now, at, what)
            elif kind == "w":
                leaves[sym(name)] = read_unit(self.q, what, now, at.row, at.unit, at.mask)
            else:
                leaves[sym(name)] = self.c.load(self._place(name, now, at.row, at.cleared, at.unit), at.mask)
        return leaves

    def _place(self, name: str, now: Moment, row: Value, cleared: Value | None, unit: Value) -> Value:
        """Where a signal or a previous state lies."""
        c, q, b = self.c, self.q, self.c.b
        kind, _, what = name.partition(".")
        if kind == "prev":
            return c.at(q.previous(now, row, what, cleared), unit)
        if name == f"state.{self.plan.cell.states[0]}":
            return c.at(q.place("y", now.t, now.first_row, row), unit)
        return c.at(q.pointer(name), b.add(b.mul(b.add(now.first_row, row), q.units), unit))

    def _ask(self, now: Moment, at: Tile) -> None:
        """Ask for what the adjoint step will read and write, while the products are computed."""
        c, q, b = self.c, self.q, self.c.b
        first = b.mul(at.group, index(self.plan.blocks_back * c.lanes))
        blocks = [index(block * c.lanes) for block in range(self.plan.blocks_back)]
        with c.for_range(index(0), at.count) as r:
            row = b.add(at.start, r)
            places = [self._place(n, now, row, None, first) for n in self._read if n[:2] not in ("d.", "w.")]
            if not self.plan.projected:
                places.append(c.at(q.place("dy", now.t, now.first_row, row), first))
            for place in places:
                for block in blocks:
                    c.prefetch(c.at(place, block))
            gradients = b.mul(b.add(now.first_row, row), q.number("slot_row"))
            for k in range(len(self.step.slots)):
                start = b.add(gradients, b.add(b.mul(index(k), q.units), first))
                for block in blocks:
                    c.prefetch(c.at(q.pointer("dz"), b.add(start, block)), write=True)

    def _incoming(self, now: Moment, at: Spot, state: str) -> Value:
        """The whole gradient of a state at this step."""
        c, q, b, plan = self.c, self.q, self.c.b, self.plan
        parts = []
        output = state == plan.cell.states[0]
        if output and plan.projected:
            return self._product(at.r, at.block, plan.groups_back)
        if output and plan.h_slots:
            parts.append(self._product(at.r, at.block, plan.groups_back))
        if state in plan.cell.feedback:
            column = plan.blocks_back * (1 + plan.cell.feedback.index(state)) + at.block
            parts.append(self._product(at.r, column, plan.groups_back))
        if output:
            parts.append(c.load(c.at(q.place("dy", now.t, now.first_row, at.row), at.unit), at.mask))
        if state in self.step.prev:
            place = c.at(q.pointer(f"carry.{state}"), b.mul(at.row, q.units))
        else:
            place = self._from_last(now, at.row, state, q.units)
        parts.append(c.load(c.at(place, at.unit), at.mask))
        return reduce(b.fadd, parts)
