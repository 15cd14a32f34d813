"""What a kernel would read past is refused, wherever it comes from; what torch lets be changed in place may be."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

import softgate as sg
from softgate.cpu import launch

WRONG = {"weight_ih_l0": (256, 5), "weight_hh_l0": (256, 1), "bias_ih_l0": (2,), "bias_hh_l0": (1, 256)}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("training", [False, True])
def test_a_weight_of_the_wrong_shape(name: str, training: bool) -> None:
    layer = sg.LSTM(6, 64)
    setattr(layer, name, torch.nn.Parameter(torch.ones(WRONG[name])))
    with torch.set_grad_enabled(training), pytest.raises(sg.ShapeError, match=r"expected \[.*\], got \["):
        layer(torch.ones(3, 2, 6))


@pytest.mark.parametrize(("cell", "name"), [("peephole", "p_f_l0"), ("fgr", "weight_fb_l0")])
def test_the_weights_only_our_cells_have(cell: str, name: str) -> None:
    layer = sg.Recurrent(cell, 6, 16)
    with pytest.raises(sg.ShapeError, match=name.rpartition("_")[0]):
        torch.func.functional_call(layer, {name: torch.ones(1)}, (torch.ones(3, 2, 6),))


def test_a_projection_of_the_wrong_shape() -> None:
    layer = sg.LSTM(6, 16, proj_size=4)
    layer.weight_hr_l0 = torch.nn.Parameter(torch.ones(5, 16))
    with pytest.raises(sg.ShapeError, match=r"weight_hr: expected \[4, 16\], got \[5, 16\]"):
        layer(torch.ones(3, 2, 6))


def test_a_stream_whose_weight_was_exchanged() -> None:
    layer = sg.LSTM(6, 8)
    step = layer.stream()
    layer.weight_hh_l0 = torch.nn.Parameter(torch.ones(3, 3))
    with pytest.raises(sg.ShapeError, match=r"weight_hh: expected \[32, 8\], got \[3, 3\]"):
        step(torch.ones(1, 6))


@pytest.mark.parametrize(("rows", "sizes"), [(1, [2, -1]), (3, [2, 9]), (3, [2, 0, 1]), (5, [2, 2])])
def test_a_packed_sequence_that_is_none(rows: int, sizes: list[int]) -> None:
    with pytest.raises(sg.ShapeError, match=r"batch_sizes|packed input"):
        sg.LSTM(6, 8)(PackedSequence(torch.ones(rows, 6), torch.tensor(sizes)))


def _dense(kind: Callable[..., torch.nn.Module]) -> None:
    y = kind(3, 4, dtype=torch.float64)(torch.randn(5, 2, 3, dtype=torch.float64))[0]
    y[0] = 0
    torch.relu_(y)
    y.sum().backward()


@pytest.mark.parametrize("kind", [sg.GRU, sg.RNN, sg.LSTM])
def test_an_output_may_be_changed_in_place_where_torch_allows_it(kind: Callable[..., torch.nn.Module]) -> None:
    _dense(getattr(torch.nn, kind.__name__))  # torch allows it
    _dense(kind)


def test_a_packed_output_too() -> None:
    y = sg.GRU(3, 4)(pack_padded_sequence(torch.randn(5, 2, 3), [5, 3]))[0].data
    y.relu_().sum().backward()


def test_an_output_changed_in_place_has_the_gradient_of_torch() -> None:
    theirs = torch.nn.GRU(3, 4, dtype=torch.float64)
    ours = sg.GRU(3, 4, dtype=torch.float64)
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(5, 2, 3, dtype=torch.float64)
    for layer in (theirs, ours):
        layer(x)[0].mul_(3).relu_().sum().backward()
    torch.testing.assert_close(ours.weight_hh_l0.grad, theirs.weight_hh_l0.grad)


def _negated(t: torch.Tensor) -> torch.Tensor:
    """The same values with a sign that is applied when they are read."""
    lazy = torch.complex(torch.zeros_like(t), -t).conj().imag
    assert lazy.is_neg()
    return lazy


def test_signs_that_are_not_applied_yet() -> None:
    layer, x, h, c = sg.LSTM(6, 16), torch.randn(5, 2, 6), torch.randn(1, 2, 16), torch.randn(1, 2, 16)
    parameters = {n: p.detach() for n, p in layer.named_parameters()}
    with torch.no_grad():
        want = layer(x, (h, c))
        lazy = {n: _negated(p) for n, p in parameters.items()}
        got = torch.func.functional_call(layer, lazy, (_negated(x), (_negated(h), _negated(c))))
    assert torch.equal(got[0], want[0])
    assert torch.equal(got[1][1], want[1][1])


def test_what_a_hook_hands_back_is_read_as_it_is() -> None:
    """Saved tensors may come back in another layout, or in another shape."""
    layer, x = sg.LSTM(6, 16).double(), torch.randn(5, 2, 6, dtype=torch.float64)
    layer(x)[0].square().sum().backward()
    want = layer.weight_hh_l0.grad.clone()

    def turned(t: torch.Tensor) -> torch.Tensor:
        return t.transpose(0, -1).contiguous().transpose(0, -1) if t.dim() > 1 else t

    layer.zero_grad()
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t, turned):
        layer(x)[0].square().sum().backward()
    torch.testing.assert_close(layer.weight_hh_l0.grad, want)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t[:2] if t.dim() == 3 else t):
        y = layer(x)[0]
        with pytest.raises(sg.ShapeError, match="expected"):
            y.sum().backward()


@pytest.mark.parametrize("training", [False, True])
def test_under_another_default_device(training: bool) -> None:
    torch.manual_seed(0)
    layer, x = sg.LSTM(6, 21), torch.randn(5, 3, 6)
    launch.forget()
    with torch.device("meta"), torch.set_grad_enabled(training):
        y = layer(x)[0]
        if training:
            y.sum().backward()
    assert y.is_cpu
    torch.testing.assert_close(y, layer(x)[0])
