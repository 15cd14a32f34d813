"""What a call needs that depends on sizes alone, made once and kept: kernels, argument templates, tables.

Everything here is memoised; a call then fills in pointers. Tables are tensors of 64-bit numbers that kernels read.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import llvmlite.ir as ll
import torch
from torch import Tensor

from softgate import step as steps
from softgate.cpu import backward, compiler, forward, pack, product, schedule, sums
from softgate.cpu.compiler import Kernel
from softgate.cpu.ir import FLOAT32, FLOAT64, Real
from softgate.cpu.isa import Isa
from softgate.cpu.plan import PROJECTION_GROUPS, Plan, blocks_for
from softgate.equations import Cell
from softgate.listing import to_lines

_WIDEST = 4
"""Vectors of outputs in the widest backward tile."""


class Size(NamedTuple):
    """The sizes of one layer: units H, width of the hidden state P, input size I, whether P is a projection."""

    units: int
    hidden: int
    inputs: int
    projected: bool


def real_of(dtype: torch.dtype) -> Real:
    """The kernels' type for a dtype."""
    return FLOAT32 if dtype == torch.float32 else FLOAT64


def table(*numbers: int) -> Tensor:
    """A table of 64-bit numbers."""
    return torch.tensor(numbers, dtype=torch.int64, device="cpu")


@lru_cache(maxsize=512)
def arange(count: int, stride: int) -> Tensor:
    """0, stride, 2 stride ... of ``count`` numbers."""
    return torch.arange(count, dtype=torch.int64, device="cpu") * stride


