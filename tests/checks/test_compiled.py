"""The compiled kernels keep the contract, for every cell of the library and for cells that are not in it."""

from __future__ import annotations

import pytest
import torch

import softgate as sg
from softgate.reference import Weights
from softgate.testing.problem import run_reference, runner

OTHERS = {
    "hard gates": lambda: sg.cells.lstm(forget_gate="hard_sigmoid", candidate="softsign", readout="identity"),
    "smooth units": lambda: sg.cells.lstm(input_gate="gelu", candidate="silu", readout="mish"),
    "curves": lambda: sg.cells.lstm(candidate="erf", readout="arctan", output_gate="softplus"),
    "elus": lambda: sg.cells.lstm(candidate="elu", readout="leaky_relu", output_gate="scaled_sigmoid[scale=2]"),
    "everything": lambda: sg.cells.lstm(coupled=True, peephole=True, full_gate_recurrence=True),
    "no gates": lambda: sg.cells.lstm(input_gate=None, forget_gate=None, output_gate=None, readout=None),
    "janet with beta": lambda: sg.cells.janet(beta=1.0),
    "slstm with two exponentials": lambda: sg.cells.slstm(forget_gate="exp"),
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("name", sg.cells.names())
def test_the_library(name: str, dtype: torch.dtype) -> None:
    sg.testing.check(sg.cells.get(name), backend="cpu", dtype=dtype)


@pytest.mark.parametrize("name", OTHERS)
def test_options(name: str) -> None:
    sg.testing.check(OTHERS[name](), backend="cpu")


def test_a_cell_of_ones_own() -> None:
    @sg.cell(gates="i f g", state="h c", weights="leak")
    def own(z, prev, w):
        i, f = sg.sigmoid(z.i), sg.sigmoid(z.f.x) * sg.tanh(z.f.h)
        c = sg.minimum(f * prev.c + i * sg.sin(z.g), 3.0) - w.leak * prev.c / (1 + prev.c * prev.c)
        return {"i": i, "f": f, "c": c, "h": sg.where(c > 0, c, sg.expm1(c)) * sg.cos(c)}

    sg.testing.check(own, backend="cpu")


POINTS = [
    *(-1e4, -200.0, -104.0, -88.0, -20.0, -1e-6, 0.0, 1e-6, 0.3, 20.0, 88.5, 88.72, 141.0, 1e4),
    *(torch.inf, torch.nan),
]
FUNCTIONS = {
    **{n: getattr(sg, n) for n in ("expm1", "log", "log1p", "sqrt")},
    **{n: sg.activations.get(n) for n in sg.activations.names()},
    "the log of a sigmoid": lambda x: -sg.softplus(-x),
    "a chain": lambda x: sg.exp(-sg.softplus(-x)),
    "a choice": lambda x: sg.where(x < 0, x, sg.maximum(1.0 - x, 0.5)),
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_far_from_zero(name: str, dtype: torch.dtype) -> None:
    """Value and slope of every function, out to where it overflows, underflows or is NaN."""
    cell = sg.cells.rnn(nonlinearity=FUNCTIONS[name])
    x = torch.tensor(POINTS, dtype=dtype).reshape(1, -1, 1)
    weights = Weights(torch.ones(1, 1, dtype=dtype), torch.zeros(1, 1, dtype=dtype))
    outcomes = []
    for run in (runner("cpu"), run_reference):
        at = x.clone().requires_grad_()
        y, _ = run(cell, at, [x.new_zeros(len(POINTS), 1)], weights)
        (slope,) = torch.autograd.grad(y.sum(), at)
        outcomes.append((y.detach().flatten(), slope.flatten()[:-1]))  # at NaN only the value has a meaning
    tolerance = {torch.float32: 2e-6, torch.float64: 4e-15}[dtype]
    for what, got, want in zip(("value", "slope"), *outcomes, strict=True):
        sg.testing.assert_close(got, want, name=f"{what} of {name}", rtol=tolerance, atol=tolerance / 4)
