"""Tasks of which it is known what they demand of a memory: ``sg.tasks.names()``, ``sg.tasks.get("adding", steps=100)``.

A task makes batches, the same on every machine, and scores answers. A family is a frozen dataclass in a small file of
its own, its options are the fields; :class:`Task` has what all of them share. :mod:`softgate.tasks.formal` has the
languages of :mod:`softgate.limits`, of which anbn, anbncn and dyck1 are made.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np

from softgate.errors import ShapeError, UnknownNameError
from softgate.tasks.task import Batch, Task, TaskError

__all__ = ["Batch", "Task", "TaskError", "family", "get", "names", "stack"]

# The order is from one bit to many: what stands together is compared. A module is loaded when one of its is asked for.
_FAMILIES = {
    "parity": "bits.Parity",
    "flipflop": "bits.FlipFlop",
    "signed_walk": "bits.SignedWalk",
    "anbn": "counting.Anbn",
    "anbncn": "counting.Anbncn",
    "dyck1": "brackets.Dyck1",
    "dyck2": "brackets.Dyck2",
    "shuffle2": "brackets.Shuffle2",
    "shuffle4": "brackets.Shuffle4",
    "pulse_timing": "timing.PulseTiming",
    "adding": "numbers.Adding",
    "multiplication": "numbers.Multiplication",
    "copy": "memory.Copy",
    "delayed_recall": "memory.DelayedRecall",
    "temporal_order": "order.TemporalOrder",
    "temporal_order3": "order.TemporalOrder3",
    "embedded_reber": "reber.EmbeddedReber",
    "continual_reber": "reber.ContinualReber",
    "digits": "digits.Digits",
    "text": "characters.Text",
    "series": "measured.Series",
}


def names() -> list[str]:
    """The tasks, from those of one bit to those of the world."""
    return list(_FAMILIES)


def family(name: str) -> type[Task]:
    """The class of a task: its facts, and its options as fields.

    Raises:
        UnknownNameError: there is none of that name.
    """
    if name not in _FAMILIES:
        raise UnknownNameError("task", name, names())
    module, _, found = _FAMILIES[name].partition(".")
    chosen: type[Task] = getattr(import_module(f"{__name__}.{module}"), found)
    return chosen


def get(task: str, **options: Any) -> Task:
    """A task by its name, with options set; ``get(**task.spec)`` gives the same task again.

    Raises:
        UnknownNameError: for a task or an option that does not exist, listing the near names.
        TaskError: for a value that an option cannot have.
    """
    return family(task)().replace(**options)


def stack(batches: Sequence[Batch]) -> Batch:
    """Batches of N nets as one: x [N, T, B, I] and so on, the shorter ones padded with steps that do not count.

    Raises:
        ShapeError: there are none, or they differ in more than T.
    """
    shapes = {(b.x.shape[1:], b.target.shape[1:]) for b in batches}
    if len(shapes) != 1:
        raise ShapeError(f"stack: expected batches that differ in nothing but T, got those of {len(shapes)} shapes")
    T = max(len(b.x) for b in batches)

    def padded(arrays: Sequence[Any]) -> Any:
        return np.stack([np.pad(a, [(0, T - len(a))] + [(0, 0)] * (a.ndim - 1)) if len(a) < T else a for a in arrays])

    return Batch(*(padded(arrays) for arrays in zip(*batches, strict=True)))
