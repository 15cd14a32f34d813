"""What the calls of the forward and the backward kernel share: the shape of a call, and its fixed arguments."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from softgate.cpu import workspace
from softgate.cpu.isa import Isa
from softgate.cpu.prepare import Size, arange, table
from softgate.cpu.schedule import Schedule
from softgate.equations import Cell
from softgate.errors import DtypeError

_PIECE = 0.1
"""Seconds after which a run comes back to see whether it is to stop."""
_FLOPS = 2e10
"""The same for a product over all steps, in floating point operations."""


class Ragged(NamedTuple):
    """Rows that come and go: active rows at each step, and the first row of each, as tables."""

    lengths: Tensor
    offsets: Tensor


@dataclass(frozen=True)
class Shape:
    """One call: sizes, sequences, steps, direction; ``lengths`` if rows come and go or states are reset."""

    size: Size
    batch: int
    steps: int
    reverse: bool
    lengths: tuple[int, ...] | None

    @cached_property
    def rows(self) -> int:
        """Rows of all steps together."""
        return self.steps * self.batch if self.lengths is None else sum(self.lengths)

    @cached_property
    def ragged(self) -> Ragged | None:
        """The tables of the lengths, if there are any."""
        if self.lengths is None:
            return None
        sizes = table(*self.lengths)
        return Ragged(sizes, torch.cumsum(sizes, 0) - sizes)

    @cached_property
    def last_rows(self) -> Tensor | slice:
        """Where in all rows the last computed row of each sequence is."""
        return self._edge(at_end=not self.reverse)

    @cached_property
    def first_rows(self) -> Tensor | slice:
        """Where in all rows the first computed row of each sequence is."""
        return self._edge(at_end=self.reverse)

    def _edge(self, *, at_end: bool) -> Tensor | slice:
        if not at_end:
            return slice(0, self.batch)
        if self.ragged is None:
            return slice((self.steps - 1) * self.batch, self.steps * self.batch)
        ends = (self.ragged.lengths[None, :] > arange(self.batch, 1)[:, None]).sum(1) - 1
        return self.ragged.offsets[ends] + arange(self.batch, 1)


@lru_cache(maxsize=2048)
def shape_of(size: Size, batch: int, steps: int, reverse: bool, lengths: tuple[int, ...] | None) -> Shape:
    """The shape of a call, its tables kept."""
    return Shape(size, batch, steps, reverse, lengths)


def strided(a: Tensor, shape: Shape) -> tuple[Tensor, int, int]:
    """The array with a layout kernels can read, its stride of a step and of a row, in elements."""
    if a.is_neg() or not a.data_ptr():
        a = detached(a)
    if a.is_contiguous():
        width = a.shape[-1]
        return a, shape.batch * width, width
    if a.dim() == 3 and shape.lengths is None and (a.stride(2) == 1 or a.shape[2] <= 1):
        return a, a.stride(0), a.stride(1)
    a = a.contiguous()
    return a, shape.batch * a.shape[-1], a.shape[-1]


def constants(
    shape: Shape, schedule: Schedule, tiles: Tensor, barrier: Tensor, groups: int, zeros: Tensor
) -> dict[str, int]:
    """The arguments that forward and backward kernel share and that no call changes."""
    size = shape.size
    values = {
        "threads": schedule.threads,
        "row_teams": schedule.row_teams,
        "unit_teams": schedule.unit_teams,
        "barrier": barrier.data_ptr(),
        "end": shape.steps,
        "steps": shape.steps,
        "reverse": int(shape.reverse),
        "batch": shape.batch,
        "tiles": tiles.data_ptr(),
        "tile_count": len(tiles) - 1,
        "zeros": zeros.data_ptr(),
        "units": size.units,
        "hidden": size.hidden,
        "inputs": size.inputs,
        "groups": groups,
        "y_step": shape.batch * size.hidden,
        "y_row": size.hidden,
    }
    if shape.ragged is not None:
        values |= {"lengths": shape.ragged.lengths.data_ptr(), "offsets": shape.ragged.offsets.data_ptr()}
    return values


def piece(schedule: Schedule) -> int:
    """Steps in one call of a kernel."""
    return max(1, int(_PIECE / max(schedule.step_seconds, 1e-9)))


def zeros_for(cell: Cell, size: Size, isa: Isa) -> Tensor:
    """Zeros for a kernel to read where it has nothing to read."""
    return workspace.zeros((len(cell.slots) + 2) * (size.units + size.hidden + 64) + size.inputs + isa.vector_bits)


def detached(t: Tensor) -> Tensor:
    """As the kernels read it: contiguous, no lazy sign, no lazy zeros, without history."""
    if t.is_contiguous() and not t.is_neg() and t.data_ptr():
        return t
    t = t.detach().resolve_neg()
    # torch's zeros without memory stay so under contiguous().
    t = t.clone(memory_format=torch.contiguous_format) if t._is_zerotensor() else t.contiguous()
    if not t.data_ptr() and t.numel():
        raise DtypeError(
            f"expected tensors with values on cpu, got a {type(t).__name__} {list(t.shape)} without memory"
        )
    return t


def point_units(
    array: ctypes.Array[ctypes.c_int64], places: Sequence[tuple[int, int, int]], units: Sequence[Tensor], shape: Shape
) -> list[Tensor]:
    """Write down where weights a unit lie, and values given from outside with their strides; returns what to keep."""
    held = []
    for (at, step, row), unit in zip(places, units, strict=True):
        if step:
            unit, array[step], array[row] = strided(unit, shape)
        else:
            unit = detached(unit)
        array[at] = unit.data_ptr()
        held.append(unit)
    return held


def unit_places(cell: Cell, at: Mapping[str, int]) -> list[tuple[int, int, int]]:
    """For :func:`point_units`: the positions of the pointers and of both strides, 0 where there are none."""
    plain = [(at[f"unit.{w}"], 0, 0) for w in cell.weights]
    for name, kind in cell.given.items():
        n = f"unit.{name}"
        plain.append((at[n], 0, 0) if kind == "unit" else (at[n], at[f"{n}_step"], at[f"{n}_row"]))
    return plain


def linear(x: Tensor, weight: Tensor) -> Tensor:
    """``x weight^T`` [rows, N], a part at a time where it takes long: between two parts Ctrl-C is answered."""
    rows = max(1, int(_FLOPS / max(1, 2 * weight.numel())))
    if len(x) <= rows:
        return _linear(x, weight)
    out = workspace.empty((len(x), len(weight)), x.dtype)
    for to, part in zip(torch.split(out, rows), torch.split(x, rows), strict=True):
        to.copy_(_linear(part, weight))
    return out


def _linear(x: Tensor, weight: Tensor) -> Tensor:
    """Through oneDNN where torch has it: on many processors faster than its BLAS."""
    if x.dtype == torch.float32 and _onednn() and x.numel() and weight.numel():
        out: Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, None, "none", [], "")
        return out
    return torch.nn.functional.linear(x, weight)


@lru_cache(maxsize=1)
def _onednn() -> bool:
    return bool(torch._C._has_mkldnn) and hasattr(torch.ops.mkldnn, "_linear_pointwise")


def previous_rows(rows: Tensor, first: Tensor, shape: Shape, reset: Tensor | None) -> Tensor:
    """For each row the row before it in its sequence, or its initial state."""
    n, size = shape.batch, shape.rows
    if shape.ragged is None:
        return torch.cat([rows[n:], first] if shape.reverse else [first, rows[:-n]])
    lengths, offsets = shape.ragged
    step = torch.repeat_interleave(arange(shape.steps, 1), lengths)
    within = arange(size, 1) - offsets[step]
    before = step + 1 if shape.reverse else step - 1
    inside = (before >= 0) & (before < shape.steps)
    before = before.clamp(0, shape.steps - 1)
    inside &= within < lengths[before]
    value = torch.where(inside[:, None], rows[(offsets[before] + within).clamp(max=size - 1)], first[within])
    return value if reset is None else value.masked_fill(reset.bool()[:, None], 0)
