"""Strides, views, nothing at all, and values that are no numbers: as in the reference, and as in torch.nn."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

import softgate as sg
from softgate.reference import Weights
from softgate.testing import Bench, Problem, assert_close, assert_equal
from softgate.testing.problem import run_reference, runner

NAMES = ["lstm", "peephole", "gru", "fgr"]


def bench(name: str, dtype: torch.dtype = torch.float32) -> Bench:
    return Bench(sg.cells.get(name), runner("cpu"), dtype)


def offset(t: Tensor) -> Tensor:
    """The same values one element into a larger memory: not aligned to anything."""
    room = torch.full((t.numel() + 3,), torch.nan, dtype=t.dtype)
    room[1 : t.numel() + 1] = t.flatten()
    return room[1 : t.numel() + 1].view(t.shape)


def spread(t: Tensor) -> Tensor:
    """The same values with NaN between them, in every direction."""
    room = torch.full([2 * n for n in t.shape], torch.nan, dtype=t.dtype)
    view = room[tuple(slice(1, None, 2) for _ in t.shape)]
    return view.copy_(t)


def turned(t: Tensor) -> Tensor:
    """The same values with the axes laid out the other way round."""
    return t.permute(*reversed(range(t.dim()))).contiguous().permute(*reversed(range(t.dim())))


def rows_apart(t: Tensor) -> Tensor:
    """Rows as they are, with NaN between one row and the next."""
    room = torch.full((*t.shape[:-1], t.shape[-1] + 5), torch.nan, dtype=t.dtype)
    return room[..., : t.shape[-1]].copy_(t)


LAYOUTS = {"offset": offset, "spread": spread, "turned": turned, "rows apart": rows_apart}


def laid_out(problem: Problem, layout: str) -> Problem:
    """Everything in that layout."""
    change = LAYOUTS[layout]
    w = problem.weights
    matrices = [None if t is None else change(t) for t in (w.weight_ih, w.weight_hh, w.bias_ih, w.bias_hh, w.weight_hr)]
    fb = None if w.weight_fb is None else change(w.weight_fb)
    weights = Weights(*matrices, fb, tuple(change(u) for u in w.units))
    return replace(problem, x=change(problem.x), states=tuple(change(s) for s in problem.states), weights=weights)


def everything(problem: Problem, strange: Problem, change) -> dict[str, Tensor]:
    """Outputs and gradients, of leaves in a strange layout, for gradients of the outputs in one too."""
    w = strange.weights
    named = [
        *strange.states,
        *(t for t in (w.weight_ih, w.weight_hh, w.bias_ih, w.bias_hh, w.weight_fb) if t is not None),
    ]
    leaves = [t.detach().requires_grad_() for t in (strange.x, *named, *w.units)]
    each = iter(leaves)
    x, states = next(each), tuple(next(each) for _ in strange.states)
    matrices = [None if t is None else next(each) for t in (w.weight_ih, w.weight_hh, w.bias_ih, w.bias_hh)]
    weights = Weights(*matrices, None, None if w.weight_fb is None else next(each), tuple(each))
    out = replace(strange, x=x, states=states, weights=weights).forward(runner("cpu"))
    generator = torch.Generator().manual_seed(1)
    seeds = [change(torch.randn(v.shape, generator=generator, dtype=torch.float64).to(v.dtype)) for v in out.values()]
    gradients = torch.autograd.grad(list(out.values()), leaves, seeds)
    return {n: v.detach() for n, v in out.items()} | {f"gradient {k}": g for k, g in enumerate(gradients)}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", NAMES)
def test_any_layout(name: str, layout: str) -> None:
    problem = bench(name).problem(4, 3, 5, 17)
    want = everything(problem, problem, lambda t: t)
    got = everything(problem, laid_out(problem, layout), LAYOUTS[layout])
    for n, value in want.items():
        assert_close(got[n], value, name=f"{layout}: {n}")


@pytest.mark.parametrize("name", NAMES)
def test_expanded_inputs_and_gradients(name: str) -> None:
    """One row for all of a batch, one step for all steps, one number for all: strides of zero."""
    whole = bench(name).problem(4, 3, 5, 17)
    for x in (whole.x[:, :1].expand(4, 3, 5), whole.x[:1].expand(4, 3, 5), whole.x[:1, :1, :1].expand(4, 3, 5)):
        for other in (x.contiguous(), x):
            given = other.detach().requires_grad_()
            out = replace(whole, x=given).forward(runner("cpu"))
            seeds = [torch.ones(()).expand(v.shape) for v in out.values()]
            (gradient,) = torch.autograd.grad(list(out.values()), given, seeds)
            if other.is_contiguous():
                want = (out["y"].detach(), gradient)
        assert_equal(out["y"].detach(), want[0], name="y of an expanded input")
        assert_equal(gradient.contiguous(), want[1], name="gradient of an expanded input")


@pytest.mark.parametrize(
    "shape", [(0, 3, 4, 8), (5, 0, 4, 8), (0, 0, 4, 8), (1, 1, 1, 1), (3, 2, 1000, 1), (2, 1, 3, 1)]
)
@pytest.mark.parametrize("name", NAMES)
def test_next_to_nothing(name: str, shape: tuple[int, int, int, int]) -> None:
    judge = bench(name, torch.float64)
    judge.judge(judge.problem(*shape))


@pytest.mark.parametrize("name", NAMES)
def test_a_tensor_that_is_negated_lazily(name: str) -> None:
    """torch keeps the sign of an imaginary part in a bit beside the memory."""
    problem = bench(name).problem(4, 3, 1, 8)
    lazy = torch.complex(torch.zeros_like(problem.x), -problem.x).conj().imag
    assert lazy.is_neg()
    got = replace(problem, x=lazy).forward(runner("cpu"))
    assert_equal(got["y"], problem.forward(runner("cpu"))["y"], name="y of a lazily negated input")


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
def test_no_numbers_go_where_they_go_in_torch(value: float, batch_first: bool) -> None:
    torch.manual_seed(0)
    theirs = torch.nn.LSTM(5, 17, batch_first=batch_first)
    ours = sg.LSTM(5, 17, batch_first=batch_first)
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(4, 3, 5)
    x[1, 2, 3] = value
    for layer_in in (x, x.double()):
        theirs, ours = theirs.to(layer_in.dtype), ours.to(layer_in.dtype)
        got, want = ours(layer_in), theirs(layer_in)
        for name, g, w in zip(("y", "h", "c"), (got[0], *got[1]), (want[0], *want[1]), strict=True):
            assert_close(g.detach(), w.detach(), name=f"{name} with {value}")


@pytest.mark.parametrize("where", ["a state", "a weight", "a bias"])
@pytest.mark.parametrize("value", [torch.nan, torch.inf])
@pytest.mark.parametrize("name", NAMES)
def test_no_numbers_in_states_and_weights(name: str, value: float, where: str) -> None:
    problem = bench(name).problem(4, 3, 5, 17)
    target = {"a state": problem.states[-1], "a weight": problem.weights.weight_ih, "a bias": problem.weights.bias_hh}[
        where
    ]
    target.view(-1)[7] = value
    got, want = problem.forward(runner("cpu")), problem.forward(run_reference)
    for n, w in want.items():
        assert_close(got[n], w, name=f"{value} in {where}: {n}")
