"""What the units of a model know about the text: walks a model over labelled documents and asks `softgate.track`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from softgate.text.alphabet import Alphabet
from softgate.text.corpus import Document
from softgate.text.labels import LABELS, Label, Series, columns, label_document
from softgate.track import Half, Tracked, track
from softgate.train.model import CharacterModel
from softgate.train.observe import GATES, Saturation, SaturationCount, walk

__all__ = [
    "LabelFinding",
    "Labelled",
    "Tracking",
    "half_of",
    "label_documents",
    "parts_of",
    "states_of",
    "track_labels",
]

LONGEST = 4096
MOST_NUMBERS = 60_000_000


@dataclass(frozen=True)
class Labelled:
    """A document with what is known about each of its characters."""

    document: Document
    labels: dict[str, Series]


@dataclass(frozen=True)
class LabelFinding:
    """The unit that tracks a label best, in the trained model and in a twin that was never trained."""

    label: Label
    trained: Tracked
    twin: Tracked

    @property
    def apart(self) -> bool:
        """Whether the intervals of the two do not overlap, the trained unit being ahead."""
        return self.trained.interval[0] > self.twin.interval[1]


@dataclass(frozen=True)
class Tracking:
    """What was found for every label, and on what."""

    findings: tuple[LabelFinding, ...]
    saturation: tuple[Saturation, ...]
    files: int
    offered: int
    """Files that had labels; those beyond `files` were left out, to bound the memory."""
    searched: int
    """Characters of the half that chose the units; the other half is in each finding."""
    untokenised: int
    """Held-out Python files that `tokenize` could not read."""


def label_documents(documents: Sequence[Document]) -> tuple[list[Labelled], int]:
    """Documents with labels, and how many Python files had none.

    Where nothing is Python source that tokenises, all documents are there with the labels any text has.
    """
    labelled, failed = [], 0
    for document in documents:
        labels = label_document(document.text) if document.is_python else None
        failed += document.is_python and labels is None
        if labels is not None:
            labelled.append(Labelled(document, labels))
    if not labelled:
        labelled = [Labelled(document, {"column": columns(document.text)}) for document in documents]
    return labelled, failed


def track_labels(
    model: CharacterModel, twin: CharacterModel, alphabet: Alphabet, labelled: Sequence[Labelled], failed: int = 0
) -> Tracking:
    """Find the units of `model` and of its untrained `twin` that track each label; count gates on the way."""
    units = model.lstm.hidden_size * model.lstm.num_layers
    fits = max(1, MOST_NUMBERS // (units * LONGEST))
    chosen = list(labelled[:fits])
    ids = [alphabet.document(item.document.text[:LONGEST]) for item in chosen]
    parts = parts_of([len(item) - 1 for item in ids])
    count = SaturationCount()
    found: list[list[tuple[Label, Tracked]]] = []
    for network, counted in ((model, count), (twin, None)):
        states = states_of(network, ids, counted)
        search, judge = (half_of(states, side) for side in parts)
        found.append([])
        for label in LABELS:
            if label.name in chosen[0].labels:
                series = [item.labels[label.name] for item in chosen]
                wanted = tuple(np.concatenate([series[k][a:b] for k, a, b in side]) for side in parts)
                best = track(search, judge, (wanted[0], wanted[1]), label.binary)
                if best is not None:
                    found[-1].append((label, best))
    findings = tuple(LabelFinding(label, mine, its) for (label, mine), (_, its) in zip(*found, strict=True))
    searched = sum(stop - start for _, start, stop in parts[0])
    return Tracking(findings, tuple(count.result()), len(chosen), len(labelled), searched, failed)


Part = tuple[int, int, int]


def parts_of(lengths: Sequence[int]) -> tuple[list[Part], list[Part]]:
    """(document, from, to) on either side: every other document, or the two halves of a single one."""
    if len(lengths) == 1:
        middle = lengths[0] // 2
        return [(0, 0, middle)], [(0, middle, lengths[0])]
    whole = [(index, 0, length) for index, length in enumerate(lengths)]
    return whole[::2], whole[1::2]


def states_of(
    model: CharacterModel, ids: Sequence[NDArray[np.int64]], count: SaturationCount | None
) -> list[NDArray[np.float32]]:
    """The cell state of all units of all layers, after each character of each document: [T, layers * H] each."""
    units = model.lstm.hidden_size
    states = [np.empty((len(item) - 1, units * model.lstm.num_layers), dtype=np.float32) for item in ids]
    for piece in walk(model, ids, ("c",) if count is None else ("c", *GATES)):
        if count is not None:
            count.add(piece)
        for lane, (index, length) in enumerate(zip(piece.documents, piece.lengths, strict=True)):
            for layer in range(model.lstm.num_layers):
                place = slice(layer * units, (layer + 1) * units)
                values = piece.signals[f"l{layer}.c"][:length, lane]
                states[index][piece.start : piece.start + length, place] = values.numpy()
    return states


def half_of(states: Sequence[NDArray[np.float32]], parts: Sequence[Part]) -> Half:
    """The states of some parts of the documents, one after the other."""
    values = np.concatenate([states[index][start:stop] for index, start, stop in parts])
    ends = np.cumsum([stop - start for _, start, stop in parts])
    return Half(values, [int(end) for end in ends])
