"""Machines that keep bits: delay lines, flip-flops, gated latches, sample and hold."""

from __future__ import annotations

from softgate.zoo.conditions import Is, Not
from softgate.zoo.program import Program
from softgate.zoo.registry import family
from softgate.zoo.variables import Copy, Flag, Latch, Toggle, Variable

__all__: list[str] = []

_RAB = ("rest", "A", "B")


@family(limits={"length": (1, 64)}, length=(2, 3, 5))
def delay_line(length: int = 3) -> Program:
    """Whether A came 0, 1, 2 ... steps ago: a sensor, then one copy after the other."""
    cells: list[Variable] = [Flag(name="ago0", on=("A",))]
    cells += [Copy(name=f"ago{k}", of=Is(f"ago{k - 1}")) for k in range(1, length)]
    return Program(_RAB, tuple(cells))


@family(limits={"bits": (1, 64)}, bits=(2, 3, 4))
def flip_flop(bits: int = 3) -> Program:
    """The n-bit flip-flop: +k sets bit k, -k clears it; 0 before the first of either."""
    signs = [(f"+{k}", f"-{k}") for k in range(bits)]
    cells = tuple(Latch(name=f"bit{k}", on=(up,), off=(down,), begin=0) for k, (up, down) in enumerate(signs))
    return Program(("rest", *(s for pair in signs for s in pair)), cells, weights={"rest": 2.0 * bits})


@family(rest=(1.0, 4.0))
def jk_flip_flop(rest: float = 1.0) -> Program:
    """J sets it, K clears it, T flips it."""
    cell = Toggle(name="q", on=("J",), off=("K",), flip=("T",), begin=-1)
    return Program(("rest", "J", "K", "T"), (cell,), weights={"rest": rest})


@family(limits={"flips": (1, 8)}, flips=(2, 3))
def two_toggles(flips: int = 2) -> Program:
    """Toggles beside each other, each on a letter of its own."""
    letters = "ABCDEFGH"[:flips]
    return Program(("rest", *letters), tuple(Toggle(name=f"odd{s}", flip=(s,), begin=-1) for s in letters))


@family(rest=(1.0, 3.0))
def gated_latch(rest: float = 1.0) -> Program:
    """A latch that takes A and B only while a lock is open; U unlocks, L locks."""
    lock = Latch(name="unlocked", on=("U",), off=("L",))
    kept = Latch(name="kept", on=("A",), off=("B",), when=(Is("unlocked"),))
    return Program(("rest", "A", "B", "U", "L"), (lock, kept), weights={"rest": rest})


@family(rest=(1.0, 3.0))
def sample_hold(rest: float = 1.0) -> Program:
    """A signal that A turns on and B off; at S its value is taken over and held."""
    signal = Latch(name="signal", on=("A",), off=("B",))
    held = Copy(name="held", of=Is("signal"), on=("S",))
    return Program(("rest", "A", "B", "S"), (signal, held), weights={"rest": rest})


@family(rest=(1.0, 2.0))
def rising_edge(rest: float = 1.0) -> Program:
    """Fires at an A that turns a latch on which was off."""
    level = Latch(name="level", on=("A",), off=("B",))
    edge = Flag(name="edge", on=("A",), when=(Not(Is("level")),))
    return Program(_RAB, (level, edge), weights={"rest": rest})


@family(rest=(1.0, 2.0))
def handshake(rest: float = 1.0) -> Program:
    """Two latches that wait for each other: A asks unless B has granted, B grants what was asked, C takes it back."""
    ask = Latch(name="asked", on=("A",), off=("B",), when={"A": (Not(Is("granted")),)})
    grant = Latch(name="granted", on=("B",), off=("C",), when={"B": (Is("asked"),)})
    return Program(("rest", "A", "B", "C"), (ask, grant), weights={"rest": rest})
