"""One step at a time from Python: weights laid out once, arguments filled in once, a few pointers a step."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from softgate.cpu import verify, workspace
from softgate.cpu.forward_call import ForwardCall, How
from softgate.cpu.isa import choose
from softgate.cpu.prepare import Size
from softgate.cpu.sweep import Shape, detached
from softgate.equations import Cell
from softgate.errors import DtypeError
from softgate.reference import Weights


class Stepper:
    """``step(x, states)``: x [B, I] and the states [B, H] to the next states, of which the first is the output.

    The weights are those of the moment when it was made.
    """

    def __init__(self, cell: Cell, weights: Weights, batch: int) -> None:
        tensors = (weights.weight_ih, weights.weight_hh, *weights.units)
        like = next(t for t in tensors if t is not None)
        units = _units(cell, weights)
        hidden = units if weights.weight_hr is None else weights.weight_hr.shape[0]
        inputs = 0 if weights.weight_ih is None else weights.weight_ih.shape[1]
        shape = Shape(Size(units, hidden, inputs, weights.weight_hr is not None), batch, 1, False, None)
        states = [like.new_empty(batch, units if k else hidden) for k in range(len(cell.states))]
        verify.check(cell, shape.size, batch, weights, states)
        how = How(like.dtype, torch.get_num_threads(), choose(), True, ())
        self._call = call = ForwardCall(cell, shape, how)
        self._dtype, self._count = like.dtype, len(cell.states)
        self._packed = workspace.empty((call.packing.count,), like.dtype)
        call.packing(weights, self._packed)
        self._units = [detached(u) for u in weights.units]
        self._launch = launch = call.launch
        self._array = array = launch.array
        at = launch.at
        call.packing.point(array, self._packed.data_ptr())
        for name, unit in zip((*cell.weights, *cell.given), self._units, strict=True):
            array[at[f"unit.{name}"]] = unit.data_ptr()
        if call.plan.projected:
            self._inner = workspace.empty((batch, units), like.dtype)
            array[at["inner"]] = self._inner.data_ptr()
        if "x_row" in at:
            array[at["x_step"]] = array[at["x_row"]] = inputs
        self._x = at.get("x")
        self._from = [at["first.h"], *(at[f"first.{s}"] for s in cell.states[1:])]
        self._to = [at["y"], *(at[f"state.{s}"] for s in cell.states[1:])]
        self._sizes = [(batch, hidden), *((batch, units) for _ in cell.states[1:])]

    def __call__(self, x: Tensor, states: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """The next states, in memory of their own."""
        if x.dtype != self._dtype or not x.is_contiguous() or x.is_neg() or not (at_x := x.data_ptr()):
            x = self._readable(x)
            at_x = x.data_ptr()
        array = self._array
        if self._x is not None:
            array[self._x] = at_x
        after = tuple([torch.empty(s, dtype=self._dtype, device="cpu") for s in self._sizes])
        if type(after[0]) is not Tensor:
            raise DtypeError("stream: the weights are real, and a FakeTensorMode is active: leave it to step")
        for at, state in zip(self._from, states):  # noqa: B905 - a strict zip costs a tenth of the step
            array[at] = state.data_ptr()
        for at, state in zip(self._to, after):  # noqa: B905
            array[at] = state.data_ptr()
        self._launch()
        return after

    def _readable(self, x: Tensor) -> Tensor:
        """x_t as the kernel reads it, or what is wrong with it."""
        if x.dtype != self._dtype:
            raise DtypeError(f"stream: the weights are {self._dtype}, x_t is {x.dtype}")
        if not x.is_cpu or x.layout != torch.strided:
            raise DtypeError(f"stream: x_t must be a dense tensor on cpu, as the weights, got {x.layout} on {x.device}")
        return detached(x)


def _units(cell: Cell, weights: Weights) -> int:
    if weights.weight_hr is not None:
        return int(weights.weight_hr.shape[1])
    if weights.weight_ih is not None:
        return int(weights.weight_ih.shape[0]) // len(cell.x_gates)
    assert weights.weight_hh is not None
    return int(weights.weight_hh.shape[1])
