"""Passages of Python source with what its tokenizer knows of every character, for nets that read text (claim 11).

A passage begins at the start of a line, outside of strings, comments and brackets, so that all its labels can be known
from what is read. It is from files that no net was trained on.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from softgate.errors import SoftgateError
from softgate.tasks.drawn import one_hot
from softgate.text.labels import label_document

__all__ = ["CLASSES", "KNOWN", "Passages", "passages"]

KNOWN = ("quoted", "string", "comment", "depth")
"""The labels: inside quotes on one line, inside any string, inside a comment; how many brackets are open."""
CLASSES = (
    "other",
    "quote opens",
    "quote closes",
    "comment begins",
    "comment ends",
    "bracket opens",
    "bracket closes",
    "line ends",
)
SEQUENCES, STEPS = 48, 128

Array = NDArray[Any]


class Passages(NamedTuple):
    """x float32 [T, B, I]; target int64 [T, B]; events int64 [T, B], places in CLASSES; labels by name, [T, B]."""

    x: Array
    target: Array
    events: Array
    labels: dict[str, Array]


class _Source(NamedTuple):
    """Held-out files behind each other."""

    ids: Array
    events: Array
    labels: dict[str, Array]
    begins: Array


def passages(task: Any, seed: int, sequences: int = SEQUENCES, steps: int = STEPS) -> Passages:
    """Passages of the held-out files of a text task.

    Raises:
        SoftgateError: none of those files is Python with room for a passage.
    """
    source = _source(task, steps)
    begins = np.random.default_rng([seed, steps]).choice(source.begins, sequences)
    at = begins + np.arange(steps)[:, None]
    labels = {name: values[at] for name, values in source.labels.items()}
    return Passages(one_hot(source.ids[at] + 1, task.inputs), source.ids[at + 1], source.events[at], labels)


@lru_cache(maxsize=4)
def _source(task: Any, steps: int) -> _Source:
    ids, events, begins, labels = [], [], [], []
    place = 0
    for document in task.corpus.held_out:
        known = label_document(document.text) if document.is_python else None
        if known is None:
            continue
        ids.append(task.alphabet.encode(document.text))
        events.append(events_of(document.text, known))
        labels.append(known)
        free = (known["string"] == 0) & (known["comment"] == 0) & (known["depth"] == 0) & (known["column"] == 0)
        starts = 1 + np.flatnonzero(free)
        begins.append(place + starts[starts + steps < len(document.text)])
        place += len(document.text)
    if not sum(map(len, begins)):
        raise SoftgateError(f"passages: no held-out file is Python source with {steps + 1} characters in a row to read")
    whole = {name: np.concatenate([known[name] for known in labels]) for name in KNOWN}
    return _Source(np.concatenate(ids), np.concatenate(events), whole, np.concatenate(begins))


def events_of(text: str, known: dict[str, Array]) -> Array:
    """What happens at each character, a place in :data:`CLASSES`, [T]."""
    found = np.where(np.array([c == "\n" for c in text], bool), CLASSES.index("line ends"), 0)
    changes = (("depth", "bracket opens", "bracket closes"), ("comment", "comment begins", "comment ends"),
               ("string", "quote opens", "quote closes"))  # fmt: skip
    for label, rises, falls in changes:
        step = np.diff(known[label].astype(np.int64), prepend=0)
        found[step > 0], found[step < 0] = CLASSES.index(rises), CLASSES.index(falls)
    return found.astype(np.int64)
