"""An interpolated k-gram model of characters, Witten-Bell smoothed: the yardstick for an LSTM.

    p_n(x | ctx) = (count(ctx, x) + kinds(ctx) * p_{n-1}(x | shorter ctx)) / (count(ctx) + kinds(ctx))

from p_0 uniform over the alphabet up to n = k, where kinds(ctx) is the number of different characters seen after ctx
(Witten and Bell, The zero-frequency problem, IEEE Trans. Inf. Theory 37(4), 1991; method C, interpolated).
An n-gram is one 64-bit number, the tables are sorted arrays: counting ten million characters takes a second per order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from softgate.text.alphabet import BOUNDARY, Ids

__all__ = ["KGram", "gram_codes", "look_up"]


@dataclass(frozen=True)
class _Order:
    """The n-grams of one length: sorted codes and how often each was seen, and the same for their contexts."""

    grams: Ids
    seen: Ids
    contexts: Ids
    total: Ids
    kinds: Ids


class KGram:
    """Counts of all n-grams up to length k over documents of ids in 0..size-1."""

    def __init__(self, documents: Sequence[Ids], size: int, k: int = 6):
        if k < 1 or size**k >= 2**63:
            raise ValueError(f"expected k from 1 to {int(62 / np.log2(size))} for an alphabet of {size}, got {k}")
        self.size, self.k = size, k
        stream, targets = self._stream(documents)
        self._orders = [self._count(self._codes(stream, targets, n), size) for n in range(1, k + 1)]

    def probabilities(self, documents: Sequence[Ids], k: int | None = None) -> NDArray[np.float64]:
        """p(character | up to k-1 characters before it) for every character of `documents`, [T]."""
        return self._by_order(documents, self.k if k is None else k)[-1]

    def bits(self, documents: Sequence[Ids]) -> list[float]:
        """Bits a character over `documents` for every length from 1 to k."""
        return [float(-np.log2(p).mean()) for p in self._by_order(documents, self.k)]

    def _by_order(self, documents: Sequence[Ids], k: int) -> list[NDArray[np.float64]]:
        stream, targets = self._stream(documents)
        p = np.full(len(targets), 1.0 / (self.size - 1))  # BOUNDARY is never predicted
        found = []
        for n, order in enumerate(self._orders[:k], start=1):
            gram = self._codes(stream, targets, n)
            context, is_known = look_up(order.contexts, gram // self.size)
            place, is_seen = look_up(order.grams, gram)
            count = np.where(is_seen, order.seen[place], 0)
            kinds, total = order.kinds[context], order.total[context]
            p = np.where(is_known, (count + kinds * p) / (total + kinds), p)
            found.append(p)
        return found

    def _stream(self, documents: Sequence[Ids]) -> tuple[Ids, Ids]:
        """All documents after one another, with enough boundaries between them to fill a context, and where
        their characters are. A leading boundary of a document's own is dropped."""
        pad = np.full(self.k, BOUNDARY, dtype=np.int64)
        parts = [part for ids in documents for part in (pad, ids[1:] if len(ids) and ids[0] == BOUNDARY else ids)]
        stream = np.concatenate([*parts, pad])
        return stream, np.flatnonzero(stream != BOUNDARY)

    def _codes(self, stream: Ids, targets: Ids, n: int) -> Ids:
        return gram_codes(stream, targets, n, self.size)

    @staticmethod
    def _count(codes: Ids, size: int) -> _Order:
        if not len(codes):  # one that never occurs, so that look-ups have somewhere to land
            none, one = np.array([-1]), np.array([1])
            return _Order(none, one, none, one, one)
        grams, seen = np.unique(codes, return_counts=True)
        contexts, first = np.unique(grams // size, return_index=True)
        kinds = np.diff(np.append(first, len(grams)))
        return _Order(grams, seen, contexts, np.add.reduceat(seen, first), kinds)


def gram_codes(stream: Ids, targets: Ids, n: int, size: int) -> Ids:
    """One number for the n ids of `stream` that end at each of `targets`, below size**n."""
    codes = np.zeros(len(targets), dtype=np.int64)
    for back in range(n - 1, -1, -1):
        codes = codes * size + stream[targets - back]
    return codes


def look_up(table: Ids, keys: Ids) -> tuple[Ids, NDArray[np.bool_]]:
    """Where each key is in the sorted `table`, and whether it is there at all; some valid place if it is not."""
    place = np.minimum(np.searchsorted(table, keys), len(table) - 1)
    return place, table[place] == keys
