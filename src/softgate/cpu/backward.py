"""The backward kernel of a cell: from the last step to the first, the gradients of slots and states.

A step is one phase: for each group of units and tile of rows, the gradient that came back through the hidden
products, ``dh = dz(t+1) U``, then the adjoint step in registers, which stores ``dz(t)``. Sums over steps and rows
(biases, weights a unit) are kept a thread. The gradients of input and matrices are products over all steps and are
made elsewhere (:mod:`softgate.cpu.product`). With a projection a phase before it makes ``dh`` of all outputs.
"""

from __future__ import annotations

import llvmlite.ir as ll

from softgate.cpu import team, tile
from softgate.cpu.arguments import Arguments
from softgate.cpu.backward_worker import Worker
from softgate.cpu.forward import given
from softgate.cpu.plan import PROJECTION_GROUPS, Plan
from softgate.cpu.sequence import COMMON
from softgate.step import adjoint as adjoint_step


def arguments(plan: Plan) -> Arguments:
    """The arguments of the backward kernel of a plan."""
    names = [
        *COMMON,
        *["dz", "slot_row", "dy", "dy_step", "dy_row", "x", "x_step", "x_row", "x_rows", "h_rows", "sums", "sums_row"],
    ]
    names += ["back_depth", "back_skip", "weights.back"]
    names += [n for s in plan.cell.states[1:] for n in (f"state.{s}", f"first.{s}")]
    names += [f"carry.{s}" for s in plan.cell.states]
    names += given(plan)
    names += [f"saved.{s}" for s in adjoint_step(plan.cell, plan.projected).saved]
    if plan.projected:
        names += ["dh", "dh_row", "weights.projection", "outputs", "projection_groups"]
    return Arguments(names)


def build(plan: Plan, module: ll.Module) -> None:
    """Add the function ``backward(arguments)`` to a module."""

    def tiles(name: str, groups: int) -> list[ll.Function]:
        whole = [tile.Segment(tuple(range(groups)))]
        return [
            tile.define(module, plan.isa, plan.real, f"{name}{r}", r, groups, whole)
            for r in range(1, plan.rows_back + 1)
        ]

    through_units = tiles("tile", plan.groups_back)
    through_outputs = tiles("output", PROJECTION_GROUPS) if plan.projected else []
    barrier = team.define_barrier(module, plan.isa, plan.real)
    worker = Worker(plan, module, arguments(plan), through_units, through_outputs, barrier).function
    team.define_entry(module, plan.isa, plan.real, "backward", worker, arguments(plan).position["threads"])
