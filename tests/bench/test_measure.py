"""How two sides are timed, on a clock that the tests turn."""

from __future__ import annotations

import gc

import pytest

from softgate.bench import measure
from softgate.bench.statistics import Spread


class World:
    """A clock, and two sides that take their time by it."""

    def __init__(self, ours: float, other: float) -> None:
        self.now, self.order, self.costs = 0.0, "", {"a": ours, "b": other}

    def side(self, name: str) -> None:
        self.order += name
        self.now += self.costs[name]

    def pairs(self, seconds: float) -> measure.Pairs:
        return measure.pairs(lambda: self.side("a"), lambda: self.side("b"), seconds, clock=lambda: self.now)


def test_sides_take_turns_after_one_warm_up_each() -> None:
    world = World(1.0, 2.0)
    found = world.pairs(0.0)
    assert world.order == "ab" + "ab" * measure.FEWEST
    assert found.ours == (1.0,) * measure.FEWEST
    assert found.ratio() == Spread(2.0, 2.0, 2.0)
    assert found.ratio(4.0).median == 0.5


def test_the_budget_is_kept() -> None:
    world = World(1.0, 2.0)
    assert len(world.pairs(30.0).ours) == 9
    assert world.now == 30.0


def test_short_runs_are_repeated_as_often_on_both_sides() -> None:
    world = World(1e-5, 3e-5)
    found = world.pairs(0.1)
    assert found.calls * 1e-5 == pytest.approx(measure._SAMPLE, rel=0.2)
    assert found.ours[0] == pytest.approx(1e-5)
    assert world.order.count("a") == world.order.count("b")
    assert len(found.ours) <= measure.MOST


def test_a_clock_that_stands_still_ends_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "_MOST_CALLS", 16)
    assert len(World(0.0, 0.0).pairs(0.0).ours) == measure.FEWEST


def test_the_collector_rests_and_is_woken_up() -> None:
    seen = []

    def fail() -> None:
        seen.append(gc.isenabled())
        raise RuntimeError

    assert gc.isenabled()
    with pytest.raises(RuntimeError):
        measure.pairs(fail, fail, 0.0)
    assert seen == [False]
    assert gc.isenabled()
