"""Characters to ids and back. Two ids are not characters: one for what was too rare to learn, one between documents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["BOUNDARY", "UNKNOWN", "Alphabet", "Ids"]

UNKNOWN = 0
BOUNDARY = 1
FIRST = 2

Ids = NDArray[np.int64]


def code_points(text: str) -> NDArray[np.uint32]:
    """The code points of `text`, [T]."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


@dataclass(frozen=True)
class Alphabet:
    """The characters a model knows, in the order of their ids from 2 up."""

    characters: str

    @classmethod
    def of(cls, texts: Iterable[str], min_count: int = 10, max_size: int = 500) -> Alphabet:
        """The characters that occur at least `min_count` times in `texts`: at most `max_size`, the commonest first."""
        counts = np.zeros(0x110000, dtype=np.int64)
        for text in texts:
            points, times = np.unique(code_points(text), return_counts=True)
            counts[points] += times
        common = np.flatnonzero(counts >= min(min_count, max(1, int(counts.max()))))
        kept = common[np.argsort(-counts[common], kind="stable")][: max_size - FIRST]
        return cls("".join(map(chr, sorted(kept))))

    def __len__(self) -> int:
        """How many ids there are, the two special ones included."""
        return len(self.characters) + FIRST

    def encode(self, text: str) -> Ids:
        """Ids of `text`, [T]; a character that is not in the alphabet is `UNKNOWN`."""
        table = np.zeros(0x110000, dtype=np.int64)
        table[code_points(self.characters)] = np.arange(FIRST, len(self))
        return table[code_points(text)]

    def decode(self, ids: Iterable[int]) -> str:
        """The text of `ids`: `UNKNOWN` reads as the replacement character, `BOUNDARY` as nothing."""
        table = ["\ufffd", "", *self.characters]
        return "".join(table[i] for i in ids)

    def document(self, text: str) -> Ids:
        """Ids of `text` with `BOUNDARY` before it, [1 + T]."""
        return np.concatenate([np.array([BOUNDARY], dtype=np.int64), self.encode(text)])
