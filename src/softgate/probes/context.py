"""What can be said of a label from the last few inputs alone, without any memory: what a unit has to beat.

For ids, a k-gram of the label: its mean after each context, drawn towards that of the context one shorter, as
:mod:`softgate.text.kgram` does for characters. For real numbers, a straight line through the last k inputs.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from softgate.probes.units import Watched
from softgate.text.kgram import gram_codes, look_up

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]

GRAM = 6
LAGS = 32


@dataclass(frozen=True)
class Context:
    """The last inputs before and at every step.

    Attributes:
        k: how many.
        title: what it is, in words.
        codes: for ids, a number for each of the contexts of 1 to k ids, [N] each.
        lags: for real inputs, the last k of them, [N, k * I]; zero before the beginning of a sequence.
    """

    k: int
    title: str
    codes: tuple[Ids, ...] = ()
    lags: NDArray[np.float32] | None = None


def context(watched: Watched, k: int | None) -> Context | None:
    """The contexts of what was read; None where that is neither ids nor numbers."""
    if watched.ids is not None:
        return _grams(watched.ids, watched.lengths, GRAM if k is None else k)
    if watched.inputs is not None:
        return _lags(watched.inputs, watched.lengths, LAGS if k is None else k)
    return None


def _grams(ids: Ids, lengths: Sequence[int], k: int) -> Context:
    kinds, dense = np.unique(ids, return_inverse=True)
    size = len(kinds) + 1
    while k > 1 and size**k >= 2**63:
        k -= 1
    parts, places, at, begin = [], [], 0, 0
    for length in lengths:  # the id before the beginning of a sequence is one of its own
        parts += [np.full(k, size - 1), dense[at : at + length]]
        places.append(np.arange(begin + k, begin + k + length))
        at, begin = at + length, begin + k + length
    stream, targets = np.concatenate(parts), np.concatenate(places)
    return Context(k, f"{k}-gram", tuple(gram_codes(stream, targets, n, size) for n in range(1, k + 1)))


def _lags(inputs: Floats, lengths: Sequence[int], k: int) -> Context:
    k = max(1, min(k, max(lengths)))
    found = np.zeros((len(inputs), k, inputs.shape[1]), dtype=np.float32)
    first = np.cumsum([0, *lengths])
    for start, end in itertools.pairwise(first):
        for back in range(min(k, end - start)):
            found[start + back : end, back] = inputs[start : end - back]
    return Context(k, f"last {k} inputs", lags=found.reshape(len(inputs), -1))


def gram_means(codes: Sequence[Ids], label: Floats, train: Ids, test: Ids) -> Floats:
    """The mean of `label` after the context of each step of `test`, as counted on `train`."""
    mean = np.full(len(test), label[train].mean())
    for order in codes:
        kinds, place = np.unique(order[train], return_inverse=True)
        times, sums = np.bincount(place), np.bincount(place, weights=label[train])
        found, known = look_up(kinds, order[test])
        mean = np.where(known, (sums[found] + mean) / (times[found] + 1), mean)
    return mean
