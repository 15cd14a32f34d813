"""What the calls of the forward and the backward kernel have in common: rows, strides, common arguments, the walk.

A long run is cut into pieces of about a tenth of a second: between two pieces Python sees signals, so that Ctrl-C is
answered.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from softgate.cpu import workspace
from softgate.cpu.isa import Isa
from softgate.cpu.prepare import Ragged, Size, arange, ragged_of
from softgate.cpu.schedule import Schedule
from softgate.equations import Cell
from softgate.reference import Weights

_PIECE = 0.1
"""Seconds after which a run comes back to see whether it is to stop."""


@dataclass(frozen=True)
class Shape:
    """One call: sizes, rows, direction, and whether rows come and go."""

    size: Size
    batch: int
    steps: int
    rows: int
    ragged: Ragged | None
    reverse: bool

    @property
    def last_rows(self) -> Tensor | slice:
        """Where in all rows the last computed row of each sequence is."""
        if self.ragged is None or self.reverse:
            t = 0 if self.reverse else self.steps - 1
            return slice(t * self.batch, (t + 1) * self.batch)
        ends = (self.ragged.lengths[None, :] > arange(self.batch, 1)[:, None]).sum(1) - 1
        return self.ragged.offsets[ends] + arange(self.batch, 1)

    @property
    def first_rows(self) -> Tensor | slice:
        """Where in all rows the first computed row of each sequence is."""
        if self.ragged is None or not self.reverse:
            t = self.steps - 1 if self.reverse else 0
            return slice(t * self.batch, (t + 1) * self.batch)
        ends = (self.ragged.lengths[None, :] > arange(self.batch, 1)[:, None]).sum(1) - 1
        return self.ragged.offsets[ends] + arange(self.batch, 1)


def shape_of(
    x: Tensor, states: Sequence[Tensor], weights: Weights, lengths: Sequence[int] | None, reset: Tensor | None, reverse: bool
) -> Shape:
    """The shape of a call."""
    hidden = states[0].shape[-1]
    units = weights.weight_hr.shape[1] if weights.weight_hr is not None else hidden
    size = Size(units, hidden, x.shape[-1], weights.weight_hr is not None)
    if lengths is not None:
        ragged = ragged_of(tuple(lengths))
        return Shape(size, ragged.batch, ragged.steps, ragged.rows, ragged, reverse)
    steps, batch = x.shape[0], x.shape[1]
    found = ragged_of((batch,) * steps) if reset is not None else None
    return Shape(size, batch, steps, steps * batch, found, reverse)


def strided(a: Tensor, shape: Shape) -> tuple[Tensor, int, int]:
    """The array with a layout kernels can read, its stride of a step and of a row, in elements."""
    if a.dim() == 2:
        a = a if a.stride(1) == 1 or a.shape[1] <= 1 else a.contiguous()
        return a, 0, a.stride(0) if len(a) > 1 else a.shape[1]
    if shape.ragged is not None or (a.stride(2) != 1 and a.shape[2] > 1):
        a = a.contiguous()
    return a, a.stride(0), a.stride(1)


def common(shape: Shape, schedule: Schedule, tiles: Tensor, reset: Tensor | None, groups: int, zeros: Tensor) -> dict[str, int]:
    """The arguments that forward and backward kernel share."""
    values = {
        "threads": schedule.threads,
        "row_teams": schedule.row_teams,
        "unit_teams": schedule.unit_teams,
        "barrier": workspace.barrier().data_ptr(),
        "end": shape.steps,
        "steps": shape.steps,
        "reverse": int(shape.reverse),
        "batch": shape.batch,
        "tiles": tiles.data_ptr(),
        "tile_count": len(tiles) - 1,
        "zeros": zeros.data_ptr(),
        "units": shape.size.units,
        "hidden": shape.size.hidden,
        "groups": groups,
    }
    if shape.ragged is not None:
        values |= {"lengths": shape.ragged.lengths.data_ptr(), "offsets": shape.ragged.offsets.data_ptr()}
        if reset is not None:
            values["reset"] = reset.data_ptr()
    return values


def walk(
    call: Callable[[int], None], arguments: ctypes.Array[ctypes.c_int64], begin: int, end: int, steps: int, seconds: float,
    backwards: bool = False,
) -> None:
    """Call a kernel for all steps, in pieces; ``begin`` and ``end`` are the places of those arguments."""
    address = ctypes.addressof(arguments)
    piece = max(1, int(_PIECE / max(seconds, 1e-9)))
    if piece >= steps:
        call(address)
        return
    starts = range(0, steps, piece)
    for start in reversed(starts) if backwards else starts:
        arguments[begin], arguments[end] = start, min(steps, start + piece)
        call(address)


def zeros_needed(cell: Cell, size: Size, isa: Isa) -> int:
    """How many zeros a kernel may read where it has nothing to read."""
    return (len(cell.slots) + 2) * (size.units + size.hidden + 64) + size.inputs + isa.vector_bits


def detached(t: Tensor) -> Tensor:
    """Contiguous, without history."""
    return t.detach().contiguous() if t.requires_grad or not t.is_contiguous() else t


def linear(x: Tensor, weight: Tensor) -> Tensor:
    """``x weight^T`` [rows, N], through oneDNN where torch has it: on many processors faster than its BLAS."""
    if x.dtype == torch.float32 and _onednn() and x.numel() and weight.numel():
        out: Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, None, "none", [], "")
        return out
    return torch.nn.functional.linear(x, weight)


def _onednn() -> bool:
    return torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")
