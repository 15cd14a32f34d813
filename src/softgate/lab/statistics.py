"""What differs, by how much, how surely, and what could have been seen: for differences that are paired by seed.

Two variants with the same seed begin with the same draw of weights and see the same data, so what is judged is the
difference of a pair. Nothing here assumes a distribution but one: that under the null a difference is as likely to be
turned round (sign flips; Fisher, 1935, The Design of Experiments, section 21). SciPy has the interval, statsmodels the
power.

Known imperfections: with n pairs no p-value is below 2^-n; the BCa interval of a median is rough for fewer than ten.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from softgate.errors import MissingExtraError, ShapeError, UnknownNameError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Numbers = NDArray[np.float64]

__all__ = [
    "Interval",
    "adjusted",
    "cliffs_delta",
    "interval",
    "p_more",
    "p_other",
    "power",
    "rank_biserial",
    "smallest_effect",
]

EXACT = 14
"""Pairs up to which every pattern of signs is tried; beyond, some that are drawn once and for all."""
CORRECTIONS = ("holm", "benjamini-hochberg", "none")


@dataclass(frozen=True)
class Interval:
    """A value and an interval for it, in the units of the data."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.4g} [{self.low:.4g}, {self.high:.4g}]"


def interval(values: ArrayLike, level: float = 0.95, resamples: int = 5000, seed: int = 0) -> Interval:
    """The median [n] and its bootstrap interval: BCa (Efron, 1987), by SciPy; the percentiles where BCa has none.

    BCa has none where the median does not move when one value is left out, as in samples with many ties.
    """
    data = _numbers(values)
    middle = float(np.median(data))
    if len(data) < 2 or np.ptp(data) == 0:
        return Interval(middle, middle, middle)
    stats = _scipy()
    import warnings

    for method in ("BCa", "percentile"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SciPy's, of the degenerate case that is handled here
            found = stats.bootstrap(
                (data,),
                np.median,
                confidence_level=level,
                n_resamples=resamples,
                method=method,
                vectorized=True,
                rng=np.random.default_rng(seed),
            ).confidence_interval
        if math.isfinite(found.low) and math.isfinite(found.high):
            break
    return Interval(middle, float(found.low), float(found.high))


def p_more(differences: ArrayLike, than: float = 0.0) -> float:
    """One-sided p of differences [n] being no more than ``than``, by sign flips of their sum; exact up to 14 pairs.

    It falls, or stays, whenever any difference grows.
    """
    data = _numbers(differences) - than
    sums = patterns(len(data), EXACT) @ data
    # A sum that is the same but for rounding counts as the same: ties make p larger, never smaller.
    count = int(np.sum(sums >= data.sum() - 1e-9 * np.abs(data).sum()))
    return count / len(sums)


def p_other(differences: ArrayLike) -> float:
    """Two-sided p of differences [n] being zero: twice the smaller of the one-sided ones."""
    data = _numbers(differences)
    return min(1.0, 2 * min(p_more(data), p_more(-data)))


def rank_biserial(differences: ArrayLike) -> float:
    """Effect size of paired differences [n], -1 to 1: the matched-pairs rank-biserial correlation.

    The sum of ranks that speak for it less the sum of those against, over all of them (Kerby, 2014, The simple
    difference formula, Comprehensive Psychology 3). Zeros are left out, ties have their mean rank; 0 if all are zero.
    """
    data = _numbers(differences)
    data = data[data != 0]
    if not len(data):
        return 0.0
    ranks = _scipy().rankdata(np.abs(data))
    return float((ranks * np.sign(data)).sum() / ranks.sum())


def cliffs_delta(a: ArrayLike, b: ArrayLike) -> float:
    """Effect size of two samples [n], [m] that are not paired, -1 to 1.

    The share of pairs in which a is larger less the share in which it is smaller (Cliff, 1993, Dominance statistics,
    Psychological Bulletin 114).
    """
    return float(np.sign(_numbers(a)[:, None] - _numbers(b)[None, :]).mean())


def adjusted(p: ArrayLike, correction: str = "holm") -> Numbers:
    """p-values [n] corrected for being many: ``"holm"``, ``"benjamini-hochberg"`` or ``"none"``.

    As statsmodels has them, whose own function collects garbage at every call, which takes longer than a study's tests.

    Raises:
        UnknownNameError: another correction.
    """
    if correction not in CORRECTIONS:
        raise UnknownNameError("correction", correction, CORRECTIONS)
    values = _numbers(p)
    if correction == "none":
        return values
    if correction == "benjamini-hochberg":
        return np.asarray(_scipy().false_discovery_control(values, method="bh"), np.float64)
    order = np.argsort(values)
    found = np.empty_like(values)
    found[order] = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1)).clip(max=1.0)
    return found


