"""What softgate writes runs in ONNX Runtime, agrees, and opens again as what it was."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import onnx
import pytest
import torch

import softgate as sg
from interchange.runtime import runtime, same, session
from softgate.errors import MissingExtraError
from softgate.interchange import onnx_torch, onnx_write
from softgate.interchange.onnx_cells import Operator
from softgate.interchange.turned import Backwards

squash = sg.activations.get
CELLS = {
    "lstm": sg.cells.lstm(),
    "gru": sg.cells.gru(),
    "rnn": sg.cells.rnn(),
    "rnn_relu": sg.cells.rnn("relu"),
    "cifg": sg.cells.cifg(),
    "peephole": sg.cells.peephole(),
    "coupled peepholes": sg.cells.lstm(coupled=True, peephole=True),
    "no readout": sg.cells.lstm(readout=None, candidate="softsign"),
    "own gates": sg.cells.lstm(
        *[squash("hard_sigmoid", alpha=0.3)] * 3, candidate=squash("elu", alpha=0.5), readout="softplus"
    ),
    "clipped": Operator("LSTM", (sg.sigmoid, sg.tanh, sg.tanh), 0.4, True, True).cell(),
    "clipped gru": Operator("GRU", (sg.sigmoid, sg.tanh), 0.4).cell(),
    "other gru": Operator("GRU", (squash("hard_sigmoid"), squash("softsign"))).cell(),
}


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Of torch's exporter, about packages that are not there."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def call(layer: Any, states: bool, T: int = 5, B: int = 3) -> tuple[dict[str, torch.Tensor], list[torch.Tensor]]:
    """Feeds by name, and what the layer gives for them."""
    x = torch.randn(*((B, T) if layer.batch_first else (T, B)), layer.input_size)
    n = layer.num_layers * (2 if layer.bidirectional else 1)
    starts = [torch.randn(n, B, layer.hidden_size) for _ in layer.cell.states] if states else []
    hx = None if not states else starts[0] if len(starts) == 1 else tuple(starts)
    with torch.no_grad():
        y, last = layer(x, hx)
    feeds = {"input": x} | {f"{name}_0": s for name, s in zip(layer.cell.states, starts, strict=False)}
    return feeds, [y, *([last] if isinstance(last, torch.Tensor) else last)]


def check(layer: Any, path: Path, states: bool = False) -> None:
    sg.export_onnx(layer, path, states=states)
    onnx.checker.check_model(onnx.load(path), full_check=True)
    there, opened = session(path), sg.open(path)
    for T, B in ((5, 3), (1, 1), (8, 2)):  # T and B are free
        feeds, wanted = call(layer, states, T, B)
        results = [w.numpy() for w in wanted]
        same(runtime(there, {n: v.numpy() for n, v in feeds.items()}), results)
        with torch.no_grad():
            same([g.numpy() for g in opened(**feeds)], results)


@pytest.mark.parametrize("name", CELLS)
def test_cell(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    check(sg.Recurrent(CELLS[name], 4, 5, 2, bidirectional=True), tmp_path / "layer.onnx", states=True)


@pytest.mark.parametrize("kind", [sg.LSTM, sg.GRU, sg.RNN])
@pytest.mark.parametrize("states", [False, True])
def test_layer(kind: Any, states: bool, tmp_path: Path) -> None:
    torch.manual_seed(1)
    check(kind(4, 5, 2, batch_first=True), tmp_path / "layer.onnx", states)
    check(kind(3, 4, bias=False), tmp_path / "layer.onnx", states)


def test_backwards(tmp_path: Path) -> None:
    check(Backwards(sg.cells.lstm(), 4, 5), tmp_path / "layer.onnx", states=True)


def test_an_operator_is_found_by_equations_not_by_name(tmp_path: Path) -> None:
    @sg.cell(gates="o g f i", state="h c")
    def somebodys(z: Any, prev: Any) -> Any:
        c = sg.sigmoid(z.f) * prev.c + sg.sigmoid(z.i) * sg.tanh(z.g)
        return {"c": c, "h": sg.sigmoid(z.o) * sg.tanh(c)}

    check(sg.Recurrent(somebodys, 4, 5), tmp_path / "layer.onnx")
    kinds = [n.op_type for n in onnx.load(tmp_path / "layer.onnx").graph.node]
    assert kinds.count("LSTM") == 1


def test_stack(tmp_path: Path) -> None:
    torch.manual_seed(2)
    layer = sg.GRU(6, 5, batch_first=True, bidirectional=True)
    embed, inner, head = torch.nn.Embedding(9, 6), torch.nn.Linear(10, 4), torch.nn.Linear(4, 3, bias=False)
    tail = torch.nn.Sequential(inner, torch.nn.Tanh(), torch.nn.Dropout(0.5), head, torch.nn.Softmax(-1))
    path = tmp_path / "stack.onnx"
    sg.interchange.save(torch.nn.Sequential(embed, layer, tail), path)
    words = torch.randint(9, (3, 7))
    with torch.no_grad():
        wanted = tail.eval()(layer(embed(words))[0])
        opened = sg.open(path)(words)
    same(runtime(path, {"input": words.numpy()}), [wanted.numpy()])
    torch.testing.assert_close(opened, wanted)


class Model(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = torch.nn.Embedding(9, 6)
        self.first = sg.LSTM(6, 5, 2, batch_first=True, bidirectional=True)
        self.second = sg.Recurrent(sg.cells.lstm(coupled=True, peephole=True), 10, 4, batch_first=True)
        self.third = sg.GRU(4, 4, batch_first=True, bias=False)
        self.head = torch.nn.Linear(4, 3)

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        y, (h, c) = self.first(self.embed(words))
        y, _ = self.second(y * torch.sigmoid(h[0].mean() + c[1].mean()))
        y, h = self.third(y)
        return torch.softmax(self.head(y), -1) + h.sum()


def test_layers_inside_a_model(tmp_path: Path) -> None:
    torch.manual_seed(3)
    model, path = Model(), tmp_path / "model.onnx"
    words = torch.randint(9, (3, 7))
    free = {0: torch.export.Dim("B"), 1: torch.export.Dim("T")}
    sg.export_onnx(model, path, (words,), dynamic_shapes=(free,))
    assert model.training
    kinds = [n.op_type for n in onnx.load(path).graph.node]
    assert (kinds.count("LSTM"), kinds.count("GRU")) == (5, 1)
    (name,) = sg.open(path).inputs
    for example in (words, torch.randint(9, (2, 4))):
        wanted = model(example).detach()
        same(runtime(path, {name: example.numpy()}), [wanted.numpy()])
        torch.testing.assert_close(sg.open(path)(example).detach(), wanted)


def test_gates_swapped_on_the_way_out_are_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(onnx_write, "to_theirs", lambda rows, kind, gates: rows)
    with pytest.raises(AssertionError):
        check(sg.LSTM(4, 5), tmp_path / "layer.onnx")


def test_what_onnx_cannot_say_is_named(tmp_path: Path) -> None:
    path = tmp_path / "no.onnx"
    with pytest.raises(sg.InterchangeError, match="cell slstm: its equations are none of ONNX's"):
        sg.export_onnx(sg.Recurrent("slstm", 3, 4), path)
    with pytest.raises(sg.InterchangeError, match="proj_size=2: ONNX's operators have no projection"):
        sg.export_onnx(sg.LSTM(3, 4, proj_size=2), path)
    with pytest.raises(sg.InterchangeError, match=r"activation gelu is none of ONNX's"):
        sg.export_onnx(sg.Recurrent(sg.cells.rnn("gelu"), 3, 4), path)
    with pytest.raises(sg.InterchangeError, match=r"args=\(x,\)"):
        sg.export_onnx(Model(), path)
    with pytest.raises(sg.InterchangeError, match=r"1: Conv1d has no row"):
        sg.export_onnx(torch.nn.Sequential(sg.LSTM(3, 4), torch.nn.Conv1d(4, 4, 1)), path)
    with pytest.raises(sg.InterchangeError, match=r"0: a layer of torch.nn .* sg\.open"):
        sg.export_onnx(torch.nn.Sequential(torch.nn.LSTM(3, 4)), path)
    with pytest.raises(sg.InterchangeError, match=r"bfloat16 cannot be written"):
        sg.export_onnx(sg.LSTM(3, 4).bfloat16(), path)
    assert list(tmp_path.iterdir()) == []


def test_what_onnx_cannot_say_inside_a_model_is_named(tmp_path: Path) -> None:
    class Inside(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = sg.Recurrent("slstm", 3, 4)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.layer(x)[0]

    with pytest.raises(sg.InterchangeError, match="cell slstm: its equations are none of ONNX's"):
        sg.export_onnx(Inside(), tmp_path / "no.onnx", (torch.randn(4, 2, 3),))
    assert list(tmp_path.iterdir()) == []


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for package in ("onnx", "onnxscript"):
        monkeypatch.setitem(__import__("sys").modules, package, None)
    with pytest.raises(MissingExtraError, match=r"pip install 'softgate\[onnx\]'"):
        sg.export_onnx(sg.LSTM(3, 4), tmp_path / "no.onnx")
    with pytest.raises(MissingExtraError, match="onnxscript"):
        onnx_torch.translations()
    (tmp_path / "there.onnx").write_bytes(b"")
    with pytest.raises(MissingExtraError, match=r"opening an \.onnx file"):
        sg.open(tmp_path / "there.onnx")
