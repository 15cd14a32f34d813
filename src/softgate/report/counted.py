"""What a unit does to the prediction: the probability of a closing quote, say, at the places where one is due.

The cell state of the unit is replaced, at every step, by a value that it has elsewhere in the text. Beside it stand
the same figures of units by lot among those whose variance is nearest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

import softgate as sg
from softgate.layers import LSTM
from softgate.report.known import Excerpts

__all__ = ["Effect", "Reader", "Rehearsal"]

Floats = NDArray[np.float64]

SEQUENCES = 32
PEERS, NEAREST = 3, 12
DRAWS = 400
FEWEST = 5
"""Places that there must be, for a figure."""


class Reader(nn.Module):
    """A character model as a function of ids [T, B] that begin with the boundary: logits [T, B, size]."""

    def __init__(self, embedding: nn.Module, lstm: LSTM, head: nn.Module):
        super().__init__()
        self.embedding, self.lstm, self.head = embedding, lstm, head

    def forward(self, ids: Tensor) -> Tensor:
        """Logits of the next id, from the zero state. A boundary at the first step resets nothing that is not zero."""
        y, _ = self.lstm(self.embedding(ids))
        logits: Tensor = self.head(y)
        return logits


@dataclass(frozen=True)
class Effect:
    """The mean probability of what is due, as the model is and with a unit's memory from elsewhere."""

    due: str
    places: int
    before: float
    after: float
    low: float
    """Where 95 of 100 mean changes lie when the places are drawn anew, with repetition: from here ..."""
    high: float
    """... to here."""
    peers: float
    """The mean change with other units of about equal variance; NaN without other units."""


class Rehearsal:
    """A model and stretches of text, to be run with one unit's memory from elsewhere."""

    def __init__(self, reader: Reader, found: Excerpts, seed: int = 0):
        self.reader, self.found, self.seed = reader, found, seed
        self.ids = found.ids[:, :SEQUENCES]
        self.due = {name: flags[:, :SEQUENCES] for name, flags in found.due.items()}
        signals = [f"lstm.l{layer}.c" for layer in range(reader.lstm.num_layers)]
        with torch.no_grad(), sg.record(reader, signals) as rec:
            self.plain = self.chances(reader(found.ids)[:, :SEQUENCES], self.ids)
        self.c = {name: rec[name].clone() for name in signals}
        """By signal, the cell states [T, all B, H]."""

    @staticmethod
    def chances(logits: Tensor, ids: Tensor) -> Floats:
        """The probability of the id that came, [T - 1, B]."""
        chance = torch.softmax(logits[:-1].double(), -1)
        found: Floats = chance.gather(-1, ids[1:, :, None])[..., 0].numpy()
        return found

    def effects(self, signal: str, unit: int) -> list[Effect]:
        """What replacing the memory of a unit does to each kind of due character."""
        random = np.random.default_rng([self.seed, unit])
        others = self.peers(signal, unit, random)
        changed = self._replaced(signal, [unit, *others], random)
        found = []
        for name, flags in self.due.items():
            at = flags[:-1]
            if int(at.sum()) < FEWEST:
                continue
            before = self.plain[at]
            change = changed[0][at] - before
            means = change[random.integers(len(change), size=(DRAWS, len(change)))].mean(1)
            low, high = np.quantile(means, [0.025, 0.975])
            peers = float(np.mean([one[at] - before for one in changed[1:]])) if others else float("nan")
            after = float(changed[0][at].mean())
            found.append(Effect(name, len(change), float(before.mean()), after, float(low), float(high), peers))
        return found

    def peers(self, signal: str, unit: int, random: np.random.Generator | None = None) -> list[int]:
        """Other units by lot, among those whose variance is nearest."""
        random = random or np.random.default_rng([self.seed, unit])
        variance = self.c[signal].flatten(0, 1).double().var(0).numpy()
        away = np.abs(np.log(variance + 1e-12) - np.log(variance[unit] + 1e-12))
        near = [int(u) for u in np.argsort(away, kind="stable") if u != unit][:NEAREST]
        return [near[k] for k in random.permutation(len(near))[:PEERS]]

    def _replaced(self, signal: str, units: Sequence[int], random: np.random.Generator) -> list[Floats]:
        """For each unit the probabilities [T - 1, B], all from one batch: the cell becomes ``c * S + A``."""
        c = self.c[signal]
        T, B, H = *self.ids.shape, c.shape[-1]
        S, A = torch.ones(T, B * len(units), H), torch.zeros(T, B * len(units), H)
        flat = c.flatten(0, 1)
        for k, unit in enumerate(units):
            rows = slice(k * B, (k + 1) * B)
            S[:, rows, unit] = 0
            A[:, rows, unit] = flat[torch.from_numpy(random.integers(len(flat), size=(T, B))), unit]
        with torch.no_grad(), sg.edit(self.reader, {signal: [sg.scale(S), sg.add(A)]}):
            ids = self.ids.repeat(1, len(units))
            found = self.chances(self.reader(ids), ids)
        return np.split(found, len(units), axis=1)
