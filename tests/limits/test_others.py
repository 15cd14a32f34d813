"""GRUs and tanh RNNs beside the LSTM: trained, run and measured as torch's own layers would be."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from softgate.limits.nets import Bundle, Counter, Protocol, losses, train
from softgate.limits.others import Plain, others
from softgate.limits.reach import measured
from softgate.tasks.formal import get, solved
from softgate.testing import assert_close

LANGUAGE = get("anbn")
TORCH = {"gru": nn.GRU, "rnn": nn.RNN}


def by_torch(net: Counter, ids: Tensor) -> Tensor:
    """Logits of ids [T, B], in float64, by torch's layer and the weights of the net."""
    twin = TORCH[net.kind](3, net.head.in_features).double()
    twin.load_state_dict(net.get_submodule(net.kind).state_dict())
    y, _ = twin(nn.functional.one_hot(ids, 3).double())
    return nn.functional.linear(y, net.head.weight.double(), net.head.bias.double())


@pytest.mark.parametrize("layer", TORCH)
def test_a_bundle_computes_what_torch_computes_net_by_net(layer: str) -> None:
    bundle = Bundle(LANGUAGE.alphabet, 3, [5, 6, 7], layer)
    rows = LANGUAGE.rows([LANGUAGE.string(4)])
    together = bundle(rows)
    for s in range(3):
        assert_close(together[:, :, s], by_torch(bundle.net(s), rows.ids).float(), name="logits")


@pytest.mark.parametrize("layer", TORCH)
def test_every_parameter_is_trained_and_none_by_another_net(layer: str) -> None:
    bundle = Bundle(LANGUAGE.alphabet, 3, [1, 2], layer)
    rows = LANGUAGE.rows(LANGUAGE.words(range(1, 5)))
    losses(bundle(rows), rows)[0].backward()
    for name, p in bundle.named_parameters():
        assert p.grad[0].abs().max() > 0, name
        assert not p.grad[1].any(), name


@pytest.mark.parametrize("layer", TORCH)
def test_measured_is_the_first_whole_string_that_torch_gets_wrong(layer: str) -> None:
    (trained,) = train(LANGUAGE, [0], Protocol(train_to=5, steps=300, layer=layer))
    found = measured(Plain(trained.net), LANGUAGE, 40)
    assert found.n is not None

    def right(n: int) -> bool:
        ids = LANGUAGE.string(n)
        y = by_torch(trained.net, torch.tensor(ids).unsqueeze(1))[:, 0]
        return bool(solved(y, torch.from_numpy(LANGUAGE.sets(ids))).all())

    assert [right(n) for n in range(1, found.n + 1)] == [True] * (found.n - 1) + [False]


def test_rows_of_others() -> None:
    rows = others(LANGUAGE, [3, 4], Protocol(units=2, train_to=4, steps=5), ("rnn", "gru"), 9)
    assert [(r.cell, r.seed, r.units, r.train_to) for r in rows] == [
        ("rnn", 3, 2, 4),
        ("rnn", 4, 2, 4),
        ("gru", 3, 2, 4),
        ("gru", 4, 2, 4),
    ]
    assert all(r.fails and not r.learned and r.longest == r.measured - 1 for r in rows)
