"""Paired tests for variants that each choose their learning rate: the choice is part of what is tested.

Choosing shifts all pairs of a variant alike, so that flipping signs of differences says too much (up to twice alpha in
simulations). What may be turned round under the null is which variant a seed's whole sweep belongs to: so sweeps are
swapped, and the rates are chosen anew for every pattern of swaps. That is exact, whatever the rule of choosing is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from softgate.lab.statistics import patterns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

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
        swap = patterns(len(a), exact)[:, :, None] < 0
        left, right = _at_choice(np.where(swap, b, a), np.where(swap, self.by_b, by_a)), _at_choice(
            np.where(swap, a, b), np.where(swap, by_a, self.by_b)
        )  # fmt: skip
        sums = (left - right).sum(1)
        room = np.nan_to_num(np.abs(left - right).sum(1)).max()
        return float(np.mean(~(sums < sums[0] - 1e-9 * room)))


def _at_choice(values: Numbers, by: Numbers) -> Numbers:
    """[P, seeds] of values [P, seeds, rates]."""
    return np.asarray(np.take_along_axis(values, chosen_rates(by)[..., None], 2)[..., 0], np.float64)


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
