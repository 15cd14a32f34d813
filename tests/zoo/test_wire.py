"""The compiler: what it compiles is the program, and it says what one step of an LSTM cannot do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies as st

import softgate as sg
from softgate.zoo import (
    AtLeast,
    Automaton,
    Copy,
    Counter,
    Decay,
    Flag,
    In,
    Is,
    Latch,
    Modular,
    Not,
    Program,
    Sensor,
    Sign,
    Timer,
    Toggle,
    below,
)
from softgate.zoo.world import World
from zoo.held import TOLERANCE, every_input, largest_error

AB = ("rest", "A", "B")


def test_one_program_of_everything() -> None:
    program = Program(
        AB,
        (
            Latch(name="on", on=("A",), off=("B",)),
            Toggle(name="odd", flip=("A",), when=(Is("on"),), begin=1),
            Counter(name="depth", add={"A": 1, "B": -1}, floor=0, ceiling=3, when=(Is("odd"),), step=0.5),
            Modular(name="third", on=("A",), modulus=3, step=0.25, when=(Not(Is("odd")),)),
            Timer(name="since", since=("A",), step=1 / 16),
            Decay(name="fading", since=("B",), keep=0.75),
            Automaton(name="auto", table=({"A": 1}, {"A": 2, "B": 0}, {"B": 1})),
            Flag(name="deep", on=("A", "rest"), when=(AtLeast("depth", 2), In("auto", 2), Not(Is("odd")))),
            Flag(name="low", on=("B",), when=(below("depth", 2), Is("on"))),
            Flag(name="late", on=("B",), when=(AtLeast("since", 3), In("auto", 1))),
            Copy(name="kept", of=In("auto", 1), on=("B",)),
            Copy(name="shifted", of=Is("kept")),
            Counter(name="sum", add={"A": 1, "B": -1}, step=0.5),
            Sign(name="sign", of="sum"),
            Sensor(name="now", values={"A": 1}, scale=0.5),
        ),
    )
    machine = sg.zoo.wire(program, hidden_size=30)
    assert machine.model.lstm.hidden_size == 30
    assert [unit.role for unit in machine.units].count("dead") == 30 - 14 - 9
    assert len(errors := [error for _, error in every_input(machine)]) == 10
    assert max(errors) < TOLERANCE
    assert largest_error(machine, machine.sample(500, 20, seed=1).numpy(), pieces=3) < TOLERANCE


@st.composite
def programs(draw: Any) -> Program:
    """Switches that ask each other whatever they like."""
    count = draw(st.integers(2, 4))
    names = [f"v{k}" for k in range(count)]
    asked = st.builds(lambda name, turned: Not(Is(name)) if turned else Is(name), st.sampled_from(names), st.booleans())
    several = st.lists(asked, max_size=3, unique_by=str).map(tuple)
    symbols = st.sampled_from([("A",), ("B",), ("rest", "A"), ("A", "B")])
    variables: list[Any] = []
    for name in names:
        when = draw(st.one_of(several, st.dictionaries(st.sampled_from(AB), several, max_size=2)))
        kind = draw(st.sampled_from(["latch", "toggle", "flag", "copy", "counter"]))
        begin = draw(st.sampled_from([-1, 1]))
        if kind == "latch":
            variables.append(Latch(name=name, on=("A",), off=("B",), when=when, begin=begin))
        elif kind == "toggle":
            variables.append(Toggle(name=name, flip=draw(symbols), when=when, begin=begin))
        elif kind == "flag":
            variables.append(Flag(name=name, on=draw(symbols), when=when, begin=begin))
        else:
            variables.append(Copy(name=name, of=draw(asked), on=draw(symbols), when=when, begin=begin))
    variables.append(
        Counter(name="count", add={"A": 1, "B": -1}, when=draw(several), floor=draw(st.sampled_from([None, 0])))
    )
    return Program(AB, tuple(variables))


@settings(max_examples=30)
@given(programs())
def test_random_programs_compile_to_themselves_or_are_refused(program: Program) -> None:
    try:
        machine = sg.zoo.wire(program)
    except sg.zoo.WiringError:
        with pytest.raises(sg.zoo.WiringError, match="at different symbols or levels"):
            sg.zoo.wire(program)
        return
    assert max(error for _, error in every_input(machine, 6)) < TOLERANCE


def test_symbols_are_asked_for_apart_from_their_amounts() -> None:
    world = World(AB, np.arange(3), {})
    assert world.amount({"A": 1}).tolist() == [0, 1, 0]
    assert (~world.at(("A",))).tolist() == [True, False, True]  # 1 == True: an amount must not stand for a mask


LATCHES = (Latch(name="p", on=("A",), off=("rest",)), Latch(name="q", on=("B",), off=("rest",)))


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        (
            (*LATCHES, Latch(name="x", on=("A",), off=("B",), when={"A": (Is("p"),), "B": (Is("q"),)})),
            "x: one gate cannot ask for p and for q at different symbols",
        ),
        (
            (*LATCHES, Latch(name="x", on=("A",), off=("B",), when={"A": (Is("p"),), "B": (Not(Is("p")),)})),
            "x: one gate cannot ask for not p and for p",
        ),
        (
            (Counter(name="n", add={"A": 1}), Flag(name="x", on=("B",), when=(AtLeast("n", 12),))),
            "'n >= 12': through tanh the levels 11 and 12 differ by 4",
        ),
        (
            (Counter(name="n", add={"A": 1}, ceiling=3), Flag(name="x", on=("B",), when=(AtLeast("n", 4),))),
            "always or never so: n stays within 0 and 3",
        ),
        (
            (Counter(name="n", add={"A": 2, "B": -1}, floor=0, step=0.5),),
            "n: a counter with a floor or ceiling adds \\+1 or -1",
        ),
        ((Counter(name="n", add={"A": 3}, step=0.5),), "n: adds 3 x 0.5 at 'A'.*take a step of 0.333 or less"),
        ((Counter(name="n", add={"A": 0.5}),), "n: expected a whole number of steps at 'A', got 0.5"),
        ((Counter(name="n", add={"A": 1}, step=2),), "n: expected a step above 0 and at most 1, got 2"),
        ((Counter(name="n", add={"A": 1}, floor=1),), "n: starts at 0, which is not within 1 and inf"),
        ((*LATCHES, Timer(name="t", since=("A",), when=(Is("p"),))), "t: Timer has no conditions"),
        ((Modular(name="n", on=("A",), modulus=1),), "n: expected a modulus of 2 or more, got 1"),
        ((Toggle(name="t", flip=("A",), begin=0),), "t: nothing ever takes it away from 0"),
        (
            (Latch(name="l", on=("A",), begin=0), Flag(name="x", on=("B",), when=(Is("l"),))),
            "x: asks 'l', which is neither on nor off",
        ),
        (
            (Decay(name="d", since=("A",)), Flag(name="x", on=("B",), when=(AtLeast("d", 3),))),
            "a Decay cannot be asked for a level",
        ),
        (
            (*LATCHES, Flag(name="x", on=("B",), when=(AtLeast("p", 1),))),
            "x: 'p >= 1' asks a counter or timer, 'p' is a Latch",
        ),
        ((*LATCHES, Sign(name="s", of="p")), "s: Sign is of a counter, 'p' is none"),
        ((Automaton(name="m", table=({"A": 1},)),), "m: state 0 goes to 1 at 'A'"),
        ((Sensor(name="s", values={"A": 2}, scale=0.75),), "s: its greatest value is kept as 1.5"),
        ((LATCHES[0], LATCHES[0]), "p: two variables have this name"),
        ((), "at least one variable"),
    ],
)
def test_says_what_cannot_be_wired(variables: Any, message: str) -> None:
    with pytest.raises(sg.zoo.WiringError, match=message):
        sg.zoo.wire(Program(AB, variables))


@pytest.mark.parametrize(
    ("variables", "options", "message"),
    [
        ((Latch(name="l", on=("C",)),), {}, "unknown symbol \\(of l\\) 'C'"),
        ((Flag(name="x", on=("A",), when=(Is("y"),)),), {}, "unknown variable 'y'"),
        (LATCHES, {"show": ("r",)}, "unknown variable 'r'"),
    ],
)
def test_unknown_names(variables: Any, options: Any, message: str) -> None:
    with pytest.raises(sg.UnknownNameError, match=message):
        sg.zoo.wire(Program(AB, variables, **options))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"hidden_size": 1}, "hidden_size: this program needs 2 units, got 1"),
        ({"K": 0}, "K: expected a number from 1 to 1000, got 0"),
        ({"disguise": sg.zoo.Disguise(noise=0.5)}, "expected noise from 0 to 0.05, got 0.5"),
        ({"disguise": sg.zoo.Disguise(split=-1)}, "split is a number of units, got -1"),
        ({"disguise": sg.zoo.Disguise(rescaled=0)}, "rescaled is a share"),
        ({"disguise": sg.zoo.Disguise(leak=0.0)}, "leak is the pre-activation"),
    ],
)
def test_arguments_out_of_range(arguments: Any, message: str) -> None:
    with pytest.raises(sg.zoo.WiringError, match=message):
        sg.zoo.wire(Program(AB, LATCHES), **arguments)


def test_options_of_families() -> None:
    with pytest.raises(sg.UnknownNameError, match="unknown machine 'lach'; did you mean 'latch'"):
        sg.zoo.build("lach")
    with pytest.raises(sg.UnknownNameError, match="unknown option \\(of timer\\) 'stop'; did you mean 'step'"):
        sg.zoo.build("timer", stop=1)
    with pytest.raises(sg.zoo.WiringError, match="expected modulus of type int, as 3, got '3'"):
        sg.zoo.build("modular_counter", modulus="3")
    with pytest.raises(sg.zoo.WiringError, match="expected depth from 1 to 4, got 5"):
        sg.zoo.build("dyck2", depth=5)


def test_a_guard_that_is_shut_lets_nothing_through_in_a_million_events() -> None:
    machine = sg.zoo.build("gated_counter")
    ids = torch.ones(1_000_000, 1, dtype=torch.int64)  # A, while the gate is shut from the start
    with torch.no_grad():
        _, (_, c) = machine.model(ids)
    assert abs(c[0, 0, 1].item()) < 1e-9


def test_a_machine_says_what_it_is() -> None:
    machine = sg.zoo.build("counter", hidden_size=8, seed=3, step=0.5)
    assert repr(machine) == "<Machine counter: 8 units, 3 symbols, seed=3, step=0.5>"
    assert machine.units[0].events == {"A": "+1", "B": "-1"}
    assert (machine.units[0].role, machine.units[0].scale, machine.units[0].read) == ("counter", 0.5, True)
    assert {unit.role for unit in machine.units[1:]} == {"dead"}
    assert sg.zoo.describe("counter") == "counter(step=1.0): Counts A up and B down, without bounds"
    ids = machine.sample(7, 4, seed=1)
    assert ids.shape == (7, 4)
    assert ids.dtype == torch.int64
    y, (h, c) = machine.model(ids)
    assert y.shape == (7, 4, 1)
    assert h.shape == c.shape == (1, 4, 8)
    assert machine.expected(ids).shape == (7, 4, 8)
    assert torch.equal(machine.sample(7, 4, seed=1), ids)
    assert not torch.equal(machine.sample(7, 4, seed=2), ids)


def test_labels_are_bool_where_something_is_on_or_off() -> None:
    machine = sg.zoo.build("gated_counter")
    labels = machine.labels(machine.sample(20, 3))
    assert labels["open"].dtype == np.bool_
    assert labels["count"].dtype == np.int64
    assert np.array_equal(labels["open"], machine.trace(machine.sample(20, 3))["open"] == 1)


def test_what_is_no_program_is_refused() -> None:
    for none, said in ((None, "expected a Program, got NoneType"), ("latch", "got str")):
        with pytest.raises(sg.zoo.WiringError, match=said):
            sg.zoo.wire(none)  # type: ignore[arg-type]
    with pytest.raises(sg.zoo.WiringError, match="seed: expected a whole number from 0, got -1"):
        sg.zoo.build("latch", seed=-1)
    for count, seed in ((-1, 0), (1, -1)):
        with pytest.raises(sg.zoo.WiringError, match="expected a whole number from 0, got -1"):
            sg.zoo.generate(count, seed)
    with pytest.raises(sg.zoo.WiringError, match=r"on: expected a tuple of symbols, \('ab',\), got 'ab'"):
        sg.zoo.wire(Program(("a", "b"), (Latch(name="x", on="ab"),)))  # type: ignore[arg-type]
