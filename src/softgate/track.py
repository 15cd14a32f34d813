"""Which unit follows a known quantity, judged on files that it was not chosen on.

The score of a unit is a rank statistic, since nothing says that a unit should be linear in what it tracks: the area
under the ROC curve for a yes-or-no label (0.5 is chance, 1 perfect), a rank correlation for a number (0 is chance).
That is the covariance of the ranks over the variance of the label's: Spearman's correlation where nothing is tied, and
1 for every unit that puts the label's levels in order, however it differs within one; Spearman's own gives such a unit
of a label that is mostly zero 0.8. It is 2 CPA - 1 of Gneiting and Walz (2022, Machine Learning 111, 2769), and, of a
label of two values, 2 AUC - 1.
Unit and sign are chosen on one half of the files, the score is that of the other half. Beside it stand others: what
chance gives, by shifting the label in a circle within each file, which keeps its rhythm; and the best that a straight
line through all units at once can do. The caller adds the best unit of an untrained twin, chosen in the same way.

A score says that a unit *correlates* with a label. It does not say that the network uses it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["Half", "Tracked", "auc", "centred_scores", "graded", "interval", "ranks", "track", "weighted_score"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.generic]


@dataclass(frozen=True)
class Half:
    """The states of all units over half of the files, [N, H], and where each file ends."""

    values: NDArray[np.float32]
    ends: Sequence[int]

    @cached_property
    def ranked(self) -> NDArray[np.float32]:
        """Ranks of each unit's values less their mean, [N, H]."""
        found = np.empty_like(self.values)
        for unit, column in enumerate(self.values.T):
            found[:, unit] = ranks(column) - (len(column) + 1) / 2
        return found

    @cached_property
    def standard(self) -> NDArray[np.float32]:
        """Each unit's values, less their mean, over their spread, [N, H]."""
        found: NDArray[np.float32] = (self.values - self.values.mean(0)) / (self.values.std(0) + 1e-6)
        return found


@dataclass(frozen=True)
class Tracked:
    """The unit that best tracks a label, and how well it does on files that it was not chosen on."""

    unit: int
    sign: int
    score: float
    found: float
    """Its score on the half it was chosen on."""
    chance: float
    """The score that 19 of 20 circular shifts of the label stay under."""
    probe: float
    """The score of a linear fit to all units together."""
    characters: int
    """How many characters of the judging half were scored."""
    best: tuple[int, ...]
    """The best units of the half that chose, in order."""
    interval: tuple[float, float] = (math.nan, math.nan)
    """Where 95 of 100 scores lie when the files of the judging half are drawn anew, with repetition."""


