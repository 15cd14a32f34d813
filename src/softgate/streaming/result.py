"""What a signal did, unit by unit, over everything that was counted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from softgate.streaming.buffers import GATE, SUMS, Array, padded
from softgate.streaming.exact import Exact
from softgate.streaming.sums import Group, Pairs

_STILL = Fraction(1, 1 << 40)
"""A spread of less than a millionth of the size, squared, is taken for rounding."""


@dataclass(frozen=True, eq=False)
class Histogram:
    """``counts`` [H, 32] between ``edges`` [33]; the outer bins also have what lies beyond them."""

    edges: Array
    counts: Array


@dataclass(frozen=True, eq=False)
class Signature:
    """How a state moves where the input is of one class: ``c_t = a c_{t-1} + b``, fitted to ``n`` steps, unit by unit.

    Attributes:
        n: steps.
        a, b: least squares, [H]; NaN where there are fewer than two steps, or the unit held the same all the time.
        r2: share of the variance of c_t that the fit explains, [H]; NaN where c_t does not vary.
        residual: standard deviation of what it does not explain, [H].
    """

    n: int
    a: Array
    b: Array
    r2: Array
    residual: Array

    def __repr__(self) -> str:
        return f"<signature of {len(self.a)} units over {self.n} steps, median a {np.nanmedian(self.a):.3g}>"


class SignalStatistics:
    """One signal: arrays [H] in float64, over ``n`` [H] steps; what was NaN is not among them.

    A mean or variance with inf or NaN in it is NaN, as one of numpy is.
    """

    def __init__(self, name: str, group: Group, at: int, holds: tuple[Group, int] | None) -> None:
        self.name, self._group, self._at, self._holds = name, group, at, holds
        self.units = group.units

    def _of(self, array: Array) -> Array:
        return array[self._at, ..., : self.units]

    def _sums(self, exact: Exact) -> tuple[list[Fraction], Array]:
        part = Exact((self.units,))
        part.levels, part.special = exact.levels[:, self._at, : self.units], exact.special[self._at, : self.units]
        return part.fractions(), part.special

    @property
    def n(self) -> Array:
        """Steps, T times B over all calls, [H]."""
        found: Array = self._group.steps - self._of(self._group.nan)
        return found

    @property
    def mean(self) -> Array:
        """The mean: the exact sum over n, rounded once, [H]; NaN without steps."""
        total, special = self._sums(self._group.first)
        n = self._group.steps
        found = np.array([float(t / n) if n else math.nan for t in total])
        return np.where(special == 0, found, special)

    @property
    def variance(self) -> Array:
        """The variance, with n below the line, [H]."""
        total, odd = self._sums(self._group.first)
        squares, odder = self._sums(self._group.second)
        n = self._group.steps
        found = [
            float(max(s / n - (t / n) ** 2, Fraction(0))) if n else math.nan
            for t, s in zip(total, squares, strict=True)
        ]
        found_ = np.where(self.low == self.high, 0.0, found)
        return np.where((odd == 0) & (odder == 0), found_, math.nan)

    @property
    def std(self) -> Array:
        """The standard deviation, [H]."""
        found: Array = np.sqrt(self.variance)
        return found

    @property
    def low(self) -> Array:
        """The lowest value, [H]; NaN without steps."""
        return np.where(self.n > 0, self._of(self._group.low), math.nan)

    @property
    def high(self) -> Array:
        """The highest value, [H]; NaN without steps."""
        return np.where(self.n > 0, self._of(self._group.high), math.nan)

    @property
    def histogram(self) -> Histogram:
        """How often each unit was where."""
        counts = self._of(self._group.counts)
        return Histogram(self._group.rows[self._at].bins.edges, counts.T.copy())

    def _share(self, which: int) -> Array | None:
        if self._group.rows[self._at].kind < GATE:
            return None
        with np.errstate(invalid="ignore"):
            found: Array = self._of(self._group.shares)[which] / self.n
        return found

    @property
    def shut(self) -> Array | None:
        """Share of steps at which a gate is below 0.1, [H]; None for a signal that is no gate."""
        return self._share(0)

    @property
    def open(self) -> Array | None:
        """Share of steps at which a gate is above 0.9, [H]; None for a signal that is no gate."""
        return self._share(1)

    @property
    def half_life(self) -> Array | None:
        """Steps in which a state loses half of what it holds, if nothing is written, [H]; as ``rec.horizon()``.

        None for a signal that is no state, or a state without a gate that holds it. inf where nothing is lost on
        average, 0 where a step wipes all.
        """
        if self._holds is None:
            return None
        group, at = self._holds
        n, H = group.steps, self.units
        if not n:
            return np.full(H, math.nan)
        logs = Exact((H,))
        logs.levels, logs.special = group.logs.levels[:, at, :H], group.logs.special[at, :H]
        found = []
        for total, exponent in zip(logs.fractions(), group.exponents[at, :H].tolist(), strict=True):
            loss = -float((total + exponent) / n)
            found.append(1 / loss if loss > 0 else math.inf)
        wiped = np.where(group.zeros[at, :H] > 0, 0.0, found)
        return np.where(group.nan[at, :H] > 0, math.nan, wiped)

    def __repr__(self) -> str:
        more = "" if self.shut is None or self.open is None else (
            f", shut {np.nanmean(self.shut):.0%}, open {np.nanmean(self.open):.0%}"
        )  # fmt: skip
        mean, low, high = (np.nanmean(v) if v.size else math.nan for v in (self.mean, self.low, self.high))
        return (
            f"<{self.name}: {self.units} units, {self._group.steps} steps, mean {mean:.3g} "
            f"between {low:.3g} and {high:.3g}{more}>"
        )


def signature(pairs: Pairs, kind: int) -> Signature:
    """The fit for one class, from exact sums of what was held and of its change."""
    n, H = (int(pairs.n[kind]) if kind < len(pairs.n) else 0), pairs.units
    nothing = np.full(H, math.nan)
    if n == 0:
        return Signature(0, nothing, nothing.copy(), nothing.copy(), nothing.copy())
    part, width = Exact((SUMS, H)), padded(H)
    assert pairs.sums.levels.shape[-1] == width
    part.levels, part.special = pairs.sums.levels[:, kind, :, :H], pairs.sums.special[kind, :, :H]
    sums = part.fractions()
    rows = [_fit(n, [sums[k * H + unit] for k in range(SUMS)]) for unit in range(H)]
    a, b, r2, residual = np.array(rows).reshape(H, 4).T
    bad = (part.special != 0).any(0)
    return Signature(n, *(np.where(bad, math.nan, v) for v in (a, b, r2, residual)))


def _fit(n: int, sums: list[Fraction]) -> tuple[float, float, float, float]:
    """a, b, r2 and the residual of one unit; in terms of the change, so that an a of almost 1 keeps its digits."""
    p, d, pp, pd, dd = (s / n for s in sums)
    vpp, vpd, vdd = pp - p * p, pd - p * d, dd - d * d
    if n < 2 or vpp <= pp * _STILL:
        return math.nan, math.nan, math.nan, math.nan
    less = vpd / vpp
    left = max(vdd - vpd * less, Fraction(0))
    total = vdd + 2 * vpd + vpp
    r2 = float(1 - left / total) if total > (pp + dd) * _STILL else math.nan
    return float(1 + less), float(d - less * p), r2, math.sqrt(left)
