"""Machines that count and compare: bounds, remainders, several at once, counts that others ask for."""

from __future__ import annotations

from softgate.zoo.conditions import AtLeast, Is
from softgate.zoo.program import Program
from softgate.zoo.registry import family
from softgate.zoo.variables import Copy, Counter, Flag, Latch, Modular, Sign, Timer, Toggle, Variable

__all__: list[str] = []

_RAB = ("rest", "A", "B")


@family(step=(1.0, 0.5))
def counter_floor(step: float = 1.0) -> Program:
    """Counts A up and B down, and stays at 0 where B would go below."""
    return Program(_RAB, (Counter(name="count", add={"A": 1, "B": -1}, floor=0, step=step),))


@family(limits={"ceiling": (1, 30)}, ceiling=(2, 3, 5, 8), step=(0.25, 0.125))
def counter_bounded(ceiling: int = 3, step: float = 0.25) -> Program:
    """Counts A up and B down between 0 and a ceiling."""
    return Program(_RAB, (Counter(name="count", add={"A": 1, "B": -1}, floor=0, ceiling=ceiling, step=step),))


@family(limits={"modulus": (2, 16)}, modulus=(3, 4, 5, 7), step=(0.25, 0.125))
def modular_counter(modulus: int = 3, step: float = 0.25) -> Program:
    """Counts A modulo a number, in one unit that falls back to 0."""
    return Program(("rest", "A"), (Modular(name="count", on=("A",), modulus=modulus, step=step),))


@family(limits={"modulus": (2, 64)}, modulus=(3, 4, 5))
def ring_counter(modulus: int = 3) -> Program:
    """Counts A modulo a number, as one token that goes round a ring of units."""
    cells = [
        Copy(name=f"at{k}", of=Is(f"at{(k - 1) % modulus}"), on=("A",), begin=1 if k == 0 else -1)
        for k in range(modulus)
    ]
    return Program(("rest", "A"), tuple(cells))


@family(limits={"bits": (1, 16)}, bits=(2, 3, 4))
def binary_counter(bits: int = 3) -> Program:
    """Counts A in binary: a bit flips when all lower ones are on."""
    cells = [
        Toggle(name=f"bit{k}", flip=("A",), when=tuple(Is(f"bit{j}") for j in range(k)), begin=-1) for k in range(bits)
    ]
    return Program(("rest", "A"), tuple(cells))


@family(limits={"count": (1, 8)}, count=(2, 3))
def several_counters(count: int = 2) -> Program:
    """One counter for every letter, each beside the others."""
    letters = "ABCDEFGH"[:count]
    counters = tuple(Counter(name=f"count{s}", add={s: 1}) for s in letters)
    return Program(("rest", *letters), counters, weights={"rest": 2.0})


@family(step=(1.0, 0.5))
def up_and_down(step: float = 0.5) -> Program:
    """Three counters on the same two letters: of A, of B, and of their difference."""
    return Program(
        _RAB,
        (
            Counter(name="A", add={"A": 1}, step=step),
            Counter(name="B", add={"B": 1}, step=step),
            Counter(name="lead", add={"A": 1, "B": -1}, step=step),
        ),
    )


@family(limits={"by": (1, 5)}, by=(1, 2))
def comparator(by: int = 1) -> Program:
    """Whether A came more often than B, one step late."""
    symbols = _RAB
    lead = Counter(name="lead", add={"A": 1, "B": -1})
    return Program(symbols, (lead, Flag(name="more", on=symbols, when=(AtLeast("lead", by),))))


@family(step=(1.0, 0.5))
def running_sign(step: float = 1.0) -> Program:
    """The sign of the number of A less that of B, one step late."""
    return Program(_RAB, (Counter(name="sum", add={"A": 1, "B": -1}, step=step), Sign(name="sign", of="sum")))


@family(rest=(1.0, 3.0))
def gated_counter(rest: float = 1.0) -> Program:
    """Counts A while a gate is open; O opens it, S shuts it."""
    gate = Latch(name="open", on=("O",), off=("S",))
    count = Counter(name="count", add={"A": 1}, when=(Is("open"),))
    return Program(("rest", "A", "O", "S"), (gate, count), weights={"rest": rest})


@family(step=(1 / 64, 1 / 128))
def stopwatch(step: float = 1 / 64) -> Program:
    """Steps while it runs: G starts and S stops it, R takes it back to 0."""
    alphabet = ("rest", "G", "S", "R")
    run = Latch(name="running", on=("G",), off=("S",))
    add = dict.fromkeys(("rest", "G", "S"), 1)
    time = Counter(name="time", add=add, reset=("R",), when=(Is("running"),), step=step)
    return Program(alphabet, (run, time), weights={"rest": 8.0, "R": 0.5})


@family(limits={"after": (1, 40)}, after=(4, 8, 12))
def timeout(after: int = 8) -> Program:
    """An alarm once A has not come for so many steps."""
    since = Timer(name="since", since=("A",), step=1 / 16)
    return Program(_RAB, (since, Flag(name="alarm", on=_RAB, when=(AtLeast("since", after),))), weights={"A": 0.3})


@family(event=(0.1, 0.3))
def two_timers(event: float = 0.2) -> Program:
    """Steps since A and steps since B, each in a unit of its own."""
    timers: tuple[Variable, ...] = (
        Timer(name="since_A", since=("A",), step=1 / 64),
        Timer(name="since_B", since=("B",), step=1 / 256),
    )
    return Program(_RAB, timers, weights={"A": event, "B": event})
