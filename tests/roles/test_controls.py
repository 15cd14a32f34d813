"""What cannot be judged says so, a clock is no timer, and what matters is held against units without a function."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

import softgate as sg
from roles.wired import COUNTER, LATCH, TIMER, K, one_hot, symbols, wire
from softgate.roles.beside import LEAST
from softgate.roles.judged import verdict_of
from softgate.roles.measured import Figure
from softgate.roles.reading import share
from softgate.roles.role import Role


class Read(torch.nn.Module):
    """A net whose output says what each unit holds."""

    def __init__(self, layer: sg.LSTM) -> None:
        super().__init__()
        self.lstm = layer
        self.head = torch.nn.Linear(layer.hidden_size, 2 * layer.hidden_size)
        with torch.random.fork_rng():
            torch.manual_seed(0)
            torch.nn.init.normal_(self.head.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.head(self.lstm(x)[0])
        return found


ALWAYS = {"i": [K] * 3, "f": [-K] * 3, "g": [K / 2] * 3, "g from": (0, -3 * K)}
"""Changes sides at every symbol, whatever it is: all sequences are in step."""


def _flat(text: str) -> str:
    return " ".join(text.split())


def test_a_share_of_nothing_is_none() -> None:
    assert math.isnan(share(np.zeros(3)))
    assert math.isnan(share(np.array([0.0, 1.0, 0.0])))


def test_a_transplant_among_sequences_in_step_cannot_be_judged() -> None:
    ids = symbols(150, 16)
    odd = np.broadcast_to(np.arange(150)[:, None] % 2 == 0, (150, 16))
    roles = sg.find_roles(Read(wire(ALWAYS)), one_hot(ids), {"odd": odd})
    (role,) = roles
    assert (role.role, role.verdict) == ("toggle", "necessary")
    assert role.effects is not None
    assert math.isnan(role.effects.transplant.value)
    assert role.lacking.startswith("whether its value is enough cannot be judged: putting in the values of all units")
    said = _flat(role.why())
    assert "what its value from another sequence brings about cannot be judged" in said
    assert "whether it tracks 'odd' cannot be judged: the label is the same in all sequences" in said
    assert "does not track" not in said
    assert not role.tracks
    (row,) = json.loads(roles.to_json())["units"]
    assert row["transplant"] is None
    assert row["untold"] == role.effects.untold
    assert " nan" not in roles.table()
    assert "nan" not in roles.to_html()


def test_one_sequence_has_no_other_to_take_from() -> None:
    (role,) = sg.find_roles(Read(wire(LATCH)), one_hot(symbols(200, 1)))
    assert role.effects is not None
    assert role.effects.untold == "there is one sequence only, and no other to take a value from"


def test_a_label_that_differs_between_sequences_is_judged_as_ever() -> None:
    ids = symbols(150, 16)
    count = (ids == 1).int().cumsum(0) - (ids == 2).int().cumsum(0)
    (role,) = sg.find_roles(wire(COUNTER), one_hot(ids), {"count": count}, effects=False)
    assert role.tracks
    assert role.tracking is not None
    assert role.tracking.unsure == ""


def test_a_clock_that_nothing_resets_is_no_timer() -> None:
    step = math.atanh(0.01)
    clock = {"i": [K] * 3, "f": [K] * 3, "g": [step] * 3}
    free, timer = sg.find_roles(wire(clock, TIMER), one_hot(symbols(150, 16)))
    assert (free.role, timer.role) == ("mixed", "timer")
    reason = "a timer needs an event that resets it"
    assert reason in free.lacking
    assert reason in _flat(free.why())
    assert reason not in _flat(timer.why())


def _found() -> Role:
    (role,) = sg.find_roles(Read(wire(LATCH)), one_hot(symbols(150, 16)))
    assert role.verdict == "mechanism shown"
    return role


@pytest.mark.parametrize(
    ("elsewhere", "transplant", "verdict", "lacking"),
    [
        ((0.5, 0.45, 0.55), (0.9, 0.8, 1.0), "mechanism shown", ""),
        ((0.5, 0.39, 0.55), (0.9, 0.8, 1.0), "correlates", "some of the 5 units of similar variance"),
        ((0.5, 0.45, 0.55), (0.52, 0.16, 0.9), "necessary", "may bring about as much"),
        ((0.5, 0.45, 0.55), (0.52, 0.31, 0.9), "mechanism shown", ""),
        ((0.5, 0.45, 0.55), (0.48, 0.47, 0.49), "necessary", "brings about 48%"),
    ],
)
def test_more_than_units_like_it_is_by_the_interval(
    elsewhere: tuple[float, float, float], transplant: tuple[float, float, float], verdict: str, lacking: str
) -> None:
    """Five such units, of which the most changes the output by 0.4 and brings about 0.3."""
    role = _found()
    assert role.effects is not None
    effects = replace(
        role.effects,
        ablation={**role.effects.ablation, "elsewhere": Figure(*elsewhere)},
        transplant=Figure(*transplant),
        bar={"elsewhere": 0.4, "transplant": 0.3},
        alike=5,
    )
    found, missing = verdict_of(replace(role, effects=effects), by_loss=False)
    assert found == verdict
    assert lacking in missing


def test_few_units_of_a_net_nobody_trained_are_needed_more_than_their_like() -> None:
    """All units of a net as it was drawn are alike: about one in 20 is above what 19 of 20 others do, not most."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = Read(sg.LSTM(3, 40))
    with torch.no_grad():
        dict(net.lstm.named_parameters())["weight_ih_l0"].mul_(4)
    ids = symbols(60, 12)
    roles = sg.find_roles(net, one_hot(ids), {"A": (ids == 1).float()})
    compared = [r for r in roles if r.effects is not None and r.effects.alike >= LEAST]
    assert len(compared) > 30
    assert sum(r.verdict != "nothing" for r in compared) > 20
    assert sum(r.verdict not in ("nothing", "correlates") for r in compared) <= 4
    for role in compared:
        assert role.effects is not None
        assert role.effects.bar["elsewhere"] >= role.effects.peers["elsewhere"]


def test_bits_of_one_register_are_no_controls_of_each_other() -> None:
    """Three latches of different events, each read alike: each is as needed as the others, and all are needed."""
    ids = torch.randint(7, (200, 24), generator=torch.Generator().manual_seed(0))
    bits = []
    for bit in range(3):
        mine = [s in (2 * bit + 1, 2 * bit + 2) for s in range(7)]
        g = [K * (s == 2 * bit + 1) - K * (s == 2 * bit + 2) for s in range(7)]
        bits.append({"i": [K if m else -K for m in mine], "f": [-K if m else K for m in mine], "g": g})
    net = Read(wire(*bits))
    with torch.no_grad():
        net.head.weight.copy_(torch.eye(3).repeat(2, 1))
    labels = {f"bit {k}": _bit(ids, k) for k in range(3)}
    roles = sg.find_roles(net, torch.nn.functional.one_hot(ids, 7).float(), labels)
    assert [(r.role, r.verdict) for r in roles] == [("latch", "mechanism shown")] * 3
    assert all(r.effects is not None and r.effects.alike == 0 for r in roles)


def _bit(ids: torch.Tensor, bit: int) -> np.ndarray:
    on, found = np.zeros(ids.shape[1]), []
    for row in ids.numpy():
        on = np.where(row == 2 * bit + 1, 1.0, np.where(row == 2 * bit + 2, 0.0, on))
        found.append(on)
    return np.stack(found)
