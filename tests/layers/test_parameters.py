"""Parameters: names, shapes, initial values, state dicts, and all that people do to a module."""

from __future__ import annotations

import copy
import io
import warnings
from typing import Any

import pytest
import torch
from torch.nn.utils import parametrizations, prune, skip_init

import softgate as sg
from layers.twins import KINDS, everything, leaves, same, twins

# torch says so each time its own projected layer runs.
pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bias", [True, False])
def test_same_names_values_and_words(kind: str, bias: bool) -> None:
    mine, theirs = twins(kind, 5, 7, num_layers=2, bidirectional=True, bias=bias, batch_first=True)
    assert repr(mine) == repr(theirs)
    assert list(mine.state_dict()) == list(theirs.state_dict())
    same(mine.state_dict(), theirs.state_dict())
    assert [[p.shape for p in row] for row in mine.all_weights] == [
        [p.shape for p in row] for row in theirs.all_weights
    ]
    assert mine._flat_weights_names == theirs._flat_weights_names
    assert mine.mode == theirs.mode
    assert isinstance(mine, type(theirs))
    theirs.reset_parameters()
    mine.load_state_dict(theirs.state_dict())
    theirs.load_state_dict(mine.state_dict())
    assert mine.flatten_parameters() is None


def test_positional_arguments() -> None:
    assert repr(sg.LSTM(3, 4, 2, False, True, 0.5, True, 2)) == repr(torch.nn.LSTM(3, 4, 2, False, True, 0.5, True, 2))
    assert repr(sg.GRU(3, 4, 2, False, True, 0.5, True)) == repr(torch.nn.GRU(3, 4, 2, False, True, 0.5, True))
    ours, theirs = sg.RNN(3, 4, 2, "relu", False, True), torch.nn.RNN(3, 4, 2, "relu", False, True)
    assert repr(ours) == repr(theirs)
    assert ours.nonlinearity == theirs.nonlinearity


@pytest.mark.parametrize("name", sg.cells.names())
def test_any_cell(name: str) -> None:
    cell = sg.cells.get(name)
    layer = sg.Recurrent(cell, 3, 4, num_layers=2, bidirectional=True)
    H, X, U = 4, len(cell.x_gates), len(cell.h_gates)
    want = {"weight_ih": (X * H, 3), "weight_hh": (U * H, H), "bias_ih": (X * H,), "bias_hh": (U * H,)}
    want |= {"weight_fb": (len(cell.feedback) * H,) * 2} if cell.feedback else {}
    want |= dict.fromkeys(cell.weights, (H,))
    want = {n: s for n, s in want.items() if s[0]}
    got = {n.removesuffix("_l0"): tuple(p.shape) for n, p in layer.named_parameters() if n.endswith("_l0")}
    assert got == want
    assert list(got) == list(want)
    assert all(p.abs().max() <= 0.5 for p in layer.parameters())
    y, last = layer(torch.randn(5, 2, 3))
    assert y.shape == (5, 2, 8)
    assert isinstance(last, torch.Tensor) == (len(cell.states) == 1)
    assert len(leaves(last)) == len(cell.states)
    y.sum().backward()
    assert name in repr(layer)


def test_another_cell_in_an_lstm() -> None:
    layer = sg.LSTM(3, 4, cell=sg.cells.janet())
    assert isinstance(layer, torch.nn.LSTM)
    assert layer.weight_ih_l0.shape == (8, 3)
    _, (h, c) = layer(torch.randn(2, 1, 3))
    torch.testing.assert_close(h, c)
    layer = sg.GRU(3, 4, cell="mgu")
    _y, h = layer(torch.randn(2, 1, 3))
    assert h.shape == (1, 1, 4)


def test_a_projection_that_cannot_be() -> None:
    with pytest.raises(sg.ShapeError, match=r"cell gru uses prev\.h unit by unit"):
        sg.Recurrent("gru", 3, 4, proj_size=2)


@pytest.mark.parametrize("make", [sg.LSTM, lambda *a, **k: sg.Recurrent("cifg", *a, **k)])
def test_forget_bias(make: Any) -> None:
    if make is sg.LSTM:
        layer = make(3, 5, num_layers=2, forget_bias=1.5)
        gates = layer.cell.gates
        for n, p in layer.named_parameters():
            if n.startswith("bias"):
                f = p.chunk(4)[gates.index("f")]
                assert (f == (1.5 if "ih" in n else 0.0)).all()
                assert p.chunk(4)[0].any()
        layer.reset_parameters()
        assert (layer.bias_ih_l0[5:10] == 1.5).all()
        assert (copy.deepcopy(layer).forget_bias) == 1.5
    else:
        with pytest.raises(sg.UnknownNameError, match="gate of cell cifg, for forget_bias"):
            make(3, 5, forget_bias=1.0)


