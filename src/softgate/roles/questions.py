"""Questions to a place: trials of many units, each a value, a word of classes, and what the unit held after it.

The inputs of a word are drawn from those that the place read in that class.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from softgate.roles.candidate import Check
from softgate.roles.experiment import ROOM, Spots, respond
from softgate.roles.observe import Observed

__all__ = ["Maker", "Questions"]

Floats = NDArray[np.float64]
Maker = Callable[[Floats], Check]
"""From all answers to one check."""

PLACES = 6


@dataclass
class Questions:
    """Trials of many units, to be run as one batch: each a value, a word, and what it should have become."""

    unit: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    word: list[tuple[int, ...]] = field(default_factory=list)
    spot: list[int] = field(default_factory=list)

    def ask(self, unit: int, value: float, word: Sequence[int]) -> slice:
        """Where the answers of all places will be."""
        start = len(self.unit)
        for p in range(PLACES):
            self.unit.append(unit)
            self.value.append(float(value))
            self.word.append(tuple(word))
            self.spot.append(p)
        return slice(start, start + PLACES)

    def answers(self, seen: Observed, random: np.random.Generator) -> Floats:
        """What each unit held after its word, [R]."""
        t, b = np.nonzero(seen.classes >= 0)
        t, b = t[t >= 1], b[t >= 1]
        drawn = random.choice(len(t), PLACES, replace=len(t) < PLACES)
        at = np.asarray(self.spot)
        spots = Spots(t[drawn][at], b[drawn][at])
        lengths = np.array([len(w) for w in self.word])
        found = np.empty(len(at))
        for rows in _together(lengths, seen.x.shape[-1]):
            words = _inputs(seen, [self.word[r] for r in rows], int(lengths[rows].max()), random)
            unit, value = np.asarray(self.unit)[rows], np.asarray(self.value)[rows]
            part = respond(seen, Spots(spots.t[rows], spots.b[rows]), unit, value, words)
            found[rows] = part[lengths[rows], np.arange(len(rows))]
        return found


def _together(lengths: NDArray[np.int64], width: int) -> Iterator[NDArray[np.int64]]:
    """Trials that are run as one batch: short words need not wait for long ones, and inputs have so much room."""
    short = lengths <= np.median(lengths)
    for rows in (np.flatnonzero(short), np.flatnonzero(~short)):
        each = max(1, ROOM // (int(lengths[rows].max()) * width)) if len(rows) else 1
        yield from (rows[k : k + each] for k in range(0, len(rows), each))


def _inputs(seen: Observed, words: Sequence[Sequence[int]], longest: int, random: np.random.Generator) -> torch.Tensor:
    """Inputs [L, R, I] of each word's classes; words that end earlier are filled up with their last."""
    ids = np.array([[*w, *[w[-1]] * (longest - len(w))] for w in words]).T
    found, asked = _by_class(seen.classes), _by_class(ids)
    source = np.empty(ids.size, np.int64)
    for k, places in asked.items():
        source[places] = found[k][random.integers(len(found[k]), size=len(places))]
    t, b = np.divmod(source.reshape(ids.shape), seen.classes.shape[1])
    return seen.x[torch.from_numpy(t), torch.from_numpy(b)]


def _by_class(classes: NDArray[np.int64]) -> dict[int, NDArray[np.int64]]:
    """Where each class is, as flat indices, in one go over all of them."""
    order = np.argsort(classes, axis=None, kind="stable")
    kinds, first = np.unique(classes.ravel()[order], return_index=True)
    return dict(zip(kinds.tolist(), np.split(order, first[1:]), strict=True))
