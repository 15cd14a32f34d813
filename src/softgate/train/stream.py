"""The order of the training data: all documents end to end, cut into lanes that are read side by side.

Each lane of the batch reads one long stretch of text from left to right, so the state that is carried from chunk to
chunk fits what comes next. An epoch reshuffles the documents. The whole order follows from the seed and a position,
so a run that was killed goes on with the very next chunk.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from softgate.text.alphabet import Ids
from softgate.text.corpus import CorpusError

__all__ = ["Lanes"]


class Lanes:
    """Chunks of (ids, targets), each [T, B], from documents that begin with `BOUNDARY`."""

    def __init__(self, documents: Sequence[Ids], batch_size: int, steps: int, seed: int = 0):
        self._documents = list(documents)
        self._seed = seed
        tokens = sum(len(ids) for ids in documents)
        if tokens < 3:
            raise CorpusError(
                f"expected at least 2 characters to train on, got {max(0, tokens - len(self._documents))}"
            )
        # A small text gets fewer lanes, so that each is still several chunks long.
        self.batch_size = max(1, min(batch_size, (tokens - 1) // (4 * steps)))
        self.steps = min(steps, (tokens - 1) // self.batch_size)
        self.chunks_per_epoch = (tokens - 1) // self.batch_size // self.steps
        self._epoch: int | None = None
        self._lanes = torch.empty(0, dtype=torch.int64)

    @property
    def characters_per_chunk(self) -> int:
        """T times B."""
        return self.batch_size * self.steps

    def starts_epoch(self, chunk: int) -> bool:
        """Whether the state must not be carried into this chunk, because the lanes were laid anew before it."""
        return chunk % self.chunks_per_epoch == 0

    def chunk(self, chunk: int) -> tuple[Tensor, Tensor]:
        """Inputs and targets of chunk number `chunk` of the whole run, each [T, B]."""
        epoch, place = divmod(chunk, self.chunks_per_epoch)
        if epoch != self._epoch:
            self._lay(epoch)
        piece = self._lanes[:, place * self.steps : (place + 1) * self.steps + 1].T
        return piece[:-1].contiguous(), piece[1:].contiguous()

    def _lay(self, epoch: int) -> None:
        order = np.random.default_rng([self._seed, epoch]).permutation(len(self._documents))
        tokens = torch.from_numpy(np.concatenate([self._documents[i] for i in order]))
        length = self.chunks_per_epoch * self.steps
        self._lanes = tokens[: self.batch_size * length + 1].unfold(0, length + 1, length)
        self._epoch = epoch
