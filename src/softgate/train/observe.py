"""Walking a trained model over documents: bits a character, and every signal of every unit at every character.

Documents of similar length run side by side in pieces of bounded length with the state carried, so the memory needed
does not depend on how long they are. Each document starts from the zero state.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from softgate.record import record
from softgate.text.alphabet import Ids
from softgate.train.model import CharacterModel, State

__all__ = ["GATES", "SIGNALS", "Piece", "Saturation", "bits_per_character", "recorded", "saturation", "walk"]

SIGNALS = ("i", "f", "g", "o", "c", "h")
GATES = ("i", "f", "o")
PIECE = 256
LANES = 32


@dataclass(frozen=True)
class Piece:
    """A stretch of several documents. `lengths[b]` of its steps are real in lane b, which reads document `documents[b]`
    from character `start` on."""

    documents: list[int]
    start: int
    lengths: list[int]
    nats: Tensor
    """Cost of each character, [T, B]: the one that came at this step, given all before it."""
    signals: dict[str, Tensor]
    """`"l0.c"` and so on to [T, B, H]: the state after the character that came at this step. Empty if not asked for."""


def recorded(
    model: CharacterModel, ids: Tensor, state: State | None, signals: Sequence[str]
) -> tuple[Tensor, State, dict[str, Tensor]]:
    """Run `model` on `ids` [T, B]: its logits, its state, and `signals` of each layer, `"l0.c"` to [T, B, H]."""
    names = [f"l{layer}.{signal}" for layer in range(model.lstm.num_layers) for signal in signals]
    if not names:
        return *model(ids, state), {}
    with record(model.lstm, names) as found:
        logits, after = model(ids, state)
    return logits, after, {name: found[name] for name in names}


def walk(model: CharacterModel, documents: Sequence[Ids], signals: Sequence[str] = ()) -> Iterator[Piece]:
    """Run `model` over `documents`, which begin with `BOUNDARY`, piece by piece, keeping `signals` of every layer.

    Step t of a piece is about character `start + t`: what it cost before it was read, what the signals are after.
    """
    was_training = model.training
    model.eval()
    order = sorted(range(len(documents)), key=lambda index: -len(documents[index]))
    try:
        with torch.no_grad():
            for first in range(0, len(order), LANES):
                yield from _lanes(model, documents, order[first : first + LANES], signals)
    finally:
        model.train(was_training)


def _lanes(
    model: CharacterModel, documents: Sequence[Ids], chosen: list[int], signals: Sequence[str]
) -> Iterator[Piece]:
    """The pieces of one set of documents, the longest first; lanes that have ended are dropped."""
    # BOUNDARY is read first: it predicts character 0, and is the state that character 0 meets.
    first = torch.from_numpy(np.array([documents[index][:1] for index in chosen])).T.contiguous()
    logits, state = model(first)
    before = logits[-1]
    for start in range(0, len(documents[chosen[0]]) - 1, PIECE):
        lengths = [min(PIECE, len(documents[index]) - 1 - start) for index in chosen]
        alive = [lane for lane, length in enumerate(lengths) if length > 0]
        chosen, lengths = [chosen[lane] for lane in alive], [lengths[lane] for lane in alive]
        state = (state[0][:, alive], state[1][:, alive])
        ids = torch.zeros(max(lengths), len(chosen), dtype=torch.int64)
        for lane, index in enumerate(chosen):
            ids[: lengths[lane], lane] = torch.from_numpy(documents[index][1 + start : 1 + start + lengths[lane]])
        logits, state, found = recorded(model, ids, state, signals)
        predicted = torch.cat([before[alive][None], logits[:-1]])
        cost = torch.nn.functional.cross_entropy(predicted.flatten(0, 1), ids.flatten(), reduction="none")
        yield Piece(chosen, start, lengths, cost.view_as(ids), found)
        before = logits[-1]


def bits_per_character(model: CharacterModel, documents: Sequence[Ids]) -> float:
    """Mean bits a character over all characters of `documents`, which begin with `BOUNDARY`."""
    nats, characters = 0.0, 0
    for piece in walk(model, documents):
        for lane, length in enumerate(piece.lengths):
            nats += float(piece.nats[:length, lane].sum(dtype=torch.float64))
            characters += length
    return nats / max(characters, 1) / math.log(2)


@dataclass(frozen=True)
class Saturation:
    """How often a gate is nearly shut or nearly open, a number a unit, [H]."""

    layer: int
    gate: str
    shut: NDArray[np.float64]
    """Share of the steps at which the gate is under 0.1."""
    open: NDArray[np.float64]
    """Share of the steps at which the gate is over 0.9."""
    steps: int


class SaturationCount:
    """Counts shut and open gates while a model is walked."""

    def __init__(self) -> None:
        self._counts: dict[str, NDArray[np.int64]] = {}
        self._steps = 0

    def add(self, piece: Piece) -> None:
        """Count the real steps of a piece that has signals."""
        real = torch.arange(piece.nats.shape[0])[:, None] < torch.tensor(piece.lengths)
        self._steps += sum(piece.lengths)
        for name, values in piece.signals.items():
            if name.split(".")[1] in GATES:
                chosen = values[real]
                counts = torch.stack([(chosen < 0.1).sum(0), (chosen > 0.9).sum(0)]).numpy()
                self._counts[name] = self._counts.get(name, 0) + counts

    def result(self) -> list[Saturation]:
        """The shares, gate by gate, layer by layer."""
        found = []
        for name, counts in self._counts.items():
            layer, gate = name.split(".")
            shut, opened = counts / max(self._steps, 1)
            found.append(Saturation(int(layer[1:]), gate, shut, opened, self._steps))
        return found


def saturation(model: CharacterModel, documents: Sequence[Ids]) -> list[Saturation]:
    """Shares of shut and open steps of every gate of every unit of `model` over `documents`."""
    count = SaturationCount()
    for piece in walk(model, documents, GATES):
        count.add(piece)
    return count.result()
