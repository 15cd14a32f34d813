"""A call of the forward kernel: lay out the weights, hoist the input products if that pays, walk the steps."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from softgate.cpu import forward, isa, pack, prepare, sweep, workspace
from softgate.cpu.plan import PROJECTION_GROUPS, Plan
from softgate.cpu.sweep import Shape
from softgate.equations import Cell
from softgate.reference import Weights


@dataclass(frozen=True)
class Packed:
    """Weights as the forward kernel reads them, by the name of its argument."""

    tensors: dict[str, Tensor]

    def addresses(self) -> dict[str, int]:
        """Where they lie."""
        return {name: t.data_ptr() for name, t in self.tensors.items()}


def pack_weights(plan: Plan, weights: Weights, shape: Shape, threads: int, keep: bool = False) -> Packed:
    """Lay out the weights; into memory of their own if they are to be kept."""
    cell, size, lanes = plan.cell, shape.size, plan.isa.lanes(plan.real.bits)
    kernel, tables = prepare.pack_kernel(plan.isa, _dtype(plan)), prepare.gate_tables(cell)
    groups = prepare.groups_of(size.units, lanes, plan.blocks)
    team = threads if size.units * (size.inputs + size.hidden) > 40_000 else 1
    packed: dict[str, Tensor] = {}

    def room(name: str, count: int) -> Tensor:
        packed[name] = workspace.empty((count,), _dtype(plan)) if keep else workspace.scratch(name, count, _dtype(plan))
        return packed[name]

    def rows(name: str, weight: Tensor, depth: int, chosen: Tensor, units: int, groups: int, blocks: int) -> None:
        weight = sweep.detached(weight)
        to = room(f"weights.{name}", groups * depth * blocks * len(chosen) * lanes)
        arguments = pack.ROWS.new(
            threads=team, source=weight.data_ptr(), depth=depth, units=units, groups=groups, blocks=blocks,
            chosen=chosen.data_ptr(), count=len(chosen), to=to.data_ptr(),
        )  # fmt: skip
        kernel["pack_rows"](ctypes.addressof(arguments))

    if "x" in plan.segments:
        assert weights.weight_ih is not None
        rows("x", weights.weight_ih, size.inputs, tables["x"], size.units, groups, plan.blocks)
    if "h" in plan.segments:
        assert weights.weight_hh is not None
        rows("h", weights.weight_hh, size.hidden, tables["h"], size.units, groups, plan.blocks)
    if plan.projected:
        assert weights.weight_hr is not None
        rows("projection", weights.weight_hr, size.units, tables["one"], size.hidden,
             prepare.projection_groups(plan, size), PROJECTION_GROUPS)  # fmt: skip
    for k, name in enumerate(cell.feedback):
        assert weights.weight_fb is not None
        columns = weights.weight_fb[:, k * size.units : (k + 1) * size.units]
        rows(f"fed.{name}", columns, size.units, tables["fed"], size.units, groups, plan.blocks)
    biases = [None if b is None else sweep.detached(b) for b in (weights.bias_ih, weights.bias_hh)]
    arguments = pack.BIAS.new(
        threads=1, units=size.units, groups=groups, blocks=plan.blocks, count=len(cell.slots),
        first=0 if biases[0] is None else biases[0].data_ptr(), second=0 if biases[1] is None else biases[1].data_ptr(),
        first_gate=tables["bias_x"].data_ptr(), second_gate=tables["bias_h"].data_ptr(),
        to=room("bias", groups * plan.groups * lanes).data_ptr(),
    )  # fmt: skip
    kernel["pack_bias"](ctypes.addressof(arguments))
    return Packed(packed)


def _dtype(plan: Plan) -> torch.dtype:
    return torch.float32 if plan.real.bits == 32 else torch.float64


def hoist(plan: Plan, x: Tensor, weights: Weights, shape: Shape) -> Tensor:
    """The products of the input with all input weights, for all steps: [rows, len(x_gates) * H]."""
    assert weights.weight_ih is not None
    return sweep.linear(x.detach().reshape(shape.rows, shape.size.inputs), sweep.detached(weights.weight_ih))


@dataclass(frozen=True)
class Outcome:
    """y, every further state (all steps if kept, else the last), the stored signals, the projection's input."""

    y: Tensor
    states: tuple[Tensor, ...]
    stored: dict[str, Tensor]
    inner: Tensor | None


