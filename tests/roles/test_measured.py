"""What is measured, against what shares nothing with it: torch's cell in float64, scipy, published figures."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats

import softgate as sg
from roles.wired import COUNTER, LATCH, NAMES, TIMER, TOGGLE, Shown, one_hot, symbols, wire
from softgate.roles import labels as tracking
from softgate.roles.signatures import fit
from softgate.roles.strengths import half_life, readable


def test_maps_are_those_of_torchs_cell() -> None:
    """Every class's slope of every unit, from LSTMCell in float64 with c set and h = o tanh(c) behind it."""
    torch.manual_seed(3)
    layer = sg.LSTM(3, 5)
    x = one_hot(symbols(60, 12))
    roles = sg.find_roles(layer, x, names=NAMES, effects=False)
    x = x.double()
    cell = torch.nn.LSTMCell(3, 5, dtype=torch.float64)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in layer.state_dict().items()})
    ids = x.argmax(-1)
    h = c = torch.zeros(12, 5, dtype=torch.float64)
    slopes: dict[int, list[torch.Tensor]] = {0: [], 1: [], 2: []}
    with torch.no_grad():
        for t in range(59):
            gates = x[t] @ cell.weight_ih.T + cell.bias_ih + h @ cell.weight_hh.T + cell.bias_hh
            o = torch.sigmoid(gates[:, 15:])
            h, c = cell(x[t], (h, c))
            for k in range(3):
                rows = (ids[t + 1] == k).nonzero()[:, 0]
                answers = []
                for value in (-0.1, 0.1):
                    changed = torch.stack([c[rows].index_fill(1, torch.tensor(u), value) for u in range(5)])
                    after = torch.stack(
                        [cell(x[t + 1, rows], (o[rows] * changed[u].tanh(), changed[u]))[1] for u in range(5)]
                    )
                    answers.append(torch.stack([after[u, :, u] for u in range(5)], 1))
                slopes[k].append((answers[1] - answers[0]) / 0.2)
    for k, name in enumerate(NAMES):
        expected = torch.cat(slopes[k]).mean(0)
        measured = torch.tensor([r.maps[name].a for r in roles], dtype=torch.float64)
        torch.testing.assert_close(measured, expected, rtol=0.1, atol=0.03)


def test_signatures_are_least_squares() -> None:
    random = np.random.default_rng(0)
    before, classes = random.normal(size=(50, 4, 3)) + 100, random.integers(2, size=(50, 4))
    after = 0.5 * before + random.normal(size=(50, 4, 3))
    got = fit(after, before, classes, 2)
    for k in range(2):
        for u in range(3):
            line = stats.linregress(before[classes == k][:, u], after[classes == k][:, u])
            assert got.a[k, u] == pytest.approx(line.slope, rel=1e-8)
            assert got.b[k, u] == pytest.approx(line.intercept, rel=1e-8)
            assert got.r2[k, u] == pytest.approx(line.rvalue**2, rel=1e-8)


def test_half_lives_and_ranges_that_are_known() -> None:
    held = [half_life(1 / (1 + math.exp(-p))) for p in (2, 4, 6, 8, 10)]
    assert [round(h, 1) if h < 10 else round(h) for h in held] == [5.5, 38, 280, 2067, 15268]
    assert [readable(step, torch.float32) for step in (1, 0.1, 0.01)] == [11, 85, 722]
    assert [readable(step, torch.bfloat16) for step in (1, 0.1, 0.01)] == [5, 29, 162]


def test_false_discovery_rates_are_those_of_scipy() -> None:
    p = np.random.default_rng(1).random(40) ** 2
    np.testing.assert_allclose(tracking.adjusted(p), stats.false_discovery_control(p))
    assert np.isnan(tracking.adjusted(np.array([np.nan, 0.5]))[0])


