"""Which label each unit tracks best, chosen on one half of the sequences and judged on the other.

The score is the one of :mod:`softgate.track`: area under the ROC curve for yes or no, the correlation of ranks for a
number. Beside it stands a null: the label shifted in a circle within each sequence, which keeps its rhythm, and the
label of another sequence at the same step, which keeps what depends on the time since the start; the larger p counts.
With fewer than six sequences to judge on, blocks of time without their trends take the place of other sequences
(:mod:`softgate.roles.blocks`); where there are too few steps for that too, or where all sequences have the same label,
nothing is said.
Each unit brings one p value, since its label was chosen elsewhere, and those of all units of the search are held to a
false discovery rate together (Benjamini and Hochberg, 1995).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from softgate.roles.blocks import swapped_blocks
from softgate.roles.tracking import Standing, Tracking
from softgate.track import ranks

__all__ = ["Tracking", "adjusted", "halves", "track_labels"]

Floats = NDArray[np.float64]

DRAWS = 4999
RESAMPLES = 400
TOO_LITTLE = "cannot be judged: too little data; 12 sequences or 160 steps in all are needed"
ALL_SAME = "cannot be judged: the label is the same in all sequences, so that of another is no control"
SWAPPED = 6
"""From so many judging sequences on, labels are swapped between them: 720 orders, p down to 0.0014."""


def halves(sequences: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sequences to search and to judge on; a single one serves both, and is cut in time by the caller."""
    order = np.random.default_rng(seed).permutation(sequences)
    return np.sort(order[: sequences // 2]), np.sort(order[sequences // 2 :])


def track_labels(
    c: Floats, labels: Mapping[str, Floats], classes: NDArray[np.int64], seed: int
) -> list[Tracking | None]:
    """What each unit tracks: c [T, B, H], labels [T, B] with NaN where there is none, classes [T, B]; q is not set."""
    if c.shape[1] == 1:  # one sequence: the first half searches, the second judges
        T = c.shape[0] // 2
        c, classes = _cut(c, T), _cut(classes, T)
        labels = {name: _cut(y, T) for name, y in labels.items()}
    search, judge = halves(c.shape[1], seed)
    best: list[tuple[float, str, int]] = [(0.0, "", 1)] * c.shape[2]
    prepared: dict[str, _Half] = {}
    standings: list[dict[str, Standing]] = [{} for _ in best]
    for name, y in labels.items():
        first, second = (_Half(c[:, part], y[:, part], classes[:, part]) for part in (search, judge))
        if not (first.varies and second.varies):
            continue
        prepared[name] = second
        scores = np.nan_to_num(first.scores()) * (2 if first.binary else 1)  # so that yes or no and amounts compare
        middle, by_input, other = 0.5 * second.binary, second.by_input, np.nan_to_num(second.scores())
        for u, score in enumerate(scores):
            sign = 1 if score >= 0 else -1
            standings[u][name] = Standing(abs(float(score)), middle + sign * float(other[u]), by_input)
            if abs(score) > abs(best[u][0]):
                best[u] = (float(score), name, sign)
    random = np.random.default_rng(seed)
    found: list[Tracking | None] = [None] * c.shape[2]
    for name, half in prepared.items():
        mine = [u for u, row in enumerate(best) if row[1] == name]
        if mine:
            for u, one in zip(mine, half.judged(name, mine, [best[u][2] for u in mine], random), strict=True):
                found[u] = replace(one, standings=standings[u])
    return found


def _cut(x: NDArray[Any], T: int) -> NDArray[Any]:
    """The first and the last T steps of one sequence beside each other, [T, 2, ...]."""
    return np.stack([x[:T, 0], x[-T:, 0]], 1)


class _Half:
    """Units and one label over half of the sequences, as centred ranks; 0 where either is missing."""

    def __init__(self, c: Floats, y: Floats, classes: NDArray[np.int64]) -> None:
        self.there = np.isfinite(y) & (classes >= 0)
        values = y[self.there]
        self.varies = values.size > 1 and float(np.ptp(values)) > 0
        self.binary = bool(np.isin(values, (0.0, 1.0)).all())
        if not self.varies:
            return
        self.n = len(values)
        self.y: Floats = np.zeros(y.shape)
        self.y[self.there] = (values if self.binary else ranks(values)) - (
            values if self.binary else ranks(values)
        ).mean()
        self.r: Floats = np.zeros(c.shape)
        self.r[self.there] = np.stack([ranks(column) for column in c[self.there].T], 1) - (self.n + 1) / 2
        self.yes = float(values.sum()) if self.binary else math.nan
        self.classes = classes
        self.label = y

    def _unit(self, products: Floats, unit: Floats | slice) -> Floats:
        """Scores less their chance, from sums of products of centred ranks, [..., H']."""
        if self.binary:
            return products / (self.yes * (self.n - self.yes))
        size = np.sqrt((self.r**2).sum((0, 1))[unit] * (self.y**2).sum())
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(size > 0, products / size, 0.0)

    def scores(self) -> Floats:
        """[H], less their chance."""
        return self._unit(np.einsum("tbh,tb->h", self.r, self.y), slice(None))

    def judged(self, name: str, units: list[int], signs: list[int], random: np.random.Generator) -> list[Tracking]:
        sign = np.asarray(signs, np.float64)
        each = np.einsum("tbh,tb->bh", self.r[..., units], self.y) * sign
        score = self._unit(each.sum(0), units)  # type: ignore[arg-type]
        shifted = self._shifted(units, sign, random)
        p = (1 + (shifted >= score - 1e-12).sum(0)) / (len(shifted) + 1)
        other, against = self._swapped(units, sign, score, random)
        p = np.maximum(p, other)
        low, high = self._interval(units, sign, random)
        middle = 0.5 if self.binary else 0.0
        null, by_input = np.quantile(shifted, 0.95, axis=0), self.by_input
        return [
            Tracking(
                label=name,
                binary=self.binary,
                score=float(middle + score[j]),
                interval=(float(middle + low[j]), float(middle + high[j])),
                null=float(middle + null[j]),
                p=float(p[j]),
                q=math.nan,
                sign=signs[j],
                by_input=by_input,
                against=against,
            )
            for j in range(len(units))
        ]

    def _shifted(self, units: list[int], sign: Floats, random: np.random.Generator) -> Floats:
        """Scores of shifted labels [D, U]."""
        r = self.r[..., units] * sign
        total = np.zeros((DRAWS, len(units)))
        few = int(self.there.any(0).sum()) < SWAPPED
        for b in range(self.there.shape[1]):
            n = int(np.flatnonzero(self.there[:, b]).max(initial=0)) + 1
            spectrum = np.fft.rfft(r[:n, b], axis=0) * np.conj(np.fft.rfft(self.y[:n, b]))[:, None]
            near = n // 10 if few else 0  # of one sequence there are but n shifts, and the next ones are like none
            total += np.fft.irfft(spectrum, n, axis=0)[random.integers(near, n - near, size=DRAWS)]
        return self._unit(total, units)  # type: ignore[arg-type]

    def _swapped(
        self, units: list[int], sign: Floats, score: Floats, random: np.random.Generator
    ) -> tuple[Floats, str]:
        """p values [U] against labels of other sequences, or of other blocks; and which."""
        full = np.flatnonzero(self.there.any(0))
        r, B = self.r[:, full][..., units] * sign, len(full)
        if self._same(full):
            return np.full(len(units), math.nan), ALL_SAME
        if B >= SWAPPED:
            cross = np.einsum("tbh,td->bdh", r, self.y[:, full])
            order = np.argsort(random.random((DRAWS, B)), axis=1)
            swapped = self._unit(cross[np.arange(B), order].sum(1), units)  # type: ignore[arg-type]
            return (1 + (swapped >= score - 1e-12).sum(0)) / (DRAWS + 1), f"labels of {B} sequences swapped"
        found = swapped_blocks(r, self.y[:, full], self.there[:, full], DRAWS, random)
        if found is None:
            return np.full(len(units), math.nan), TOO_LITTLE
        return found[0], f"{found[1]} blocks of {found[2]} steps swapped, without their trends"

    def _same(self, full: NDArray[np.int64]) -> bool:
        """Whether two sequences or more all have one and the same label, as that of the step's number."""
        there = self.there[:, full]
        held = np.where(there, self.label[:, full], np.nan)
        least, most = (
            fill(held, axis=1, initial=start, where=there) for fill, start in ((np.min, np.inf), (np.max, -np.inf))
        )
        return len(full) > 1 and bool((least >= most)[there.any(1)].all())

    def _interval(self, units: list[int], sign: Floats, random: np.random.Generator) -> tuple[Floats, Floats]:
        """A bootstrap over sequences (over eighths of them where they are fewer than five), with ranks as they are."""
        B = self.there.shape[1]
        pieces = 1 if B >= 5 else 8
        cuts = np.array_split(np.arange(len(self.y)), pieces)
        r, y = self.r[..., units] * sign, self.y
        products = np.concatenate([np.einsum("tbh,tb->bh", r[k], y[k]) for k in cuts])
        squares = np.concatenate([(r[k] ** 2).sum(0) for k in cuts])
        own = np.concatenate([(y[k] ** 2).sum(0) for k in cuts])
        drawn = random.multinomial(len(own), np.full(len(own), 1 / len(own)), size=RESAMPLES).astype(np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            if self.binary:  # (sum of r y) / (n times the variance of y), as the whole half has it
                scores = (drawn @ products) / ((drawn @ own)[:, None] * self.n)
            else:
                scores = (drawn @ products) / np.sqrt((drawn @ squares) * (drawn @ own)[:, None])
        bounds = np.nanquantile(np.nan_to_num(scores), [0.025, 0.975], axis=0)
        middle = 0.5 if self.binary else 1.0
        return np.maximum(bounds[0], -middle), np.minimum(bounds[1], middle)

    @cached_property
    def by_input(self) -> float:
        """The score of the label's mean given the present class."""
        kinds, y = self.classes[self.there], self.y[self.there]
        mean = np.bincount(kinds, y) / np.maximum(np.bincount(kinds), 1)
        guess = ranks(mean[kinds]) - (self.n + 1) / 2
        if self.binary:
            return 0.5 + float(guess @ y / (self.yes * (self.n - self.yes)))
        size = math.sqrt(float(guess @ guess) * float(y @ y))
        return float(guess @ y / size) if size else 0.0


def adjusted(p: Floats) -> Floats:
    """q values [N] of p values: the least false discovery rate at which each is a discovery; NaN stays."""
    found, there = np.full(len(p), math.nan), np.flatnonzero(~np.isnan(p))
    order = there[np.argsort(p[there], kind="stable")]
    m = len(order)
    if m:
        raised = p[order] * m / np.arange(1, m + 1)
        found[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1)
    return found
