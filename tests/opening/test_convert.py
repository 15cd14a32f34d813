"""``sg.open``: what stands in a model afterwards, and what has not changed."""

from __future__ import annotations

import copy
import io
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn.utils import parametrizations, parametrize

import softgate as sg
from softgate.convert import close, plan


class Named(torch.nn.LSTM):
    """A subclass with torch's forward."""

    def width(self) -> int:
        return self.hidden_size


class Own(torch.nn.GRU):
    """A subclass with a forward of its own."""

    def forward(self, x: Any) -> Any:  # type: ignore[override]
        return super().forward(x)[0]


class Model(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = torch.nn.LSTM(3, 4, num_layers=2, bidirectional=True, dropout=0.3)
        self.again = self.encoder
        self.named = Named(8, 8)
        self.rest = torch.nn.ModuleList([torch.nn.GRU(8, 4), torch.nn.RNN(4, 4, nonlinearity="relu")])
        self.own = Own(4, 4)
        self.cell = torch.nn.LSTMCell(4, 4)
        parametrizations.weight_norm(self.rest[0], "weight_hh_l0")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.named(self.encoder(x)[0])[0]
        for layer in self.rest:
            x = layer(x)[0]
        return self.own(x)


@pytest.fixture
def model() -> Model:
    torch.manual_seed(0)
    return Model().eval()


def test_open(model: Model) -> None:
    x = torch.randn(5, 2, 3)
    before, ids = model(x), {n: id(p) for n, p in model.named_parameters()}
    words, state = str(model), copy.deepcopy(model.state_dict())
    called = []
    model.encoder.register_forward_hook(lambda *_: called.append(1))
    assert sg.open(model) is model
    assert {n: id(p) for n, p in model.named_parameters()} == ids
    assert str(model) == words
    assert model.state_dict().keys() == state.keys()
    assert model.again is model.encoder
    assert isinstance(model.encoder, sg.LSTM)
    assert isinstance(model.named, (sg.LSTM, Named))
    assert model.named.width() == 8
    assert isinstance(model.rest[0], sg.GRU)
    assert isinstance(model.rest[1], sg.RNN)
    assert not model.encoder.training
    torch.testing.assert_close(model(x), before)
    assert called == [1]
    for layer in (model.encoder, model.named, *model.rest):
        assert hasattr(layer, "path")
    classes = [type(m) for m in model.modules()]
    assert [type(m) for m in sg.open(model).modules()] == classes


def test_plan(model: Model) -> None:
    rows = {r.name: r for r in plan(model)}
    assert {n: r.action for n, r in rows.items()} == {
        "encoder": "open", "named": "open", "rest.0": "open", "rest.1": "open", "own": "leave", "cell": "leave",
    }  # fmt: skip
    assert str(rows["own"]).endswith("leave, it has a forward of its own")
    assert "single step" in rows["cell"].reason
    assert isinstance(model.encoder, torch.nn.LSTM)
    assert not isinstance(model.encoder, sg.LSTM)
    sg.open(model)
    assert {r.action for r in plan(model)} == {"is open", "leave"}


def test_gradients_reach_the_same_parameters(model: Model) -> None:
    x = torch.randn(5, 2, 3)
    params = list(model.parameters())
    used = [p for n, p in model.named_parameters() if not n.startswith("cell")]
    model(x).square().sum().backward()
    want = [p.grad.clone() for p in used if p.grad is not None]
    model.zero_grad()
    optimizer = torch.optim.Adam(params)
    sg.open(model)(x).square().sum().backward()
    torch.testing.assert_close([p.grad for p in used if p.grad is not None], want)
    optimizer.step()


@pytest.mark.parametrize("kind", [torch.nn.LSTM, torch.nn.GRU, torch.nn.RNN])
def test_a_layer_is_a_model(kind: Any) -> None:
    layer = kind(3, 4)
    x = torch.randn(5, 2, 3)
    want = layer(x)
    assert sg.open(layer) is layer
    torch.testing.assert_close(layer(x), want)
    with sg.record(layer) as rec:
        layer(x)
    assert rec["l0.h"].shape == (5, 2, 4)


def test_close(model: Model) -> None:
    kinds = [type(m) for m in model.modules() if not parametrize.is_parametrized(m)]
    x = torch.randn(5, 2, 3)
    want = model(x)
    close(sg.open(model))
    assert [type(m) for m in model.modules() if not parametrize.is_parametrized(m)] == kinds
    assert torch.equal(model(x), want)
    assert type(close(sg.LSTM(3, 4))) is torch.nn.LSTM
    assert type(close(sg.LSTM(3, 4, cell=sg.cells.janet()))) is sg.LSTM


def test_parametrizations_come_off(model: Model) -> None:
    sg.open(model)
    parametrize.remove_parametrizations(model.rest[0], "weight_hh_l0")
    assert type(model.rest[0]) is sg.GRU


def test_copies_and_files(model: Model) -> None:
    sg.open(model)
    parametrize.remove_parametrizations(model.rest[0], "weight_hh_l0")  # torch does not save parametrized modules
    x = torch.randn(5, 2, 3)
    twin = copy.deepcopy(model)
    assert torch.equal(twin(x), model(x))
    file = io.BytesIO()
    torch.save(model.encoder, file)
    torch.save(twin.state_dict(), io.BytesIO())
    file.seek(0)
    back = torch.load(file, weights_only=False)
    assert type(back) is sg.LSTM
    assert twin.named.width() == 8
    assert isinstance(twin.named, sg.LSTM)


def test_quantized_layers_are_left(recwarn: pytest.WarningsRecorder) -> None:
    model = torch.ao.quantization.quantize_dynamic(torch.nn.Sequential(torch.nn.LSTM(3, 4)), {torch.nn.LSTM})
    (row,) = plan(model)
    assert row.action == "leave"
    sg.open(model)
    assert not hasattr(model[0], "path")


def test_libraries_that_ask_for_the_class() -> None:
    """Code that looks at a layer's class before or after it was opened goes on."""
    model = sg.open(torch.nn.Sequential(torch.nn.LSTM(3, 4), torch.nn.Identity()))
    assert isinstance(model[0], torch.nn.LSTM)
    assert isinstance(model[0], torch.nn.RNNBase)
    assert not isinstance(model[0], torch.nn.GRU)
    for m in model.modules():
        if isinstance(m, torch.nn.LSTM):
            for name, p in m.named_parameters():
                if "weight_hh" in name:
                    torch.nn.init.orthogonal_(p)
    assert model[0](torch.randn(2, 1, 3))[0].isfinite().all()


def test_not_a_model() -> None:
    with pytest.raises(TypeError, match=r"open: expected a torch.nn.Module, got int"):
        sg.open(3)  # type: ignore[type-var]


@pytest.mark.parametrize(("path", "said"), [
    ("model.pt", "from_state_dict"), (Path("a/model.pth"), "weights_only=True"), ("model.h5", "save it as .keras"),
    ("my_nets:tagger", r"end in \.onnx, \.keras, \.safetensors"), ("model", r"end in \.onnx"),
])  # fmt: skip
def test_a_path_is_answered_as_a_path(path: object, said: str) -> None:
    with pytest.raises(sg.InterchangeError, match=said):
        sg.open(path)  # type: ignore[type-var]
    with pytest.raises(FileNotFoundError):
        sg.open("not there.onnx")
