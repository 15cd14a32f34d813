"""What a kernel is made for: everything that is fixed when it is compiled.

Sizes, strides, threads and pointers are arguments; what changes the instructions is here. Two plans that are equal
give the same machine code, so a plan is also the key under which that code is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch

from softgate.cpu.ir import Real
from softgate.cpu.isa import Isa
from softgate.cpu.tile import Segment, rows_that_fit
from softgate.equations import Cell

_GROUPS = 4
"""Vectors a row of a tile should have: enough for the latency of a multiply-add, few enough for six rows."""
_MOST_ROWS = 12
PROJECTION_GROUPS = 4
"""Vectors of outputs that a tile of the projection covers."""


@dataclass(frozen=True)
class Plan:
    """Compile-time choices for one cell.

    Attributes:
        cell: the equations.
        isa, real: vector unit and type.
        blocks: vectors of units that a forward tile covers at once.
        wide: vectors of outputs that a backward tile covers at once.
        tail: whether H is no multiple of the lanes, so that the last vector of units is masked.
        ragged: whether rows come and go (packed sequences) or states are reset.
        hoisted: whether the products with the input were made before, for all steps.
        projected: whether the output is a projection of the cell's h.
        stored: signals that the forward pass writes out, in order.
    """

    cell: Cell
    isa: Isa
    real: Real
    blocks: int = 1
    wide: int = 4
    tail: bool = False
    ragged: bool = False
    hoisted: bool = False
    projected: bool = False
    stored: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The plan as text."""
        flags = [n for n in ("tail", "ragged", "hoisted", "projected") if getattr(self, n)]
        kind = f"{self.isa.name} {self.real.name} blocks={self.blocks} wide={self.wide}"
        return f"{self.cell.key} {kind} {' '.join(flags)} stored={','.join(self.stored)}"

    @property
    def lanes(self) -> int:
        """Values in a vector."""
        return self.isa.lanes(self.real.bits)

    @property
    def dtype(self) -> torch.dtype:
        """The kernels' type as torch knows it."""
        return torch.float32 if self.real.bits == 32 else torch.float64

    @cached_property
    def x_slots(self) -> tuple[int, ...]:
        """Positions of the slots that see the input; the first ones."""
        return tuple(k for k, s in enumerate(self.cell.slots) if "x" in s.part)

    @cached_property
    def h_slots(self) -> tuple[int, ...]:
        """Positions of the slots that see the hidden state; the last ones."""
        return tuple(k for k, s in enumerate(self.cell.slots) if "h" in s.part)

    @cached_property
    def fed_slots(self) -> tuple[int, ...]:
        """Positions of the slots that see the feedback states, in the order of ``cell.feedback``."""
        return tuple(
            next(k for k, s in enumerate(self.cell.slots) if s.gate == f and "h" in s.part) for f in self.cell.feedback
        )

    @property
    def groups(self) -> int:
        """Accumulators a row of the forward tile."""
        return len(self.cell.slots) * self.blocks

    @property
    def rows(self) -> int:
        """Rows of the largest forward tile."""
        narrowest = max(self.groups, PROJECTION_GROUPS if self.projected else 0)
        return min(_MOST_ROWS, rows_that_fit(self.isa, narrowest))

    @property
    def blocks_back(self) -> int:
        """Vectors of units that a tile of the backward pass covers."""
        return max(1, self.wide // (1 + len(self.cell.feedback)))

    @property
    def groups_back(self) -> int:
        """Accumulators a row of the backward tile: those of h, then those of each feedback state."""
        return self.blocks_back * (1 + len(self.cell.feedback))

    @property
    def rows_back(self) -> int:
        """Rows of the largest backward tile."""
        narrowest = max(self.groups_back, PROJECTION_GROUPS if self.projected else 0)
        return min(_MOST_ROWS, rows_that_fit(self.isa, narrowest))

    @cached_property
    def segments(self) -> dict[str, Segment]:
        """The products of the forward tile by name of what is read: ``x``, ``h`` and feedback states."""
        n = len(self.cell.slots)

        def over(slots: tuple[int, ...]) -> Segment:
            return Segment(tuple(b * n + s for b in range(self.blocks) for s in slots))

        found = {}
        if self.x_slots and not self.hoisted:
            found["x"] = over(self.x_slots)
        if self.h_slots:
            found["h"] = over(self.h_slots)
        return found | {f"fed.{f}": over(self.fed_slots) for f in self.cell.feedback}


def blocks_for(slots: int, vectors_of_units: int) -> int:
    """How many vectors of units a forward tile should cover."""
    blocks = max(1, _GROUPS // max(1, slots))
    while blocks > max(1, vectors_of_units):
        blocks //= 2
    return blocks
