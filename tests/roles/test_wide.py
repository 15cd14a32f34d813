"""Machines over the alphabets of text: what matters is found among symbols at which nothing happens."""

from __future__ import annotations

import pytest

import softgate as sg

WIDE = [name for name in sg.zoo.names() if "symbols" in sg.zoo.get(name).options]


@pytest.mark.parametrize("disguise", [None, ("permuted", "flipped", "rotated", "noise", "distractors")])
@pytest.mark.parametrize("symbols", [20, 60])
@pytest.mark.parametrize("name", WIDE)
def test_every_unit_of_a_wide_machine(name: str, symbols: int, disguise: tuple[str, ...] | None) -> None:
    machine = sg.zoo.build(name, symbols=symbols, disguise=disguise, seed=1)
    roles = sg.find_roles(machine.model, machine.sample(200, 24, 1), names=machine.alphabet, effects=False)
    assert [r.role for r in roles] == [unit.role for unit in machine.units]


def test_events_are_those_symbols_alone() -> None:
    machine = sg.zoo.build("latch_among", symbols=60)
    (role,) = sg.find_roles(machine.model, machine.sample(200, 24, 1), names=machine.alphabet, effects=False)
    assert role.event == "< set +1, > set -1"
    assert WIDE == [
        "brackets_in_text",
        "classes_of_letters",
        "latch_among",
        "quotes_in_text",
        "sum_of_letters",
        "words",
    ]
