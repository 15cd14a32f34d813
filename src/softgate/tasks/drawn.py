"""Tasks whose sequences are drawn, and how the tests get sequences that are never trained on.

There is no list of what was seen: the choices that make a sequence are hashed, and one hash in eight belongs to the
tests. Training draws until it has sequences of the other seven. So the two sides share nothing, whatever the seeds.
"""

from __future__ import annotations

from abc import abstractmethod
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from softgate.tasks.task import Batch, Task, TaskError

__all__ = ["Array", "Drawn", "is_for_tests", "last_step", "one_hot"]

Array = NDArray[Any]
FEWEST = 4096
"""A generated task has at least so many different sequences, or hardly any could be kept for tests."""


class Drawn(Task):
    """A task whose sequences are drawn: first choices, whole numbers, then a batch made of them."""

    @abstractmethod
    def _draw(self, random: np.random.Generator, size: int) -> Array:
        """Choices [T, size], from 1 up; 0 is padding behind the end of a sequence."""

    @abstractmethod
    def _build(self, chosen: Array) -> Batch:
        """The batch of choices [T, B], with nothing random in it."""

    def _make(self, random: np.random.Generator, size: int, test: bool) -> Batch:
        parts: list[Array] = []
        missing = size
        while missing > 0:
            drawn = self._draw(random, missing * (8 if test else 1) + missing // 6 + 8)
            drawn = drawn[:, is_for_tests(drawn) == test][:, :missing]
            parts.append(drawn)
            missing -= drawn.shape[1]
        return self._build(np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0])

    def _enough(self, sequences: float, remedy: str) -> None:
        """See that some can be kept for tests."""
        if sequences < FEWEST:
            raise TaskError(
                f"{self.name}: with these options there are only {sequences:g} different sequences, and {FEWEST} are "
                f"wanted, so that some can be kept for tests: {remedy}"
            )


def one_hot(ids: Array, size: int) -> NDArray[np.float32]:
    """Whole numbers [T, B] from 1 up as float32 [T, B, size]; 0 is all zeros."""
    table = np.zeros((size + 1, size), np.float32)
    table[1:] = np.eye(size, dtype=np.float32)
    return table[ids]


def is_for_tests(chosen: Array) -> Array:
    """Which of the sequences [T, B] are kept for tests, bool [B]; zeros at the end change nothing."""
    mixed = _weights(max(64, 1 << (len(chosen) - 1).bit_length()))[: len(chosen)] @ chosen.astype(np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):  # as SplitMix64 ends
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return np.asarray((mixed ^ (mixed >> np.uint64(31))) % np.uint64(8) == 0)


@lru_cache
def _weights(steps: int) -> Array:
    """An odd 64-bit number for each step; the first ones are the same for every number of steps."""
    return np.random.Philox(key=0).random_raw(steps) | np.uint64(1)


def last_step(steps: int, size: int) -> NDArray[np.bool_]:
    """The mask of a task of which only the last step counts, [T, B]."""
    mask = np.zeros((steps, size), np.bool_)
    mask[-1] = True
    return mask
