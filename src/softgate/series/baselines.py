"""What a forecast has to beat: the last value, the value a season ago, and straight lines through the last rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from softgate.series.data import SeriesData
from softgate.series.scaling import latest as last_known

Floats = NDArray[np.float64]

ORDERS = (1, 4, 16, 64)
PENALTIES = (1e-4, 1e-2, 1.0)


def baselines(data: SeriesData) -> dict[str, Floats]:
    """Forecasts for every row, [T] each, in the units of the target. Nothing of the rows that judge was fitted on."""
    h = data.scaling.horizon
    known = data.target[: data.train_end]
    latest = last_known(data.target, float(np.nanmean(known)))
    if h == 0:  # what is to be said of a row must not be known from the row itself
        latest = np.append(latest[0], latest[:-1])
    found = {"persistence": latest}
    if data.period:
        back = -(-max(h, 1) // data.period) * data.period - max(h, 1)
        found[f"a season ago ({data.period} rows)"] = np.append(np.full(back, latest[0]), latest)[: len(latest)]
    inputs = data.x.astype(np.float64)
    name = data.scaling.target
    if name not in data.scaling.inputs:
        order, line = _line(data, inputs)
        found[f"linear, last {order} rows of the inputs"] = line
        scaled = (latest - np.nanmean(known)) / np.nanstd(known)
        inputs = np.column_stack([inputs, scaled])
    order, line = _line(data, inputs)
    found[f"linear AR, last {order} rows of inputs and {name}" if name not in data.scaling.inputs
          else f"linear AR, last {order} rows of the inputs"] = line  # fmt: skip
    return found


def _line(data: SeriesData, inputs: Floats) -> tuple[int, Floats]:
    """The ridge fit over the last rows of `inputs` [T, n] whose order and penalty do best on the rows that choose."""
    train, choose = data.rows(0, data.train_end), data.rows(data.train_end, data.valid_end)
    wanted = data.scaled
    best, kept = np.inf, (1, np.zeros(len(inputs)))
    for order in ORDERS:
        if order * 4 > len(train):
            break
        x = _lags(inputs, order)
        for penalty in PENALTIES:
            gram = x[train].T @ x[train] + penalty * len(train) / 100 * np.eye(x.shape[1])
            line = x @ np.linalg.solve(gram, x[train].T @ wanted[train])
            error = float(((line - wanted)[choose] ** 2).mean())
            if error < best:
                best, kept = error, (order, line)
    return kept[0], data.natural(kept[1])


def _lags(inputs: Floats, order: int) -> Floats:
    """[T, order * n + 1]: the rows up to each, the nearest first, zero before the first row, and one."""
    T = len(inputs)
    padded = np.vstack([np.zeros((order - 1, inputs.shape[1])), inputs])
    return np.column_stack([*(padded[order - 1 - back : order - 1 - back + T] for back in range(order)), np.ones(T)])
