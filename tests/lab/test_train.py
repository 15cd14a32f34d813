"""From runs to rows: what is noted of a training, with a fleet and a task of which everything is known."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from itertools import pairwise
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from softgate import lab
from softgate.errors import UnknownNameError
from softgate.lab.rows import begun

STEPS = 20


class Fleet:
    """A net is one number, which grows by its rate at every step; the net of seed 9 diverges at step 11."""

    def __init__(
        self, cell: Any, inputs: int, hidden: int, outputs: int, seeds: Any, rates: Any, **options: Any
    ) -> None:
        self.seeds, self.rates, self.told = list(seeds), np.array(rates), (cell.name, inputs, hidden, outputs, options)
        self.value, self.steps = np.zeros(len(self.seeds)), 0
        Fleet.latest = self

    def step(self, batches: Sequence[Any]) -> torch.Tensor:
        assert [b.seed for b in batches] == self.seeds
        assert {(b.index, b.test, b.size) for b in batches} == {(self.steps, False, 4)}
        self.steps += 1
        self.value += self.rates
        bad = (np.array(self.seeds) == 9) & (self.steps >= 11)
        return torch.from_numpy(np.where(bad, np.nan, 10 - self.value))

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        y = x * torch.from_numpy(self.value)[:, None, None, None]
        return torch.where((torch.tensor(self.seeds) == 9)[:, None, None, None] & (self.steps >= 11), torch.nan, y)

    def net(self, k: int) -> torch.nn.Module:
        net = torch.nn.Linear(3, 1)
        net.at = self.steps
        return net


class Task:
    """The score is the answer, so a net of rate 0.1 scores 0.1 times the steps made."""

    inputs, outputs, kind, chance, solved, higher_is_better = 1, 1, "numbers", 0.25, 1.0, True
    longer = ({"length": 9}, {"length": 99, "a": 1})

    def batch(self, seed: int, index: int, size: int, *, test: bool = False, **harder: Any) -> Any:
        x = np.full((harder.get("length", 3), size, 1), 2.0 if harder else 1.0)
        return SimpleNamespace(x=x, seed=seed, index=index, size=size, test=test)

    def score(self, y: np.ndarray, batch: Any) -> np.ndarray:
        assert batch.test
        return y[-1, :, 0]


def asked(net: Any, task: Any, seed: int) -> dict[str, float]:
    if seed == 8:
        raise ValueError("not of seed 8")
    return {"a": float(net.at), "b": float(seed)}


@pytest.fixture
def train(monkeypatch: pytest.MonkeyPatch) -> Any:
    if importlib.util.find_spec("softgate.lab.fleet") is None:
        module: Any = ModuleType("softgate.lab.fleet")
        module.Fleet = Fleet
        monkeypatch.setitem(sys.modules, "softgate.lab.fleet", module)
    from softgate.lab import train

    monkeypatch.setattr(train, "Fleet", Fleet)
    monkeypatch.setattr(train.tasks, "get", lambda task, **options: Task())
    return train


def runs(seeds: Sequence[int], rates: Sequence[float] = (0.1,), **changes: Any) -> list[dict[str, Any]]:
    given: dict[str, Any] = {"steps": STEPS, "batch": 4, "hidden_size": 6, "evaluations": 4, "tests": 8}
    one = lab.Study("s", "q", "h", "m", [lab.Variant("v", {"cell": "gru"})], [{"task": "t"}], rates=rates,
                    seeds=10, **given | changes)  # fmt: skip
    return [r for r in one.runs() if r["seed"] in seeds]


def test_a_row_says_what_happened(train: Any) -> None:
    slow, fast = train.fleet_rows(runs([3], (0.04, 0.1)))
    assert Fleet.latest.told == ("gru", 1, 6, 1, {"forget_bias": None, "kind": "numbers"})
    assert slow.items() >= begun(runs([3], (0.04, 0.1))[0]).items()
    assert slow["history_steps"] == [5, 10, 15, 20]
    assert slow["history"] == pytest.approx([0.2, 0.4, 0.6, 0.8])
    assert fast["history"] == pytest.approx([0.5, 1.0, 1.5, 2.0])
    assert fast["history_loss"] == pytest.approx([10 - 0.3, 10 - 0.8, 10 - 1.3, 10 - 1.8])
    assert (slow["solved"], slow["steps_to_solved"], fast["solved"]) == (False, None, True)
    assert fast["steps_to_solved"] in (10.0, 15.0)  # 1.0 but for rounding
    assert (fast["score"], fast["loss"]) == (fast["history"][-1], fast["history_loss"][-1])
    assert fast["score_longer.length=9"] == fast["score_longer.a=1,length=99"] == pytest.approx(4.0)
    assert (fast["diverged"], fast["error"], fast["parameters"], fast["chance"]) == (False, None, 4, 0.25)


def test_a_net_that_diverges_counts_as_guessing_and_the_others_go_on(train: Any) -> None:
    well, bad = train.fleet_rows(runs([3, 9]))
    assert (well["diverged"], bad["diverged"], bad["error"]) == (False, True, None)
    assert bad["history"] == pytest.approx([0.5, 1.0, 0.25, 0.25])
    assert (bad["score"], bad["solved"]) == (0.25, False)
    assert np.isnan(bad["loss"])
    assert well["score"] == pytest.approx(2.0)


def test_measures_are_asked_at_the_checkpoints_and_at_the_end(train: Any) -> None:
    measured = {"measures": ("lab.test_train:asked",), "checkpoints": (5, 12, 500)}
    well, wrong = train.fleet_rows(runs([3, 8], **measured))
    assert well["measured_at"] == [5, 12, 20]
    assert (well["asked.a"], well["asked.b"], well["error"]) == (20, 3, None)
    assert well["asked.a.history"] == [5, 12, 20]
    assert wrong["error"] == "measure lab.test_train:asked: ValueError: not of seed 8"
    assert wrong["score"] == well["score"]
    assert "asked.a" not in wrong


def test_scores_are_taken_evenly_or_in_equal_ratios(train: Any) -> None:
    row = next(train.fleet_rows(runs([3], evaluations=12, steps=40, spacing="ratio")))
    looks = row["history_steps"]
    assert looks == sorted(set(looks))
    assert looks[-1] == 40
    ratios = [b / a for a, b in pairwise(looks) if a > 8]
    assert ratios == pytest.approx([40 ** (1 / 12)] * len(ratios), rel=0.05)
    assert len(ratios) > 3
    assert row["history"] == pytest.approx([0.1 * step for step in looks])
    assert row["steps_to_solved"] == next(step for step in looks if 0.1 * step >= 1)
    assert "spacing" not in runs([3])[0]  # runs keep the keys that they had before there was a choice


def test_what_a_study_names_has_to_be_there(train: Any) -> None:
    with pytest.raises(LookupError, match="has no 'meting'"):
        next(train.fleet_rows(runs([3], measures=("meting",))))
    with pytest.raises(UnknownNameError, match="unknown cell 'gro'; did you mean 'gru'"):
        train.cell_of({"cell": "gro"})
    assert train.cell_of({"equations": "softgate.cells:lstm", "candidate": "relu"}).options["candidate"].name == "relu"
