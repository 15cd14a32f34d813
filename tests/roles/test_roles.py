"""Roles of machines that were wired by the table of definitions, and of units that have none."""

from __future__ import annotations

import math

import pytest
import torch

import softgate as sg
from roles.wired import COUNTER, DECAY, LATCH, NAMES, ROLES, SENSOR, TIMER, TOGGLE, K, one_hot, symbols, wire


def found(layer: torch.nn.Module, seed: int = 0, **options: object) -> list[str]:
    x = one_hot(symbols(seed=seed))
    return [r.role for r in sg.find_roles(layer, x, names=NAMES, effects=False, **options)]


@pytest.mark.parametrize("distractors", [0, 6])
def test_every_machine_of_the_table(distractors: int) -> None:
    layer = wire(*ROLES.values(), distractors=distractors)
    assert found(layer) == [*ROLES, *["mixed"] * distractors]


def test_symbols_and_one_hot_rows_are_the_same_classes() -> None:
    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = wire(COUNTER, TIMER)

        def forward(self, ids: torch.Tensor) -> torch.Tensor:
            return self.layer(one_hot(ids))[0]

    ids = symbols()
    roles = sg.find_roles(Net(), ids, names=NAMES, effects=False)
    assert [(r.role, r.event) for r in roles] == [("counter", "A +1, B -1"), ("timer", "A reset")]
    assert {r.layer for r in roles} == {"layer.l0"}


def test_a_decay_timer() -> None:
    (role,) = sg.find_roles(wire(DECAY), one_hot(symbols()), names=NAMES, effects=False)
    assert role.role == "timer"
    assert role.strengths["half_life"] == pytest.approx(math.log(0.5) / math.log(7 / 8), rel=1e-3)


def test_what_acts_only_while_another_unit_is_on_is_mixed() -> None:
    guarded = {"i": [-2 * K, -K / 2, -2 * K], "f": [K, K, K], "g": [0, K, 0], "i from": (0, 2 * K)}
    assert found(wire(LATCH, guarded)) == ["latch", "mixed"]


def test_a_slow_guarded_clock_is_no_latch() -> None:
    """Its steps are a hundredth of its range, so each by itself looks like a hold."""
    clock = {"i": [-K / 2, -2 * K, -K / 2], "f": [K, -K, K], "g": [math.atanh(1 / 128)] * 3, "i from": (0, 2 * K)}
    on_off = {"i": [-K, -K, K], "f": [K, K, -K], "g": [0, 0, K]}
    toggling = {"i": [-K, -K, K], "f": [K, K, -K], "g": [0, 0, K], "own g": -2 * K}
    x = one_hot(symbols(300))
    roles = sg.find_roles(wire(toggling, clock), x, names=NAMES, effects=False)
    assert roles[1].role == "mixed"
    assert found(wire(on_off))[0] in ("latch", "constant")


def test_copies_one_step_late_are_mixed() -> None:
    copy = {"i": [K] * 3, "f": [-K] * 3, "g": [0, 0, 0], "g from": (0, 2 * K)}
    assert found(wire(SENSOR, copy)) == ["sensor", "mixed"]


@pytest.mark.parametrize("scale", [0.25, -1.0, -0.5])
def test_rescaled_and_turned_around(scale: float) -> None:
    """What is written is smaller or turned around; what the unit reads of itself is adapted."""
    written = {"counter": COUNTER, "latch": LATCH, "timer": TIMER}
    units = []
    for rows in written.values():
        size = [math.tanh(v) * scale for v in rows["g"]]
        units.append({**rows, "g": [math.atanh(v) if abs(v) < 1 else math.copysign(K, v) for v in size]})
    assert found(wire(*units, distractors=3)) == [*written, *["mixed"] * 3]


@pytest.mark.parametrize("hold", [5.0, 6.0, 8.0])
def test_leaking_switches(hold: float) -> None:
    leaking = {**LATCH, "f": [hold, -K, -K]}
    turning = {**TOGGLE, "f": [hold, -K, -K]}
    x = one_hot(symbols())
    roles = sg.find_roles(wire(leaking, turning), x, names=NAMES, effects=False)
    assert [r.role for r in roles] == ["latch", "toggle"]
    expected = math.log(0.5) / math.log(1 / (1 + math.exp(-hold)))  # 103, 280, 2067 steps
    assert roles[0].strengths["half_life"] == pytest.approx(expected, rel=0.01)


