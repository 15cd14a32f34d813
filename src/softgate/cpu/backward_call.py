"""A call of the backward kernel, and the products over all steps that follow it."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from softgate import step as steps
from softgate.cpu import backward, isa, pack, prepare, product, sweep, workspace
from softgate.cpu.plan import PROJECTION_GROUPS, Plan
from softgate.cpu.prepare import arange
from softgate.cpu.sweep import Shape
from softgate.equations import Cell
from softgate.reference import Weights

_PIECE = 2e10
"""Floating point operations after which a product comes back to see whether it is to stop."""


@dataclass(frozen=True)
class Needs:
    """Which gradients are wanted: of x, of each state, of each weight."""

    x: bool
    states: tuple[bool, ...]
    weights: Any


@dataclass(frozen=True)
class Gradients:
    """Gradients, None where not wanted."""

    x: Tensor | None
    states: tuple[Tensor | None, ...]
    weights: Any


@dataclass(frozen=True)
class _Pass:
    """What the kernel leaves: ``dz`` [rows, slots, H], sums [slots + weights, H], what goes on to the first states."""

    plan: Plan
    dz: Tensor
    sums: Tensor
    carry: tuple[Tensor, ...]
    dh: Tensor | None


def run(
    cell: Cell, x: Tensor, states: Sequence[Tensor], weights: Weights, shape: Shape, reset: Tensor | None, y: Tensor,
    saved: Sequence[Tensor], dy: Tensor | None, dfinals: Sequence[Tensor | None], needs: Needs,
) -> Gradients:  # fmt: skip
    """All gradients that are wanted."""
    y = y.reshape(shape.rows, -1)
    first = [sweep.detached(s) for s in states]
    done = _sweep(cell, x, first, weights, shape, reset, y, saved, dy, dfinals)
    plan, size = done.plan, shape.size
    slot_x = {s.gate: k for k, s in enumerate(cell.slots) if "x" in s.part}
    slot_h = {s.gate: k for k, s in enumerate(cell.slots) if "h" in s.part}
    want, got = needs.weights, {"weight_ih": None, "weight_hh": None, "bias_ih": None, "bias_hh": None, "weight_hr": None,
                                "weight_fb": None}  # fmt: skip
    xs = [slot_x[g] for g in cell.x_gates]
    hs = [slot_h[g] for g in cell.h_gates]
    dx = _input_gradient(done, x, weights, shape, list(plan.x_slots), [cell.x_gates.index(cell.slots[s].gate) for s in plan.x_slots]) \
        if needs.x and xs else torch.zeros_like(x) if needs.x else None  # fmt: skip
    if want.weight_ih:
        got["weight_ih"] = _outer(done, plan.x_slots, xs, _input_rows(x, shape), size.inputs, shape)
    if want.weight_hh:
        got["weight_hh"] = _outer(done, plan.h_slots, hs, _hidden_rows(y, first[0], shape, reset), size.hidden, shape)
    if want.bias_ih:
        got["bias_ih"] = done.sums[xs].reshape(-1)
    if want.bias_hh:
        got["bias_hh"] = done.sums[hs].reshape(-1)
    if want.weight_hr:
        assert done.dh is not None
        inner = _address_rows(saved[-1])
        got["weight_hr"] = _outer_of(plan, done.dh, 0, size.hidden, inner, size.units, shape.rows)
    if want.weight_fb:
        got["weight_fb"] = _feedback_gradient(cell, done, shape, y, saved, first, reset)
    units = tuple(done.sums[len(cell.slots) + k].clone() if w else None for k, w in enumerate(want.units))
    dstates = _state_gradients(cell, done, weights, shape, needs, reset)
    return Gradients(dx, dstates, Weights(**got, units=units))  # type: ignore[arg-type]


def nothing(
    x: Tensor, states: Sequence[Tensor], weights: Weights, dfinals: Sequence[Tensor | None], needs: Needs
) -> Gradients:
    """Gradients of a run without rows: those of the last states go through, the others are zero."""
    def zero(t: Any, want: Any) -> Any:
        return torch.zeros_like(t) if want and t is not None else None

    through = tuple(
        (torch.zeros_like(s) if d is None else d.clone()) if want else None
        for s, d, want in zip(states, dfinals, needs.states, strict=True)
    )
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr", "weight_fb")
    grads = {n: zero(getattr(weights, n), getattr(needs.weights, n)) for n in names}
    units = tuple(zero(u, w) for u, w in zip(weights.units, needs.weights.units, strict=True))
    return Gradients(torch.zeros_like(x) if needs.x else None, through, Weights(**grads, units=units))


def _sweep(
    cell: Cell, x: Tensor, first: list[Tensor], weights: Weights, shape: Shape, reset: Tensor | None, y: Tensor,
    saved: Sequence[Tensor], dy: Tensor | None, dfinals: Sequence[Tensor | None],
) -> _Pass:  # fmt: skip
    """Run the kernel."""
    dtype, size, slots = x.dtype, shape.size, len(cell.slots)
    vector = isa.choose()
    plan = prepare.backward_plan(cell, vector, dtype, size, shape.ragged is not None)
    kernel, names = prepare.backward_kernel(plan), backward.arguments(plan)
    schedule, tiles = prepare.backward_schedule(plan, size, shape.batch, shape.steps, torch.get_num_threads())
    adjoint = steps.adjoint(cell, plan.projected)
    lanes = vector.lanes(plan.real.bits)
    groups = prepare.groups_of(size.units, lanes, plan.blocks_back)
    padded = groups * plan.blocks_back * lanes
    zeros = workspace.zeros_for(sweep.zeros_needed(cell, size, vector))
    values = sweep.common(shape, schedule, tiles, reset, groups, zeros)
    dz = workspace.scratch("dz", shape.rows * slots * size.units, dtype).view(shape.rows, slots, size.units)
    sums = torch.zeros(schedule.threads, slots + len(cell.weights), padded, dtype=dtype)
    carry = tuple(
        torch.zeros(shape.batch, s.shape[1], dtype=dtype) if d is None else d.detach().to(dtype).contiguous().clone()
        for d, s in zip(dfinals, first, strict=True)
    )
    values |= {"keep": 1, "y": y.data_ptr(), "y_step": shape.batch * size.hidden, "y_row": size.hidden}
    values |= {"first.h": first[0].data_ptr(), "dz": dz.data_ptr(), "slot_row": slots * size.units}
    values |= {"back_depth": len(plan.h_slots) * size.units, "back_skip": (slots - len(plan.h_slots)) * size.units}
    values |= {"sums": sums.data_ptr(), "sums_row": padded}
    if dy is None:
        values["dy"] = zeros.data_ptr()
    else:
        dy, step, row = sweep.strided(dy.detach(), shape)
        values |= {"dy": dy.data_ptr(), "dy_step": step, "dy_row": row}
    n = len(cell.states) - 1
    for name, now, before in zip(cell.states[1:], saved[:n], first[1:], strict=True):
        values |= {f"state.{name}": now.data_ptr(), f"first.{name}": before.data_ptr()}
    values |= {f"saved.{name}": t.data_ptr() for name, t in zip(adjoint.saved, saved[n:], strict=False)}
    values |= {f"carry.{name}": t.data_ptr() for name, t in zip(cell.states, carry, strict=True)}
    units = [sweep.detached(u) for u in weights.units]
    values |= {f"unit.{name}": u.data_ptr() for name, u in zip(cell.weights, units, strict=True)}
    dh = None
    if plan.projected:
        dh = workspace.scratch("dh", shape.rows * size.hidden, dtype).view(shape.rows, size.hidden)
        values |= {"dh": dh.data_ptr(), "dh_row": size.hidden, "outputs": size.hidden}
        values["projection_groups"] = prepare.projection_groups(plan, size)
    values |= _pack(plan, weights, shape)
    arguments = names.new(**values)
    places = names.position["begin"], names.position["end"]
    sweep.walk(kernel["backward"], arguments, *places, shape.steps, schedule.step_seconds, backwards=True)
    total = sums[0] if len(sums) == 1 else sums.sum(0)
    return _Pass(plan, dz, total[:, : size.units], carry, dh)


def _pack(plan: Plan, weights: Weights, shape: Shape) -> dict[str, int]:
    """Lay out the weights for the products back; addresses by argument."""
    cell, size, lanes, dtype = plan.cell, shape.size, plan.isa.lanes(plan.real.bits), _dtype(plan)
    kernel, tables = prepare.pack_kernel(plan.isa, dtype), prepare.gate_tables(cell)
    places: dict[str, int] = {}
    threads = torch.get_num_threads() if size.units * size.hidden > 20_000 else 1

    def columns(name: str, weight: Tensor, chosen: Tensor, units: int, wide: int) -> None:
        weight = sweep.detached(weight)
        groups = prepare.groups_of(weight.shape[1], lanes, wide)
        to = workspace.scratch(name, groups * units * len(chosen) * wide * lanes, dtype)
        places[name] = to.data_ptr()
        arguments = pack.COLUMNS.new(
            threads=threads, source=weight.data_ptr(), units=units, columns=weight.shape[1], groups=groups, blocks=wide,
            chosen=chosen.data_ptr(), count=len(chosen), to=to.data_ptr(), width=wide, position=0,
        )  # fmt: skip
        kernel["pack_columns"](ctypes.addressof(arguments))

    if plan.h_slots:
        assert weights.weight_hh is not None
        if cell.feedback:
            places["weights.back"] = _pack_feedback(plan, weights, size.units, lanes).data_ptr()
        else:
            wide = PROJECTION_GROUPS if plan.projected else plan.blocks_back
            columns("weights.back", weights.weight_hh, tables["h"], size.units, wide)
    if plan.projected:
        assert weights.weight_hr is not None
        columns("weights.projection", weights.weight_hr, tables["one"], size.hidden, plan.blocks_back)
    return places


def _pack_feedback(plan: Plan, weights: Weights, units: int, lanes: int) -> Tensor:
    """Panels of ``weight_hh`` beside those of each feedback state, whose weights exist for some slots only."""
    cell, wide = plan.cell, plan.blocks_back
    assert weights.weight_hh is not None
    assert weights.weight_fb is not None
    gates = [cell.slots[s].gate for s in plan.h_slots]
    count = len(cell.feedback)
    parts = [pack.column_panels(weights.weight_hh.detach(), len(cell.h_gates), [cell.h_gates.index(g) for g in gates], wide, lanes)]
    fed = weights.weight_fb.detach().view(count, units, count, units)
    for k in range(count):
        full = fed.new_zeros(len(gates), units, units)
        for at, gate in enumerate(cell.feedback):
            full[gates.index(gate)] = fed[at, :, k]
        parts.append(pack.column_panels(full.view(-1, units), len(gates), range(len(gates)), wide, lanes))
    flat = torch.cat(parts, 2)
    room = workspace.scratch("weights.back", flat.numel(), flat.dtype)
    room.copy_(flat.view(-1))
    return room


def _dtype(plan: Plan) -> torch.dtype:
    return torch.float32 if plan.real.bits == 32 else torch.float64


def _input_gradient(done: _Pass, x: Tensor, weights: Weights, shape: Shape, slots: list[int], gates: list[int]) -> Tensor:
    """``dz W`` over all rows."""
    assert weights.weight_ih is not None
    units, inputs = shape.size.units, shape.size.inputs
    weight = weights.weight_ih.detach()
    if gates != sorted(gates):
        weight = weight.reshape(len(gates), units, inputs)[gates].reshape(-1, inputs)
    across = weight.t().contiguous()
    dz = done.dz[:, : len(slots)].reshape(shape.rows, -1)
    piece = max(1, int(_PIECE / max(1, 2 * dz.shape[1] * inputs)))
    parts = [sweep.linear(part, across) for part in dz.split(piece)]
    dx = parts[0] if len(parts) == 1 else torch.cat(parts)
    return dx.view(shape.steps, shape.batch, inputs) if x.dim() == 3 else dx


def _address_rows(a: Tensor) -> Tensor:
    """A table of the addresses of the rows of a matrix."""
    return arange(len(a), a.stride(0) * a.element_size()) + a.data_ptr()


def _input_rows(x: Tensor, shape: Shape) -> Tensor:
    x, step, row = sweep.strided(x.detach(), shape)
    size = x.element_size()
    if x.dim() == 2 or step == row * shape.batch:
        table = arange(shape.rows, row * size) + x.data_ptr()
    else:
        table = (arange(shape.steps, step * size)[:, None] + arange(shape.batch, row * size)).view(-1) + x.data_ptr()
    table._keeps = x  # type: ignore[attr-defined]
    return table


def _previous_rows(shape: Shape) -> Tensor:
    """For each row, which row of all came before it in its sequence; -1 - b where sequence b begins."""
    count, batch = shape.rows, shape.batch
    assert shape.ragged is not None
    lengths, offsets = shape.ragged.lengths, shape.ragged.offsets
    step = torch.repeat_interleave(arange(shape.steps, 1), lengths)
    within = arange(count, 1) - offsets[step]
    before = step + 1 if shape.reverse else step - 1
    inside = (before >= 0) & (before < shape.steps)
    before = before.clamp(0, shape.steps - 1)
    inside &= within < lengths[before]
    return torch.where(inside, offsets[before] + within, -1 - within)


def _hidden_rows(y: Tensor, first: Tensor, shape: Shape, reset: Tensor | None) -> Tensor:
    """A table of the addresses of each row's previous hidden state."""
    width = y.shape[1] * y.element_size()
    if shape.ragged is None:
        start = arange(shape.batch, width) + first.data_ptr()
        rest = arange(shape.rows - shape.batch, width) + (y.data_ptr() + (shape.batch * width if shape.reverse else 0))
        return torch.cat([rest, start] if shape.reverse else [start, rest])
    before = _previous_rows(shape)
    table = torch.where(before >= 0, before * width + y.data_ptr(), (-1 - before) * width + first.data_ptr())
    if reset is not None:
        table = torch.where(reset.bool(), workspace.zeros_for(y.shape[1]).data_ptr(), table)
    return table


