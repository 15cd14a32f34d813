"""A net's first weights follow from its seed alone, so that two cells can be compared in pairs."""

from __future__ import annotations

import math

import pytest
import torch

import softgate as sg
from softgate.lab.fleet import Fleet
from softgate.lab.net import Net


def test_it_is_a_layer_and_a_head() -> None:
    net, x = Net("lstm", 3, 5, 2, seed=0), torch.randn(7, 4, 3)
    y, (h, c) = net(x)
    assert (y.shape, h.shape, c.shape) == ((7, 4, 2), (1, 4, 5), (1, 4, 5))
    first, state = net(x[:4])
    torch.testing.assert_close(torch.cat([first, net(x[4:], state)[0]]), y)
    with sg.record(net) as run:
        net(x)
    assert "rnn.l0.f" in run.names
    torch.testing.assert_close(net.head(net.rnn(x)[0]), y)


def test_weights_are_drawn_as_torch_draws_them() -> None:
    net = Net("peephole", 40, 100, 30, seed=3)
    for name, p in net.named_parameters():
        assert 0.9 * 0.1 < p.abs().max() < 0.1, name
        assert abs(p.mean()) < 4 * 0.1 / math.sqrt(3 * p.numel()), name


def test_the_seed_says_all() -> None:
    torch.manual_seed(7)
    one = Net("lstm", 3, 5, 2, seed=1, forget_bias="chrono:20")
    after = torch.rand(1)
    torch.manual_seed(8)
    again, other = Net("lstm", 3, 5, 2, seed=1, forget_bias="chrono:20"), Net("lstm", 3, 5, 2, seed=2)
    assert torch.equal(one.flat(), again.flat())
    assert not (one.flat() == other.flat()).any()
    torch.manual_seed(7)
    assert torch.equal(torch.rand(1), after)  # nobody else's random numbers are used up


def test_variants_are_paired() -> None:
    """The same shapes, the same numbers; and a gate that both have begins alike, whatever else one of them lacks."""
    plain, variant = (Net(c, 3, 5, 2, seed=1) for c in ("lstm", sg.cells.lstm(candidate="sigmoid", readout="relu")))
    assert torch.equal(plain.flat(), variant.flat())
    less = Net(sg.cells.lstm(forget_gate=None), 3, 5, 2, seed=1)
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        whole, part = plain.parameter(name).chunk(4), less.parameter(name).chunk(3)
        assert all(torch.equal(whole[k], part[n]) for n, k in enumerate((0, 2, 3)))
    more = Net("peephole", 3, 5, 2, seed=1)
    assert torch.equal(more.parameter("weight_hh"), plain.parameter("weight_hh"))
    assert torch.equal(more.head.weight, plain.head.weight)
    assert not torch.equal(more.parameter("p_i"), more.parameter("p_f"))
    mine = plain.parameter("weight_hh").flatten().tolist()
    assert len(set(mine)) == len(mine)  # no gate is a copy of another


def test_a_forget_bias_is_the_whole_bias_of_f() -> None:
    net, plain = (Net("lstm", 3, 64, 2, seed=1, forget_bias=b) for b in (2.0, None))
    for part, other in zip(net.parameters(), plain.parameters(), strict=True):
        if part.dim() == 2:
            assert torch.equal(part, other)
    total = (net.parameter("bias_ih") + net.parameter("bias_hh")).chunk(4)
    assert torch.equal(total[1], torch.full((64,), 2.0))
    assert torch.equal(total[0], (plain.parameter("bias_ih") + plain.parameter("bias_hh")).chunk(4)[0])


def test_chrono_spreads_over_the_lags() -> None:
    net = Net("lstm", 3, 200, 2, seed=1, forget_bias="chrono:50")
    i, f, _, _ = (net.parameter("bias_ih") + net.parameter("bias_hh")).detach().chunk(4)
    assert torch.equal(i, -f)
    lags = f.exp()
    assert lags.min() > 1 - 1e-5
    assert lags.max() < 49 + 1e-3
    assert abs(lags.mean() - 25) < 3
    fleet = Fleet("lstm", 3, 200, 2, [1], [0.1], forget_bias="chrono:50")
    assert torch.equal(fleet.parameters[0], net.flat())


def test_a_forget_bias_needs_a_forget_gate() -> None:
    with pytest.raises(sg.UnknownNameError, match="gate of cell gru, for forget_bias"):
        Net("gru", 3, 5, 2, seed=1, forget_bias=1.0)
    with pytest.raises(sg.UnknownNameError, match="unknown forget_bias 'chrone:20'"):
        Net("lstm", 3, 5, 2, seed=1, forget_bias="chrone:20")
    with pytest.raises(sg.ShapeError, match="T_max must be 3 or more"):
        Net("lstm", 3, 5, 2, seed=1, forget_bias="chrono:2")
