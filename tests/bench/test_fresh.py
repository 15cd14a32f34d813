"""Questions to new processes, and the peak of the machine."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest
import torch

from softgate.bench import child, fresh, peak
from softgate.bench.cases import Case
from softgate.bench.child import Question
from softgate.cpu import isa as sets
from softgate.cpu.ir import FLOAT32

CASE = Case("memory/small", "memory", 4, 2, 3, 5, kind="memory")


def test_a_question_survives_the_journey() -> None:
    question = Question("first", "ours", 1, CASE)
    assert Question.from_json(question.to_json()) == question


@pytest.mark.parametrize("side", ["ours", "other"])
def test_both_answers(side: str) -> None:
    assert child.answer(Question("first", side, torch.get_num_threads(), CASE))["seconds"] > 0
    assert child.answer(Question("memory", side, torch.get_num_threads(), CASE))["bytes"] >= 0


def test_the_peak_of_memory_sees_what_was_freed() -> None:
    before = child.reset_peak()
    torch.ones(1 << 24)
    assert child.peak() - before > 1 << 25


@pytest.mark.slow
def test_a_process_answers_and_fills_its_cache(tmp_path: Path) -> None:
    found = fresh.ask(Question("first", "ours", 1, CASE), tmp_path / "cache")
    assert found["seconds"] > 0
    assert list((tmp_path / "cache").glob("*.kernel"))


def test_a_process_that_fails_says_why() -> None:
    with pytest.raises(RuntimeError, match=r"exited with 1: .*unknown cell 'nonesuch'"):
        fresh.ask(Question("first", "ours", 1, Case("x", "x", 2, 1, 2, 2, cell="nonesuch")))


@pytest.mark.parametrize("name", [isa.name for isa in sets.available()])
def test_the_peak_kernel_does_its_sums(name: str) -> None:
    isa = sets.choose(name)
    kernel = peak._kernel(isa, FLOAT32)
    seeds, out = torch.tensor([0.5, 1.0]), torch.zeros(2 * peak._APART // 4)
    arguments = peak.PEAK.new(threads=2, turns=100, seeds=seeds.data_ptr(), out=out.data_ptr())
    kernel["peak"](ctypes.addressof(arguments))
    # s = s / 2 + 1 ends at 2, in every lane of every chain; each thread writes its own vector.
    lanes = isa.lanes(32)
    for thread in range(2):
        start = thread * peak._APART // 4
        assert out[start : start + lanes].tolist() == [2.0 * peak.chains(isa)] * lanes


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_peak_is_a_number(dtype: str) -> None:
    assert peak.measure(1, dtype, repeats=1) > 0.01
