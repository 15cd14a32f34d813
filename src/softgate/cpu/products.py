"""The products over all steps that follow the backward kernel: gradients of the input and of the matrices."""

from __future__ import annotations

import torch
from torch import Tensor

from softgate.cpu import prepare, product, sums, sweep, workspace
from softgate.cpu.launch import Launch
from softgate.cpu.plan import Plan

_PIECE = 2e10
"""Floating point operations after which a product comes back to see whether it is to stop."""
_ALONE = 1_500_000
"""Multiply-adds up to which a product is done sooner alone than with threads that have to be woken."""


class Outer:
    """``a[:, skip : skip + size]^T b``: a weight gradient, for rows of ``b`` given by a table of addresses."""

    def __init__(self, plan: Plan, rows: int, a_row: int, skip: int, size: int, columns: int, threads: int) -> None:
        self._size, self._columns, self._rows, self._a_row, self._skip = size, columns, rows, a_row, skip
        self._dtype, self._bytes = plan.dtype, plan.real.bits // 8
        vectors = -(-columns // plan.lanes)
        most = 4 if plan.isa.registers >= 32 else 2
        wide = prepare.width_for(vectors, most)
        kernel = prepare.outer_kernel(plan.isa, plan.dtype, wide, bool(columns % (plan.lanes * wide)))
        team = threads if rows * size * columns > _ALONE else 1
        panels = -(-columns // (plan.lanes * wide))
        self.room = product.room_for(size, team, plan.isa, plan.real, wide)
        self.launch = Launch(
            kernel["outer"], product.OUTER, threads=team, a_row=a_row, a_columns=size, b_columns=columns, rows=rows,
            c_row=columns, panels=panels,
        )  # fmt: skip
        self._piece = max(256, int(_PIECE / max(1, 2 * size * columns)) // 256 * 256)

    def __call__(self, a: int, table: int, room: int) -> Tensor:
        """The product [size, columns], given the addresses of ``a``, of the table, and of ``room`` values of room."""
        result = workspace.empty((self._size, self._columns), self._dtype)
        array, at = self.launch.array, self.launch.at
        array[at["c"]], array[at["room"]] = result.data_ptr(), room
        for start in range(0, self._rows if result.numel() else 0, self._piece):
            array[at["a"]] = a + (start * self._a_row + self._skip) * self._bytes
            array[at["b_rows"]] = table + 8 * start
            array[at["rows"]] = min(self._piece, self._rows - start)
            array[at["keep"]] = int(start > 0)
            self.launch()
        return result


class Total:
    """Sums over all rows and steps for some ``rows`` (slots, or weights a unit) of what each thread has added up.

    ``form`` is how many rows a thread adds up, and how long they are.
    """

    def __init__(self, plan: Plan, threads: int, form: tuple[int, int], units: int, rows: list[int]) -> None:
        self._size, self._dtype, self._rows = len(rows) * units, plan.dtype, prepare.table(*rows)
        count, length = form
        self.launch = Launch(
            prepare.pack_kernel(plan.isa, plan.dtype)["total"], sums.TOTAL, threads=1, parts=threads,
            part_size=2 * count * length, row_size=length, chosen=self._rows.data_ptr(), count=len(rows), units=units,
        )  # fmt: skip

    def __call__(self, source: int) -> Tensor:
        """The sums [rows * units], given the address of what the threads have added up."""
        result = workspace.empty((self._size,), self._dtype)
        array, at = self.launch.array, self.launch.at
        array[at["from"]], array[at["to"]] = source, result.data_ptr()
        self.launch()
        return result


def input_gradient(plan: Plan, dz: Tensor, weight: Tensor, units: int) -> Tensor:
    """``dz W`` [rows, I]: ``dz`` [rows, slots, H], ``weight`` in the order of the parameters."""
    gates = [plan.cell.x_gates.index(plan.cell.slots[s].gate) for s in plan.x_slots]
    inputs = weight.shape[1]
    if gates != sorted(gates):
        weight = weight.reshape(len(gates), units, inputs)[gates].reshape(-1, inputs)
    across = weight.t().contiguous()
    rows = dz[:, : len(gates)].reshape(len(dz), -1)
    piece = max(1, int(_PIECE / max(1, 2 * rows.shape[1] * inputs)))
    parts = [sweep.linear(part, across) for part in torch.split(rows, piece)]
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def reorder(gradient: Tensor, slots: tuple[int, ...], order: list[int], units: int) -> Tensor:
    """Blocks of H rows, one a slot, in the order of the parameters."""
    if list(slots) == order:
        return gradient
    blocks = gradient.view(len(slots), units, gradient.shape[-1])
    return blocks[[slots.index(s) for s in order]].reshape(-1, gradient.shape[-1])
