"""Random cells, sizes, lengths, resets and strides: what a layer would run is what the reference says."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import torch
from hypothesis import given, settings, strategies as st

import softgate as sg
from softgate.testing import Bench, Problem
from softgate.testing.problem import can_project, runner

# Each of these has something that the others have not.
NAMES = ["lstm", "peephole", "cifg", "gru", "rnn_relu", "slstm", "mingru", "janet"]


@cache
def bench(name: str, dtype: torch.dtype) -> Bench:
    return Bench(sg.cells.get(name), runner("auto"), dtype)


@st.composite
def problems(draw: st.DrawFn) -> tuple[Bench, Problem]:
    judge = bench(draw(st.sampled_from(NAMES)), draw(st.sampled_from([torch.float32, torch.float64])))
    T, B, inputs, H = (draw(st.integers(1, n)) for n in (6, 5, 9, 20))
    proj_size = draw(st.integers(1, H - 1)) if H > 1 and can_project(judge.cell) and draw(st.booleans()) else None
    problem = judge.problem(T, B, inputs, H, proj_size=proj_size, bias=draw(st.booleans()))
    problem = replace(problem, reverse=draw(st.booleans()))
    layout = draw(st.sampled_from(["padded", "packed", "transposed"]))
    if layout == "packed":
        lengths = sorted((draw(st.integers(1, T)) for _ in range(B)), reverse=True)
        sizes = tuple(sum(n > t for n in lengths) for t in range(lengths[0]))
        rows = torch.cat([problem.x[t, :n] for t, n in enumerate(sizes)])
        problem = replace(problem, x=rows, lengths=sizes)
    if layout == "transposed":
        problem = replace(problem, x=problem.x.permute(2, 1, 0).contiguous().permute(2, 1, 0))
    if draw(st.booleans()):
        mask = torch.tensor([draw(st.booleans()) for _ in range(T * B)])
        rows = len(problem.x) if layout == "packed" else T * B
        problem = replace(problem, reset=mask[:rows] if layout == "packed" else mask.reshape(T, B))
    return judge, problem


@settings(max_examples=60)
@given(problems())
def test_any_problem_is_solved_as_by_the_reference(case: tuple[Bench, Problem]) -> None:
    judge, problem = case
    judge.judge(problem)