@pytest.mark.parametrize(("word", "longest"), [("chrono", 100), (("chrono", 20), 20)])
def test_chrono(word: Any, longest: int) -> None:
    layer = sg.LSTM(3, 2000, forget_bias=word)
    i, f, _, _ = layer.bias_ih_l0.chunk(4)
    assert torch.equal(i, -f)
    assert not layer.bias_hh_l0[:4000].any()
    scale = f.exp()
    assert scale.min() >= 1 - 1e-5
    assert scale.max() <= longest - 1 + 1e-3
    assert abs(scale.mean().item() - longest / 2) < longest / 20


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"forget_bias": 1.0, "bias": False}, "needs bias=True"),
        ({"forget_bias": "chronos"}, "unknown forget_bias 'chronos'; did you mean 'chrono'"),
        ({"forget_bias": ("chrono", 2)}, "T_max must be 3 or more"),
    ],
)
def test_wrong_forget_bias(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        sg.LSTM(3, 4, **options)


def test_meta_and_skip_init() -> None:
    layer = sg.LSTM(3, 4, device="meta")
    y, _ = layer(torch.randn(5, 2, 3, device="meta"))
    assert y.shape == (5, 2, 4)
    assert y.device.type == "meta"
    y, _ = sg.Recurrent("peephole", 3, 4, device="meta")(torch.randn(5, 2, 3, device="meta"))
    assert y.device.type == "meta"
    with torch.device("meta"):
        layer = sg.Recurrent("peephole", 3, 4)
    assert layer.p_f_l0.device.type == "meta"
    layer.to_empty(device="cpu").reset_parameters()
    assert layer(torch.randn(5, 2, 3))[0].shape == (5, 2, 4)
    made = skip_init(sg.LSTM, 3, 4)
    assert made.weight_ih_l0.device.type == "cpu"


@pytest.mark.parametrize("kind", KINDS)
def test_copies_and_files(kind: str) -> None:
    layer, _ = twins(kind, 5, 7, num_layers=2)
    x = torch.randn(4, 2, 5)
    kept = everything(layer, x)
    same(everything(copy.deepcopy(layer), x), kept)
    file = io.BytesIO()
    torch.save(layer, file)
    file.seek(0)
    back = torch.load(file, weights_only=False)
    same(everything(back, x), kept)
    assert type(back) is type(layer)


def test_moving_about() -> None:
    layer = sg.LSTM(3, 4)
    for dtype in (torch.float64, torch.bfloat16, torch.float32):
        layer.to(dtype)
        assert layer(torch.randn(5, 2, 3, dtype=dtype))[0].dtype == dtype
    layer.double()
    assert sg.explain_path(layer, torch.randn(5, 2, 3, dtype=torch.float64)).fast
    assert layer.share_memory()(torch.randn(2, 3, dtype=torch.float64))[0].shape == (2, 4)


@pytest.mark.parametrize("kind", KINDS)
def test_weights_that_are_computed(kind: str) -> None:
    """Parametrized, pruned, or replaced by a plain tensor: the call sees what is there now."""
    x = torch.randn(4, 2, 5)
    mine, theirs = twins(kind, 5, 7)
    for layer in (mine, theirs):
        parametrizations.weight_norm(layer, "weight_hh_l0")
        prune.l1_unstructured(layer, "weight_ih_l0", amount=0.5)
    torch.testing.assert_close(everything(mine, x), everything(theirs, x), rtol=1e-4, atol=1e-5)
    mine, theirs = twins(kind, 5, 7)
    for layer in (mine, theirs):
        raw = layer.weight_hh_l0
        del layer._parameters["weight_hh_l0"]
        layer.register_parameter("raw", torch.nn.Parameter(raw.data))
        layer.weight_hh_l0 = layer.raw * 2
    torch.testing.assert_close(everything(mine, x), everything(theirs, x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_old_weight_norm(kind: str) -> None:
    x = torch.randn(4, 2, 5)
    mine, theirs = twins(kind, 5, 7)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for layer in (mine, theirs):
            torch.nn.utils.weight_norm(layer, "weight_hh_l0")
    torch.testing.assert_close(everything(mine, x), everything(theirs, x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_functional_call(kind: str) -> None:
    mine, theirs = twins(kind, 5, 7)
    x = torch.randn(4, 2, 5)
    other = {n: torch.randn_like(p) for n, p in mine.named_parameters()}
    got = torch.func.functional_call(mine, other, (x,))
    want = torch.func.functional_call(theirs, other, (x,))
    torch.testing.assert_close(got, want)
    torch.testing.assert_close(mine(x), theirs(x))


def test_training_moves_the_weights() -> None:
    mine, theirs = twins("lstm", 5, 7)
    x = torch.randn(6, 3, 5)
    for layer in (mine, theirs):
        optimizer = torch.optim.SGD(layer.parameters(), 0.1)
        for _ in range(5):
            optimizer.zero_grad()
            layer(x)[0].square().sum().backward()
            optimizer.step()
    torch.testing.assert_close(mine.state_dict(), theirs.state_dict())
