"""Machines that are finite automata: one unit for every state and symbol."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations, product

import numpy as np

from softgate.zoo.conditions import Array
from softgate.zoo.program import Program, Sampler
from softgate.zoo.registry import family
from softgate.zoo.variables import Automaton

__all__: list[str] = []


@family(limits={"states": (1, 12), "table": (0, 10**9)}, states=(2, 3, 4, 5), table=tuple(range(8)))
def automaton(states: int = 3, table: int = 0) -> Program:
    """A finite automaton on A and B, its transition table drawn from a seed."""
    random = np.random.default_rng([states, table])
    while not _connected(targets := random.integers(0, states, size=(states, 2)).tolist()):
        pass  # a state that is never seen again would be a unit that does nothing
    rows = tuple({"A": a, "B": b} for a, b in targets)
    return Program(("A", "B"), (Automaton(name="state", table=rows),))


def _connected(targets: list[list[int]]) -> bool:
    """Whether every state leads to every other, in one step or more."""
    leads = np.eye(len(targets), dtype=bool)
    for state, row in enumerate(targets):
        leads[state, row] = True
    return bool(np.all(np.linalg.matrix_power(leads.astype(float), len(targets)) > 0))


@family(limits={"by": (2, 50)}, by=(3, 5))
def divisible(by: int = 3) -> Program:
    """The remainder of a binary number that is read digit by digit."""
    rows = tuple({"0": 2 * r % by, "1": (2 * r + 1) % by} for r in range(by))
    return Program(("0", "1"), (Automaton(name="remainder", table=rows),))


@family(pattern=("ABB", "ABA", "AABB"))
def pattern(pattern: str = "ABB") -> Program:
    """How much of a pattern the last symbols are: the automaton of Knuth, Morris and Pratt."""
    rows = tuple({s: _matched(pattern, pattern[:q] + s) for s in "AB"} for q in range(len(pattern) + 1))
    return Program(("A", "B"), (Automaton(name="matched", table=rows),))


def _matched(pattern: str, text: str) -> int:
    """The longest beginning of the pattern that the text ends with."""
    return max(k for k in range(len(pattern) + 1) if text.endswith(pattern[:k]))


@family()
def permutation() -> Program:
    """The order of three cups: A swaps the first two, B moves all on by one."""
    orders = list(permutations(range(3)))
    rows = tuple({"A": orders.index((b, a, c)), "B": orders.index((c, a, b))} for a, b, c in orders)
    return Program(("A", "B"), (Automaton(name="order", table=rows),))


@family(limits={"depth": (1, 4)}, depth=(1, 2))
def dyck2(depth: int = 2) -> Program:
    """Brackets of two kinds to a bounded depth: the stack itself, and an error that stays until #."""
    stacks: list[tuple[str, ...]] = [s for n in range(depth + 1) for s in product("([", repeat=n)]
    error = len(stacks)

    def after(stack: tuple[str, ...], symbol: str) -> int:
        if symbol in "([":
            return stacks.index((*stack, symbol)) if len(stack) < depth else error
        fits = stack and stack[-1] == {")": "(", "]": "["}[symbol]
        return stacks.index(stack[:-1]) if fits else error

    rows = [{"#": 0} | {symbol: after(stack, symbol) for symbol in "()[]"} for stack in stacks]
    program = Automaton(name="stack", table=(*rows, {"#": 0}))
    return Program(tuple("()[]#"), (program,), sampler=_walker(program, tuple("()[]#"), error))


def _walker(walked: Automaton, alphabet: Sequence[str], error: int) -> Sampler:
    """Words that make an error only once in a while: else every long word would be one."""
    moves = np.array([[walked.next(q, s) for s in alphabet] for q in range(len(walked.table))])

    def sample(random: np.random.Generator, steps: int, batch: int) -> Array:
        ids, state = np.empty((steps, batch), np.int64), np.full(batch, walked.begin)
        for t in range(steps):
            draws = random.integers(0, len(alphabet), size=(8, batch))
            ids[t] = draws[0]
            careful = random.random(batch) < 0.9
            for draw in draws[1:]:
                ids[t] = np.where(careful & (moves[state, ids[t]] == error), draw, ids[t])
            state = moves[state, ids[t]]
        return ids

    return sample