def _outer(done: _Pass, slots: tuple[int, ...], order: list[int], rows: Tensor, columns: int, shape: Shape) -> Tensor:
    """``dz^T b`` for a range of slots, its rows in the order of the parameters."""
    units = shape.size.units
    result = _outer_of(done.plan, done.dz.view(shape.rows, -1), slots[0] * units, len(slots) * units, rows, columns, shape.rows)
    if list(slots) == order:
        return result
    return result.view(len(slots), units, columns)[[slots.index(s) for s in order]].reshape(-1, columns)


def _outer_of(plan: Plan, a: Tensor, skip: int, size: int, b_rows: Tensor, columns: int, rows: int) -> Tensor:
    """``a[:, skip : skip + size]^T b`` where ``b_rows`` are the addresses of the rows of b."""
    lanes, dtype = plan.isa.lanes(plan.real.bits), a.dtype
    result = workspace.empty((size, columns), dtype)
    if not result.numel():
        return result
    vectors = -(-columns // lanes)
    most = 4 if plan.isa.registers >= 32 else 2
    wide = min(range(1, most + 1), key=lambda w: (-(-vectors // w) * w * (1 + 0.15 / w), -w))
    kernel = prepare.outer_kernel(plan.isa, dtype, wide, bool(columns % (lanes * wide)))
    threads = torch.get_num_threads() if rows * size * columns > 60_000 else 1
    piece = max(256, int(_PIECE / max(1, 2 * size * columns)) // 256 * 256)
    for start in range(0, rows, piece):
        arguments = product.OUTER.new(
            threads=threads, a=a.data_ptr() + (start * a.stride(0) + skip) * a.element_size(), a_row=a.stride(0), a_columns=size,
            b_rows=b_rows.data_ptr() + 8 * start, b_columns=columns, rows=min(piece, rows - start), c=result.data_ptr(),
            c_row=columns, panels=-(-columns // (lanes * wide)), keep=int(start > 0),
        )  # fmt: skip
        kernel["outer"](ctypes.addressof(arguments))
    return result


def _feedback_gradient(
    cell: Cell, done: _Pass, shape: Shape, y: Tensor, saved: Sequence[Tensor], first: list[Tensor], reset: Tensor | None
) -> Tensor:
    """Gradient of the feedback weights: a rare cell, so torch's own product on gathered rows."""
    before = []
    for name in cell.feedback:
        k = cell.states.index(name)
        table = saved[k - 1] if k else y
        before.append(_gather_previous(table, first[k], shape, reset))
    slots = [done.plan.fed_slots[k] for k in range(len(cell.feedback))]
    return done.dz[:, slots].reshape(shape.rows, -1).t() @ torch.cat(before, 1)


def _gather_previous(rows: Tensor, first: Tensor, shape: Shape, reset: Tensor | None) -> Tensor:
    if shape.ragged is None:
        n = shape.batch
        return torch.cat([rows[n:], first] if shape.reverse else [first, rows[:-n]])
    before = _previous_rows(shape)
    value = torch.where((before >= 0)[:, None], rows[before.clamp(min=0)], first[(-1 - before).clamp(min=0)])
    return value if reset is None else value.masked_fill(reset.bool()[:, None], 0)


def _state_gradients(
    cell: Cell, done: _Pass, weights: Weights, shape: Shape, needs: Needs, reset: Tensor | None
) -> tuple[Tensor | None, ...]:
    """Gradients of the initial states."""
    if not any(needs.states):
        return (None,) * len(cell.states)
    rows, units = shape.first_rows, shape.size.units
    adjoint, plan = steps.adjoint(cell, done.plan.projected), done.plan
    dz = done.dz[rows]
    if reset is not None:
        dz = dz.masked_fill(reset[rows].bool()[:, None, None], 0)
    results: list[Tensor | None] = []
    for k, (state, want) in enumerate(zip(cell.states, needs.states, strict=True)):
        total = done.carry[k] if state in adjoint.prev else torch.zeros_like(done.carry[k])
        if want and k == 0 and plan.h_slots:
            assert weights.weight_hh is not None
            slots = {cell.slots[s].gate: s for s in plan.h_slots}
            total = total + dz[:, [slots[g] for g in cell.h_gates]].reshape(len(dz), -1) @ weights.weight_hh.detach()
        if want and state in cell.feedback:
            assert weights.weight_fb is not None
            at = cell.feedback.index(state)
            fed = weights.weight_fb.detach()[:, at * units : (at + 1) * units]
            total = total + dz[:, list(plan.fed_slots)].reshape(len(dz), -1) @ fed
        results.append(total if want else None)
    return tuple(results)