def power(effect: float, pairs: int, alpha: float = 0.05, sides: int = 1) -> float:
    """The chance of seeing an effect (mean over standard deviation of the differences) with so many pairs.

    Of the paired t test (statsmodels, TTestPower), which sign flips come close to for ten pairs and more. Zero where so
    few pairs cannot reach ``alpha`` by sign flips at all.
    """
    if pairs < 2 or sides * 2.0**-pairs > alpha:
        return 0.0
    seen = [_ttest().power(abs(effect), pairs, alpha / sides, alternative="larger")]
    if sides == 2:  # and on the other side, which of large effects is nothing, for which SciPy says NaN
        seen.append(np.nan_to_num(_ttest().power(abs(effect), pairs, alpha / 2, alternative="smaller")))
    return float(sum(seen))


def smallest_effect(differences: ArrayLike, alpha: float = 0.05, wanted: float = 0.8, sides: int = 1) -> float:
    """The smallest difference that differences [n] with this spread would have shown, in their units.

    With probability ``wanted``, at level ``alpha``. Infinite where so few pairs cannot show any.
    """
    data = _numbers(differences)
    pairs = len(data)
    if pairs < 2 or sides * 2.0**-pairs > alpha:
        return math.inf
    spread = float(np.std(data, ddof=1))
    return spread * _solved(pairs, alpha, wanted, sides) if spread > 0 else 0.0


@lru_cache
def _solved(pairs: int, alpha: float, wanted: float, sides: int) -> float:
    from scipy.optimize import brentq

    high = 0.1
    while power(high, pairs, alpha, sides) < wanted:  # far beyond, the power that statsmodels computes is NaN
        high *= 2
    return float(brentq(lambda d: power(d, pairs, alpha, sides) - wanted, 1e-6, high))


@lru_cache(maxsize=64)
def patterns(n: int, exact: int) -> Numbers:
    """Patterns of signs [P, n], the one that changes nothing first: all up to ``exact`` pairs, then as many drawn."""
    if n <= exact:
        bits = (np.arange(2**n)[:, None] >> np.arange(n)[None, :]) & 1
        return np.asarray(1.0 - 2.0 * bits, np.float64)
    drawn: Numbers = np.random.default_rng(n).integers(0, 2, (2**exact, n)).astype(np.float64) * 2 - 1
    drawn[0] = 1.0
    return drawn


def _numbers(values: ArrayLike) -> Numbers:
    data: Numbers = np.asarray(values, np.float64)
    if data.ndim != 1 or not len(data) or not np.isfinite(data).all():
        raise ShapeError(f"expected finite numbers, [n] with n > 0; got {list(data.shape)} {data.tolist()[:5]}")
    return data


def _scipy() -> Any:
    try:
        from scipy import stats
    except ImportError:
        raise MissingExtraError("scipy", "lab", "statistics of a study") from None
    return stats


def _ttest() -> Any:
    try:
        from statsmodels.stats.power import TTestPower
    except ImportError:
        raise MissingExtraError("statsmodels", "lab", "the power of a study") from None
    return TTestPower()
