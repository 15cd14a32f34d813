"""Nets that are trained side by side are nets of their own, and they learn."""

from __future__ import annotations

import pytest
import torch

from limits.helpers import right, trained
from softgate.limits.nets import Bundle, Counter, Protocol, losses, train
from softgate.tasks.formal import get
from softgate.testing import assert_close

LANGUAGE = get("anbn")


def torch_twin(net: Counter) -> torch.nn.LSTM:
    twin = torch.nn.LSTM(3, net.lstm.hidden_size).double()
    twin.load_state_dict(net.lstm.state_dict())
    return twin


def test_a_bundle_computes_what_torch_computes_net_by_net() -> None:
    bundle = Bundle(LANGUAGE.alphabet, 3, [5, 6, 7])
    rows = LANGUAGE.rows([LANGUAGE.string(4)])
    together = bundle(rows)
    for s in range(3):
        net = bundle.net(s)
        y, _ = torch_twin(net)(torch.nn.functional.one_hot(rows.ids, 3).double())
        wanted = torch.nn.functional.linear(y, net.head.weight.double(), net.head.bias.double())
        assert_close(together[:, :, s], wanted.float(), name="logits")


def test_no_gradient_crosses_from_net_to_net() -> None:
    bundle = Bundle(LANGUAGE.alphabet, 3, [1, 2])
    rows = LANGUAGE.rows(LANGUAGE.words(range(1, 5)))
    losses(bundle(rows), rows)[0].backward()
    for name, p in bundle.named_parameters():
        assert p.grad[0].abs().max() > 0, name
        assert not p.grad[1].any(), name


def test_strings_of_one_row_do_not_see_each_other() -> None:
    bundle = Bundle(LANGUAGE.alphabet, 3, [3])
    joined = LANGUAGE.rows([LANGUAGE.string(2), LANGUAGE.string(2)], width=10)
    y = bundle(joined)
    assert joined.ids.shape == (10, 1)
    assert_close(y[5:], y[:5], name="logits")


def test_a_net_does_not_depend_on_its_neighbours() -> None:
    protocol = Protocol(units=2, train_to=4, steps=20)
    together, alone = train(LANGUAGE, [0, 1], protocol)[1], train(LANGUAGE, [1], protocol)[0]
    assert together.loss == pytest.approx(alone.loss, rel=1e-3)


def test_nets_learn_and_the_claim_is_checked_on_whole_strings() -> None:
    found = trained()
    assert all(t.learned for t in found)
    assert all(right(t.net, "anbn", n) for t in found for n in range(1, 13))


def test_a_net_that_did_not_learn_says_so() -> None:
    (hopeless,) = train(LANGUAGE, [0], Protocol(train_to=4, steps=1))
    assert not hopeless.learned
    assert not all(right(hopeless.net, "anbn", n) for n in range(1, 5))
