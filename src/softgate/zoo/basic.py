"""Machines of one unit: each role of the definitions by itself."""

from __future__ import annotations

from softgate.zoo.conditions import Is
from softgate.zoo.program import Program
from softgate.zoo.registry import family
from softgate.zoo.variables import Constant, Copy, Counter, Decay, Flag, Idle, Latch, Sensor, Timer, Toggle

__all__: list[str] = []

_RAB = ("rest", "A", "B")
_REST = {"rest": 2.0}


@family(rest=(1.0, 2.0, 6.0))
def latch(rest: float = 2.0) -> Program:
    """A sets it, B clears it, at rest it holds; 0 before the first event."""
    return Program(_RAB, (Latch(name="latch", on=("A",), off=("B",), begin=0),), weights={"rest": rest})


@family(rest=(1.0, 2.0, 6.0))
def toggle(rest: float = 2.0) -> Program:
    """A flips it, B sets it; 0 before B came for the first time."""
    return Program(_RAB, (Toggle(name="toggle", flip=("A",), on=("B",), begin=0),), weights={"rest": rest})


@family(step=(1.0, 0.5, 0.125))
def counter(step: float = 1.0) -> Program:
    """Counts A up and B down, without bounds."""
    return Program(_RAB, (Counter(name="count", add={"A": 1, "B": -1}, step=step),), weights=_REST)


@family(step=(1 / 128, 1 / 64, 1 / 256), event=(0.05, 0.1))
def timer(step: float = 1 / 128, event: float = 0.1) -> Program:
    """Steps since A."""
    return Program(_RAB, (Timer(name="since", since=("A",), step=step),), weights={"A": event})


@family(limits={"begin": (-1, 1)}, begin=(-1, 1))
def set_reset(begin: int = -1) -> Program:
    """A set-reset latch that is set or clear from the start."""
    return Program(
        ("rest", "set", "reset"), (Latch(name="q", on=("set",), off=("reset",), begin=begin),), weights=_REST
    )


@family(event=(0.05, 0.2))
def once(event: float = 0.05) -> Program:
    """Whether A ever came: a latch that nothing clears."""
    return Program(_RAB, (Latch(name="seen", on=("A",), begin=-1),), weights={"A": event})


@family(limits={"begin": (-1, 1)}, begin=(-1, 1))
def parity(begin: int = -1) -> Program:
    """Whether A came an odd number of times."""
    return Program(("rest", "A"), (Toggle(name="odd", flip=("A",), begin=begin),))


@family(step=(1.0, 0.25))
def counter_up(step: float = 1.0) -> Program:
    """Counts A; nothing takes back."""
    return Program(("rest", "A"), (Counter(name="count", add={"A": 1}, step=step),), weights=_REST)


@family(step=(1.0, 0.25))
def counter_down(step: float = 1.0) -> Program:
    """Counts A downwards."""
    return Program(("rest", "A"), (Counter(name="count", add={"A": -1}, step=step),), weights=_REST)


@family(step=(1.0, 0.25), reset=(0.1, 0.3))
def counter_reset(step: float = 1.0, reset: float = 0.2) -> Program:
    """Counts A, back to 0 at R."""
    program = Counter(name="count", add={"A": 1}, reset=("R",), step=step)
    return Program(("rest", "A", "R"), (program,), weights={"R": reset, **_REST})


@family(step=(0.125, 0.0625))
def integrator(step: float = 0.125) -> Program:
    """Sums inputs of different size: -4, -1, 0, 1, 2 and 5 steps."""
    add = {"-4": -4, "-1": -1, "0": 0, "1": 1, "2": 2, "5": 5}
    return Program(tuple(add), (Counter(name="sum", add=add, step=step),), weights={"-4": 1.5})


@family(keep=(0.5, 0.875, 0.96875))
def decay_timer(keep: float = 0.875) -> Program:
    """Steps since A, as a value that decays."""
    return Program(_RAB, (Decay(name="since", since=("A",), keep=keep),), weights={"A": 0.3})


@family(scale=(1.0, 0.5))
def sensor(scale: float = 1.0) -> Program:
    """Tells A from B from anything else, and remembers nothing."""
    return Program(_RAB, (Sensor(name="now", values={"A": 1, "B": -1}, scale=scale),))


@family(value=(-0.75, 0.25, 1.0))
def constant(value: float = 0.25) -> Program:
    """A value that is there from the start and never changes, beside a latch."""
    return Program(
        _RAB,
        (Constant(name="bias", value=value), Latch(name="latch", on=("A",), off=("B",), begin=-1)),
        weights=_REST,
    )


@family()
def idle() -> Program:
    """A unit without a function, beside a counter."""
    return Program(_RAB, (Idle(name="idle"), Counter(name="count", add={"A": 1, "B": -1})), weights=_REST)


@family(on=(("A",), ("A", "B")))
def previous(on: tuple[str, ...] = ("A",)) -> Program:
    """Whether the symbol before the present one was A: a sensor, and a copy of it one step late."""
    return Program(_RAB, (Flag(name="now", on=on), Copy(name="before", of=Is("now"))))
