"""``sg.record``: every signal under its name, the output to the bit as without."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence

import softgate as sg
from layers.twins import KINDS, everything, same, twins
from softgate import reference

# torch says so each time its own projected layer runs.
pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections")


def model() -> Any:
    torch.manual_seed(0)

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = sg.LSTM(3, 4, num_layers=2, bidirectional=True)
            self.head = sg.GRU(8, 5)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.head(self.encoder(x)[0])[0]

    return Model()


def test_names() -> None:
    rec = sg.record(model())
    assert rec.names[:6] == [f"encoder.l0.{s}" for s in "ifgoch"]
    assert rec.names[6:10] == [f"encoder.l0.pre.{s}" for s in "ifgo"]
    assert {"encoder.l0.reverse.c", "encoder.l1.reverse.pre.o", "head.l0.n", "head.l0.pre.z"} <= set(rec.names)
    assert len(rec.names) == 4 * 10 + 4 + 3
    assert sg.record(sg.LSTM(3, 4, num_layers=2)).names[10] == "l1.i"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("training", [True, False])
def test_nothing_changes(kind: str, dtype: torch.dtype, training: bool) -> None:
    layer, _ = twins(kind, 3, 8, num_layers=3, bidirectional=True, dropout=0.3, dtype=dtype)
    layer.train(training)
    x = torch.randn(7, 3, 3, dtype=dtype)
    want = everything(layer, x)
    with sg.record(layer) as rec:
        got = everything(layer, x)
    same(got, want)
    assert set(rec.calls) == set(rec.names)
    with torch.no_grad():
        y = layer.eval()(x)[0]
        with sg.record(layer):
            assert torch.equal(layer(x)[0], y)


@pytest.mark.parametrize("name", ["lstm", "gru", "peephole", "slstm", "janet"])
def test_values_are_the_references(name: str) -> None:
    layer = sg.Recurrent(name, 3, 4, bidirectional=True)
    x = torch.randn(6, 2, 3)
    with sg.record(layer) as rec:
        y, _ = layer(x)
    for reverse, place in ((False, "l0."), (True, "l0.reverse.")):
        states = [torch.zeros(2, 4)] * len(layer.cell.states)
        signals = [n.removeprefix(place) for n in rec.names if n.startswith(place) and (reverse or "reverse" not in n)]
        want = reference.run(layer.cell, x, states, layer._weights(0, reverse), reverse=reverse, signals=signals)
        for signal in signals:
            torch.testing.assert_close(rec[place + signal], want.signals[signal].detach())
    assert torch.equal(rec["l0.h"], y[..., :4].detach())
    assert torch.equal(rec["l0.reverse.h"], y[..., 4:].detach())


def test_layouts() -> None:
    x = torch.randn(6, 2, 3)
    layer = sg.LSTM(3, 4, batch_first=True)
    with sg.record(layer) as rec:
        y, _ = layer(x.transpose(0, 1))
    assert torch.equal(rec["l0.h"], y.transpose(0, 1).detach())
    with sg.record(layer) as rec:
        y, _ = layer(x[:, 0])
    assert torch.equal(rec["l0.h"], y[:, None].detach())


@pytest.mark.parametrize("lengths", [[5, 3, 1], [3, 5, 1]])
def test_packed(lengths: list[int]) -> None:
    layer = sg.LSTM(3, 4, bidirectional=True)
    x = torch.randn(5, 3, 3)
    packed = pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=lengths[0] == 5)
    with sg.record(layer) as rec:
        layer(packed)
    for b, n in enumerate(lengths):
        alone, _ = layer(x[:n, b])
        torch.testing.assert_close(rec["l0.h"][:n, b], alone[:, :4].detach())
        torch.testing.assert_close(rec["l0.reverse.h"][:n, b], alone[:, 4:].detach())
        assert rec["l0.f"][n:, b].isnan().all()


def test_choice_and_several_calls() -> None:
    layer = sg.LSTM(3, 4)
    x = torch.randn(6, 2, 3)
    with sg.record(layer, ["*.f", "l0.c"]) as rec:
        _, state = layer(x[:4])
        layer(x[4:], state)
    assert rec.names == ["l0.f", "l0.c"]
    with sg.record(layer) as whole:
        layer(x)
    torch.testing.assert_close(rec["l0.c"], whole["l0.c"])
    assert [len(t) for t in rec.calls["l0.c"]] == [4, 2]
    with sg.record(layer) as rec:
        layer(x)
        layer(x[:, :1])
    with pytest.raises(sg.ShapeError, match=r"2 calls of different sizes, \[6, 2, 4\], \[6, 1, 4\]"):
        rec["l0.c"]


def test_only_this_model_and_only_inside() -> None:
    one, other = sg.LSTM(3, 4), sg.LSTM(3, 4)
    x = torch.randn(6, 2, 3)
    with sg.record(one) as rec:
        other(x)
    one(x)
    assert len(rec) == 0
    with pytest.raises(sg.NotRecordedError, match=r"l0\.f: its layer has not run inside the with block"):
        rec["l0.f"]


def test_wrong_names() -> None:
    layer = sg.LSTM(3, 4)
    with pytest.raises(sg.UnknownNameError, match=r"unknown signal 'l0.k'"):
        sg.record(layer, ["l0.k"])
    with sg.record(layer) as rec:
        layer(torch.randn(2, 3))
    with pytest.raises(sg.UnknownNameError, match=r"did you mean .*'l0.f'"):
        rec["10.f"]
    with pytest.raises(sg.NotRecordedError, match=r"record: LSTM has no softgate layer .* first sg.open\(model\)"):
        sg.record(torch.nn.LSTM(3, 4))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_compiled() -> None:
    layer = sg.LSTM(3, 4)
    x = torch.randn(6, 2, 3)
    compiled = torch.compile(layer, backend="eager", fullgraph=True)
    want = compiled(x)[0]
    with sg.record(layer) as rec:
        got = compiled(x)[0]
    assert torch.equal(got, want)
    assert rec["l0.f"].shape == (6, 2, 4)


def test_a_model_in_use_elsewhere() -> None:
    """Another thread that runs the same model is not recorded."""
    import threading

    layer = copy.deepcopy(model()).encoder
    x = torch.randn(6, 2, 3)
    with sg.record(layer) as rec:
        thread = threading.Thread(target=lambda: layer(x))
        thread.start()
        thread.join()
    assert len(rec) == 0
