"""Roles do not depend on how many symbols there are, and what a card says is what was measured."""

from __future__ import annotations

import math

import pytest
import torch

import softgate as sg
from roles.wired import K, wire


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
