"""Which unit follows a known quantity, judged on files that it was not chosen on.

The score of a unit is a rank statistic, since nothing says that a unit should be linear in what it tracks: the area
under the ROC curve for a yes-or-no label (0.5 is chance, 1 perfect), Spearman's correlation for a number (0 is chance).
Unit and sign are chosen on one half of the files, the score is that of the other half. Beside it stand three others:
the best unit of an untrained twin, chosen in the same way; what chance gives, by shifting the label in a circle within
each file, which keeps its rhythm; and the best that a straight line through all units at once can do.

A score says that a unit *correlates* with a label. It does not say that the network uses it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Half", "Tracked", "auc", "ranks", "spearman", "track"]

Floats = NDArray[np.float64]
Shaped = NDArray[np.float32]


@dataclass(frozen=True)
class Half:
    """The states of all units over half of the files, [N, H], a label, [N], and where each file ends."""

    values: Shaped
    label: NDArray[np.int16]
    ends: Sequence[int]


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
    runners_up: tuple[int, ...]
    """The next best units of the half that chose."""


def ranks(values: NDArray[np.generic]) -> Floats:
    """Ranks of the entries of [N], from 1; ties share the mean of theirs."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    first = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    ends = np.append(first[1:], len(values))
    result = np.empty(len(values))
    result[order] = np.repeat((first + ends + 1) / 2, ends - first)
    return result


def auc(values: NDArray[np.generic], label: NDArray[np.generic]) -> float:
    """The chance that a value [N] where `label` is true exceeds one where it is false; NaN where one kind is missing."""
    return _auc_of_ranks(ranks(values), label.astype(bool))


def _auc_of_ranks(ranked: Floats, label: NDArray[np.bool_]) -> float:
    yes = int(label.sum())
    no = len(label) - yes
    if not yes or not no:
        return float("nan")
    return float((ranked[label].sum() - yes * (yes + 1) / 2) / (yes * no))


def spearman(values: NDArray[np.generic], label: NDArray[np.generic]) -> float:
    """The correlation of the ranks of [N] and [N]; NaN where either never changes."""
    return _pearson(ranks(values), ranks(label))


def _pearson(a: Floats, b: Floats) -> float:
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / scale if scale > 0 else float("nan")


def track(search: Half, judge: Half, binary: bool, seed: int = 0) -> Tracked | None:
    """The unit of `search` that follows the label best, scored on `judge`; None where a half shows one value only."""
    if not (np.ptp(search.label) and np.ptp(judge.label)):
        return None
    score, middle = (_auc_of_ranks, 0.5) if binary else (_pearson, 0.0)
    prepare = _truth if binary else ranks
    wanted = prepare(search.label)
    scores = np.array([score(ranks(column), wanted) for column in search.values.T])
    strength = np.nan_to_num(np.abs(scores - middle), nan=-1.0)
    best = np.argsort(-strength, kind="stable")
    unit = int(best[0])
    sign = 1 if scores[unit] >= middle else -1
    ranked = ranks(sign * judge.values[:, unit])
    return Tracked(
        unit=unit,
        sign=sign,
        score=score(ranked, prepare(judge.label)),
        found=float(middle + strength[unit]),
        chance=_chance(ranked, prepare(judge.label), judge.ends, score, seed),
        probe=score(ranks(_linear(search, judge)), prepare(judge.label)),
        characters=len(judge.label),
        runners_up=tuple(int(index) for index in best[1:4]),
    )


def _truth(label: NDArray[np.generic]) -> NDArray[np.bool_]:
    return label.astype(bool)


def _chance(ranked, label, ends, score, seed, shifts: int = 100) -> float:  # type: ignore[no-untyped-def]
    """What 95 % of the circular shifts of `label` within files stay under, in the direction of the unit."""
    random = np.random.default_rng(seed)
    found = []
    for _ in range(shifts):
        moved = [np.roll(part, random.integers(len(part))) for part in np.split(label, ends[:-1]) if len(part)]
        found.append(score(ranked, np.concatenate(moved)))
    return float(np.quantile(found, 0.95))


def _linear(search: Half, judge: Half, ridge: float = 1e-3) -> Floats:
    """A ridge fit of the label to all units of `search`, applied to `judge`, [N]."""
    mean, spread = search.values.mean(0), search.values.std(0) + 1e-6
    x = ((search.values - mean) / spread).astype(np.float64)
    y = search.label - search.label.mean()
    weights = np.linalg.solve(x.T @ x + ridge * len(x) * np.eye(x.shape[1]), x.T @ y)
    fitted: Floats = ((judge.values - mean) / spread).astype(np.float64) @ weights
    return fitted
