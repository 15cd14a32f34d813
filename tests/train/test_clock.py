"""Time that counts as training: a pause is none."""

from __future__ import annotations

from itertools import accumulate

import pytest

from softgate.train.clock import StepClock


def laps(steps: list[float]) -> list[float]:
    times = iter([0.0, *accumulate(steps)])
    clock = StepClock(lambda: next(times))
    return [clock.lap() for _ in steps]


def test_a_pause_counts_as_a_second() -> None:
    found = laps([0.05] * 20 + [3600.0] + [0.05] * 20)
    assert found[20] == 1.0
    assert sum(found) == pytest.approx(40 * 0.05 + 1)


def test_slow_steps_count_in_full_and_a_pause_as_ten() -> None:
    found = laps([4.0] * 10 + [3600.0] + [4.0] * 3)
    assert found[0] == 1.0
    assert found[1:10] == pytest.approx([4.0] * 9)
    assert found[10] == pytest.approx(40.0)
    assert found[11:] == pytest.approx([4.0] * 3)


def test_what_is_before_a_start_does_not_count() -> None:
    times = iter([0.0, 0.1, 9.0, 9.3])
    clock = StepClock(lambda: next(times))
    assert clock.lap() == pytest.approx(0.1)
    clock.start()
    assert clock.lap() == pytest.approx(0.3)
