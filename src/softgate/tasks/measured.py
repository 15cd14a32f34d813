"""Series that were measured: forecast the next value."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from softgate.errors import MissingExtraError
from softgate.tasks import measure
from softgate.tasks.task import Batch, Task

__all__ = ["Series"]

Array = NDArray[Any]
COLUMNS = {"sunspots": "SUNACTIVITY", "co2": "co2"}
"""Of each set of statsmodels, the column that is forecast."""
RISING = ("co2",)
"""These are read and forecast as changes from one value to the next."""


@dataclass(frozen=True)
class Series(Task):
    """x is a window of the series, [T, B, 1], in units of the training part's mean and spread; the target is the next.

    The last quarter of the series is for tests. The first quarter of a window's steps does not count, for want of
    anything to go by. The values of `co2` are weekly changes; missing weeks are on the line between their neighbours.
    """

    data: str = "sunspots"
    steps: int = 32
    name: ClassVar = "series"
    demands: ClassVar = "a noisy rhythm: the phase of a cycle, kept up from values that are never twice the same"
    source: ClassVar = (
        "Yule 1927, On a method of investigating periodicities in disturbed series, Philosophical Transactions A 226; "
        "yearly sunspot numbers, and weekly CO2 at Mauna Loa, as statsmodels ships them"
    )
    kind: ClassVar = "numbers"
    measure: ClassVar = measure.MSE
    higher_is_better: ClassVar = False
    criterion: ClassVar = "an error no larger than that of Yule's linear rule from the last two values, fitted likewise"
    exact: ClassVar = False
    ranges: ClassVar = {"steps": (4, 64)}
    words: ClassVar = {"data": tuple(COLUMNS)}
    inputs: ClassVar = 1
    outputs: ClassVar = 1

    @property
    def chance(self) -> float:
        """The error of the training part's mean on the test part."""
        x = self._windows(True)
        return float(np.square(x[1:][self._counted()]).mean())

    @property
    def solved(self) -> float:
        """The error of x' = a x + b x_before + c, fitted by least squares to the training part."""
        pairs = [self._windows(test) for test in (False, True)]
        (train, wanted), (x, y) = ((self._two(w), w[1:][self._counted()].ravel()) for w in pairs)
        rule, *_ = np.linalg.lstsq(train, wanted, rcond=None)
        return float(np.square(x @ rule - y).mean())

    def _two(self, windows: Array) -> Array:
        """The last two values at each step that counts, and 1, [n, 3]."""
        now, before = windows[:-1][self._counted()].ravel(), windows[:-1][self._counted() - 1].ravel()
        return np.stack([now, before, np.ones_like(now)], axis=1)

    def _counted(self) -> NDArray[np.int64]:
        return np.arange(self.steps // 4, self.steps)

    def _windows(self, test: bool) -> Array:
        """Every window of one side, float64 [T + 1, n]."""
        return np.lib.stride_tricks.sliding_window_view(_sides(self.data)[test], self.steps + 1).T

    def _make(self, random: np.random.Generator, size: int, test: bool) -> Batch:
        windows = self._windows(test)
        chosen = windows[:, random.integers(0, windows.shape[1], size)].astype(np.float32)[..., None]
        mask = np.zeros((self.steps, size), np.bool_)
        mask[self._counted()] = True
        return Batch(chosen[:-1], chosen[1:], mask)


@lru_cache
def _sides(name: str) -> dict[bool, Array]:
    """The two parts of a series, float64 [n], in units of the first one's mean and spread."""
    try:
        module = import_module(f"statsmodels.datasets.{name}")
    except ImportError as error:
        raise MissingExtraError("statsmodels", "lab", "the task 'series'") from error

    values = np.asarray(module.load_pandas().data[COLUMNS[name]], dtype=np.float64)
    known = np.flatnonzero(np.isfinite(values))
    values = np.interp(np.arange(len(values)), known, values[known])
    values = np.diff(values) if name in RISING else values
    cut = len(values) * 3 // 4
    train = values[:cut]
    scaled = (values - train.mean()) / train.std()
    return {False: scaled[:cut], True: scaled[cut:]}