def ranks(values: Numbers) -> Floats:
    """Ranks of the entries of [N], from 1; ties share the mean of theirs."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    first = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    ends = np.append(first[1:], len(values))
    found = np.empty(len(values))
    found[order] = np.repeat((first + ends + 1) / 2, ends - first)
    return found


def auc(values: Numbers, label: Numbers) -> float:
    """The chance that a value [N] where `label` is true exceeds one where it is false; NaN without both kinds."""
    return float(_auc(ranks(values)[:, None] - (len(values) + 1) / 2, label)[0])


def graded(values: Numbers, label: Numbers) -> float:
    """The rank correlation of values [N] with a label [N] whose ties cost nothing; NaN if the label never changes."""
    return float(_graded(ranks(values)[:, None] - (len(values) + 1) / 2, label)[0])


def _auc(centred: NDArray[np.floating], label: Numbers) -> Floats:
    """Areas under the curve of centred ranks [N, H] for a label [N], [H]."""
    yes = label.astype(bool)
    pairs = float(yes.sum()) * float((~yes).sum())
    with np.errstate(invalid="ignore", divide="ignore"):
        area: Floats = 0.5 + centred[yes].sum(0, dtype=np.float64) / np.float64(pairs)
    return area


def _graded(centred: NDArray[np.floating], label: Numbers) -> Floats:
    """Rank correlations of centred ranks [N, H] with a label [N], [H]."""
    wanted = ranks(label) - (len(label) + 1) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        slope: Floats = wanted @ centred / np.float64(wanted @ wanted)
    return slope


def centred_scores(centred: NDArray[np.floating], label: Numbers, binary: bool) -> Floats:
    """Scores of centred ranks [N, H] for a label [N], less what chance gives, [H]; NaN where there is none."""
    return _auc(centred, label) - 0.5 if binary else _graded(centred, label)


def track(search: Half, judge: Half, labels: tuple[Numbers, Numbers], binary: bool, seed: int = 0) -> Tracked | None:
    """The unit that follows the first of `labels`, [N], best on `search`, scored on `judge` against the second.

    None where a half has no character, or shows one value of the label only.
    """
    chosen_by, judged_by = labels
    if not (chosen_by.size and judged_by.size and np.ptp(chosen_by) and np.ptp(judged_by)):
        return None
    score, middle = (_auc, 0.5) if binary else (_graded, 0.0)
    scores = centred_scores(search.ranked, chosen_by, binary)
    order = np.argsort(-np.nan_to_num(np.abs(scores), nan=-1.0), kind="stable")
    unit = int(order[0])
    sign = 1 if scores[unit] >= 0 else -1

    def judged(values: Numbers, label: Numbers = judged_by) -> float:
        return float(score((ranks(values) - (len(values) + 1) / 2)[:, None], label)[0])

    mine = ranks(sign * judge.values[:, unit])
    centred = (mine - mine.mean())[:, None]
    return Tracked(
        unit=unit,
        sign=sign,
        score=float(score(centred, judged_by)[0]),
        found=float(middle + abs(scores[unit])),
        chance=float(np.quantile([score(centred, moved)[0] for moved in _shifted(judged_by, judge.ends, seed)], 0.95)),
        probe=judged(_linear(search, chosen_by, judge)),
        characters=len(judged_by),
        best=tuple(int(index) for index in order[:4]),
        interval=interval(sign * judge.values[:, unit], judged_by, judge.ends, binary, seed),
    )


def _shifted(label: Numbers, ends: Sequence[int], seed: int, times: int = 100) -> list[Numbers]:
    """`label` [N], shifted in a circle within each file by a random amount, `times` times."""
    random = np.random.default_rng(seed)
    parts = [part for part in np.split(label, ends[:-1]) if len(part)]
    return [np.concatenate([np.roll(part, random.integers(len(part))) for part in parts]) for _ in range(times)]


FEW = 5
STRETCH = 256


def interval(
    values: Numbers, label: Numbers, ends: Sequence[int], binary: bool, seed: int, times: int = 100
) -> tuple[float, float]:
    """A bootstrap over files, 95 %; where they are fewer than five, over stretches of 256 characters."""
    lengths = np.diff(np.array([0, *ends]))
    if len(lengths) < FEW:
        lengths = np.array([min(STRETCH, n - k) for n in lengths for k in range(0, n, STRETCH)])
    piece = np.repeat(np.arange(len(lengths)), lengths)
    random = np.random.default_rng(seed)
    score = weighted_score(values, label, binary)
    found = []
    for _ in range(times):
        drawn = np.bincount(random.integers(len(lengths), size=len(lengths)), minlength=len(lengths))
        found.append(score(drawn[piece].astype(np.float64)))
    kept = [score for score in found if math.isfinite(score)]
    low, high = np.quantile(kept, [0.025, 0.975]) if kept else (math.nan, math.nan)
    return float(low), float(high)


def weighted_score(values: Numbers, label: Numbers, binary: bool) -> Callable[[Floats], float]:
    """A function from weights [N] to the score of `values` [N] for `label` [N] when each step counts by its weight."""
    rank, other = _weighted_ranks(values), _weighted_ranks(label)
    yes = label.astype(bool)

    def score(weight: Floats) -> float:
        mine = rank(weight)
        with np.errstate(invalid="ignore", divide="ignore"):
            if binary:
                inside = weight[yes].sum()
                area = (weight[yes] @ mine[yes] - inside**2 / 2) / (inside * (weight.sum() - inside))
                return float(area)
            a, b = (ranked - weight @ ranked / weight.sum() for ranked in (mine, other(weight)))
            return float(weight @ (a * b) / (weight @ b**2))

    return score


def _weighted_ranks(values: Numbers) -> Callable[[Floats], Floats]:
    """A function from weights [N] to the ranks of `values` [N] when each counts by its weight; ties share theirs."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    changes = np.append(True, ordered[1:] != ordered[:-1])
    first, group = np.flatnonzero(changes), np.cumsum(changes) - 1

    def ranked(weight: Floats) -> Floats:
        sums = np.add.reduceat(weight[order], first)
        found = np.empty(len(values))
        found[order] = (np.cumsum(sums) - sums / 2)[group]
        return found

    return ranked


def _linear(search: Half, label: Numbers, judge: Half, ridge: float = 1e-3) -> Floats:
    """A ridge fit of `label` to all units of `search`, applied to `judge`, [N]."""
    x = search.standard
    y = label.astype(np.float32)
    gram = (x.T @ x).astype(np.float64) + ridge * len(x) * np.eye(x.shape[1])
    weights = np.linalg.solve(gram, (x.T @ (y - y.mean())).astype(np.float64))
    moved = (judge.values - search.values.mean(0)) / (search.values.std(0) + 1e-6)
    fitted: Floats = moved @ weights
    return fitted
