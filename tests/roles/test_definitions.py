"""A role is no more than its definition: rests of every class, one value that fades, steps that differ, a start."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

import softgate as sg
from roles.wired import K, wire
from softgate.roles.judged import verdict_of
from softgate.roles.role import Role

NAMES = "01234"


def held(forget: float) -> float:
    """What a forget gate at this pre-activation keeps in a step."""
    return 1 / (1 + math.exp(-forget))


def unit(
    sets: dict[int, float] | None = None, steps: dict[int, float] | None = None, **forget: float
) -> dict[str, Any]:
    """A unit of five symbols; ``f4=3.0`` is the forget gate at symbol 4."""
    written = {**(sets or {}), **(steps or {})}
    rows: dict[str, list[float]] = {
        "i": [K if k in written else -K for k in range(5)],
        "f": [-K if k in (sets or {}) else K for k in range(5)],
        "g": [math.copysign(K, v) if abs(v) == 1 else math.atanh(v) for v in (written.get(k, 0.0) for k in range(5))],
    }
    for name, value in forget.items():
        rows["f"][int(name[1:])] = value
    return rows


def data(steps: int = 150, seed: int = 0) -> torch.Tensor:
    """[T, 16, 5]: 0 in six of ten steps, the others alike."""
    ids = np.random.default_rng(seed).choice(5, size=(steps, 16), p=[0.6, 0.1, 0.1, 0.1, 0.1])
    return torch.nn.functional.one_hot(torch.from_numpy(ids), 5).float()


def judged(*rows: dict[str, Any], **options: Any) -> Role:
    """The first of these units."""
    return sg.find_roles(wire(*rows), data(), names=NAMES, **{"effects": False, **options})[0]


def figure(role: Role, what: str) -> float:
    (found,) = [check.figure for check in role.checks if check.what.startswith(what)]
    return found


def card(role: Role) -> str:
    return " ".join(role.why().split())


@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize(("adds", "role"), [(0.02, "latch"), (0.05, "mixed")])
def test_a_mode_survives_the_rest_that_moves_it_most(adds: float, role: str, given: bool) -> None:
    """Symbol 1 comes in one of ten steps, and adds a little: 32 of them are most of a gap of 2, or a sixth."""
    events = data().argmax(-1) if given else None
    found = judged(unit({2: 1.0, 3: -1.0}, {1: adds}), events=events)
    assert (found.looked, found.role) == ("latch", role)
    assert figure(found, "shift of a mode in 32") == pytest.approx(16 * adds, rel=1e-3)
    assert figure(found, "share of the gap") == pytest.approx(0, abs=1e-4)
    assert f"moved by more than {1600 * adds:.3g} % of the gap at '1', the worst of 3 classes" in card(found)
    assert "is not lost" not in card(found)
    if role == "latch":
        assert found.strengths["drift"] == pytest.approx(adds, rel=1e-3)
        assert "a rest moves the middle of its range by up to +0.02 a step" in card(found)


def test_what_is_lost_is_told_of_the_class_that_loses_most() -> None:
    found = judged(unit({2: 1.0, 3: -1.0}, f4=4.0))
    assert found.role == "latch"
    assert found.strengths["half_life"] == pytest.approx(math.log(0.5) / math.log(held(4)), rel=1e-3)  # 38 steps
    assert figure(found, "share of the gap") == pytest.approx(1 - held(4) ** 32, rel=1e-3)
    assert "half-life 38.2 steps, at '4' where it loses most" in card(found)


def test_a_counter_survives_rests_of_all_classes() -> None:
    found = judged(unit(steps={2: 0.1, 3: -0.1}, f4=5.0))
    assert found.role == "counter"
    assert figure(found, "share of its range") == pytest.approx(1 - held(5) ** 32, rel=1e-3)
    assert "over 32 steps of rest at '4', the worst of 3 classes" in card(found)
    leaking = judged(unit(steps={2: 0.1, 3: -0.1}, f4=4.0))
    assert (leaking.looked, leaking.role) == ("counter", "mixed")  # three steps added lose more than a tenth to 3 rests


def test_the_step_is_compared_over_all_events() -> None:
    """Each step is even from level to level, and the last of four is larger than the others."""
    found = judged(unit(steps={1: 0.1, 2: -0.1, 3: 0.1, 4: -0.104}))
    assert found.role == "counter"
    assert figure(found, "spread of the step") == pytest.approx(0.004 / 0.104, rel=1e-3)


def test_an_integrator_is_shown_by_an_intervention_of_its_own() -> None:
    found = judged(unit(steps={1: 0.1, 2: -0.2}), effects=True)
    assert (found.role, found.event, found.verdict) == ("integrator", "1 +0.1, 2 -0.2", "mechanism shown")
    assert figure(found, "8 inputs against the sum") < 1e-4
    assert verdict_of(replace(found, checks=()), False)[0] == "sufficient"


@pytest.mark.parametrize(("reads", "role"), [(0.001, "integrator"), (0.02, "mixed")])
def test_what_a_word_adds_is_the_sum_of_its_inputs(reads: float, role: str) -> None:
    """The amounts shrink a little with what is held: so little that each by itself is a step of one size."""
    found = judged({**unit(steps={1: 0.1, 2: -0.2}), "own g": -reads})
    assert (found.looked, found.role) == ("integrator", role)
    assert (figure(found, "8 inputs against the sum") <= 0.1) is (role == "integrator")


def test_integrators_of_quantities_and_of_given_events_are_tried() -> None:
    given = judged(unit(steps={1: 0.1, 2: -0.2}), events=data().argmax(-1))
    assert (given.role, [check.passed for check in given.checks]) == ("integrator", [True])
    layer = wire({gate: [0.0] for gate in "ifo"} | {"g": [0.1]})
    with torch.no_grad():
        layer.bias_ih_l0[[0, 1, 3]] = K
    x = torch.randn(100, 12, 1, generator=torch.Generator().manual_seed(0))
    (found,) = sg.find_roles(layer, x, effects=False)
    assert found.role == "integrator"


def test_a_step_says_how_much_its_events_differ() -> None:
    found = judged(unit(steps={1: 0.1, 2: -0.104}))
    assert found.strengths["step_between"] == pytest.approx(0.004 / 0.104, rel=1e-3)
    assert "between its events within 3.85 %" in card(found)
    assert "those of its 2 events by 3.85 %" in card(found)


@pytest.mark.parametrize("steps", [{1: 0.1, 2: -0.2}, {1: 0.1, 2: -0.1, 3: 0.3}])
def test_an_integrator_has_no_single_step(steps: dict[int, float]) -> None:
    found = judged(unit(steps=steps))
    sizes = [abs(size) for size in steps.values()]
    assert found.strengths["step_least"] == pytest.approx(min(sizes), rel=1e-5)
    assert found.strengths["step_most"] == pytest.approx(max(sizes), rel=1e-5)
    assert "step" not in found.strengths
    assert f"steps from {min(sizes)} to {max(sizes)}" in card(found)


@pytest.mark.parametrize(
    ("sets", "steps", "event"),
    [
        ({2: 1.0, 3: -1.0}, {1: 0.2}, "1 +1, 2 set +1, 3 set -1"),
        ({2: 0.0, 3: 0.0}, {1: 0.2}, "1 +1, 2 reset, 3 reset"),
        ({3: 1.0, 4: -0.5}, dict.fromkeys((0, 1, 2), 0.01), "0 +1, 1 +1, 2 +1, 3 set +1, 4 set -0.5"),
        ({3: 0.5, 4: 0.5}, dict.fromkeys((0, 1, 2), 0.01), "3 reset, 4 reset"),
    ],
)
def test_reset_is_said_of_one_value(sets: dict[int, float], steps: dict[int, float], event: str) -> None:
    assert judged(unit(sets, steps)).event == event


FADING = (0, 1, 2, 4)


@pytest.mark.parametrize(
    ("forget", "role"), [(3.5, "timer"), (4.0, "timer"), (4.6, "timer"), (6.0, "timer"), (7.0, "latch")]
)
def test_one_value_that_fades_is_a_timer(forget: float, role: str) -> None:
    """sigma(6) ** 32 is 0.92, another value; sigma(7) ** 32 is 0.97, the same by all that tells values apart."""
    found = judged(unit({3: 1.0}, **{f"f{k}": forget for k in FADING}))
    assert found.role == role
    assert found.strengths["half_life"] == pytest.approx(math.log(0.5) / math.log(held(forget)), rel=1e-2)
    assert found.event == ("3 reset" if role == "timer" else "3 set +1")


def test_two_values_that_fade_alike_are_a_latch_and_one_that_fades_sometimes_is_nothing() -> None:
    both = {f"f{k}": 4.6 for k in (0, 1, 2)}
    assert judged(unit({3: 1.0, 4: -1.0}, **both)).role == "latch"
    assert judged(unit({3: 1.0}, f4=4.0)).role == "mixed"


def test_a_gru_that_fades_is_a_timer() -> None:
    layer = sg.GRU(5, 1)
    with torch.no_grad():
        for p in layer.parameters():
            p.zero_()
        layer.weight_ih_l0.copy_(torch.tensor([[K] * 5, [4.6, 4.6, 4.6, -K, 4.6], [0, 0, 0, K, 0]]))
    (found,) = sg.find_roles(layer, data(), names=NAMES, effects=False)
    assert (found.role, found.event) == ("timer", "3 reset")


def uneven(low: float) -> dict[str, Any]:
    """2 sets +1; 1 changes sides between +1 and ``-low``: i is 1 there, or ``low``; from 0 it stays at 0."""
    open_, shut = math.tanh(1), math.tanh(-low)
    part = math.log(low / (1 - low))
    own = (8 - part) / (shut - open_)
    i = [-60, part - own * open_, 60, -60, -60]
    return {"i": i, "own i": own, "f": [K, -K, -K, K, K], "g": [0, 0, 5 * K, 0, 0], "own g": -3 * K}


@pytest.mark.parametrize("low", [0.9, 0.8, 0.5, 0.3])
def test_a_start_that_is_no_mode_hides_no_toggle(low: float) -> None:
    found = judged(uneven(low))
    assert (found.role, found.event) == ("toggle", "1 flip, 2 set +1")
    assert found.modes == pytest.approx((-low, 1), abs=2e-3)
    assert found.maps["1"].a == pytest.approx(-1, abs=1e-3)
    assert found.maps["1"].stray == 0


class Started(torch.nn.Module):
    """A layer whose memory begins at 3, beyond both modes: there symbol 1 makes less of it than ``-low``."""

    def __init__(self, layer: sg.LSTM) -> None:
        super().__init__()
        self.lstm = layer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        c = torch.full((1, x.shape[1], 1), 3.0)
        return self.lstm(x, (c.tanh(), c))[0]


def test_a_start_beyond_the_modes_is_none_of_them() -> None:
    (found,) = sg.find_roles(Started(wire(uneven(0.5))), data(), names=NAMES, effects=False)
    assert (found.role, found.event) == ("toggle", "1 flip, 2 set +1")
    assert found.modes == pytest.approx((-0.5, 1), abs=2e-3)


def test_a_value_between_the_modes_that_comes_again_is_no_start() -> None:
    """The same, but symbol 3 sets 0, which is no mode, and stays there at 1."""
    rows = uneven(0.5)
    rows["i"][3], rows["f"][3] = -60, -K
    found = judged(rows)
    assert found.role == "mixed"
    assert found.maps["3"].kind == "set"
    assert "At '1' no map fits: what it does depends on more than" in card(found)
