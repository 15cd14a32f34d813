"""The score of the best guess where the answer is a set of symbols at every step: what chance is, exactly.

A guess is one fixed answer, a set for every step, given for all sequences alike. The best one is right about more
sequences than any other. A source of sequences is a Markov chain here: states with probabilities, what follows each,
and the set that is right there. The chain may be that of the strings themselves, with all that decides how they go on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from math import comb
from typing import TypeVar

__all__ = ["best_answer", "best_words", "catalan"]

S = TypeVar("S", bound=Hashable)
Belief = Mapping[S, float]
After = Callable[[S], Iterable[tuple[float, S]]]
Label = Callable[[S], Hashable]


def best_answer(start: Belief[S], after: After[S], label: Label[S], steps: int) -> float:
    """The share of sequences that the best fixed answer is right about: streams of so many steps, or strings.

    A string ends where the label is None, in at most so many steps, and its sets must not be the first ones of another.
    What may still come depends on the answers so far only through the shares of the states, so of all answers that
    lead to the same shares the best one is kept.
    """
    best: dict[Hashable, tuple[float, Belief[S]]] = {None: (1.0, start)}
    ended = 0.0
    for _ in range(steps):
        reached: dict[Hashable, tuple[float, Belief[S]]] = {}
        for mass, belief in best.values():
            for right, group in _by_label(belief, label).items():
                share = sum(group.values())
                if right is None:
                    ended = max(ended, mass * share)
                    continue
                moved = _moved({state: p / share for state, p in group.items()}, after)
                key = frozenset((state, round(p, 12)) for state, p in moved.items())
                if reached.get(key, (0.0, moved))[0] < mass * share:
                    reached[key] = (mass * share, moved)
        best = reached
    return max([ended, *(mass for mass, _ in best.values())])


def best_words(fewest: int, most: int, kinds: int) -> float:
    """As :func:`best_answer`, for words of brackets of `kinds` kinds that must match: the number of pairs is uniform
    from `fewest` to `most`, the word uniform among those of its size.

    An answer says after which steps the depth is zero, and else which kind is innermost. Among the words whose depth is
    zero there, one in kinds^n has those kinds. What is left is where the zeros are: a word of n pairs that is zero
    first after g pairs is one of catalan(g - 1) catalan(n - g).
    """
    worth = [0.0] * (most + 1)
    for n in range(fewest, most + 1):
        worth[n] = 1 / ((most - fewest + 1) * kinds**n * catalan(n))
    best = [0.0] * (most + 1)
    for m in range(most - 1, -1, -1):
        best[m] = max(catalan(z - m - 1) * (worth[z] + best[z]) for z in range(m + 1, most + 1))
    return best[0]


def catalan(n: int) -> int:
    """The number of words of n pairs."""
    return comb(2 * n, n) // (n + 1)


def _by_label(belief: Belief[S], label: Label[S]) -> dict[Hashable, dict[S, float]]:
    groups: dict[Hashable, dict[S, float]] = defaultdict(dict)
    for state, p in belief.items():
        groups[label(state)][state] = p
    return groups


def _moved(belief: Belief[S], after: After[S]) -> Belief[S]:
    moved: dict[S, float] = defaultdict(float)
    for state, p in belief.items():
        for q, following in after(state):
            moved[following] += p * q
    return moved
