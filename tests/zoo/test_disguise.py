"""Disguises keep the function and take the truth along; the benchmark is the same wherever it is drawn."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from itertools import islice

import numpy as np
import pytest
import torch

import softgate as sg
from softgate.zoo import Disguise
from zoo.held import TOLERANCE, largest_error, weights_of

PARTS = ["rescaled", "split", "decoys", "distractors", "flipped", "noise", "permuted", "rotated", "all"]
SOME = ["latch", "toggle", "counter_bounded", "gated_counter", "quote_escape", "divisible", "timer", "anbn"]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("name", SOME)
def test_a_disguised_net_is_still_the_program(name: str, part: str) -> None:
    machine = sg.zoo.build(name, disguise=part, seed=3)
    plain = sg.zoo.build(name)
    if not (part == "permuted" and len(plain.units) == 1):
        pairs = zip(weights_of(machine).values(), weights_of(plain).values(), strict=True)
        assert not all(np.array_equal(a, b) for a, b in pairs)
    ids = machine.sample(100, 20, seed=2)
    assert largest_error(machine, ids.numpy(), pieces=2) < 10 * TOLERANCE
    with torch.no_grad():
        told, trace = machine.readout(machine.model(ids)[0]), plain.trace(ids)
    for variable, values in told.items():
        clear = np.abs(trace[variable]) < 5
        assert np.array_equal(values[clear], trace[variable][clear]), variable


def test_permuted_rotated_and_flipped_truth() -> None:
    machine = sg.zoo.build("anbn", disguise=("permuted", "flipped", "rotated"), seed=4)
    assert [unit.variable for unit in machine.units] != ["due", "closing", "a_after_b", "b_too_many"]
    assert sorted(np.sign([unit.scale for unit in machine.units])) in ([-1, -1, 1, 1], [-1, 1, 1, 1], [-1, -1, -1, 1])
    embedding = weights_of(machine)["embedding.weight"]
    assert np.array_equal(embedding @ embedding.T, 4 * np.eye(3))
    ids = machine.sample(60, 10)
    cells, trace = machine.expected(ids), machine.trace(ids)
    for j, unit in enumerate(machine.units):
        slope = np.polyfit(trace[str(unit.variable)].ravel(), cells[..., j].ravel(), 1)[0]
        assert slope == pytest.approx(unit.scale)


def test_rescaled_cells_are_smaller() -> None:
    scales = [sg.zoo.build("latch", disguise=Disguise(rescaled=0.3), seed=seed).units[0].scale for seed in range(20)]
    assert 0.3 <= min(scales) < 0.5
    assert 0.8 < max(scales) <= 1


def output(machine: sg.zoo.Machine, ids: torch.Tensor, edits: dict[str, object]) -> torch.Tensor:
    with torch.no_grad(), sg.edit(machine.model, edits):
        return machine.model(ids)[0]


@pytest.mark.parametrize("part", ["decoys", "distractors"])
def test_nobody_reads_what_is_said_to_be_read_by_nobody(part: str) -> None:
    for name in ("toggle", "gated_counter", "quote_escape"):
        machine = sg.zoo.build(name, disguise=part, seed=3)
        idle = [j for j, unit in enumerate(machine.units) if not unit.read]
        assert len(idle) == (1 if part == "decoys" else 3)
        ids = machine.sample(200, 10)
        plain = output(machine, ids, {})
        changed = output(machine, ids, {"lstm.l0.c": sg.fix(0.7, units=idle)})
        assert torch.allclose(plain, changed, atol=1e-5)
        for j in set(range(len(machine.units))) - set(idle):
            assert not torch.allclose(plain, output(machine, ids, {"lstm.l0.c": sg.fix(0.7, units=[j])}), atol=1e-2)


def test_a_decoy_of_a_toggle_is_a_toggle_by_itself() -> None:
    machine = sg.zoo.build("parity", disguise="decoys")
    assert [unit.role for unit in machine.units] == ["toggle", "toggle"]
    h = weights_of(machine)["lstm.weight_hh_l0"].reshape(4, 2, 2)
    assert h[2, 0, 0] == h[2, 1, 1] == -40
    assert h[2, 0, 1] == h[2, 1, 0] == 0
    assert weights_of(machine)["head.weight"][0, 1] == 0


def test_split_units_share_what_others_read() -> None:
    machine = sg.zoo.build("gated_counter", disguise=Disguise(split=2))
    assert [unit.variable for unit in machine.units].count("open") == 2
    h = weights_of(machine)["lstm.weight_hh_l0"].reshape(4, 4, 4)
    plain = weights_of(sg.zoo.build("gated_counter"))["lstm.weight_hh_l0"].reshape(4, 2, 2)
    gates = [j for j, unit in enumerate(machine.units) if unit.variable == "open"]
    counts = [j for j, unit in enumerate(machine.units) if unit.variable == "count"]
    assert np.array_equal(h[0][np.ix_(counts, gates)], np.full((2, 2), plain[0, 1, 0] / 2))


def test_a_leak_loses_half_in_the_time_that_theory_says() -> None:
    machine = sg.zoo.build("set_reset", disguise=Disguise(leak=6.0))
    ids = torch.zeros(281, 1, dtype=torch.int64)
    ids[0] = 1
    with torch.no_grad():
        _, (_, c) = machine.model(ids)
    assert c.item() == pytest.approx(0.5 * (1 - 0.00247), abs=1e-4)  # 280 steps at 6, set by a gate shut at -6
    assert not machine.units[0].exact
    assert np.isnan(machine.expected(ids)).all()


def test_low_K_is_not_exact() -> None:
    assert not sg.zoo.build("latch", K=10).units[0].exact
    assert sg.zoo.build("latch", K=18).units[0].exact


def test_names_of_disguises() -> None:
    with pytest.raises(sg.UnknownNameError, match="unknown disguise 'nois'; did you mean 'noise'"):
        sg.zoo.build("latch", disguise="nois")


# The benchmark


def test_a_thousand_differ_and_the_first_are_the_first() -> None:
    some, more = list(sg.zoo.generate(60, seed=5)), list(islice(sg.zoo.generate(1000, seed=5), 80))
    for a, b in zip(some, more, strict=False):
        assert (a.name, a.options, a.units) == (b.name, b.options, b.units)
        assert np.array_equal(a.wiring.h, b.wiring.h)
    assert {machine.name for machine in some} == set(sg.zoo.names())
    other = list(sg.zoo.generate(60, seed=6))
    assert sum(a.options == b.options for a, b in zip(some, other, strict=True)) < 10


def test_generated_nets_are_their_programs() -> None:
    for k, machine in enumerate(islice(sg.zoo.generate(1000, seed=7), len(sg.zoo.names()))):
        assert largest_error(machine, machine.sample(60, 8, seed=k).numpy()) < 10 * TOLERANCE, machine


def test_plain_nets_have_no_disguise() -> None:
    for machine in sg.zoo.generate(len(sg.zoo.names()), disguised=False):
        assert "disguise" not in machine.options
        assert all(unit.exact for unit in machine.units)
        assert all(unit.read or unit.role == "dead" for unit in machine.units)


def test_every_role_is_in_the_benchmark() -> None:
    roles = Counter(unit.role for machine in sg.zoo.generate(204) for unit in machine.units)
    assert set(roles) == {"latch", "toggle", "counter", "timer", "integrator", "sensor", "constant", "dead", "mixed"}
    assert min(roles.values()) >= 5


def test_seeds_give_the_same_nets_everywhere() -> None:
    said = [
        (
            machine.name,
            machine.options,
            [(u.role, u.variable, round(u.scale, 4)) for u in machine.units],
            [f"{np.abs(weights).sum():.4g}" for weights in (machine.wiring.x, machine.wiring.h, machine.wiring.bias)],
        )
        for machine in sg.zoo.generate(60, seed=0)
    ]
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    assert digest[:16] == "eb14fee4710d6d4f"


def test_wide_alphabets_are_in_the_benchmark() -> None:
    """A tenth of the machines read 20 to 60 symbols, most roles are among their units, and all symbols come."""
    drawn = list(sg.zoo.generate(2 * len(sg.zoo.names()), seed=3))
    wide = [machine for machine in drawn if len(machine.alphabet) >= 20]
    assert len(wide) >= len(drawn) / 10
    assert max(len(machine.alphabet) for machine in wide) == 60
    roles = {unit.role for machine in wide for unit in machine.units}
    assert roles >= {"latch", "toggle", "counter", "timer", "integrator", "sensor", "mixed"}
    for machine in wide:
        assert len(np.unique(machine.sample(200, 24))) == len(machine.alphabet)


def test_wide_alphabets_cannot_be_too_wide() -> None:
    with pytest.raises(sg.zoo.WiringError, match="expected symbols from 8 to 64, got 65"):
        sg.zoo.build("latch_among", symbols=65)
