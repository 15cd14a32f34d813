"""Which of X and Y came first, and second, and third, among distractors."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from softgate.tasks.drawn import Array, Drawn, one_hot
from softgate.tasks.task import Batch

__all__ = ["TemporalOrder", "TemporalOrder3"]

SYMBOLS = "EBabcdXY"
_X = 1 + SYMBOLS.index("X")


class _Order(Drawn):
    """A sequence begins with E and ends with B; between them are a, b, c, d, and X or Y at a few places.

    x is one-hot over :data:`SYMBOLS`, [T, B, 8]; sequences are `length` to 1.1 times `length` long, and the answer
    counts at the B.
    """

    length: int
    windows: ClassVar[tuple[tuple[int, int], ...]]  # of the X and Y, in hundredths of the length
    kind: ClassVar[str] = "classes"
    ranges: ClassVar = {"length": (30, 100_000)}
    inputs: ClassVar = 8
    criterion: ClassVar = "95 % of the test sequences are classified right"

    @property
    def outputs(self) -> int:
        """The orders."""
        return int(2 ** len(self.windows))

    @property
    def input_names(self) -> tuple[str, ...]:
        """The two ends, four distractors, X and Y."""
        return tuple(SYMBOLS)

    @property
    def output_names(self) -> tuple[str, ...]:
        """The orders, by name."""
        return tuple(map("".join, itertools.product("XY", repeat=len(self.windows))))

    @property
    def steps(self) -> int:
        """The longest sequence."""
        return self.length + self.length // 10

    @property
    def chance(self) -> float:
        """All orders are equally likely."""
        return 1 / self.outputs

    @property
    def longer(self) -> tuple[dict[str, Any], ...]:
        """Two and four times the length."""
        return tuple({"length": k * self.length} for k in (2, 4))

    def _draw(self, random: np.random.Generator, size: int) -> Array:
        ids = random.integers(1 + SYMBOLS.index("a"), _X, (self.steps, size))
        ids[0] = 1 + SYMBOLS.index("E")
        each = np.arange(size)
        for first, last in self.windows:
            place = random.integers(first * self.length // 100, last * self.length // 100 + 1, size)
            ids[place, each] = _X + random.integers(0, 2, size)
        end = random.integers(self.length, self.steps + 1, size) - 1
        ids[end, each] = 1 + SYMBOLS.index("B")
        ids[np.arange(self.steps)[:, None] > end] = 0
        return ids

    def _build(self, chosen: Array) -> Batch:
        is_mark = chosen >= _X
        rest: Array = (
            np.cumsum(is_mark[::-1], axis=0)[::-1] - is_mark
        )  # how many come later: the first is the highest bit
        order = np.where(chosen == _X + 1, 1 << rest, 0).sum(0)
        mask = chosen == 1 + SYMBOLS.index("B")
        return Batch(one_hot(chosen, 8), np.where(mask, order, 0), mask)


@dataclass(frozen=True)
class TemporalOrder(_Order):
    """Two symbols: four orders, XX, XY, YX, YY."""

    length: int = 100
    name: ClassVar = "temporal_order"
    demands: ClassVar = "two events far apart, and which was first: what the second writes must not erase the first"
    source: ClassVar = (
        "Hochreiter and Schmidhuber 1997, Long short-term memory, Neural Computation 9(8), experiment 6a: length 100 "
        "to 110, X or Y at 10 to 20 and at 50 to 60"
    )
    windows: ClassVar = ((10, 20), (50, 60))


@dataclass(frozen=True)
class TemporalOrder3(_Order):
    """Three symbols: eight orders, from three times X to three times Y."""

    length: int = 100
    name: ClassVar = "temporal_order3"
    demands: ClassVar = "three events far apart in their order: three latches, filled in turn"
    source: ClassVar = (
        "Hochreiter and Schmidhuber 1997, Long short-term memory, Neural Computation 9(8), experiment 6b: length 100 "
        "to 110, X or Y at 10 to 20, 33 to 43 and 66 to 76"
    )
    windows: ClassVar = ((10, 20), (33, 43), (66, 76))
