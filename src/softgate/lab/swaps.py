"""Paired tests for variants that each choose their learning rate: the choice is part of what is tested.

Choosing shifts all pairs of a variant alike, so that flipping signs of differences says too much (up to twice alpha in
simulations). What may be turned round under the null is which variant a seed's whole sweep belongs to: so sweeps are
swapped, and the rates are chosen anew for every pattern of swaps. That is exact, whatever the rule of choosing is.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from softgate.lab.statistics import patterns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Swaps = NDArray[np.bool_]

__all__ = ["Sweep", "chosen_rates"]

EXACT = 14
"""Pairs up to which every pattern of swaps is tried, where fewer have shown that it matters."""
FIRST = 11
"""Two to this are the patterns that are drawn first, where there are more."""
SMALL = 0.02
"""The p from which on those will do. Both p-values are valid, and going on only from small ones keeps it so."""


@dataclass(frozen=True)
class Sweep:
    """Two variants on one task, the same seeds and rates: [seeds, rates] each.

    Attributes:
        a, b: what is measured.
        by_a, by_b: what rates are chosen by; more is better, and -inf is no value.
        follows: what a shift of the measure by 1 shifts ``by`` by: 1, -1, or 0 where they are different things.
    """

    a: Numbers
    b: Numbers
    by_a: Numbers
    by_b: Numbers
    follows: int = 0

    def p_more(self, sign: float = 1.0, than: float = 0.0) -> float:
        """One-sided p of ``sign * (a - b)`` being no more than ``than``, at the rates that are chosen.

        Patterns under which a value is chosen that is missing count against it.
        """
        found = self._p(sign, than, FIRST)
        return found if found > SMALL or len(self.a) <= FIRST else self._p(sign, than, EXACT)

    def _p(self, sign: float, than: float, exact: int) -> float:
        a, b = sign * self.a - than, sign * self.b
        by_a = self.by_a - sign * than * self.follows
        swap = patterns(len(a), exact).T < 0
        pools = np.concatenate((a, b)), np.concatenate((by_a, self.by_b))
        left = _at_choice(*pools, swap)
        # Where all patterns are there, they stand in the order of a binary number: the opposite ones from behind.
        right = left[:, ::-1] if swap.shape[1] == 2 ** len(a) else _at_choice(*pools, ~swap)
        sums = (left - right).sum(0)
        room = np.nan_to_num(np.abs(left - right).sum(0)).max()
        return float(np.mean(~(sums < sums[0] - 1e-9 * room)))


def _at_choice(values: Numbers, by: Numbers, swap: Swaps) -> Numbers:
    """For each seed and pattern the value at the rate that is chosen, [seeds, P].

    Args:
        values, by: of the one variant, and below of the other, [2 seeds, rates].
        swap: whose sweep a seed has, [seeds, P].
    """
    n = len(swap)
    return np.asarray(values[np.arange(n)[:, None] + n * swap, _rates(by, swap)], np.float64)


def _rates(by: Numbers, swap: Swaps) -> NDArray[np.intp]:
    """What :func:`chosen_rates` says of the rows of ``by`` that each pattern has, [seeds, P].

    Every pattern has some of the same 2 n numbers. They are sorted once; counting along them those that a pattern has
    gives its ranks and its middle numbers.
    """
    n = len(swap)
    if n < 2:
        return chosen_rates(by[np.arange(n) + n * swap.T]).T
    low, high = (n - 2) // 2, (n - 1) // 2
    has = np.concatenate((~swap, swap))
    best = np.zeros(swap.shape, np.intp)
    most = np.full(swap.shape, -np.inf)
    for rate, pool in enumerate(by.T):
        order = pool.argsort(kind="stable")
        count = has[order].astype(np.int16)
        for before, here in pairwise(count):  # five times as fast as cumsum(0)
            here += before
        middles = [pool[order][(count <= place).sum(0, dtype=np.int16)] for place in range(low, high + 2)]
        place_of = order.argsort()
        rank = np.where(swap, count[place_of[n:]], count[place_of[:n]]) - 1
        # Without a seed, what stood behind it moves one place forward.
        one, other = (np.where(rank <= at, middles[at - low + 1], middles[at - low]) for at in (low, high))
        better = one + other > most
        best[better] = rate
        most = np.where(better, one + other, most)
    return best


def chosen_rates(by: Numbers) -> NDArray[np.intp]:
    """For each seed the rate that is best in the median of the other seeds, [..., seeds] of [..., seeds, rates].

    More is better; ties go to the first rate. With one seed there is no other, and it chooses for itself.
    """
    n = by.shape[-2]
    if n < 2:
        return np.asarray(by.argmax(-1))
    order = by.argsort(-2, kind="stable")
    rank = order.argsort(-2, kind="stable")
    ordered = np.take_along_axis(by, order, -2)

    def without(place: int) -> Numbers:
        """The number at a place of the others, sorted, for each seed that is left out."""
        return np.asarray(np.take_along_axis(ordered, place + (rank <= place), -2), np.float64)

    return np.asarray((without((n - 2) // 2) + without((n - 1) // 2)).argmax(-1))