def test_scores_are_those_of_scipy() -> None:
    random = np.random.default_rng(0)
    c = random.normal(size=(40, 8, 2))
    y = (c[..., 0] + random.normal(size=(40, 8))).round(1)
    (got, _) = tracking.track_labels(c, {"y": y}, np.zeros((40, 8), np.int64), seed=5)
    _, judge = tracking.halves(8, 5)
    assert got is not None
    expected = stats.spearmanr(c[:, judge, 0].ravel(), y[:, judge].ravel()).statistic
    assert got.score == pytest.approx(expected)
    assert got.interval[0] < got.score < got.interval[1]
    binary, _ = tracking.track_labels(c, {"y": (y > 0.5).astype(float)}, np.zeros((40, 8), np.int64), seed=5)
    assert binary is not None
    inside = y[:, judge].ravel() > 0.5
    u = stats.mannwhitneyu(c[:, judge, 0].ravel()[inside], c[:, judge, 0].ravel()[~inside]).statistic
    assert binary.score == pytest.approx(u / (inside.sum() * (~inside).sum()))


def test_p_values_of_labels_that_mean_nothing_are_uniform() -> None:
    """Slow memories beside slow labels that have nothing to do with them."""
    random = np.random.default_rng(0)
    slow = np.cumsum(random.normal(size=(150, 12, 60)), 0) * np.exp(-np.arange(150) / 1e9)[:, None, None]
    p = []
    for n in range(0, 60, 2):
        got = tracking.track_labels(slow[..., n : n + 1], {"y": slow[..., n + 1]}, np.zeros((150, 12), np.int64), n)[0]
        assert got is not None
        p.append(got.p)
    assert np.mean(np.array(p) < 0.05) < 0.2
    assert np.median(p) > 0.2


def test_labels_that_share_only_the_time_since_the_start_are_not_tracked() -> None:
    """Two counts that nothing takes back rise together; a label of other sequences does as well."""
    x = one_hot(symbols(100, 16))
    other = (symbols(100, 16, seed=9) == 1).cumsum(0)
    up = {**COUNTER, "g": [0, 20.0, 0]}
    (role,) = sg.find_roles(wire(up), x, {"count of others": other}, effects=False)
    assert role.tracking is not None
    assert role.tracking.score > 0.8
    assert not role.tracks


@pytest.mark.parametrize("batch", [1, 2, 4, 8])
@pytest.mark.parametrize("least", [0, -1])
def test_labels_that_rise_by_themselves_are_not_tracked(batch: int, least: int) -> None:
    """Counts and random walks beside slow units that never heard of them, however few the sequences."""
    found = []
    for seed in range(3):
        torch.manual_seed(seed)
        layer = sg.LSTM(3, 10, forget_bias="chrono")
        label = np.random.default_rng(1000 + seed).integers(least, 2, size=(400, batch)).cumsum(0)
        found += [
            r.tracks for r in sg.find_roles(layer, one_hot(symbols(400, batch, seed)), {"y": label}, effects=False)
        ]
    assert sum(found) == 0


@pytest.mark.parametrize("batch", [1, 2, 4, 8])
def test_few_sequences_are_enough_for_what_is_there(batch: int) -> None:
    ids = symbols(400, batch)
    label = {"count": (ids == 1).int().cumsum(0) - (ids == 2).int().cumsum(0), "last": _last(ids)}
    roles = sg.find_roles(wire(COUNTER, LATCH, TIMER), one_hot(ids), label, effects=False)
    assert [r.tracking.label for r in roles[:2] if r.tracking and r.tracks] == ["count", "last"]
    assert "steps swapped, without their trends" in " ".join(roles[0].why().split())


def test_too_little_is_said_to_be_too_little() -> None:
    ids = symbols(50, 1)
    (role,) = sg.find_roles(wire(COUNTER), one_hot(ids), {"count": (ids == 1).int().cumsum(0)}, effects=False)
    assert role.tracking is not None
    assert math.isnan(role.tracking.q)
    assert not role.tracks
    assert "cannot be judged: too little data" in " ".join(role.why().split())


