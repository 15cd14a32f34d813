"""Scores of predictions that were made without the steps they are judged on.

The scores are those of :mod:`softgate.track`: the area under the ROC curve for yes or no, a rank correlation for a
number, each computed within a fold and averaged over the folds by their size. Beside a score stand

* an interval: pieces (whole sequences, or stretches) drawn anew with repetition, the same draws for all predictions;
* chance: the same score when the label is shifted in a circle within every unbroken stretch, which keeps its rhythm;
* the score away from events: only at steps where the label last changed longer ago than a short look
  back can see.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from softgate.probes.folds import Fold
from softgate.track import auc, graded, ranks, weighted_score

Floats = NDArray[np.float64]

DRAWS = 200
SHIFTS = 200
LEAST_AWAY = 20
"""Fewer steps than these of either kind away from events are not scored."""


@dataclass(frozen=True)
class Score:
    """How well something follows a label.

    Attributes:
        value: AUC or rank correlation.
        interval: 95 of 100 values lie here when pieces are drawn anew.
        chance: 19 of 20 circular shifts of the label stay under this.
        p: share of shifts that do at least as well, the label itself counted in; 1 where there is no value.
        away: the value at steps away from events; NaN where there are too few.
    """

    value: float
    interval: tuple[float, float]
    chance: float
    p: float
    away: float


@dataclass(frozen=True)
class Judge:
    """The truth in each fold.

    Attributes:
        folds: what is judged.
        label: [N].
        binary: whether it is yes or no.
        pieces: [N], what is drawn anew.
        away: [N], the steps away from events.
        seed: of draws and shifts.
    """

    folds: Sequence[Fold]
    label: Floats
    binary: bool
    pieces: NDArray[np.int64]
    away: NDArray[np.bool_]
    seed: int = 0

    def score(self, predicted: Sequence[Floats]) -> Score:
        """The score of a prediction for the test steps of every fold."""
        draws = self.draws(predicted)
        low, high = np.nanquantile(draws, [0.025, 0.975]) if self._varied(draws) else (math.nan, math.nan)
        value = self._mean([self._score(p, self.label[f.test]) for p, f in self._pairs(predicted)])
        shifted = self._shifts(predicted)
        return Score(
            value,
            (float(low), float(high)),
            float(np.quantile(shifted, 0.95)),
            float((1 + (shifted >= value).sum()) / (1 + len(shifted))) if math.isfinite(value) else 1.0,
            self._away(predicted),
        )

    def _varied(self, draws: Floats) -> bool:
        """Whether draws say how sure a score is: not where all of one kind is in one piece, which comes or does not."""
        if not np.isfinite(draws).any():
            return False
        if not self.binary:
            return True
        places = np.concatenate([f.test for f in self.folds])
        kinds = [self.pieces[places][self.label[places] == kind] for kind in (0, 1)]
        return all(len(np.unique(kind)) > 1 for kind in kinds)

    def draws(self, predicted: Sequence[Floats]) -> Floats:
        """The value for each of the draws, [DRAWS]; paired over predictions."""
        known, place = np.unique(self.pieces, return_inverse=True)
        random = np.random.default_rng(self.seed)
        scorers = [(weighted_score(p, self.label[f.test], self.binary), f) for p, f in self._pairs(predicted)]
        found = np.empty(DRAWS)
        for k in range(DRAWS):
            times = np.bincount(random.integers(len(known), size=len(known)), minlength=len(known))
            weights = [times[place[f.test]].astype(np.float64) for _, f in scorers]
            values = [s(w) if w.any() else math.nan for (s, _), w in zip(scorers, weights, strict=True)]
            found[k] = _average(values, [float(w.sum()) for w in weights])
        return found

    def _pairs(self, predicted: Sequence[Floats]) -> list[tuple[Floats, Fold]]:
        """Predictions and folds that have both kinds of the label."""
        both = zip(predicted, self.folds, strict=True)
        return [(p, f) for p, f in both if len(f.test) and np.ptp(self.label[f.test]) > 0]

    def _mean(self, values: Sequence[float]) -> float:
        folds = [f for f in self.folds if len(f.test) and np.ptp(self.label[f.test]) > 0]
        return _average(values, [float(len(f.test)) for f in folds])

    def _score(self, predicted: Floats, label: Floats) -> float:
        return auc(predicted, label) if self.binary else graded(predicted, label)

    def _shifts(self, predicted: Sequence[Floats]) -> Floats:
        """The value for each of many circular shifts. Ranks shift with what they are ranks of."""
        random = np.random.default_rng(self.seed + 1)
        found: list[Floats] = []
        for p, fold in self._pairs(predicted):
            label = self.label[fold.test]
            mine = ranks(p) - (len(p) + 1) / 2
            wanted = label if self.binary else ranks(label) - (len(label) + 1) / 2
            yes = float(label.sum())
            scale = yes * (len(label) - yes) if self.binary else float(wanted @ wanted)
            parts = np.split(wanted, fold.ends[:-1])
            scores = np.empty(SHIFTS)
            for k in range(SHIFTS):
                moved = np.concatenate([np.roll(part, random.integers(max(1, len(part)))) for part in parts])
                scores[k] = (0.5 if self.binary else 0.0) + float(mine @ moved) / scale
            found.append(scores * len(label))
        if not found:
            return np.full(SHIFTS, math.nan)
        total: Floats = np.sum(found, axis=0) / sum(len(f.test) for _, f in self._pairs(predicted))
        return total

    def _away(self, predicted: Sequence[Floats]) -> float:
        values, sizes = [], []
        for p, fold in self._pairs(predicted):
            far = self.away[fold.test]
            label = self.label[fold.test][far]
            enough = len(label) >= 2 * LEAST_AWAY and np.ptp(label) > 0
            if enough and self.binary:
                enough = LEAST_AWAY <= label.sum() <= len(label) - LEAST_AWAY
            if enough:
                values.append(self._score(p[far], label))
                sizes.append(float(len(label)))
        return _average(values, sizes)


def _average(values: Sequence[float], sizes: Sequence[float]) -> float:
    """The mean of what is a number, by size."""
    kept = [(v, s) for v, s in zip(values, sizes, strict=True) if math.isfinite(v)]
    total = sum(s for _, s in kept)
    return sum(v * s for v, s in kept) / total if total else math.nan


def away_from_events(label: Floats, lengths: Sequence[int], steps: int) -> NDArray[np.bool_]:
    """Steps, [N], at which `label` last changed, or its sequence began, at least `steps` steps ago."""
    changed = np.append(True, label[1:] != label[:-1])
    changed[np.cumsum([0, *lengths])[:-1]] = True
    index = np.arange(len(label))
    last = np.maximum.accumulate(np.where(changed, index, 0))
    far: NDArray[np.bool_] = index - last >= steps
    return far
