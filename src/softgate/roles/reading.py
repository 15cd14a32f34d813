"""What a model's output says of a label: a linear reading, and how far a change of the output changes what it says."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from softgate.track import ranks

__all__ = ["Reading"]

Floats = NDArray[np.float64]

READ = 0.5
"""The share of a label's variance from which on a reading of it is one; below, the output itself is compared."""


class Reading:
    """What a model's output says of a label: a ridge regression on one half of the sequences, checked on the other."""

    def __init__(self, y: Tensor, label: Floats) -> None:
        T, R, n = y.shape
        features = y.numpy().astype(np.float64)
        values = label if len(label) == T else label[-T:]
        there = np.isfinite(values)
        if not np.isin(values[there], (0.0, 1.0)).all():  # an output may be bounded where a count is not
            values = np.where(there, 0.0, math.nan)
            values[there] = ranks(label[-T:][there])
        fit = np.zeros((T, R), bool)
        fit[:, : max(1, R // 2)] = True
        x, z = features[fit & there], values[fit & there]
        self._middle, self._size = x.mean(0), x.std(0) + 1e-9
        x = (x - self._middle) / self._size
        gram = x.T @ x + 1e-4 * len(x) * np.eye(n)
        self._weights = np.linalg.solve(gram, x.T @ (z - z.mean()))
        judged = ~fit & there if R > 1 else there
        said, wanted = self._said(features)[judged], (values - z.mean())[judged]
        total = float(((wanted - wanted.mean()) ** 2).sum())
        self.quality = max(0.0, 1 - float(((said - wanted) ** 2).sum()) / total) if total > 0 else 0.0

    def _said(self, y: Floats) -> Floats:
        found: Floats = (y - self._middle) / self._size @ self._weights
        return found

    def share(self, plain: Tensor, one: Tensor, whole: Tensor) -> tuple[Floats, Floats]:
        """Numerators and denominators [R] of the share of a whole transplant; of the raw output if nothing is read."""
        a, b, c = (t.numpy().astype(np.float64) for t in (plain, one, whole))
        if self.quality > READ:
            a, b, c = (self._said(t)[..., None] for t in (a, b, c))
        up, down = ((b - a) * (c - a)).sum((0, 2)), ((c - a) ** 2).sum((0, 2))
        return up, down

    def ratio(self, plain: Tensor, one: Tensor, whole: Tensor) -> float:
        """The share over all rows."""
        up, down = self.share(plain, one, whole)
        return float(up.sum() / down.sum()) if down.sum() > 0 else 0.0

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
