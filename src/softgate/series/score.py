"""How good a forecast is: mean squared error and the efficiency of Nash and Sutcliffe, with intervals.

NSE = 1 - MSE / variance of what was observed (Nash and Sutcliffe, 1970, J. Hydrol. 10, 282): 1 is perfect, 0 is as good
as saying the mean of the very rows that are judged. Errors of neighbouring rows are alike, so an interval is that of a
bootstrap over blocks of rows (Künsch, 1989), in which all forecasts see the same draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DRAWS = 500


@dataclass(frozen=True)
class Skill:
    """One forecast over the rows that judge.

    Attributes:
        mse: mean squared error, in the target's units squared.
        mse_interval: 95 %.
        nse: efficiency.
        nse_interval: 95 %.
        less: by how much the MSE of the network is under this one's, as a share of it, 95 %; NaN for the network.
            Minus infinity beside a forecast without any error, 0 where the network has none either.
    """

    mse: float
    mse_interval: tuple[float, float]
    nse: float
    nse_interval: tuple[float, float]
    less: tuple[float, float]


def skills(observed: Floats, forecasts: Mapping[str, Floats], against: str, seed: int = 0) -> dict[str, Skill]:
    """The skill of every forecast of `observed`, all [N]; `against` names the one that others are held against."""
    n = len(observed)
    block = max(1, min(n // 4, max(10, round(n ** (1 / 2)))))
    random = np.random.default_rng(seed)
    first = random.integers(0, n - block + 1, size=(DRAWS, -(-n // block)))
    drawn = (first[..., None] + np.arange(block)).reshape(DRAWS, -1)[:, :n]
    means = {name: ((values - observed) ** 2)[drawn].mean(1) for name, values in forecasts.items()}
    spread = observed[drawn].var(1)
    found = {}
    with np.errstate(divide="ignore", invalid="ignore"):
        for name, values in forecasts.items():
            mse = float(((values - observed) ** 2).mean())
            found[name] = Skill(
                mse,
                _span(means[name]),
                1 - mse / float(observed.var()) if observed.var() else np.nan,
                _span(1 - means[name] / spread),
                (np.nan, np.nan) if name == against else _less(means[against], means[name]),
            )
    return found


def _less(own: Floats, its: Floats) -> tuple[float, float]:
    """The interval of shares [DRAWS]; a share of nothing is none at all or minus infinity."""
    shares = np.where(its > 0, 1 - own / np.where(its > 0, its, 1), np.where(own > 0, -np.inf, 0.0))
    shares[~(np.isfinite(own) & np.isfinite(its))] = np.nan
    kept = np.sort(shares[~np.isnan(shares)])
    if not len(kept) or np.isfinite(kept).all():
        return _span(kept)
    low, high = (kept[round(q * (len(kept) - 1))] for q in (0.025, 0.975))  # between infinities there is no middle
    return float(low), float(high)


def _span(values: Floats) -> tuple[float, float]:
    kept = values[np.isfinite(values)]
    low, high = np.quantile(kept, [0.025, 0.975]) if len(kept) else (np.nan, np.nan)
    return float(low), float(high)
