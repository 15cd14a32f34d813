"""The compiled kernels keep the contract, for every cell of the library and for cells that are not in it."""

from __future__ import annotations

import pytest
import torch

import softgate as sg

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