def test_what_forgets_in_a_few_steps_is_no_latch() -> None:
    assert found(wire({**LATCH, "f": [2.0, -K, -K]})) == ["mixed"]


def test_uneven_steps_are_no_counter() -> None:
    uneven = {**COUNTER, "g": [0, K, -math.atanh(0.4)]}
    assert found(wire(uneven)) == ["integrator"]


def test_steps_that_shrink_with_the_level_are_no_counter() -> None:
    """c goes into its own step through h: the step is 1 at zero and next to nothing at 2."""
    shrinking = {**COUNTER, "g": [0, 2.0, -2.0], "own g": -2.0}
    assert found(wire(shrinking)) == ["mixed"]


def test_dead_and_constant() -> None:
    nothing = {gate: [0.0] * 3 for gate in "ifgo"}
    rising = {"i": [K] * 3, "f": [0.0] * 3, "g": [0.5] * 3}  # settles at 2 tanh(0.5)
    assert found(wire(nothing, rising, LATCH)) == ["dead", "constant", "latch"]


def test_a_quantity_as_input() -> None:
    layer = sg.LSTM(1, 3)
    with torch.no_grad():
        for p in layer.parameters():
            p.zero_()
        bias, W = layer.bias_ih_l0.view(4, 3), layer.weight_ih_l0.view(4, 3, 1)
        bias[0], bias[1], bias[3] = K, torch.tensor([K, -K, 0.0]), K
        W[2, :, 0] = torch.tensor([0.1, 0.7, 0.5])
    roles = sg.find_roles(layer, torch.randn(100, 12, 1, generator=torch.Generator().manual_seed(0)), effects=False)
    assert [r.role for r in roles] == ["integrator", "sensor", "mixed"]


def test_events_of_the_user_make_a_guarded_counter_pure() -> None:
    guarded = {"i": [-2 * K, -K / 2, -2 * K], "f": [K, K, K], "g": [0, K, 0], "i from": (0, 2 * K)}
    layer = wire(LATCH, guarded)
    ids = symbols()
    with sg.record(layer, "l0.c") as rec:
        layer(one_hot(ids))
    on = torch.cat([torch.zeros(1, ids.shape[1]), rec["l0.c"][:-1, :, 0]]) > 0
    events = torch.where((ids == 1) & on, 3, ids)
    told = ("rest", "A while off", "B", "A while on")
    roles = sg.find_roles(layer, one_hot(ids), events=events, names=told, effects=False)
    assert (roles[1].role, roles[1].event) == ("counter", "A while on +1")


def test_layers_directions_batch_first_and_other_cells() -> None:
    torch.manual_seed(0)
    x = one_hot(symbols(40, 8))
    deep = sg.LSTM(3, 4, num_layers=2, bidirectional=True)
    assert [r.layer for r in sg.find_roles(deep, x, effects=False)][::4] == ["l0", "l0.reverse", "l1", "l1.reverse"]
    for layer in (sg.GRU(3, 4), sg.Recurrent("slstm", 3, 4), sg.LSTM(3, 4, proj_size=2), sg.LSTM(3, 4).bfloat16()):
        given = x.to(next(layer.parameters()).dtype)
        assert {r.role for r in sg.find_roles(layer, given)} <= {"mixed", "sensor"}
    machine = wire(COUNTER, LATCH)
    first = sg.LSTM(3, 2, batch_first=True)
    first.load_state_dict(machine.state_dict())
    assert [r.role for r in sg.find_roles(first, x.transpose(0, 1))] == ["counter", "latch"]


def test_a_reversed_direction_is_judged_in_its_own_time() -> None:
    both = sg.LSTM(3, 2, bidirectional=True)
    machine = wire(COUNTER, TIMER).state_dict()
    both.load_state_dict({**machine, **{f"{name}_reverse": value for name, value in machine.items()}})
    assert [r.role for r in sg.find_roles(both, one_hot(symbols()))] == ["counter", "timer"] * 2


def test_the_same_twice_and_the_model_stays_as_it_was() -> None:
    layer = wire(*ROLES.values(), distractors=2).train()
    before = {name: value.clone() for name, value in layer.state_dict().items()}
    x = one_hot(symbols(60, 8))
    first, second = (sg.find_roles(layer, x, {"A": x[..., 1]}).to_json() for _ in range(2))
    assert first == second
    assert layer.training
    assert all(torch.equal(value, before[name]) for name, value in layer.state_dict().items())