def test_slow_seasons_of_one_sequence_are_not_judged() -> None:
    """A wave of one period in the judging half, beside another: nothing can be exchanged."""
    t = np.linspace(0, 4 * np.pi, 600)[:, None]
    (got,) = tracking.track_labels(np.sin(t + 0.3)[..., None], {"y": np.sin(t)}, np.zeros((600, 1), np.int64), 0)
    assert got is not None
    assert not got.p <= 0.05


def test_effects_are_those_of_a_loop_in_torch() -> None:
    """The ablation to zero, by LSTMCell and by hand, on the sequences that were drawn."""
    layer = wire(COUNTER, LATCH, TOGGLE)
    ids = symbols(40, 8)
    role = sg.find_roles(layer, one_hot(ids), seed=4)[1]
    cell = torch.nn.LSTMCell(3, 3)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in layer.state_dict().items()})
    outputs = []
    with torch.no_grad():
        for cut in (False, True):
            h = c = torch.zeros(8, 3)
            ys = []
            for x in one_hot(ids):
                gates = x @ cell.weight_ih.T + h @ cell.weight_hh.T
                h, c = cell(x, (h, c))
                if cut:
                    c = c.index_fill(1, torch.tensor(1), 0.0)
                    h = torch.sigmoid(gates[:, 9:]) * c.tanh()
                ys.append(h)
            outputs.append(torch.stack(ys))
    spread = (outputs[0] - outputs[0].mean((0, 1))).square().mean().sqrt()
    expected = ((outputs[1] - outputs[0]).square().mean((0, 2)).sqrt() / spread).mean()
    assert role.effects is not None
    assert role.effects.ablation["zero"].value == pytest.approx(float(expected), rel=1e-4)


def test_a_unit_that_nobody_reads_is_not_needed() -> None:
    layer = wire(LATCH, LATCH, COUNTER, distractors=3)
    ids = symbols()
    label = {"last event was A": _last(ids)}
    read, unread, *_ = sg.find_roles(Shown(layer, [0, 2]), one_hot(ids), label, names=NAMES)
    assert read.tracks
    assert unread.tracks
    assert (read.role, unread.role) == ("latch", "latch")
    assert (read.verdict, unread.verdict) == ("mechanism shown", "correlates")
    assert unread.effects is not None
    assert unread.effects.ablation["elsewhere"].value == 0


def test_a_function_shared_by_two_units_is_sufficient_in_neither() -> None:
    class Half(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = wire(LATCH, LATCH, COUNTER)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            h = self.lstm(x)[0]
            return torch.stack([h[..., 0] + h[..., 1], h[..., 2]], -1)

    ids = symbols()
    roles = sg.find_roles(Half(), one_hot(ids), {"last event was A": _last(ids)}, names=NAMES)
    assert roles[0].effects is not None
    assert roles[0].effects.transplant.value == pytest.approx(0.5, abs=0.02)
    assert roles[0].verdict == "necessary"
    assert not roles[0].shown


def test_effects_on_a_loss() -> None:
    ids = symbols()
    y = _last(ids).long()

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = wire(LATCH, TIMER)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            h = self.lstm(x)[0]
            return torch.stack([-3 * h[..., 0], 3 * h[..., 0]], -1)

    latch, timer = sg.find_roles(Net(), one_hot(ids), targets=y, names=NAMES)
    assert latch.effects is not None
    assert timer.effects is not None
    assert latch.effects.ablation["zero"].value == pytest.approx(math.log(2), abs=0.1)
    assert timer.effects.ablation["zero"].value == 0
    assert latch.verdict == "mechanism shown"
    assert timer.verdict == "correlates"


def _last(ids: torch.Tensor) -> torch.Tensor:
    """Whether the last event was A, bool [T, B]; False before the first."""
    state = torch.zeros(ids.shape[1], dtype=torch.bool)
    rows = []
    for now in ids:
        state = torch.where(now == 0, state, now == 1)
        rows.append(state)
    return torch.stack(rows)
