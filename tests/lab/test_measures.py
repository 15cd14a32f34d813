"""The measures against a loop over torch's own operations, NumPy and autograd."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import softgate as sg
from softgate.lab import asked, measures
from softgate.tasks import formal

T, H = 9, 5
I, O = 3, 2  # noqa: E741 - the letters of the equations


class Net(nn.Module):
    """As the laboratory's: ``rnn``, ``head``, and what is called gives y and the state."""

    def __init__(self, cell: Any = "lstm", seed: int = 0, inputs: int = I) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.rnn, self.head = sg.Recurrent(cell, inputs, H), nn.Linear(H, O)
        with torch.no_grad():
            for p in self.parameters():
                p.mul_(3)

    def forward(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        y, state = self.rnn(x, state)
        return self.head(y), state


@dataclass(frozen=True)
class Task:
    """Sequences of lengths from 4 to T, of which only the last step counts; ``one_hot`` makes symbols of them."""

    one_hot: bool = False

    def batch(self, seed: int, index: int, size: int, *, test: bool = False) -> Any:
        assert test
        rng = np.random.default_rng([seed, index])
        x = rng.normal(size=(T, size, I)).astype(np.float32)
        if self.one_hot:
            x = np.eye(I, dtype=np.float32)[rng.integers(0, I, (T, size))]
        mask = np.zeros((T, size), bool)
        mask[rng.integers(3, T, size), np.arange(size)] = True
        return SimpleNamespace(x=x, target=rng.integers(0, O, (T, size)), mask=mask)

    def loss(self, y: Tensor, target: Tensor, mask: Tensor) -> Tensor:
        return F.cross_entropy(y[mask], target[mask])

    def score(self, y: np.ndarray, batch: Any) -> np.ndarray:
        return ((y.argmax(-1) == batch.target) | ~batch.mask).all(0).astype(float)


def looped(net: Net, x: Tensor, gate: Any = torch.sigmoid) -> dict[str, list[Tensor]]:
    """An LSTM step by step, with torch's operations and the layer's weights; every c keeps its gradient."""
    h = c = x.new_zeros(x.shape[1], H)
    seen: dict[str, list[Tensor]] = {
        name: [] for name in ("pre.i", "pre.g", "pre.o", "i", "f", "g", "o", "c", "h", "y")
    }
    for x_t in x:
        z = F.linear(x_t, net.rnn.weight_ih_l0, net.rnn.bias_ih_l0) + F.linear(
            h, net.rnn.weight_hh_l0, net.rnn.bias_hh_l0
        )
        zi, zf, zg, zo = z.chunk(4, 1)
        i, f, g, o = gate(zi), gate(zf), torch.tanh(zg), gate(zo)
        c = f * c + i * g
        if c.requires_grad:
            c.retain_grad()
        h = o * torch.tanh(c)
        for name, value in zip(seen, (zi, zg, zo, i, f, g, o, c, h, net.head(h)), strict=True):
            seen[name].append(value)
    return seen


@pytest.fixture(params=[False, True], ids=["numbers", "symbols"])
def case(request: pytest.FixtureRequest) -> tuple[Net, Task, dict[str, Any], Any, Tensor]:
    """A net, a task, the signals at the steps that count as NumPy has them [steps, H], the batch, and those steps."""
    net, task = Net(), Task(request.param)
    batch = task.batch(5, asked.INDEX, asked.SEQUENCES, test=True)
    with torch.no_grad():
        seen = {name: torch.stack(v) for name, v in looped(net, torch.from_numpy(batch.x)).items()}
    counts = np.cumsum(batch.mask[::-1], 0)[::-1] > 0
    return (
        net,
        task,
        {name: v[torch.from_numpy(counts.copy())].double().numpy() for name, v in seen.items()},
        batch,
        counts,
    )


def test_meeting(case: Any) -> None:
    net, task, seen, *_ = case
    wanted = {
        name: np.median([abs(np.corrcoef(seen[a][:, k], seen[b][:, k])[0, 1]) for k in range(H)])
        for name, a, b in (("i_g", "pre.i", "pre.g"), ("o_c", "pre.o", "c"))
    }
    assert measures.meeting(net, task, 5) == pytest.approx(wanted, abs=1e-5)
    assert measures.meeting(Net("rnn"), task, 5) == {}


def test_saturation_ends_and_sizes(case: Any) -> None:
    net, task, seen, *_ = case
    found = measures.saturation(net, task, 5)
    for gate in "ifo":
        shut, opened = (seen[gate] < 0.1).mean(), (seen[gate] > 0.9).mean()
        assert (found[f"{gate}.shut"], found[f"{gate}.open"]) == pytest.approx((shut, opened))
        assert found[gate] == pytest.approx(shut + opened)
    gates = np.concatenate([seen[gate].ravel() for gate in "ifo"])
    readout = np.tanh(seen["c"])[seen["o"] > 1e-4]
    assert measures.ends(net, task, 5) == pytest.approx(
        {
            "gates": ((gates < 0.1) | (gates > 0.9)).mean(),
            "g": (np.abs(seen["g"]) > 0.8).mean(),
            "readout": (np.abs(readout) > 0.8).mean(),
        },
        abs=1e-3,
    )
    assert measures.largest(net, task, 5) == pytest.approx(
        {"h": np.abs(seen["h"]).max(), "c": np.abs(seen["c"]).max(), "c.beyond": (np.abs(seen["c"]) > 1).mean()},
        rel=1e-5,
    )


def test_distribution(case: Any) -> None:
    net, task, seen, *_ = case
    found = measures.distribution(net, task, 5)
    for name, low in (("i", 0), ("f", 0), ("o", 0), ("g", -1)):
        shares = np.histogram(seen[name], bins=10, range=(low, 1))[0] / seen[name].size
        np.testing.assert_allclose([found[f"{name}.{k}"] for k in range(10)], shares, atol=1e-3)


def test_rounded_gates(case: Any) -> None:
    """Rounding happens in the loop: what is rounded at a step is what the next step sees."""
    net, task, _, batch, _ = case
    x, target, mask = (torch.from_numpy(a) for a in (batch.x, batch.target, batch.mask))
    with torch.no_grad():
        hard, soft = (torch.stack(looped(net, x, gate)["y"]) for gate in (lambda z: (z > 0).float(), torch.sigmoid))
    found = measures.rounded(net, task, 5)
    assert found["loss"] == pytest.approx(float(task.loss(hard, target, mask)), rel=1e-4)
    assert found["soft.loss"] == pytest.approx(float(task.loss(soft, target, mask)), rel=1e-4)
    assert (found["score"], found["soft.score"]) == tuple(task.score(y.numpy(), batch).mean() for y in (hard, soft))
    assert found["loss"] != pytest.approx(found["soft.loss"], rel=1e-2)
    assert net.rnn.cell.name == "lstm"


def test_paths_are_those_of_autograd() -> None:
    net, task = Net().double(), Task()
    given = task.batch(5, asked.INDEX, 16, test=True)
    batch = SimpleNamespace(x=given.x.astype(np.float64), target=given.target, mask=given.mask)
    doubled: Any = SimpleNamespace(batch=lambda *_, **__: batch, loss=task.loss, score=task.score)
    found = measures.paths(net, doubled, 5)
    seen = looped(net, torch.from_numpy(batch.x))
    mask = torch.from_numpy(batch.mask)
    task.loss(torch.stack(seen["y"]), torch.from_numpy(batch.target), mask).backward()
    total, f = (torch.stack(v).detach() for v in ([c.grad for c in seen["c"]], seen["f"]))
    last = batch.mask.argmax(0)
    for distance in (1, 2, 5):
        cell, rest, begun, here, keeps = [], [], [], [], []
        for b in range(16):
            if last[b] >= distance:
                keep = f[last[b] - distance + 1 : last[b] + 1, b].prod(0)
                begun.append(total[last[b], b])
                here.append(total[last[b] - distance, b])
                keeps.append(keep)
                cell.append(begun[-1] * keep)
                rest.append(here[-1] - cell[-1])
        size = {name: float(torch.stack(v).norm()) for name, v in
                (("cell", cell), ("rest", rest), ("begun", begun), ("here", here))}  # fmt: skip
        assert found[f"cell_{distance}"] == pytest.approx(size["cell"] / (size["cell"] + size["rest"]), rel=1e-9)
        assert found[f"left_{distance}"] == pytest.approx(size["here"] / size["begun"], rel=1e-9)
        assert found[f"forget_{distance}"] == pytest.approx(float(torch.stack(keeps).mean()), rel=1e-9)
        assert 0.05 < found[f"cell_{distance}"] < 0.999
    assert "cell_10" not in found  # no sequence is that long
    assert measures.paths(Net("rnn"), task, 5) == {}


@pytest.mark.parametrize("limit", [0, 1, 7, 8, 37, 1000])
def test_the_longest_n_is_the_last_before_the_first_that_fails(limit: int) -> None:
    """A net that knows the answer to strings up to a size, and to every second one beyond."""
    language = formal.get("anbn")

    def knowing(x: Tensor) -> tuple[Tensor, None]:
        y = torch.full(x.shape, -1.0)
        for b in range(x.shape[1]):
            ids = x[:, b].argmax(-1).tolist()
            n = ids.count(language.alphabet.index("a"))
            word = language.string(n)
            if n <= limit or (n - limit) % 2 == 0:
                y[: len(word), b] = torch.from_numpy(language.sets(word)).float() * 2 - 1
        return y, None

    assert measures.longest(knowing, SimpleNamespace(language=language), 0) == {"n": limit}
    assert measures.longest(knowing, Task(), 0) == {}


def counts_of(ids: np.ndarray) -> np.ndarray:
    """Symbols 1 less symbols 2 since the last symbol 0, [T, B]."""
    found = np.zeros(ids.shape)
    for b in range(ids.shape[1]):
        for t in range(len(ids)):
            since = max((s for s in range(t + 1) if ids[s, b] == 0), default=-1)
            found[t, b] = (ids[since + 1 : t + 1, b] == 1).sum() - (ids[since + 1 : t + 1, b] == 2).sum()
    return found


@pytest.mark.parametrize("sign", [1, -1])
def test_counter(sign: int) -> None:
    """Unit 3 counts, up or down; the others do as they like."""
    net = Net(seed=4)
    with torch.no_grad():
        rows = dict(zip("ifgo", torch.arange(4 * H).reshape(4, H), strict=True))
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(net.rnn, f"{name}_l0")[torch.stack([rows[k][3] for k in "ifg"])] = 0
        net.rnn.bias_ih_l0[rows["i"][3]] = net.rnn.bias_ih_l0[rows["f"][3]] = 9.0
        net.rnn.weight_ih_l0[rows["f"][3], 0] = -30.0
        net.rnn.weight_ih_l0[rows["g"][3]] = sign * torch.tensor([0.0, 1.0, -1.0])
    task = Task(one_hot=True)
    found = measures.counter(net, task, 5)
    given = asked.ask(net, task, 5)
    ids, at = given.x.argmax(-1).numpy(), given.counts.numpy()
    seen = {name: given.signals[name].numpy()[at] for name in "ifgoc"}
    follows = [np.corrcoef(counts_of(ids)[at], seen["c"][:, k])[0, 1] for k in range(H)]
    assert (found["unit"], found["follows"]) == (3, pytest.approx(abs(follows[3]), abs=1e-6))
    assert found["follows"] > 0.99 > max(abs(f) for k, f in enumerate(follows) if k != 3)
    assert found["range"] == pytest.approx(np.ptp(seen["c"][:, 3]), rel=1e-5)
    assert found["step_1"] > 0.7 > -0.7 > found["step_2"]  # up is up, whatever the sign
    assert found["keep_0"] < 0.01
    first = np.broadcast_to(np.arange(len(ids))[:, None] == 0, ids.shape)[at]
    for k in range(I):
        here = ids[at] == k
        assert found[f"step_{k}"] == pytest.approx(sign * (seen["i"] * seen["g"])[here, 3].mean(), abs=1e-5)
        assert found[f"keep_{k}"] == pytest.approx(seen["f"][here & ~first, 3].mean(), abs=1e-5)
        assert found[f"show_{k}"] == pytest.approx(seen["o"][here, 3].mean(), abs=1e-5)
    assert found["reset_left"] == pytest.approx(slope_at_resets(given, 3), abs=1e-9)
    assert abs(found["reset_left"]) < 0.01 > found["reset_keep"]
    with torch.no_grad():  # a gate that stays half open leaves half
        net.rnn.weight_ih_l0[rows["f"][3], 0] = -9.0
        net.rnn.weight_ih_l0[rows["g"][3]] *= 0.2
    left = measures.counter(net, task, 6)
    assert left["reset_left"] == pytest.approx(slope_at_resets(asked.ask(net, task, 6), 3), abs=1e-9)
    assert (left["reset_left"], left["reset_keep"]) == pytest.approx((0.5, 0.5), abs=1e-4)


def slope_at_resets(given: Any, unit: int) -> float:
    """Of c after a 0 over c before it, where the count was not 0."""
    ids, at, c = given.x.argmax(-1).numpy(), given.counts.numpy(), given.signals["c"].numpy()[..., unit]
    pairs = [(c[t - 1, b], c[t, b]) for t, b in np.argwhere((ids == 0) & at) if t and counts_of(ids)[t - 1, b]]
    return float(np.polyfit(*np.array(pairs, float).T, 1)[0])


def test_a_net_that_does_not_count_has_no_counting_unit() -> None:
    assert set(measures.counter(Net(), Task(one_hot=True), 5)) == {"follows"}
    assert measures.counter(Net(), Task(), 5) == {}
    assert measures.counter(Net("gru"), Task(one_hot=True), 5) == {}


@pytest.mark.parametrize("cell", ["gru", "rnn", "cifg", "janet", "lstm1997", "mgu", "peephole"])
def test_every_measure_takes_every_cell(cell: str) -> None:
    net = Net(cell)
    for name in measures.__all__:
        found = getattr(measures, name)(net, Task(one_hot=True), 0)
        assert np.isfinite(list(found.values())).all()


def test_what_was_asked_is_asked_anew_when_the_net_has_changed() -> None:
    net, task = Net(), Task()
    first = asked.ask(net, task, 0)
    assert asked.ask(net, task, 0) is first
    assert asked.ask(net, task, 1) is not first
    with torch.no_grad():
        net.head.bias.add_(1)
    torch.testing.assert_close(asked.ask(net, task, 0).y, first.y + 1)
