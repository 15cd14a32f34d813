"""Machines that follow text: brackets, quotes, comments, indentation, columns, and languages that count."""

from __future__ import annotations

import numpy as np

from softgate.zoo.conditions import Array, Is, Not, below
from softgate.zoo.program import Program, Sampler
from softgate.zoo.registry import family
from softgate.zoo.variables import Counter, Flag, Latch, Toggle

__all__: list[str] = []


@family(step=(1.0, 0.5, 0.25))
def dyck1(step: float = 1.0) -> Program:
    """Depth of brackets; samples never close what is not open."""
    depth = Counter(name="depth", add={"(": 1, ")": -1}, step=step)
    return Program(("x", "(", ")"), (depth,), sampler=_brackets)


def _brackets(random: np.random.Generator, steps: int, batch: int) -> Array:
    ids, depth = np.empty((steps, batch), np.int64), np.zeros(batch, np.int64)
    for t in range(steps):
        now = random.choice(3, size=batch, p=(0.4, 0.28, 0.32))
        ids[t] = np.where((now == 2) & (depth == 0), 1, now)
        depth += (ids[t] == 1).astype(np.int64) - (ids[t] == 2)
    return ids


@family(newline=(0.1, 0.3))
def column(newline: float = 0.1) -> Program:
    """The column in a line: characters since the last newline."""
    place = Counter(name="column", add={"x": 1, " ": 1}, reset=("\n",))
    return Program(("x", " ", "\n"), (place,), weights={"\n": newline})


@family(newline=(0.3, 0.6))
def indent(newline: float = 0.4) -> Program:
    """The indentation of a line: blanks before its first other character."""
    leading = Latch(name="leading", on=("\n",), off=("x",), begin=1)
    width = Counter(name="indent", add={" ": 1}, reset=("\n",), when=(Is("leading"),))
    return Program(("x", " ", "\n"), (leading, width), weights={"\n": newline})


@family(mark=(0.2, 0.5))
def quote(mark: float = 0.3) -> Program:
    """Whether a string is open: the quotation mark opens and closes it."""
    return Program(("x", " ", '"'), (Toggle(name="inside", flip=('"',), begin=-1),), weights={'"': mark})


@family(mark=(0.3, 0.6))
def quote_escape(mark: float = 0.5) -> Program:
    """Whether a string is open, where a backslash takes the meaning from the character after it."""
    inside = Toggle(name="inside", flip=('"',), when=(Not(Is("escape")),), begin=-1)
    escape = Flag(name="escape", on=("\\",), when=(Not(Is("escape")),))
    return Program(("x", '"', "\\"), (inside, escape), weights={'"': mark, "\\": mark})


@family(newline=(0.3, 0.6))
def comment(newline: float = 0.4) -> Program:
    """Strings, and comments to the end of the line; a # in a string begins none, a quotation mark in a comment none."""
    inside = Toggle(name="string", flip=('"',), when=(Not(Is("comment")),), begin=-1)
    rest = Latch(name="comment", on=("#",), off=("\n",), when={"#": (Not(Is("string")),)})
    return Program(("x", '"', "#", "\n"), (inside, rest), weights={"\n": newline, "#": 0.5})


@family(mark=(0.2, 0.4))
def depth_outside(mark: float = 0.2) -> Program:
    """Depth of brackets that are not in a string."""
    inside = Toggle(name="string", flip=('"',), begin=-1)
    depth = Counter(name="depth", add={"(": 1, ")": -1}, when=(Not(Is("string")),))
    return Program(("x", '"', "(", ")"), (inside, depth), weights={'"': mark})


@family(limits={"longest": (1, 1000)}, longest=(5, 12))
def anbn(longest: int = 8) -> Program:
    """a^n b^n: what is still to come, and whether the word is none; # begins a new one."""
    open_ = Counter(name="due", add={"a": 1, "b": -1}, reset=("#",))
    closing = Latch(name="closing", on=("b",), off=("#",))
    order = Latch(name="a_after_b", on=("a",), off=("#",), when={"a": (Is("closing"),)})
    surplus = Latch(name="b_too_many", on=("b",), off=("#",), when={"b": (below("due", 1),)})
    return Program(("a", "b", "#"), (open_, closing, order, surplus), sampler=_words("ab#", longest))


@family(limits={"longest": (1, 1000)}, longest=(4, 8))
def anbncn(longest: int = 6) -> Program:
    """a^n b^n c^n: two counts, and whether the letters are out of order; # begins a new word."""
    b_due = Counter(name="b_due", add={"a": 1, "b": -1}, reset=("#",))
    c_due = Counter(name="c_due", add={"b": 1, "c": -1}, reset=("#",))
    b_seen = Latch(name="b_seen", on=("b",), off=("#",))
    c_seen = Latch(name="c_seen", on=("c",), off=("#",))
    late_a = Latch(name="late_a", on=("a",), off=("#",), when={"a": (Is("b_seen"),)})
    late_b = Latch(name="late_b", on=("b",), off=("#",), when={"b": (Is("c_seen"),)})
    variables = (b_due, c_due, b_seen, c_seen, late_a, late_b)
    return Program(("a", "b", "c", "#"), variables, sampler=_words("abc#", longest))


def _words(alphabet: str, longest: int) -> Sampler:
    """Words of the language one after the other, with one symbol in twenty replaced."""
    letters = len(alphabet) - 1

    def sample(random: np.random.Generator, steps: int, batch: int) -> Array:
        ids = np.empty((steps, batch), np.int64)
        for column_ in range(batch):
            line: list[int] = []
            while len(line) < steps:
                n = int(random.integers(1, longest + 1))
                line += [*np.repeat(np.arange(letters), n).tolist(), letters]
            ids[:, column_] = line[:steps]
        wrong = random.random(ids.shape) < 0.05
        return np.where(wrong, random.integers(0, letters + 1, size=ids.shape), ids)

    return sample
