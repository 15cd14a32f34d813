"""a^n b^n and a^n b^n c^n, as prediction tasks: what may come next, at every position of the string of size n."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from softgate.tasks.drawn import Array, one_hot
from softgate.tasks.formal import Language, get as language
from softgate.tasks.task import Batch, Task, TaskError

__all__ = ["Anbn", "Anbncn"]

_GERS = (
    "Gers and Schmidhuber 2001, LSTM recurrent networks learn simple context free and context sensitive languages, "
    "IEEE Transactions on Neural Networks 12(6)"
)
KEPT = 3
"""Of every `held_out` sizes, the one with this remainder is the tests'."""


class _Counting(Task):
    """x is one-hot over :attr:`input_names`, [T, B, A]; the target is what may come next, as bits [T, B, A].

    Sizes are uniform from `n_from` to `n`. Every `held_out`-th is kept for tests; with 0 none is, as published, and a
    test has the strings of the training. With more than one of `strings`, so many follow each other in a sequence, each
    behind an edge: what is left of one count is in the way of the next. Of those but the last, the share `cut` breaks
    off after a random symbol, so that the next edge comes in the middle of a count. Nobody can foresee where, and
    nobody is asked to: the target stays what may come next in the language.
    """

    n: int
    n_from: int
    held_out: int
    strings: int
    cut: float
    kind: ClassVar[str] = "bits"
    ranges: ClassVar = {"n": (1, 1_000_000), "n_from": (1, 1_000_000), "held_out": (0, 100), "strings": (1, 1000),
                        "cut": (0.0, 1.0)}  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        for side in (False, True):
            if not len(self.sizes(side)):
                raise TaskError(
                    f"{self.name}: no size from n_from={self.n_from} to n={self.n} is left for "
                    f"{'tests' if side else 'training'} with held_out={self.held_out}; as in "
                    f"sg.tasks.get({self.name!r}, n=50)"
                )
        if self.cut and self.strings == 1:
            raise TaskError(
                f"{self.name}: cut={self.cut:g} breaks off strings that another one follows, and strings=1 has none; "
                f"as in sg.tasks.get({self.name!r}, strings=3, cut={self.cut:g})"
            )

    @property
    def language(self) -> Language:
        """The language with its sets."""
        return language(self.name)

    @property
    def input_names(self) -> tuple[str, ...]:
        """The edge of a string, then its letters."""
        return self.language.alphabet

    @property
    def output_names(self) -> tuple[str, ...]:
        """What may come next: the symbols."""
        return self.input_names

    @property
    def inputs(self) -> int:
        """The symbols."""
        return len(self.input_names)

    @property
    def outputs(self) -> int:
        """The symbols."""
        return len(self.input_names)

    @property
    def steps(self) -> int:
        """The edge and the longest string, as often as there are strings."""
        return self.strings * (1 + len(self.language.phases) * self.n)

    @property
    def disjoint(self) -> bool:
        """Whether sizes are kept for tests."""
        return self.held_out > 0

    @property
    def chance(self) -> float:
        """Strings of different sizes have different sets, so a fixed answer is right about one size of the tests; about
        one for each string of a sequence. Of strings that broke off before their second symbol, about all of them."""
        sizes = self.sizes(test=True)
        whole = 1.0 / len(sizes)
        first = float(np.mean(1.0 / np.maximum(len(self.language.phases) * sizes - 1, 1)))  # it breaks off at once
        return max((1 - self.cut) * whole, self.cut * first) ** (self.strings - 1) * whole

    @property
    def longer(self) -> tuple[dict[str, Any], ...]:
        """Sizes beyond training, up to two, four and eight times as many, where both sides have some of them."""
        found = ({"n_from": k * self.n // 2 + 1, "n": k * self.n} for k in (2, 4, 8))
        return tuple(o for o in found if all(len(self._sizes(side, **o)) for side in (False, True)))

    def sizes(self, test: bool) -> NDArray[np.int64]:
        """The sizes of one side."""
        return self._sizes(test, self.n_from, self.n)

    def _sizes(self, test: bool, n_from: int, n: int) -> NDArray[np.int64]:
        every = np.arange(n_from, n + 1)
        if not self.held_out:
            return every
        return np.asarray(every[(every % self.held_out == KEPT % self.held_out) == test])

    def _make(self, random: np.random.Generator, size: int, test: bool) -> Batch:
        sizes = self.sizes(test)
        drawn = sizes[random.integers(0, len(sizes), (self.strings, size))]
        phases = self.language.phases
        lengths = 1 + len(phases) * drawn
        if self.cut:
            broken = (random.random(drawn.shape) < self.cut) & (np.arange(self.strings) < self.strings - 1)[:, None]
            lengths = np.where(broken, 1 + random.integers(1, lengths - 1), lengths)
        ends = np.cumsum(lengths, 0)
        begins = ends - lengths
        step = np.arange(self.steps)[:, None]
        which = np.minimum((step[:, None] >= ends).sum(1), self.strings - 1)  # the string of each step, [T, B]
        chosen = np.take_along_axis(drawn, which, 0)
        place = step - np.take_along_axis(begins, which, 0)
        phase = np.where(place > 0, 1 + (place - 1) // chosen, 0)  # 0 the edge, 1 the first symbol
        is_last = (place > 0) & (place % chosen == 0)
        real = step < ends[-1]
        ids = np.where(real, 1 + phase, 0)
        before, last = _sets(self.language)
        phase = np.where(real, phase, 0)
        target = np.where(is_last[..., None], last[phase], before[phase])
        return Batch(one_hot(ids, self.inputs), target * real[..., None], real)


@lru_cache
def _sets(found: Language) -> tuple[Array, Array]:
    """What may come next within each phase, and at its end, float32 [1 + phases, A]; the edge is a phase of its own."""
    n = 3
    sets = found.sets(found.string(n)).astype(np.float32)
    ends = np.arange(0, len(sets), n)
    return np.concatenate([sets[:1], sets[1::n]]), sets[ends]


@dataclass(frozen=True)
class Anbn(_Counting):
    """As many b as a."""

    n: int = 50
    n_from: int = 1
    held_out: int = 5
    strings: int = 1
    cut: float = 0.0
    name: ClassVar = "anbn"
    demands: ClassVar = "one counter, up and then down, right to the last step however far it went"
    source: ClassVar = _GERS


@dataclass(frozen=True)
class Anbncn(_Counting):
    """As many b and c as a."""

    n: int = 50
    n_from: int = 1
    held_out: int = 5
    strings: int = 1
    cut: float = 0.0
    name: ClassVar = "anbncn"
    demands: ClassVar = "two counters, the second filled while the first runs down"
    source: ClassVar = _GERS
