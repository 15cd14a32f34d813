"""Formal languages that take counting: strings, and the exact set of symbols that may come next at every position.

The prediction task is that of Gers and Schmidhuber (2001, LSTM recurrent networks learn simple context free and context
sensitive languages, IEEE Transactions on Neural Networks 12(6)): a net reads a string symbol by symbol and says, as a
set, what may come next. It is right about a string if it is right at every position of it, which is the criterion of
:func:`solved`. Every language has one string for each size n, in *phases* of one symbol each, so that the smallest n
that fails is one number for a net.

Known imperfection: :meth:`Language.rows` joins whole strings only; a string longer than the width has a row of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from softgate.errors import ShapeError, UnknownNameError

EDGE = "$"
"""The symbol before a string, and what is predicted behind its last."""


class Phase(NamedTuple):
    """A stretch of one symbol: ``count`` times n of it.

    ``before`` is the set of what may come next at each of them but the last, ``last`` the set at the last one.
    """

    symbol: str
    before: str
    last: str


@dataclass(frozen=True)
class Language:
    """A language with a string for each size n.

    Attributes:
        name: as :func:`get` knows it.
        alphabet: the symbols; the first is :data:`EDGE`. Ids are positions in it.
        phases: the string of size n: each phase's symbol n times, one phase after the other.
        first: what may come behind the edge.
        nested: whether strings other than those of the phases belong to it (Dyck-1).
    """

    name: str
    alphabet: tuple[str, ...]
    phases: tuple[Phase, ...]
    first: str
    nested: bool = False

    def string(self, n: int) -> list[int]:
        """The string of size n as ids, the edge before it: 1 + phases * n of them.

        Raises:
            ShapeError: n is less than 1.
        """
        if n < 1:
            raise ShapeError(f"{self.name}: a string has a size of 1 or more, got {n}")
        return [0, *(self.alphabet.index(p.symbol) for p in self.phases for _ in range(n))]

    def sets(self, ids: Sequence[int]) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
        """What may come next at each position of a string: bool [T, alphabet]."""
        return _dyck(ids, self.alphabet) if self.nested else self._phased(ids)

    def _phased(self, ids: Sequence[int]) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
        n = (len(ids) - 1) // len(self.phases)
        rows = [self._mask(self.first)]
        for phase in self.phases:
            rows += [self._mask(phase.before)] * (n - 1) + [self._mask(phase.last)]
        return np.array(rows, dtype=np.bool_)

    def _mask(self, symbols: str) -> list[bool]:
        return [s in symbols for s in self.alphabet]

    def mask(self, symbols: str) -> Tensor:
        """A set of symbols as bool [alphabet]."""
        return torch.tensor(self._mask(symbols))

    def words(self, sizes: Iterable[int], seed: int = 0) -> list[list[int]]:
        """Strings to train on: of every size; of a nested language as many random ones of those lengths beside."""
        chosen = list(sizes)
        found = [self.string(n) for n in chosen]
        if self.nested:
            generator = np.random.default_rng(seed)
            found += [_random_dyck(n, generator) for n in chosen]
        return found

    def rows(self, words: Iterable[Sequence[int]], width: int | None = None) -> Rows:
        """Strings, joined end to end into rows of equal length so that hardly anything is padding."""
        ordered = sorted(words, key=len, reverse=True)
        width = max(len(w) for w in ordered) if width is None else width
        rows: list[list[Sequence[int]]] = []
        room: list[int] = []
        for word in ordered:
            k = next((k for k, left in enumerate(room) if left >= len(word)), len(room))
            if k == len(room):
                rows.append([])
                room.append(max(width, len(word)))
            rows[k].append(word)
            room[k] -= len(word)
        T, B = max(sum(map(len, row)) for row in rows), len(rows)
        ids = torch.zeros(T, B, dtype=torch.int64)
        sets = torch.zeros(T, B, len(self.alphabet), dtype=torch.bool)
        real = torch.zeros(T, B, dtype=torch.bool)
        for b, row in enumerate(rows):
            t = 0
            for word in row:
                here = slice(t, t + len(word))
                ids[here, b] = torch.tensor(word)
                sets[here, b] = torch.from_numpy(self.sets(word))
                real[here, b] = True
                t += len(word)
        return Rows(ids, sets, ids == 0, real)


class Rows(NamedTuple):
    """Joined strings: ids int64 [T, B], sets bool [T, B, A], reset and real bool [T, B].

    ``reset`` is true where a string begins, ``real`` where there is one.
    """

    ids: Tensor
    sets: Tensor
    reset: Tensor
    real: Tensor


def solved(logits: Tensor, sets: Tensor) -> Tensor:
    """Where a net is right: logits [..., A] are positive for exactly the symbols of the set, bool [..., A].

    A logit of exactly zero, or one that is no number, is wrong. Returns bool [...].
    """
    return torch.where(sets, logits > 0, logits < 0).all(-1)


def _dyck(ids: Sequence[int], alphabet: tuple[str, ...]) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    steps = np.array([0, 1, -1])[np.asarray(ids)]
    depth = np.cumsum(steps)
    return np.stack([depth == 0, np.ones(len(depth), np.bool_), depth > 0], axis=-1)[:, : len(alphabet)]


def _random_dyck(n: int, generator: np.random.Generator) -> list[int]:
    """A word of n pairs, uniform among all: a random cyclic order, begun behind its lowest point (cycle lemma)."""
    steps = generator.permutation(np.array([1] * n + [-1] * (n + 1)))
    first = int(np.argmin(np.cumsum(steps))) + 1
    turned = np.concatenate([steps[first:], steps[:first]])[:-1]
    return [0, *(1 if s > 0 else 2 for s in turned)]


@lru_cache(maxsize=1)
def _all() -> dict[str, Language]:
    return {
        "anbn": Language("anbn", (EDGE, "a", "b"), (Phase("a", "ab", "ab"), Phase("b", "b", EDGE)), "a"),
        "anbncn": Language(
            "anbncn", (EDGE, "a", "b", "c"), (Phase("a", "ab", "ab"), Phase("b", "b", "c"), Phase("c", "c", EDGE)), "a"
        ),
        "dyck1": Language(
            "dyck1", (EDGE, "(", ")"), (Phase("(", "()", "()"), Phase(")", "()", "$(")), "$(", nested=True
        ),
    }


def names() -> list[str]:
    """The languages: ``anbn``, ``anbncn``, ``dyck1``."""
    return list(_all())


def get(name: str) -> Language:
    """A language by its name.

    Raises:
        UnknownNameError: there is none of that name.
    """
    if name not in _all():
        raise UnknownNameError("language", name, names())
    return _all()[name]
