"""Our classes under torch's names, as people put them there, and under other people's code."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import softgate as sg
from softgate.testing import assert_close


@pytest.fixture
def _swapped(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LSTM", "GRU", "RNN"):
        monkeypatch.setattr(torch.nn, name, getattr(sg, name))


class Tagger(torch.nn.Module):
    """Written as such models are: looks at classes, at sizes, at the parameters by name; packs and unpacks."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.embed = torch.nn.Embedding(11, 6)
        self.rnn = getattr(torch.nn, kind)(6, 5, num_layers=2, bidirectional=True, batch_first=True, dropout=0.2)
        self.out = torch.nn.Linear(2 * self.rnn.hidden_size, 3)
        for name, p in self.rnn.named_parameters():
            if "weight_hh" in name:
                torch.nn.init.orthogonal_(p)
            elif "bias" in name:
                p.data.zero_()
                if isinstance(self.rnn, torch.nn.LSTM):
                    p.data[5:10] = 1.0

    def start(self, batch: int) -> Any:
        n = self.rnn.num_layers * (2 if self.rnn.bidirectional else 1)
        h = self.embed.weight.new_zeros(n, batch, self.rnn.hidden_size)
        return (h, h.clone()) if isinstance(self.rnn, torch.nn.LSTM) else h

    def forward(self, words: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        self.rnn.flatten_parameters()
        packed = pack_padded_sequence(self.embed(words), lengths, batch_first=True, enforce_sorted=False)
        y, last = self.rnn(packed, self.start(len(words)))
        h = last[0] if isinstance(last, tuple) else last
        y, _ = pad_packed_sequence(y, batch_first=True)
        return self.out(y) + h.mean()


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
def test_a_model_of_somebody_else(kind: str, request: pytest.FixtureRequest) -> None:
    words, lengths = torch.randint(0, 11, (4, 7)), torch.tensor([7, 2, 5, 1])
    results = []
    for swap in (False, True):
        if swap:
            request.getfixturevalue("_swapped")
        torch.manual_seed(0)
        model = Tagger(kind)
        assert isinstance(model.rnn, getattr(sg, kind)) == swap
        y = model(words, lengths)
        y.square().sum().backward()
        results.append((y.detach(), {n: p.grad for n, p in model.named_parameters()}, model.state_dict()))
    torch.testing.assert_close(*results, rtol=1e-4, atol=1e-4)


@pytest.mark.usefixtures("_swapped")
def test_opening_goes_on() -> None:
    from torch.nn.modules.rnn import LSTM

    layer = sg.open(LSTM(3, 4))
    assert type(layer) is sg.LSTM
    assert type(sg.convert.close(layer)) is LSTM
    assert torch.nn.LSTM(3, 4)(torch.randn(2, 1, 3))[0].shape == (2, 1, 4)


@pytest.mark.filterwarnings("ignore")
def test_lightnings_example(monkeypatch: pytest.MonkeyPatch) -> None:
    demos = pytest.importorskip("lightning.pytorch.demos.lstm")
    results = []
    for swap in (False, True):
        if swap:
            monkeypatch.setattr(torch.nn, "LSTM", sg.LSTM)
        torch.manual_seed(0)
        model = demos.SimpleLSTM(vocab_size=33, ninp=20, nhid=20, nlayers=2)
        results.append(model(torch.arange(28).reshape(4, 7), model.init_hidden(4))[0])
    assert_close(results[1], results[0], name="logits")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_torchscript() -> None:
    """Compiled by torch.jit.script, a layer is torch's own."""
    layer = torch.nn.Sequential(torch.nn.Linear(3, 3), sg.LSTM(3, 4, num_layers=2, batch_first=True))
    x = torch.randn(2, 5, 3)
    want = layer(x)
    torch.testing.assert_close(torch.jit.script(layer)(x), want)
