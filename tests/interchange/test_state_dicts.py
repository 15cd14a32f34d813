"""State dicts and safetensors: sizes come from shapes, cells of our own come back, pickles are not read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

import softgate as sg
from softgate.interchange import Layers, from_state_dict, load, save
from softgate.interchange.turned import Backwards


class Model(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = torch.nn.Embedding(20, 6)
        self.parts = torch.nn.ModuleDict({
            "lstm": torch.nn.LSTM(6, 5, 2, bidirectional=True),
            "gru": torch.nn.GRU(6, 4, bias=False),
        })  # fmt: skip
        self.rnn = torch.nn.RNN(6, 3, 3)
        self.cell = torch.nn.LSTMCell(6, 3)
        self.head = torch.nn.Linear(4, 3)


def test_layers_of_a_model(tmp_path: Path) -> None:
    model, x = Model(), torch.randn(7, 2, 6)
    save_file(model.state_dict(), tmp_path / "model.safetensors")
    opened = sg.open(tmp_path / "model.safetensors")
    for got, wanted in (
        (opened.parts.lstm, model.parts["lstm"]),
        (opened.parts.gru, model.parts["gru"]),
        (opened.rnn, model.rnn),
    ):
        torch.testing.assert_close(got(x), wanted(x))
    assert {n.partition(".")[0] for n in opened.left} == {"embed", "cell", "head"}
    with sg.record(opened) as rec:
        opened.parts.lstm(x)
    assert rec["parts.lstm.l1.reverse.f"].shape == (7, 2, 5)
    with pytest.raises(sg.InterchangeError, match=r"call them one by one: parts\.gru, parts\.lstm, rnn"):
        opened(x)


@pytest.mark.parametrize("layer", [
    torch.nn.LSTM(3, 4, 2), torch.nn.LSTM(3, 4, 2, bidirectional=True, bias=False), torch.nn.GRU(3, 3),
    torch.nn.RNN(1, 1), torch.nn.GRU(2, 5).double(),
], ids=str)  # fmt: skip
def test_one_layer(layer: Any) -> None:
    opened = from_state_dict(layer.state_dict())
    x = torch.randn(5, 2, layer.input_size, dtype=layer.weight_ih_l0.dtype)
    torch.testing.assert_close(opened(x), layer(x))
    assert {n: p.shape for n, p in opened.named_parameters()} == {n: p.shape for n, p in layer.named_parameters()}


def test_projection() -> None:
    layer = torch.nn.LSTM(3, 4, 2, proj_size=2, bidirectional=True)
    opened = from_state_dict(layer.state_dict())
    assert (opened.hidden_size, opened.proj_size, opened.num_layers) == (4, 2, 2)
    layer, x = layer.double(), torch.randn(5, 2, 3, dtype=torch.float64)
    torch.testing.assert_close(opened.double()(x)[0], sg.open(layer)(x)[0])


def test_what_names_do_not_say() -> None:
    layer = torch.nn.RNN(3, 4, nonlinearity="relu", batch_first=True)
    opened = from_state_dict(layer.state_dict(), batch_first=True, nonlinearity="relu")
    x = torch.randn(2, 5, 3)
    torch.testing.assert_close(opened(x), layer(x))


@pytest.mark.parametrize("layer", [
    sg.LSTM(3, 4, batch_first=True), sg.Recurrent("slstm", 3, 4, 2, bidirectional=True), sg.Recurrent("mgu", 3, 4),
    sg.Recurrent(sg.cells.lstm(peephole=True, coupled=True, candidate="softsign"), 3, 4),
    Backwards(sg.cells.gru(), 3, 4), sg.Recurrent("fgr", 3, 4),
], ids=lambda layer: layer.cell.name)  # fmt: skip
def test_our_own_layers_come_back(layer: Any, tmp_path: Path) -> None:
    class Around(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inside = layer

    x, path = torch.randn(5, 2, 3), tmp_path / "ours.safetensors"
    for model in (layer, Around()):
        save(model, path)
        opened = load(path)
        found = opened.inside if isinstance(opened, Layers) else opened
        assert found.cell.key == layer.cell.key
        assert found.batch_first == layer.batch_first
        torch.testing.assert_close(found(x), layer(x))
    assert [p.name for p in tmp_path.iterdir()] == ["ours.safetensors"]


def changed(cell: Any, **parts: Any) -> dict[str, str]:
    said = json.loads(sg.interchange.state_dicts.spell(cell)) | parts
    return {"softgate": json.dumps({"": {"cell": json.dumps(said)}})}


@pytest.mark.parametrize("metadata", [
    {"softgate": "{"}, {"softgate": '{"": {"cell": 7}}'}, {"softgate": '{"": {"cell": "[]"}}'},
    changed(sg.cells.lstm(), key="another"), changed(sg.cells.mgu(), key="b", nodes=[["system", "ls"]]),
    changed(sg.cells.mgu(), key="c", nodes=[["sym", "z.f"], ["add", None, 0]]),
    changed(sg.cells.mgu(), key="d", nodes=[["sym", "z.f"], ["neg", None, 9]]),
    changed(sg.cells.mgu(), key="e", signals=[["h", 77]]), changed(sg.cells.mgu(), key="f", gates=7),
])  # fmt: skip
def test_a_cell_that_somebody_changed_is_refused(metadata: dict[str, str], tmp_path: Path) -> None:
    state = torch.nn.LSTM(3, 4).state_dict()
    save_file(state, tmp_path / "bad.safetensors", metadata=metadata)
    with pytest.raises(sg.SoftgateError):
        load(tmp_path / "bad.safetensors")


@pytest.mark.parametrize(("change", "said"), [
    ({"weight_hh_l0": torch.zeros(8, 4)}, r"layer 'a': weight_hh \[8, 4\] is of 2 gates; LSTM has 4, GRU 3, RNN 1"),
    ({"weight_hh_l0": None}, "weight_ih and weight_hh must both be there"),
    ({"weight_ih_l0": torch.zeros(12, 3)}, r"layer 'a': weight_hh_l0 must be \[12, 3\], got \[16, 4\]"),
    ({"bias_hh_l0": None}, "layer 'a': bias_hh_l0 is missing"),
    ({"bias_hh_l0": torch.zeros(5)}, r"bias_hh_l0 must be \[16\], got \[5\]"),
    ({"p_i_l0": torch.zeros(4)}, "layer 'a': p_i_l0 is one too many"),
    ({"weight_ih_l2": torch.zeros(16, 4)}, "layers or directions are missing"),
    ({"weight_ih_l0": torch.zeros(16, 3).int()}, "must be a matrix of floats"),
    ({"weight_ih_l0": torch.zeros(16, 3).double()}, "weight_hh_l0 is torch.float32, and another one torch.float64"),
    ({"weight_hh_l0": torch.zeros(0, 0)}, "must both be there"),
])  # fmt: skip
def test_shapes_that_do_not_fit_are_named(change: dict[str, Any], said: str) -> None:
    state = {f"a.{n}": v for n, v in torch.nn.LSTM(3, 4).state_dict().items()}
    state |= {f"a.{n}": v for n, v in change.items()}
    with pytest.raises(sg.InterchangeError, match=said):
        from_state_dict({n: v for n, v in state.items() if v is not None})


def test_a_state_dict_without_layers_is_named() -> None:
    with pytest.raises(sg.InterchangeError, match=r"no recurrent layer in it"):
        from_state_dict(torch.nn.Linear(3, 4).state_dict())


def test_a_pickle_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    torch.save(torch.nn.LSTM(3, 4).state_dict(), path)
    with pytest.raises(sg.InterchangeError, match=r"a pickle runs code.*from_state_dict"):
        load(path)


def test_other_endings_are_named(tmp_path: Path) -> None:
    with pytest.raises(sg.InterchangeError, match=r"end in \.onnx, \.keras, \.safetensors, got '\.txt'"):
        load(str(tmp_path / "model.txt"))
    with pytest.raises(sg.InterchangeError, match=r"end in \.onnx, \.keras, \.safetensors, got '\.txt'"):
        sg.open(str(tmp_path / "model.txt"))
    with pytest.raises(sg.InterchangeError, match=r"can be written end in \.onnx, \.safetensors; got '\.keras'"):
        save(sg.LSTM(3, 4), tmp_path / "model.keras")
    with pytest.raises(FileNotFoundError):
        sg.open(tmp_path / "nothing.onnx")