@lru_cache(maxsize=1024)
def forward_plan(
    cell: Cell, isa: Isa, dtype: torch.dtype, size: Size, flags: tuple[bool, bool], stored: tuple[str, ...]
) -> Plan:
    """The plan of the forward kernel; ``flags`` are ragged and hoisted."""
    real = real_of(dtype)
    lanes = isa.lanes(real.bits)
    blocks = blocks_for(len(cell.slots), -(-size.units // lanes))
    ragged, hoisted = flags
    tail = bool(size.units % lanes)
    return Plan(
        cell,
        isa,
        real,
        blocks=blocks,
        tail=tail,
        ragged=ragged,
        hoisted=hoisted,
        projected=size.projected,
        stored=stored,
    )


def width_for(vectors: int, most: int) -> int:
    """How wide a tile should be that is repeated over ``vectors``: little padding first, then the wider."""
    return min(range(1, most + 1), key=lambda w: -(-vectors // w) * w * (1 + 0.15 / w))


@lru_cache(maxsize=1024)
def backward_plan(cell: Cell, isa: Isa, dtype: torch.dtype, size: Size, ragged: bool) -> Plan:
    """The plan of the backward kernel."""
    real = real_of(dtype)
    lanes = isa.lanes(real.bits)
    wide = width_for(-(-size.units // lanes), _WIDEST)
    return Plan(cell, isa, real, wide=wide, tail=bool(size.units % lanes), ragged=ragged, projected=size.projected)


def _program(plan: Plan) -> dict[str, str]:
    adjoint = steps.adjoint(plan.cell, plan.projected)
    back = {f"d {s.symbol}": e for s, e in zip(plan.cell.slots, adjoint.slots, strict=True)}
    back |= {f"d prev.{s}": e for s, e in adjoint.prev.items()} | {f"d w.{w}": e for w, e in adjoint.weights.items()}
    lines = ["forward", *to_lines(steps.storable(plan.cell)), "", "adjoint", *to_lines(back), ""]
    lines.append("saved " + " ".join(adjoint.saved))
    return {"equations.txt": plan.cell.text + "\n", "program.txt": "\n".join(lines) + "\n"}


@lru_cache(maxsize=1024)
def forward_kernel(plan: Plan) -> Kernel:
    """The compiled forward kernel."""
    return compiler.load(
        f"forward {plan.key}", ["forward"], plan.isa, lambda m: forward.build(plan, m), lambda: _program(plan)
    )


@lru_cache(maxsize=1024)
def backward_kernel(plan: Plan) -> Kernel:
    """The compiled backward kernel."""
    return compiler.load(
        f"backward {plan.key}", ["backward"], plan.isa, lambda m: backward.build(plan, m), lambda: _program(plan)
    )


@lru_cache(maxsize=8)
def pack_kernel(isa: Isa, dtype: torch.dtype) -> Kernel:
    """The kernels that lay out weights and add up sums; the same for every cell."""
    real = real_of(dtype)

    def build(module: ll.Module) -> None:
        pack.build(module, isa, real)
        sums.build(module, isa, real)

    return compiler.load(
        f"pack {isa.name} {real.name}", ["pack_rows", "pack_columns", "pack_bias", "total"], isa, build
    )


@lru_cache(maxsize=32)
def outer_kernel(isa: Isa, dtype: torch.dtype, wide: int, tail: bool) -> Kernel:
    """The kernel of weight gradients."""
    real = real_of(dtype)

    def build(module: ll.Module) -> None:
        product.build_outer(module, isa, real, wide, tail)

    return compiler.load(f"outer {isa.name} {real.name} {wide} {tail}", ["outer"], isa, build)


@lru_cache(maxsize=1024)
def gate_tables(cell: Cell) -> dict[str, Tensor]:
    """Gate numbers of the slots, for the kernels that lay out weights."""
    x, h = cell.x_gates, cell.h_gates
    x_of = [x.index(s.gate) if "x" in s.part else -1 for s in cell.slots]
    h_of = [h.index(s.gate) if "h" in s.part else -1 for s in cell.slots]
    return {
        "x": table(*(g for g in x_of if g >= 0)),
        "h": table(*(g for g in h_of if g >= 0)),
        "bias_x": table(*x_of),
        "bias_h": table(*h_of),
        "fed": table(*range(len(cell.feedback))),
        "fed_back": table(*(_gate_of(cell.feedback, s.gate) for s in cell.slots if "h" in s.part)),
        "one": table(0),
    }


def _gate_of(gates: tuple[str, ...], name: str) -> int:
    return gates.index(name) if name in gates else -1


@lru_cache(maxsize=4096)
def forward_schedule(
    plan: Plan, size: Size, batch: int, length: int, threads: int, read: bool = False
) -> tuple[schedule.Schedule, Tensor]:
    """How the forward kernel is split, with its table of tiles; ``read`` if its signals are read afterwards."""
    slots = len(plan.cell.slots)
    inputs = 0 if plan.hoisted or not plan.x_slots else size.inputs
    per_unit = inputs * len(plan.x_slots) + size.hidden * len(plan.h_slots) + size.units * len(plan.cell.feedback)
    per_unit += size.hidden if size.projected else 0
    groups = -(-size.units // (plan.isa.lanes(plan.real.bits) * plan.blocks))
    work = schedule.Work(
        batch, length, 2 * size.units * per_unit, size.units * per_unit * plan.real.bits // 8, groups, plan.rows,
        size.units * slots * 18, plan.ragged, read,
    )  # fmt: skip
    chosen = schedule.choose(work, threads, plan.isa, plan.real.bits)
    return chosen, table(*chosen.tiles)


@lru_cache(maxsize=4096)
def backward_schedule(
    plan: Plan, size: Size, batch: int, length: int, threads: int
) -> tuple[schedule.Schedule, Tensor]:
    """How the backward kernel is split, with its table of tiles."""
    depth = len(plan.h_slots) * size.units
    outputs = size.hidden + (size.units if size.projected else 0) + size.units * len(plan.cell.feedback)
    groups = -(-size.units // (plan.isa.lanes(plan.real.bits) * plan.blocks_back))
    work = schedule.Work(
        batch, length, 2 * depth * outputs, depth * outputs * plan.real.bits // 8, groups, plan.rows_back,
        size.units * len(plan.cell.slots) * 10, plan.ragged,
    )  # fmt: skip
    chosen = schedule.choose(work, threads, plan.isa, plan.real.bits)
    return chosen, table(*chosen.tiles)


def groups_of(width: int, lanes: int, blocks: int) -> int:
    """Groups of ``blocks`` vectors that cover ``width`` values."""
    return -(-width // (lanes * blocks))


def projection_groups(plan: Plan, size: Size) -> int:
    """Groups of vectors of outputs of a projection."""
    return groups_of(size.hidden, plan.isa.lanes(plan.real.bits), PROJECTION_GROUPS)