def run(
    cell: Cell, x: Tensor, states: Sequence[Tensor], weights: Weights, shape: Shape, reset: Tensor | None,
    *, keep: bool, stored: tuple[str, ...],
) -> Outcome:  # fmt: skip
    """Run the kernel; ``keep`` states of all steps, store these signals."""
    dtype, size, threads = x.dtype, shape.size, torch.get_num_threads()
    vector = isa.choose()
    keep = keep or bool(cell.feedback)
    hoisted = pays_to_hoist(cell, shape, x)
    plan = prepare.forward_plan(cell, vector, dtype, size, (shape.ragged is not None, hoisted), stored)
    kernel = prepare.forward_kernel(plan)
    schedule, tiles = prepare.forward_schedule(plan, size, shape.batch, shape.steps, threads)
    packed = pack_weights(plan, weights, shape, threads)
    x, x_step, x_row = sweep.strided(x.detach(), shape)
    first = [sweep.detached(s) for s in states]
    y = workspace.empty((shape.rows, size.hidden), dtype)
    kept = [workspace.empty((shape.rows, size.units), dtype) if keep else s.clone() for s in first[1:]]
    out = {name: workspace.empty((shape.rows, size.units), dtype) for name in stored}
    inner = None
    if plan.projected:
        inner = workspace.empty((shape.rows if keep else shape.batch, size.units), dtype)
    zeros = workspace.zeros_for(sweep.zeros_needed(cell, size, vector))
    lanes = vector.lanes(plan.real.bits)
    values = sweep.common(shape, schedule, tiles, reset, prepare.groups_of(size.units, lanes, plan.blocks), zeros)
    values |= {"x": x.data_ptr(), "x_step": x_step, "x_row": x_row, "inputs": size.inputs, "keep": int(keep)}
    values |= {"y": y.data_ptr(), "y_step": shape.batch * size.hidden, "y_row": size.hidden, "first.h": first[0].data_ptr()}
    values |= packed.addresses()
    for name, now, before in zip(cell.states[1:], kept, first[1:], strict=True):
        values |= {f"state.{name}": now.data_ptr(), f"first.{name}": (before if keep else now).data_ptr()}
    units = [sweep.detached(u) for u in weights.units]
    values |= {f"unit.{n}": u.data_ptr() for n, u in zip(cell.weights, units, strict=True)}
    values |= {f"out.{n}": t.data_ptr() for n, t in out.items()}
    if inner is not None:
        values |= {"inner": inner.data_ptr(), "outputs": size.hidden}
        values["projection_groups"] = prepare.projection_groups(plan, size)
    if hoisted:
        products = hoist(plan, x, weights, shape)
        values |= {"hoisted": products.data_ptr(), "hoisted_row": products.shape[1]}
    names = forward.arguments(plan)
    arguments = names.new(**values)
    sweep.walk(kernel["forward"], arguments, names.position["begin"], names.position["end"], shape.steps, schedule.step_seconds)
    return Outcome(y, tuple(kept), out, inner)


def pays_to_hoist(cell: Cell, shape: Shape, x: Tensor) -> bool:
    """Whether the input products are better made for all steps at once: where few rows share the weights."""
    size = shape.size
    if not cell.x_gates or shape.steps < 8 or x.dtype != torch.float32:
        return False
    weights = len(cell.x_gates) * size.units * size.inputs * 4
    return shape.batch <= 4 and size.inputs >= 16 or (shape.batch <= 16 and weights > 4 << 20)
