"""What opened models once could not do: learn, be exported again, say why there is nothing to record."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from onnx import helper

import softgate as sg
from interchange.runtime import graph, ours, runtime, same, save
from interchange.test_hostile import one, refused

make = helper.make_node
X = np.random.default_rng(0).normal(size=(2, 4, 3)).astype(np.float32)


def lstm(name: str) -> Any:
    rng = np.random.default_rng(1)
    constants = {"W": rng.normal(size=(1, 16, 3)), "R": rng.normal(size=(1, 16, 4)), "k": np.ones(4)}
    nodes = make("LSTM", ["x", "W", "R"], ["h"], name=name, hidden_size=4), make("Add", ["h", "k"], ["y"])
    return graph(nodes, {"x": X}, ["y"], {n: v.astype(np.float32) for n, v in constants.items()})


@pytest.mark.parametrize("name", ["constant_0", "_steps", "_parameters", "inputs", "no_layer", "constant_0_"])
def test_a_node_may_have_any_name(name: str, tmp_path: Path) -> None:
    model = lstm(name)
    same(ours(save(model, tmp_path), {"x": X}), runtime(model, {"x": X}))


class Tagger(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = torch.nn.Embedding(20, 6)
        self.encoder = torch.nn.LSTM(6, 5, 2, batch_first=True, bidirectional=True)
        self.head = torch.nn.Linear(10, 3)

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        return torch.log_softmax(self.head(self.encoder(self.embed(words))[0][:, 1:]), -1)


def test_what_was_opened_is_exported_again(tmp_path: Path) -> None:
    """A file as torch's first exporter writes it, sizes by Shape, Gather and Concat; batch and time stay free."""
    torch.manual_seed(0)
    words, path, again = torch.randint(20, (3, 7)), tmp_path / "first.onnx", tmp_path / "second.onnx"
    axes = {"words": {0: "B", 1: "T"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch's first exporter, about itself
        torch.onnx.export(Tagger().eval(), (words,), str(path), dynamo=False, input_names=["words"], dynamic_axes=axes)
    opened = sg.open(path)
    free = {0: torch.export.Dim("B"), 1: torch.export.Dim("T")}
    sg.export_onnx(opened, again, (words,), dynamic_shapes=((free,),))
    (name,) = sg.open(again).inputs
    for example in (words, torch.randint(20, (2, 5))):
        wanted = runtime(path, {"words": example.numpy()})
        same(runtime(again, {name: example.numpy()}), wanted)
        same(ours(again, {name: example.numpy()}), wanted)
    with pytest.raises(sg.InterchangeError, match=r"index \d+ is not in an axis of 20 entries"):
        opened(words + 20)


class Branches(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = sg.LSTM(3, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.layer(x)[0]
        return y if y.sum() > 0 else -y


def test_what_cannot_be_exported_is_said_in_a_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(sg.InterchangeError) as caught:
        sg.export_onnx(Branches(), tmp_path / "no.onnx", (torch.randn(4, 2, 3),))
    text = str(caught.value)
    assert "\n" not in text
    assert "\x1b" not in text
    assert "(test_mended.py, line" in text
    assert "y if y.sum() > 0 else -y" in text
    out, err = capfd.readouterr()
    assert out + err == ""


def test_a_file_without_a_recurrent_node_says_so(tmp_path: Path) -> None:
    opened = sg.open(save(one(make("Relu", ["x"], ["y"])), tmp_path))
    said = r"no LSTM, GRU or RNN node in its file\. .* its exporter unrolled them: open the \.keras file"
    for look in (
        lambda: sg.record(opened),
        lambda: sg.edit(opened, {"*": sg.fix(0.0)}),
        lambda: sg.gradient_flow(torch.nn.Sequential(opened), lambda: torch.ones(())),
        lambda: sg.collect(opened),
    ):
        with pytest.raises(sg.NotRecordedError, match=said):
            look()
    assert sg.open(save(lstm("a"), tmp_path)).no_layer is None
    with pytest.raises(sg.NotRecordedError, match=r"first sg\.open\(model\)"):
        sg.record(torch.nn.LSTM(3, 4))


@pytest.mark.parametrize(("kind", "name", "value", "said"), [
    ("LSTM", "direction", ["a"], "STRING, got STRINGS"), ("LSTM", "activations", 3, "STRINGS, got INT"),
    ("GRU", "clip", "a", "FLOAT, got STRING"), ("RNN", "activation_alpha", "a", "FLOATS, got STRING"),
    ("GRU", "linear_before_reset", [1], "INT, got INTS"), ("Softmax", "axis", "a", "INT, got STRING"),
    ("Transpose", "perm", 1.5, "INTS, got FLOAT"), ("LeakyRelu", "alpha", [0.1], "FLOAT, got FLOATS"),
])  # fmt: skip
def test_attributes_of_another_kind(kind: str, name: str, value: Any, said: str, tmp_path: Path) -> None:
    inputs = ["x", "w", "w"] if kind in ("LSTM", "GRU", "RNN") else ["x"]
    node = make(kind, inputs, ["y"], name="n", **{name: value})
    model = one(node, constants={"w": np.ones((1, 4, 3), np.float32)})
    refused(model, tmp_path, f"^model.onnx: {kind} node 'n': attribute {name} must be {said}$")
