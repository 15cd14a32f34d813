"""Values of an edit that are learned, and edits of streams."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.autograd import gradcheck

import softgate as sg

KINDS = {"fix": sg.fix, "scale": sg.scale, "add": sg.add}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("signal", ["l0.c", "l0.f", "l0.pre.o", "l0.h"])
@pytest.mark.parametrize("units", [None, [1, 3]])
def test_a_value_for_each_unit_is_learned_on_the_compiled_path(kind: str, signal: str, units: list[int] | None) -> None:
    torch.manual_seed(0)
    layer = sg.LSTM(3, 5, dtype=torch.float64)
    x = torch.randn(7, 2, 3, dtype=torch.float64, requires_grad=True)
    value = torch.randn(2 if units else 5, dtype=torch.float64, requires_grad=True)

    def run(value: Tensor, x: Tensor) -> Tensor:
        first = KINDS[kind](value, units=units, steps=slice(2, 5))
        changes = [first, sg.scale(0.5, units=[0]), sg.add(value[:1] * 2, units=[2])]
        with sg.edit(layer, {signal: changes}):
            assert sg.explain_path(layer, x).kernel == "cpu"
            y: Tensor = layer(x)[0]
            return y

    assert gradcheck(run, (value, x))


def test_a_learned_value_beside_peepholes() -> None:
    """Weights a unit of the cell, and one that an edit adds: each gets its own gradient."""
    torch.manual_seed(0)
    layer = sg.Recurrent(sg.cells.lstm(peephole=True), 3, 4, dtype=torch.float64)
    x = torch.randn(6, 2, 3, dtype=torch.float64)
    value = torch.randn(4, dtype=torch.float64, requires_grad=True)
    own = layer.p_f_l0

    def run(value: Tensor, p_f: Tensor) -> Tensor:
        with sg.edit(layer, {"l0.f": [sg.add(0.1, units=[0]), sg.scale(value)]}):
            y: Tensor = torch.func.functional_call(layer, {"p_f_l0": p_f}, (x,))[0]
            return y

    assert gradcheck(run, (value, own.detach().clone().requires_grad_()))


def test_the_path_says_when_a_learned_value_leaves_it() -> None:
    layer, x = sg.LSTM(3, 5), torch.randn(7, 2, 3)
    with sg.edit(layer, {"l0.c": sg.replace(torch.zeros(7, 2, 1, requires_grad=True), units=[1])}):
        path = sg.explain_path(layer, x)
        assert path.kernel == "reference"
        assert "edit of c has a value for each step" in path.reason
        with torch.no_grad():
            assert sg.explain_path(layer, x).kernel == "cpu"


def test_what_a_mask_leaves_out_touches_no_gradient() -> None:
    layer, x = sg.LSTM(3, 5), torch.randn(7, 2, 3)
    where = torch.zeros(7, 2, dtype=torch.bool)
    where[2] = True
    factors = torch.full((7, 2, 5), float("nan"))
    factors[2] = 2.0
    with sg.edit(layer, {"l0.f": sg.scale(factors, where=where)}):
        layer(x)[0].sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in layer.parameters())


def test_a_stream_draws_what_a_call_draws() -> None:
    torch.manual_seed(0)
    layer, x, source = sg.LSTM(3, 5), torch.randn(6, 2, 3), torch.randn(50, 1, 5)
    with sg.edit(layer, {"l0.c": sg.resample(source)}), torch.no_grad():
        want = layer(x)[0]
        step = layer.stream(batch_size=2)
        got = torch.stack([step(row).clone() for row in x])
    torch.testing.assert_close(got, want)
    assert len(want[:, 0, 0].unique()) == 6


def test_a_stream_takes_the_values_of_its_step() -> None:
    torch.manual_seed(0)
    layer, x, donor = sg.LSTM(3, 5), torch.randn(6, 1, 3), torch.randn(6, 1, 5)
    where = torch.tensor([[True], [False], [True], [True], [False], [True]])
    with sg.edit(layer, {"l0.c": sg.transplant(donor, where=where)}), torch.no_grad():
        want = layer(x)[0]
        step = layer.stream(batch_size=1)
        got = torch.stack([step(row).clone() for row in x])
        torch.testing.assert_close(got, want)
        with pytest.raises(sg.ShapeError, match="6 steps were given, and the stream is at step 6"):
            step(x[0])


def test_changes_that_cannot_be_meant() -> None:
    layer, x = sg.LSTM(3, 5), torch.randn(6, 1, 3)
    with pytest.raises(sg.ShapeError, match="a unit is there twice"):
        sg.edit(layer, {"l0.c": sg.fix([1.0, 2.0], units=[4, -1])})
    with pytest.raises(sg.DtypeError, match="expected real numbers"):
        sg.edit(layer, {"l0.c": sg.fix(1 + 2j)})
    with sg.edit(layer, {"l0.c": sg.fix(1.0, steps=99)}), pytest.raises(sg.ShapeError, match="step 99, but this call"):
        layer(x)
