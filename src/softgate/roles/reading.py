"""What a model's output says of a label: a linear reading, and how far a change of the output changes what it says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from softgate.track import ranks

__all__ = ["Outputs", "Reading", "share"]

Floats = NDArray[np.float64]

READ = 0.5
"""The share of a label's variance from which on a reading of it is one; below, the output itself is compared."""
ROUNDED = 1e-6
"""A change of the output by this share of its largest value, or less, is what float32 rounds."""


def share(sums: Floats) -> Floats:
    """How much of the whole's change one unit brings about, from 0 to 1; NaN where the whole changes nothing.

    Its part along that change, less what it does besides: of a unit that goes twice as far and is held back by the
    others, the whole's change is not brought about by the unit alone.

    Args:
        sums: [3, ...]: of the unit's change times the whole's, of the unit's squared, of the whole's squared.
    """
    along, own, whole = sums
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = np.clip(np.minimum(along, 2 * along - own) / whole, 0.0, 1.0)
    return np.where(whole > 0, found, math.nan)


def _aims(values: Floats, there: NDArray[np.bool_]) -> list[Floats]:
    """The label, and its ranks: an output may be bounded where a count is not, and a leaking mode has no ranks."""
    if np.isin(values[there], (0.0, 1.0)).all():
        return [values]
    ranked = np.full(values.shape, math.nan)
    ranked[there] = ranks(values[there])
    return [values, ranked]


def _explained(said: Floats, wanted: Floats) -> float:
    """The share of the variance, from 0."""
    aim = wanted - wanted.mean() if len(wanted) else wanted
    total, left = float((aim**2).sum()), float(((said - wanted) ** 2).sum())
    return max(0.0, 1 - left / total) if total > 0 else 0.0


@dataclass(eq=False)
class Outputs:
    """What a model gave, [T, R, n], prepared for readings of any number of labels."""

    y: Floats
    _fits: dict[bytes, tuple[Floats, Floats, Floats, Floats]] = field(default_factory=dict)

    def fitted(self, rows: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats, Floats]:
        """Of the steps [T, R] that are fitted: mean and spread [n], all outputs by these [T, R, n], and the inverse
        of X'X [n, n], which the ridge keeps well away from singular."""
        key = rows.tobytes()
        if key not in self._fits:
            x = self.y[rows]
            middle, size = x.mean(0), x.std(0) + 1e-9
            whole = (self.y - middle) / size
            x = whole[rows]
            gram = x.T @ x + 1e-4 * len(x) * np.eye(x.shape[-1])
            self._fits = {key: (middle, size, whole, np.linalg.inv(gram))}
        return self._fits[key]


class Reading:
    """What a model's output says of a label: a ridge regression on one half of the sequences, checked on the other."""

    def __init__(self, outputs: Outputs, label: Floats) -> None:
        T, R, _ = outputs.y.shape
        values = label if len(label) == T else label[-T:]
        there = np.isfinite(values)
        fit = np.zeros((T, R), bool)
        fit[:, : max(1, R // 2)] = True
        self._middle, self._size, whole, inverse = outputs.fitted(fit & there)
        x = whole[fit & there]
        aims = _aims(values, there)
        z = np.stack([aim[fit & there] for aim in aims], -1)
        weights = inverse @ (x.T @ (z - z.mean(0)))
        best = int(
            np.argmax([_explained(said, aim) for said, aim in zip((x @ weights).T, (z - z.mean(0)).T, strict=True)])
        )
        self._weights = weights[:, best]
        judged = ~fit & there if R > 1 else there
        said = whole @ self._weights
        self.quality = _explained(said[judged], aims[best][judged] - z[:, best].mean())

    def _said(self, y: Floats) -> Floats:
        found: Floats = (y - self._middle) / self._size @ self._weights
        return found

    @property
    def reliable(self) -> bool:
        """Whether the label can be read off the output of sequences that the reading was not fitted on."""
        return self.quality > READ

    def sums(self, plain: Tensor, one: Tensor, whole: Tensor) -> Floats:
        """Of each row, what :func:`share` takes the sums of [3, R]; of the raw output if nothing can be read."""
        a, b, c = (t.numpy().astype(np.float64) for t in (plain, one, whole))
        if np.abs(c - a).max() <= ROUNDED * np.abs(a).max():
            c = a  # what rounding leaves of a change is none, and a share of it would be noise
        if self.reliable:
            a, b, c = (self._said(t)[..., None] for t in (a, b, c))
        parts = (b - a) * (c - a), (b - a) ** 2, (c - a) ** 2
        return np.stack([part.sum((0, 2)) for part in parts])

    def ratio(self, plain: Tensor, one: Tensor, whole: Tensor) -> float:
        """The share over all rows."""
        return float(share(self.sums(plain, one, whole).sum(1)))

    def specificities(self, plain: Tensor, changes: Sequence[Floats]) -> list[float]:
        """Of changes of the output [T, R, n]: along what is read, over that plus across it, each by its own spread."""
        norm = float(np.linalg.norm(self._weights))
        if norm == 0:
            return [0.0] * len(changes)
        way = self._weights / norm
        a = (plain.numpy().astype(np.float64) - self._middle) / self._size
        across = a - (a @ way)[..., None] * way
        spread_along = float((a @ way).std()) + 1e-12
        spread_rest = math.sqrt(float((across**2).sum(-1).mean())) + 1e-12
        found = []
        for change in changes:
            along = float(((change @ (way / self._size)) ** 2).mean())
            whole = float((change**2).mean((0, 1)) @ self._size**-2.0)
            first = math.sqrt(along) / spread_along
            rest = max(whole - along, 0.0) if whole - along > 1e-12 * whole else 0.0  # no more than rounding
            second = math.sqrt(rest) / spread_rest if a.shape[-1] > 1 else 0.0
            found.append(first / (first + second) if first + second > 0 else 0.0)
        return found
