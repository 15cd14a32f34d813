"""Roles do not depend on how many symbols there are, and what a card says is what was measured."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import softgate as sg
from roles.wired import COUNTER, LATCH, NAMES, SENSOR, TIMER, TOGGLE, K, one_hot, symbols, wire
from softgate.roles.reading import share


def _but(rest: float, *others: float, symbols: int) -> list[float]:
    """The first symbols' values, and the same for all that are left."""
    return [*others, *[rest] * (symbols - len(others))]


def _draw(weights: list[float], steps: int = 200, batch: int = 16) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    ids = torch.multinomial(torch.tensor(weights), steps * batch, True, generator=generator).view(steps, batch)
    return torch.nn.functional.one_hot(ids, len(weights)).float()


def _clocks(n: int) -> dict[str, dict[str, list[float]]]:
    """Symbol 0 resets the timer and the first counter; the other counter goes up or down at every symbol."""
    reset = {"i": _but(K, -K, symbols=n), "f": _but(K, -K, symbols=n)}
    return {
        "timer": {**reset, "g": [math.atanh(1 / 128)] * n},
        "counter with a reset": {**reset, "g": _but(0.05, 0, 0, -0.05, -0.05, symbols=n)},
        "counter": {"i": [K] * n, "f": [K] * n, "g": [0.05 if k % 2 else -0.05 for k in range(n)]},
    }


@pytest.mark.parametrize("symbols", [3, 30, 60, 100])
def test_a_step_that_many_symbols_share_is_a_step(symbols: int) -> None:
    if symbols == 3:  # two of them hardly ever
        x, cells = _draw([0.015, 0.97, 0.015], 300, 24), {"timer": _clocks(3)["timer"]}
    else:
        x, cells = _draw([1.0] * symbols), _clocks(symbols)
    roles = sg.find_roles(wire(*cells.values()), x, effects=False)
    assert [r.role for r in roles] == [name.split()[0] for name in cells]


def test_wide_alphabets_make_no_steps_of_holds() -> None:
    """A latch, a toggle, and a latch that leaks a little, among symbols at which nothing happens."""
    n = 60
    rest = {"i": _but(-K, K, K, symbols=n), "f": _but(K, -K, -K, symbols=n), "g": _but(0, K, -K, symbols=n)}
    turning = {**rest, "g": _but(0, 0, 3 * K, symbols=n), "own g": -2 * K}
    leaking = {**rest, "f": _but(6.0, -K, -K, symbols=n)}
    x = _draw([4.0, 4.0, *[1.0] * (n - 2)])
    roles = sg.find_roles(wire(rest, turning, leaking), x, effects=False)
    assert [r.role for r in roles] == ["latch", "toggle", "latch"]


def test_modes_that_drift_together_are_not_kept() -> None:
    """Each rest adds a fiftieth of the gap to either mode: they stay apart, and are soon elsewhere."""
    drifting = {**LATCH, "i": [K, K, K], "g": [math.atanh(0.04), K, -K]}
    (role,) = sg.find_roles(wire(drifting), _draw([1.0, 1.0, 1.0]), effects=False)
    assert (role.looked, role.role) == ("latch", "mixed")
    lost, shift = role.checks[1:]
    assert lost.passed
    assert shift.figure == pytest.approx(32 * 0.04 / 2, rel=1e-3)
    assert not shift.passed


def test_a_card_says_what_was_tried_with_its_figure() -> None:
    """A forget gate at sigma(5): of a mode at 1, sigma(5) ** 32 is left after 32 steps."""
    leaking = {**LATCH, "f": [5.0, -K, -K]}
    latch, sensor, timer = sg.find_roles(wire(leaking, SENSOR, TIMER), one_hot(symbols()), names=NAMES, effects=False)
    text = " ".join(latch.why().split())
    kept = (1 / (1 + math.exp(-5))) ** 32
    assert f"kept {100 * kept:.3g} % of its gap over 32 steps of rest" in text
    assert "any rest" not in text
    assert "it would keep" in text
    assert "set to 3 levels, it was after 8 neutral steps within" in " ".join(timer.why().split())
    assert sensor.role == "sensor"
    assert sensor.checks[0].figure == pytest.approx(0, abs=1e-6)
    assert "Check: share of what it held that is left after one step" in " ".join(sensor.why().split())


def test_what_has_no_map_has_no_exceptions() -> None:
    """Of a unit without any map no step of the data does otherwise; of one with some, those of the others are told."""
    conditional = {"i": [-2 * K, -K / 2, -2 * K], "f": [K, K, K], "g": [0, K, 0], "i from": (0, 2 * K)}
    guarded, random = sg.find_roles(
        wire(LATCH, conditional, distractors=1), one_hot(symbols()), names=NAMES, effects=False
    )[1:]
    assert {m.kind for m in random.maps.values()} == {"other"}
    assert "do otherwise" not in random.why()
    assert {m.kind for m in guarded.maps.values()} > {"other"}
    assert "of the data's steps of a class with a map do otherwise" in " ".join(guarded.why().split())


def test_the_share_of_a_transplant_is_one() -> None:
    """Of a change that is the unit's 1; of twice as much, which others take back, 0; of half by each of two a half."""
    change = np.random.default_rng(0).normal(size=50)
    whole = (change * change).sum()
    for part, expected in ((0.0, 0.0), (0.5, 0.5), (1.0, 1.0), (2.0, 0.0), (-1.0, 0.0), (7.0, 0.0)):
        unit = part * change
        assert share(np.array([(unit * change).sum(), (unit * unit).sum(), whole])) == pytest.approx(expected)
    random = np.random.default_rng(1).normal(size=(2, 9, 400))
    found = share(np.stack([(random[0] * random[1]).sum(0), (random[0] ** 2).sum(0), (random[1] ** 2).sum(0)]))
    assert found.min() >= 0
    assert found.max() <= 1
    assert np.isnan(share(np.zeros(3)))


@pytest.mark.parametrize("hold", [5.0, 20.0])
def test_what_the_output_shows_of_a_latch_is_its_own(hold: float) -> None:
    """Beside counters without bounds: its h is there in the output, so its own value is what is read from it."""
    leaking = {**LATCH, "f": [hold, -hold, -hold], "i": [-hold, hold, hold]}
    up = {**COUNTER, "g": [0, math.atanh(0.05), 0], "f": [hold] * 3, "i": [hold] * 3}
    down = {**up, "g": [0, 0, -math.atanh(0.05)]}
    latch, *_ = sg.find_roles(wire(leaking, up, down, TOGGLE, SENSOR), one_hot(symbols(200, 24)), names=NAMES)
    assert latch.effects is not None
    assert latch.effects.transplant.value > 0.9
    assert latch.verdict == "mechanism shown"


def test_what_cannot_be_read_is_not_sufficient() -> None:
    """The output is a fast wave of the count: no line through it says the count."""

    class Wavy(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = wire({**COUNTER, "g": [0, 0.05, -0.05]})

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.sin(200 * self.lstm(x)[0])

    (role,) = sg.find_roles(Wavy(), one_hot(symbols()), names=NAMES)
    assert role.effects is not None
    assert role.effects.read < 0.5
    assert role.verdict == "necessary"
    assert "cannot be read off the output reliably" in role.lacking
