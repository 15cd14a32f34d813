"""Machines over alphabets as wide as those of text, 20 to 60 symbols: a few of them matter, at the others it rests.

In samples the symbols that matter are much more frequent than the others, as in text.
"""

from __future__ import annotations

import string

from softgate.errors import WiringError
from softgate.zoo.conditions import Is, Not
from softgate.zoo.program import Program
from softgate.zoo.registry import family
from softgate.zoo.variables import Counter, Flag, Latch, Sensor, Timer, Toggle, Variable

__all__: list[str] = []

_LETTERS = string.ascii_letters + string.digits
_SIZES, _LIMITS = (20, 30, 40, 60), {"symbols": (8, 64)}


def _with(*marks: str, symbols: int) -> tuple[str, ...]:
    """So many symbols: letters and digits, then the marks."""
    letters = symbols - len(marks)
    if not 3 < letters <= len(_LETTERS):
        raise WiringError(f"symbols: expected {len(marks) + 4} to {len(marks) + len(_LETTERS)}, got {symbols}")
    return (*_LETTERS[:letters], *marks)


def _often(marks: str, symbols: int, share: float) -> dict[str, float]:
    """Weights with which the marks together come in that share of the steps."""
    others = symbols - len(marks)
    return dict.fromkeys(marks, share / (1 - share) * others / len(marks))


@family(limits=_LIMITS, symbols=_SIZES, event=(0.1, 0.25))
def latch_among(symbols: int = 40, event: float = 0.1) -> Program:
    """A latch that one of many symbols sets and another clears; at all others it holds."""
    inside = Latch(name="inside", on=("<",), off=(">",))
    return Program(_with("<", ">", symbols=symbols), (inside,), weights=_often("<>", symbols, event))


@family(limits=_LIMITS, symbols=_SIZES)
def classes_of_letters(symbols: int = 40) -> Program:
    """Counters of classes of letters: vowels, digits or capitals, and vowels less consonants; a sensor of vowels."""
    alphabet = _with(" ", symbols=symbols)
    vowels = [s for s in alphabet if s in "aeiouAEIOU"]
    others = [s for s in alphabet if s not in vowels and s != " "]
    late = [s for s in alphabet[len(alphabet) // 2 :] if s != " "]
    lead = dict.fromkeys(vowels, 1) | dict.fromkeys(others, -1)
    variables: tuple[Variable, ...] = (
        Counter(name="vowels", add=dict.fromkeys(vowels, 1), step=0.5),
        Counter(name="late", add=dict.fromkeys(late, 1), reset=(" ",)),
        Counter(name="lead", add=lead, step=0.25),
        Sensor(name="vowel", values=dict.fromkeys(vowels, 1)),
    )
    return Program(alphabet, variables, weights=_often(" ", symbols, 0.15))


@family(limits=_LIMITS, symbols=_SIZES)
def sum_of_letters(symbols: int = 30) -> Program:
    """The sum of what letters are worth, 1 to 4 by their place in the alphabet; a blank takes it back to 0."""
    alphabet = _with(" ", symbols=symbols)
    worth = {s: k % 4 + 1 for k, s in enumerate(alphabet[:-1])}
    total = Counter(name="sum", add=worth, reset=(" ",), step=0.125)
    return Program(alphabet, (total,), weights=_often(" ", symbols, 0.2))


@family(limits=_LIMITS, symbols=_SIZES)
def words(symbols: int = 40) -> Program:
    """Words of text: how long this one is, how many there were, whether their number is odd."""
    alphabet = _with(" ", "\n", symbols=symbols)
    length = Timer(name="length", since=(" ", "\n"), step=1 / 32)
    count = Counter(name="words", add={" ": 1}, reset=("\n",))
    return Program(
        alphabet,
        (length, count, Toggle(name="odd", flip=(" ",), off=("\n",), begin=-1)),
        weights=_often(" \n", symbols, 0.25),
    )


@family(limits=_LIMITS, symbols=_SIZES)
def quotes_in_text(symbols: int = 40) -> Program:
    """Strings and comments over letters: a # in a string begins none, a quotation mark in a comment none."""
    inside = Toggle(name="string", flip=('"',), when=(Not(Is("comment")),), begin=-1)
    rest = Latch(name="comment", on=("#",), off=("\n",), when={"#": (Not(Is("string")),)})
    column = Timer(name="column", since=("\n",), step=1 / 64)
    alphabet = _with('"', "#", "\n", symbols=symbols)
    return Program(alphabet, (inside, rest, column), weights=_often('"#\n', symbols, 0.3))


@family(limits=_LIMITS, symbols=_SIZES)
def brackets_in_text(symbols: int = 60) -> Program:
    """Depth of brackets over letters where no string is open, how often one was opened, and what was escaped."""
    inside = Toggle(name="string", flip=('"',), begin=-1)
    depth = Counter(name="depth", add={"(": 1, ")": -1}, when=(Not(Is("string")),))
    opened = Counter(name="opened", add={"(": 1})
    escaped = Flag(name="escaped", on=("\\",), when=(Not(Is("escaped")),))
    alphabet = _with('"', "(", ")", "\\", symbols=symbols)
    return Program(alphabet, (inside, depth, opened, escaped), weights=_often('"()\\', symbols, 0.4))
