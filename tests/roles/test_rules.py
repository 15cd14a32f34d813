"""Each number that decides: a machine on either side of it, wired so that nothing else tells the two apart."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import softgate as sg
from roles.wired import LATCH, NAMES, K, one_hot, symbols, wire


class Weighed(torch.nn.Module):
    """One output: so much of each unit's h."""

    def __init__(self, layer: sg.LSTM, weights: list[float]) -> None:
        super().__init__()
        self.lstm = layer
        self.weights = torch.tensor(weights)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (self.lstm(x)[0] * self.weights).sum(-1, keepdim=True)


def small(size: float) -> dict[str, list[float]]:
    """A latch that keeps so much less that no other is of similar variance."""
    return {**LATCH, "g": [0, math.atanh(size), -math.atanh(size)]}


@pytest.mark.parametrize(("share", "verdict"), [(0.46, "necessary"), (0.54, "mechanism shown")])
def test_half_of_a_transplant_is_enough(share: float, verdict: str) -> None:
    """Two latches of the same events, read so that this one's value is that share of what both say."""
    weights = [share / math.tanh(0.4), (1 - share) / math.tanh(1)]
    role = sg.find_roles(Weighed(wire(small(0.4), LATCH), weights), one_hot(symbols()), names=NAMES)[0]
    assert role.effects is not None
    assert role.effects.peers == {}
    assert role.effects.transplant.value == pytest.approx(share, abs=1e-3)
    assert role.verdict == verdict
    if share < 0.5:
        assert role.lacking == "its transplant brings about 46% of what that of all units does"


@pytest.mark.parametrize(("weight", "needed"), [(0.005, False), (0.012, True)])
def test_a_hundredth_of_the_outputs_spread_is_needed(weight: float, needed: bool) -> None:
    """A latch beside another of other events; a value from elsewhere is the wrong one half of the time."""
    ids = torch.randint(5, (200, 24), generator=torch.Generator().manual_seed(0))
    other = {"i": [-K, -K, -K, K, K], "f": [K, K, K, -K, -K], "g": [0, 0, 0, K, -K]}
    g = math.atanh(0.4)
    one = {"i": [-K, K, K, -K, -K], "f": [K, -K, -K, K, K], "g": [0, g, -g, 0, 0]}
    x = torch.nn.functional.one_hot(ids, 5).float()
    net = Weighed(wire(one, other), [weight / math.tanh(0.4), 1 / math.tanh(1)])
    role = sg.find_roles(net, x)[0]
    assert role.role == "latch"
    assert role.effects is not None
    assert role.effects.peers == {}
    moved = role.effects.ablation["elsewhere"]
    assert moved.value == pytest.approx(weight * math.sqrt(2), rel=0.2)
    assert (moved.low > 0.01) is needed
    assert (role.verdict != "correlates") is needed
    assert ("next to nothing" in role.lacking) is not needed


def test_of_a_loss_anything_above_zero_is_needed() -> None:
    """The same latch at a hundredth of that weight: no spread of the output notices, every sequence's loss does."""
    ids = symbols(150, 16)
    net = Weighed(wire(LATCH), [1e-4])
    y = net(one_hot(ids)) * 1.0
    (role,) = sg.find_roles(net, one_hot(ids), targets=y, names=NAMES)
    assert role.effects is not None
    assert 0 < role.effects.ablation["elsewhere"].value < 1e-6
    assert role.verdict in ("sufficient", "mechanism shown")


AFTER_D = {"i": [K] * 4, "f": [-K] * 4, "g": [-K, -K, -K, K]}
"""Unit 0 of A, B, C, D: whether D has just been read."""


def _jumping() -> sg.LSTM:
    """A latch of A and B that holds at C and D, but goes up by a half at a C after a D."""
    i = {"i": [3 * K, 3 * K, 0, -3 * K], "i from": (0, 2 * K)}
    return wire(AFTER_D, {**i, "f": [-K, -K, K, K], "g": [K, -K, math.atanh(0.5), 0]})


def _jumps(share: float) -> torch.Tensor:
    """A, B and C at random [200, 16], where that share of all C come after a D, and no others do."""
    random = np.random.default_rng(0)
    ids = random.choice(3, size=(400, 24), p=(0.4, 0.4, 0.2))
    ids[::4], ids[1::4] = np.where(ids[::4] == 2, 0, ids[::4]), np.where(ids[1::4] == 2, 1, ids[1::4])
    total = int((ids == 2).sum())
    pairs = round(share * total / (1 - share))
    t, b = np.divmod(random.permutation(100 * 24)[:pairs], 24)
    ids[4 * t, b], ids[4 * t + 1, b] = 3, 2
    return torch.nn.functional.one_hot(torch.from_numpy(ids), 4).float()


@pytest.mark.parametrize(("share", "role"), [(0.017, "latch"), (0.024, "mixed")])
def test_two_in_a_hundred_steps_may_stray(share: float, role: str) -> None:
    """Few steps of few C: next to nothing of all movement, and of the places that are tried none is one of them."""
    found = sg.find_roles(_jumping(), _jumps(share), names="ABCD", effects=False, seed=2)[1]
    hold = found.maps["C"]
    assert (hold.a, hold.b) == (pytest.approx(1, abs=1e-6), pytest.approx(0, abs=1e-6))
    assert hold.stray == pytest.approx(share, abs=1e-3)
    assert found.role == role
    assert hold.kind == ("hold" if role == "latch" else "other")


def _trembling() -> sg.LSTM:
    """A latch of A and B that holds at D, and goes up or down by a fiftieth at C, as D came before it or not."""
    reads = {"g from": (0, 0.02 / math.tanh(1))}
    return wire(AFTER_D, {"i": [K, K, K, -K], "f": [-K, -K, K, K], "g": [K, -K, 0, 0], **reads})


@pytest.mark.parametrize(("events", "role"), [(0.025, "mixed"), (0.13, "latch")])
def test_what_is_left_over_may_be_a_tenth_of_all_movement(events: float, role: str) -> None:
    """The same net: no step strays by much, but where events are rare the trembling is a quarter of what it does."""
    weights = torch.tensor([events / 2, events / 2, (1 - events) / 2, (1 - events) / 2])
    ids = torch.multinomial(weights, 300 * 24, True, generator=torch.Generator().manual_seed(1)).view(300, 24)
    x = torch.nn.functional.one_hot(ids, 4).float()
    net = _trembling()
    with sg.record(net, "l0.c") as rec:
        net(x)
    moves = torch.cat([torch.zeros(1, 24), rec["l0.c"][..., 1]]).diff(dim=0).abs()
    left = float(moves[ids == 2].sum() / moves.sum())
    assert (0.055 < left < 0.095) if role == "latch" else left > 0.21
    found = sg.find_roles(net, x, names="ABCD", effects=False)[1]
    assert found.maps["C"].stray == 0
    assert found.role == role
