"""Which steps fit and which are judged: whole sequences, or long stretches with a gap around them. Never shuffled.

Neighbouring steps of a sequence know nearly the same, so a step that is judged must have no neighbour that was fitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]

STRETCHES = 40
"""About so many pieces are drawn anew for an interval where there are too few sequences to draw."""


@dataclass(frozen=True)
class Fold:
    """One split. All are places in [0, N).

    Attributes:
        train: fitted on.
        test: judged on, in order.
        ends: where each unbroken stretch of `test` ends.
    """

    train: Indices
    test: Indices
    ends: tuple[int, ...]


@dataclass(frozen=True)
class Split:
    """All folds, how they were made, and the pieces that intervals draw anew, [N]."""

    folds: tuple[Fold, ...]
    kind: str
    pieces: Indices


def split(lengths: Sequence[int], count: int, gap: int) -> Split:
    """Folds of about equal size.

    Args:
        lengths: T of each sequence.
        count: how many folds; sequences stay whole if there are at least so many of them.
        gap: steps on either side of what is judged that are not fitted on, where sequences are cut.
    """
    N = sum(lengths)
    ends = np.cumsum(lengths)
    starts = ends - np.array(lengths)
    if len(lengths) >= count:
        owner = np.minimum((np.cumsum(lengths) - np.array(lengths) / 2) * count // N, count - 1).astype(np.int64)
        belongs = np.repeat(owner, lengths)
        made = []
        for k in sorted(set(owner.tolist())):
            chosen = [np.arange(starts[s], ends[s]) for s in np.flatnonzero(owner == k)]
            made.append(_fold(np.flatnonzero(belongs != k), chosen))
        kind = f"{len(made)} folds of whole sequences"
        if len(made) > 1:
            return Split(tuple(made), kind, np.repeat(np.arange(len(lengths)), lengths))
    made = []
    for k in range(count):
        near, chosen = np.zeros(N, dtype=bool), []
        for start, length in zip(starts, lengths, strict=True):
            first, last = start + length * k // count, start + length * (k + 1) // count
            chosen.append(np.arange(first, last))
            near[max(start, first - gap) : min(start + length, last + gap)] = True
        made.append(_fold(np.flatnonzero(~near), chosen))
    return Split(tuple(made), f"{count} blocks of each sequence, {gap} steps apart", _stretches(lengths, N))


def _fold(train: Indices, chosen: list[Indices]) -> Fold:
    return Fold(train, np.concatenate(chosen), tuple(int(e) for e in np.cumsum([len(c) for c in chosen])))


def _stretches(lengths: Sequence[int], N: int) -> Indices:
    """[N] as about forty pieces of equal length, none of which goes over the end of a sequence."""
    size = max(1, N // STRETCHES)
    found, first = [], 0
    for length in lengths:
        found.append(first + np.arange(length) // size)
        first = int(found[-1][-1]) + 1 if length else first
    return np.concatenate(found)
