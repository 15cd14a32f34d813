"""Memory that nobody has written is NaN in these tests; and here it is shown that a read of it would be seen."""

from __future__ import annotations

import ctypes
import math

import pytest
import torch

import softgate as sg
from cpu.memory import poisoned, replaced, spoil
from softgate.cpu import forward_call, workspace
from softgate.testing import Bench, assert_close
from softgate.testing.problem import run_reference, runner


def bench(name: str = "lstm") -> Bench:
    return Bench(sg.cells.get(name), runner("cpu"), torch.float32)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_fresh_memory_is_nan(dtype: torch.dtype) -> None:
    for memory in (workspace.empty((3, 5), dtype), workspace.scratch("dz", 15, dtype)):
        assert memory.isnan().all()


def test_scratch_is_poisoned_at_every_call() -> None:
    workspace.scratch("dz", 4, torch.float32).zero_()
    assert workspace.scratch("dz", 4, torch.float32).isnan().all()


@pytest.mark.parametrize("kind", [ctypes.c_float, ctypes.c_double])
def test_a_poisoned_address_is_that_of_nan(kind: type[ctypes.c_float]) -> None:
    address = int(poisoned((1,), torch.int64))
    assert math.isnan(kind.from_address(address).value)


def test_a_value_that_is_not_computed_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel told of one step fewer than there are leaves the last step unwritten."""
    whole = forward_call.Launch.walk

    def one_less(launch, steps, piece, **options):
        launch.array[launch.at["end"]] = steps - 1
        whole(launch, steps - 1, steps, **options)

    problem = bench().problem(5, 3, 4, 16)
    want = problem.forward(run_reference)["y"]
    monkeypatch.setattr(forward_call.Launch, "walk", one_less)
    got = problem.forward(runner("cpu"))["y"]
    assert got[-1].isnan().all()
    assert_close(got[:-1], want[:-1], name="y")
    with pytest.raises(AssertionError, match="NaN on one side only"):
        assert_close(got, want, name="y")


def test_a_weight_that_is_not_laid_out_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = bench().problem(3, 2, 4, 16)
    monkeypatch.setattr(forward_call.ForwardCall, "__call__", _without_packing)
    with pytest.raises(AssertionError, match="NaN on one side only"):
        bench().judge(problem)


def _without_packing(call, x, states, weights, reset):
    room = workspace.scratch("forward weights", call.packing.count, call.how.dtype)
    return call.run(x, states, weights, reset, room)


def test_nothing_of_one_call_is_read_by_the_next() -> None:
    """Shapes change under a kept thread: what an earlier, larger call has left behind is no part of a later one."""
    judge = bench("peephole")
    with replaced(lambda shape, dtype: spoil(torch.empty(tuple(shape), dtype=dtype))):
        for T, B, inputs, H in [(7, 5, 9, 33), (2, 1, 3, 5), (7, 5, 9, 33), (3, 4, 1, 16)]:
            judge.judge(judge.problem(T, B, inputs, H))
