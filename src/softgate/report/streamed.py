"""The unit that tracks each label best, without keeping the states of all units: files are walked once, in pieces.

On the half that chooses, the cell states are counted into bins, apart for each combination of labels; an area under the
curve is a sum over the bins (values of one bin are ties). On the half that judges, the chosen units alone are kept, and
scored exactly. Memory: units x bins x combinations of labels, whatever the text is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from softgate.text.alphabet import Ids
from softgate.track import auc, interval
from softgate.train.model import CharacterModel
from softgate.train.observe import Piece, walk

__all__ = ["Best", "Half", "best_units"]

BINS = 512
Part = tuple[int, int, int]


@dataclass(frozen=True)
class Best:
    """The unit that tracks a label best: chosen on one half of the text, scored on the other (area under the curve)."""

    unit: int
    sign: int
    score: float
    interval: tuple[float, float]
    """95 of 100 scores when the files of the judging half are drawn anew."""


class Half:
    """Parts (document, from, to) of documents that are read from their beginning, and what is known of them."""

    def __init__(self, ids: Sequence[Ids], flags: Sequence[Mapping[str, NDArray[np.bool_]]], parts: Sequence[Part]):
        self.parts = list(parts)
        self.ids = [ids[k][: stop + 1] for k, _, stop in self.parts]
        self.starts = [start for _, start, _ in self.parts]
        self.labels = tuple(flags[0])
        place = 1 << np.arange(len(self.labels))
        bits = [place @ np.stack([flags[k][name] for name in self.labels]) for k, _, _ in parts]
        kinds = np.unique(np.concatenate([code[a:z] for code, (_, a, z) in zip(bits, parts, strict=True)]))
        self.kinds = kinds
        """Which combinations of labels there are."""
        self.code = [np.searchsorted(kinds, code) for code in bits]
        """By document, the combination at each character."""

    def having(self, label: str) -> NDArray[np.bool_]:
        """Whether each combination has a label, [K]."""
        found: NDArray[np.bool_] = (self.kinds >> self.labels.index(label)) & 1 == 1
        return found


def best_units(model: CharacterModel, search: Half, judge: Half) -> tuple[dict[str, Best], float]:
    """The best unit for each label that both halves have both ways; and bits a character over both."""
    counts, nats = _counted(model, search)
    chosen: dict[str, tuple[int, int]] = {}
    for label in search.labels:
        yes = search.having(label)
        if yes.any() and not yes.all():
            scores = _areas(counts[yes].sum(0), counts[~yes].sum(0)) - 0.5
            unit = int(np.argmax(np.abs(scores)))
            chosen[label] = (unit, 1 if scores[unit] >= 0 else -1)
    units = sorted({unit for unit, _ in chosen.values()})
    values, more = _kept(model, judge, units)
    ends = np.cumsum([stop - start for _, start, stop in judge.parts]).tolist()
    code = np.concatenate([code[a:z] for code, (_, a, z) in zip(judge.code, judge.parts, strict=True)])
    found = {}
    for label, (unit, sign) in chosen.items():
        truth = judge.having(label)[code]
        if truth.any() and not truth.all():
            mine = sign * values[units.index(unit)]
            found[label] = Best(unit, sign, auc(mine, truth), interval(mine, truth, ends, True, 0))
    characters = sum(stop - start for half in (search, judge) for _, start, stop in half.parts)
    return found, (nats + more) / max(1, characters) / math.log(2)


def _states(piece: Piece) -> NDArray[np.float32]:
    """The cell states of all layers, [T, B, layers * H]."""
    return np.concatenate([piece.signals[name].numpy() for name in sorted(piece.signals, key=_layer)], -1)


def _layer(name: str) -> int:
    return int(name.partition(".")[0][1:])


def _real(piece: Piece, half: Half) -> NDArray[np.bool_]:
    """Which steps of a piece are of the half, [T, B]."""
    steps = np.arange(piece.nats.shape[0])[:, None]
    starts = np.array([half.starts[k] for k in piece.documents]) - piece.start
    found: NDArray[np.bool_] = (steps < np.array(piece.lengths)) & (steps >= starts)
    return found


def _nats(piece: Piece, half: Half) -> float:
    return float(piece.nats.double().numpy()[_real(piece, half)].sum())


def _counted(model: CharacterModel, half: Half) -> tuple[NDArray[np.int64], float]:
    """How often each unit's state is in each bin, [K, U, BINS], for each combination of labels; and the cost."""
    units, nats = model.lstm.hidden_size * model.lstm.num_layers, 0.0
    counts = np.zeros(len(half.kinds) * units * BINS, dtype=np.int64)
    row = np.arange(units) * BINS
    for piece in walk(model, half.ids, ("c",)):
        nats += _nats(piece, half)
        real = _real(piece, half)
        t, lane = np.nonzero(real)
        code = np.array([half.code[piece.documents[b]][piece.start + at] for at, b in zip(t, lane, strict=True)], int)
        c = _states(piece)[real]
        # c / (1 + |c|) is monotonic and bounded: bins are fine where most of a memory's values are.
        place = ((c / (1 + np.abs(c)) + 1) * (BINS / 2)).astype(np.int64).clip(0, BINS - 1)
        place += row + (code * (units * BINS))[:, None]
        counts += np.bincount(place.ravel(), minlength=counts.size)
    return counts.reshape(len(half.kinds), units, BINS), nats


def _areas(yes: NDArray[np.int64], no: NDArray[np.int64]) -> NDArray[np.float64]:
    """Areas under the curve, [U], from counts [U, BINS]."""
    below = np.cumsum(no, -1) - no / 2
    found: NDArray[np.float64] = (yes * below).sum(-1) / (yes.sum(-1) * no.sum(-1).astype(np.float64))
    return found


def _kept(model: CharacterModel, half: Half, units: Sequence[int]) -> tuple[NDArray[np.float32], float]:
    """The states of some units, [len(units), N], part after part; and the cost."""
    sizes = [len(ids) - 1 for ids in half.ids]
    found, nats = [np.empty((len(units), size), dtype=np.float32) for size in sizes], 0.0
    for piece in walk(model, half.ids, ("c",)):
        nats += _nats(piece, half)
        states = _states(piece)[..., list(units)]
        for lane, (k, length) in enumerate(zip(piece.documents, piece.lengths, strict=True)):
            found[k][:, piece.start : piece.start + length] = states[:length, lane].T
    cut = [one[:, start:] for one, start in zip(found, half.starts, strict=True)]
    return np.concatenate(cut, 1), nats
