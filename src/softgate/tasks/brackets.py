"""Languages of brackets: Dyck-1, Dyck-2, and shuffles of Dyck-1, as prediction tasks.

At every step of a word the net says which symbols may come next, as a set. An edge stands before a word and is what may
come behind a complete one. The number of pairs is uniform over the sizes, the word of one kind uniform among all of its
size; kinds are drawn evenly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from softgate.tasks.drawn import Array, Drawn, one_hot
from softgate.tasks.formal import EDGE, Language, get as language
from softgate.tasks.guess import best_words
from softgate.tasks.task import Batch, TaskError

__all__ = ["Dyck1", "Dyck2", "Shuffle2", "Shuffle4"]

_SUZGUN = (
    "Suzgun, Belinkov, Shieber and Gehrmann 2019, LSTM networks can perform dynamic counting, Deep Learning and Formal "
    "Languages (ACL workshop)"
)
_BHATTAMISHRA = (
    "Bhattamishra, Ahuja and Goyal 2020, On the ability and limitations of transformers to recognize formal languages, "
    "EMNLP"
)


class _Brackets(Drawn):
    """x is one-hot over :attr:`input_names`, [T, B, A]; the target is what may come next, as bits [T, B, A]."""

    pairs: int
    pairs_from: int
    kinds: ClassVar[int]
    kind: ClassVar[str] = "bits"
    ranges: ClassVar = {"pairs": (7, 20_000), "pairs_from": (6, 20_000)}

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.pairs < self.pairs_from:
            raise TaskError(
                f"{self.name}: expected pairs to be at least pairs_from, got pairs={self.pairs} and "
                f"pairs_from={self.pairs_from}"
            )

    @property
    def input_names(self) -> tuple[str, ...]:
        """The edge, then each kind's opening and closing bracket."""
        return language("dyck1").alphabet if self.kinds == 1 else (EDGE, *"()[]{}<>"[: 2 * self.kinds])

    @property
    def output_names(self) -> tuple[str, ...]:
        """What may come next: the symbols."""
        return self.input_names

    @property
    def inputs(self) -> int:
        """The symbols."""
        return 1 + 2 * self.kinds

    @property
    def outputs(self) -> int:
        """The symbols."""
        return 1 + 2 * self.kinds

    @property
    def steps(self) -> int:
        """The edge and the longest word."""
        return 1 + 2 * self.pairs

    @property
    def longer(self) -> tuple[dict[str, Any], ...]:
        """Words of more pairs: up to two, four and eight times as many."""
        return tuple({"pairs_from": k * self.pairs // 2 + 1, "pairs": k * self.pairs} for k in (2, 4, 8))

    @property
    def chance(self) -> float:
        """That of the best fixed answer."""
        return best_words(self.pairs_from, self.pairs, self.kinds)

    def _draw(self, random: np.random.Generator, size: int) -> Array:
        step = _words(random, random.integers(self.pairs_from, self.pairs + 1, size), self.pairs)
        of = self._kinds(random, step)
        ids = np.where(step > 0, 2 + 2 * of, np.where(step < 0, 3 + 2 * of, 0))
        return np.concatenate([np.ones((1, size), np.int64), ids])

    def _kinds(self, random: np.random.Generator, step: Array) -> Array:
        """The kind of each bracket, [2 pairs, B], of words whose steps are 1, -1, and 0 behind the end."""
        raise NotImplementedError

    def _build(self, chosen: Array) -> Batch:
        real = chosen > 0
        opens, closes = real & (chosen > 1) & (chosen % 2 == 0), real & (chosen > 1) & (chosen % 2 == 1)
        of = np.maximum(chosen - 2, 0) // 2
        can_close = self._closable(opens, closes, of)
        target = np.zeros((*chosen.shape, self.outputs), np.float32)
        target[..., 1::2] = 1
        target[..., 2::2] = can_close
        target[..., 0] = ~can_close.any(-1)
        return Batch(one_hot(chosen, self.inputs), target * real[..., None], real)

    def _closable(self, opens: Array, closes: Array, of: Array) -> Array:
        """Which kinds may be closed after each step, bool [T, B, kinds]."""
        raise NotImplementedError


class _Nested(_Brackets):
    """The innermost bracket is closed first."""

    def _kinds(self, random: np.random.Generator, step: Array) -> Array:
        return _innermost(step, random.integers(0, self.kinds, step.shape))[0]

    def _closable(self, opens: Array, closes: Array, of: Array) -> Array:
        top = _innermost(opens.astype(np.int64) - closes, of)[1]
        return np.asarray(top[..., None] == np.arange(self.kinds))


class _Shuffled(_Brackets):
    """Each kind is well-formed by itself; which of the open brackets is closed does not matter to the others.

    Known imperfection: :attr:`chance` is that of the best fixed answer in which one kind alone is ever open. There is a
    better one: a search of a minute finds 0.0003 in place of 0.0001, for two kinds of up to 20 pairs.
    """

    def _kinds(self, random: np.random.Generator, step: Array) -> Array:
        """An opening bracket's kind is drawn; a closing one is the partner of any open bracket, drawn evenly."""
        T, size = step.shape
        each = np.arange(size)
        of = random.integers(0, self.kinds, step.shape)
        which = random.random(step.shape)
        depth = np.zeros((size, self.kinds), np.int64)
        for t in range(T):
            up_to = np.cumsum(depth, axis=1)
            closed = (which[t, :, None] * up_to[:, -1:] >= up_to).sum(1)
            of[t] = np.where(step[t] < 0, closed, of[t])
            depth[each, of[t]] += step[t]
        return of

    def _closable(self, opens: Array, closes: Array, of: Array) -> Array:
        step = (opens.astype(np.int64) - closes)[..., None] * (of[..., None] == np.arange(self.kinds))
        return np.asarray(np.cumsum(step, axis=0) > 0)


@dataclass(frozen=True)
class Dyck1(_Nested):
    """One kind of brackets."""

    pairs: int = 20
    pairs_from: int = 8
    name: ClassVar = "dyck1"
    demands: ClassVar = "one counter that goes up and down, and is compared with zero at every step"
    source: ClassVar = f"Gers and Schmidhuber 2001 (prediction of sets); {_SUZGUN}"
    kinds: ClassVar = 1

    @property
    def language(self) -> Language:
        """The language, which has a string for each size n: n brackets that open and n that close."""
        return language("dyck1")


@dataclass(frozen=True)
class Dyck2(_Nested):
    """Two kinds of brackets, properly nested."""

    pairs: int = 20
    pairs_from: int = 8
    name: ClassVar = "dyck2"
    demands: ClassVar = "a stack of bits: which brackets are open, and in which order"
    source: ClassVar = f"{_SUZGUN}; Chomsky and Schützenberger 1963, The algebraic theory of context-free languages"
    kinds: ClassVar = 2


@dataclass(frozen=True)
class Shuffle2(_Shuffled):
    """Two words of Dyck-1, each with brackets of its own, shuffled into each other."""

    pairs: int = 20
    pairs_from: int = 8
    name: ClassVar = "shuffle2"
    demands: ClassVar = "two counters at once, each compared with zero, each deaf to the other's symbols"
    source: ClassVar = f"{_SUZGUN}; {_BHATTAMISHRA}"
    kinds: ClassVar = 2


@dataclass(frozen=True)
class Shuffle4(_Shuffled):
    """Four words of Dyck-1, each with brackets of its own, shuffled into each other."""

    pairs: int = 20
    pairs_from: int = 8
    name: ClassVar = "shuffle4"
    demands: ClassVar = "four counters at once, each compared with zero, each deaf to the others' symbols"
    source: ClassVar = _BHATTAMISHRA
    kinds: ClassVar = 4


def _words(random: np.random.Generator, sizes: Array, most: int) -> Array:
    """Words of one kind, uniform among those of each size n [B]: 1 and -1, [2 most, B], and 0 behind the end.

    A random cyclic order of n ups and n + 1 downs, begun behind its lowest point (cycle lemma).
    """
    T, size = 2 * most + 1, len(sizes)
    place = np.arange(T)[:, None]
    length = 2 * sizes + 1
    rank = np.argsort(np.where(place < length, random.random((T, size)), 2.0), axis=0)
    step = np.where(place < length, np.where(rank < sizes, 1, -1), 0)
    low = np.where(place < length, np.cumsum(step, axis=0), T)
    turned = np.take_along_axis(step, (place + low.argmin(0) + 1) % length, axis=0)
    return np.where(place < length - 1, turned, 0)[:-1]


def _innermost(step: Array, of: Array) -> tuple[Array, Array]:
    """The kind of each bracket when those that open have kinds `of`, and the innermost open one after each step.

    Both [T, B]; -1 where none is open.
    """
    depth = np.cumsum(step, axis=0)
    if not of.any():
        return of, np.where(depth > 0, 0, -1)
    place = np.arange(len(step))[:, None]
    opened = np.zeros_like(depth)  # where the innermost open bracket was opened
    partner = np.zeros_like(depth)  # where the bracket that is closed here was opened
    for d in range(1, int(depth.max(initial=0)) + 1):
        last = np.maximum.accumulate(np.where((step > 0) & (depth == d), place, 0), axis=0)
        opened = np.where(depth == d, last, opened)
        partner = np.where((step < 0) & (depth == d - 1), last, partner)
    kinds = np.where(step < 0, np.take_along_axis(of, partner, axis=0), of)
    return kinds, np.where(depth > 0, np.take_along_axis(of, opened, axis=0), -1)
