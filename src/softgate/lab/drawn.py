"""Training batches that were drawn already: the variants of a study see the same data, and a process trains several.

One task at a time is kept, so much of it as fits; what does not is drawn again. Nobody may write into a batch.
"""

from __future__ import annotations

from typing import Any

from softgate.tasks.task import Batch, Task

__all__ = ["Drawn", "training"]

ROOM = 192 * 2**20
"""Bytes, of all arrays together: that of most tasks for 2000 steps of ten seeds, with 16 sequences each."""


class Drawn:
    """Batches of one task and size, by seed and index."""

    def __init__(self, room: int = ROOM) -> None:
        self.room, self.used = room, 0
        self._of: tuple[Task, int] | None = None
        self._kept: dict[tuple[int, int], Batch] = {}

    def batch(self, task: Task, seed: int, index: int, size: int) -> Batch:
        """As ``task.batch(seed, index, size)``."""
        if self._of != (task, size):
            self._of, self.used = (task, size), 0
            self._kept.clear()
        found = self._kept.get((seed, index))
        if found is None:
            found = task.batch(seed, index, size)
            weight = sum(_own(getattr(found, part, None)) for part in Batch._fields)
            if self.used + weight <= self.room:
                self.used += weight
                self._kept[seed, index] = found
        return found


def _own(array: Any) -> int:
    """Bytes that an array keeps in memory; of a view, those of what it is a view of."""
    return max(int(getattr(a, "nbytes", 0)) for a in (array, getattr(array, "base", None)))


_here = Drawn()


def training(task: Task, seed: int, index: int, size: int) -> Batch:
    """A batch of a task, from those that this process keeps."""
    return _here.batch(task, seed, index, size)
