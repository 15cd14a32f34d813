"""A null for labels where sequences are few: blocks of time without their trends, swapped with each other.

A label shifted in a circle is no control for one that rises: two counts that know nothing of each other rise together,
wherever one begins. What is left of a block of time when its mean and its line are taken off has forgotten the level it
began at; for anything whose changes do not depend on when they happen (a random walk, a count, a process that forgets
within a block), such blocks can be exchanged. Each is brought to length one, so that a loud time does not count more.
Where a unit and a label both go on in the next block as they did in the last (a slow season), blocks cannot be
exchanged, and so few seasons tell nothing: there is no p.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["FEWEST", "swapped_blocks"]

Floats = NDArray[np.float64]

BLOCKS = 16
"""So many blocks are aimed at: enough for small p values, and as long as may be."""
FEWEST, SHORTEST = 8, 8
"""Blocks, and steps of a block, without which nothing is said: 8 can be swapped in 40,320 ways."""

PROBED = 999


def swapped_blocks(
    r: Floats, y: Floats, there: NDArray[np.bool_], draws: int, random: np.random.Generator
) -> tuple[Floats, int, int] | None:
    """How often swapped blocks of a label score as high as its own.

    Args:
        r: centred values of units [T, B, U], of the sign that is expected.
        y: those of the label [T, B].
        there: where both are known [T, B].
        draws: how many orders of the blocks are tried.
        random: draws them.

    Returns:
        p [U], NaN where both are too slow; the number of blocks and their steps; or None where there are too few
        steps for 8 blocks.
    """
    ends = [int(np.flatnonzero(column).max(initial=-1)) + 1 for column in there.T]
    share = there.sum() / max(1, sum(ends))  # of the steps that are known
    stride = max(int(np.ceil((SHORTEST + SHORTEST // 4) / share)) if share else 1, sum(ends) // BLOCKS)
    length = stride - stride // 5  # a gap keeps neighbours apart
    units, labels, following = list[Floats](), list[Floats](), list[int]()
    for b, end in enumerate(ends):
        last = -1
        for first in range(0, end - length + 1, stride):
            rows = slice(first, first + length)
            known = there[rows, b]
            if known.sum() >= SHORTEST:
                if last == first - stride and first:
                    following.append(len(units))
                last = first
                units.append(_level(r[rows, b], known))
                labels.append(_level(y[rows, b][:, None], known)[:, 0])
    if len(units) < FEWEST:
        return None
    c, found = np.stack(units), np.stack(labels)
    cross = np.einsum("atu,bt->abu", c, found)
    own = np.einsum("aau->u", cross)
    order = np.argsort(random.random((draws, len(units))), axis=1)
    null = np.zeros((draws, r.shape[-1]))
    for a in range(len(units)):
        null += cross[a, order[:, a]]
    p = (1 + (null >= own - 1e-9).sum(0)) / (draws + 1)
    if following and _lasts(found[..., None], following, order)[0]:
        p[_lasts(c, following, order)] = np.nan
    return p, len(units), length


def _lasts(x: Floats, following: list[int], order: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether blocks [N, L, U] are like those before them, more than like any others in 99 of 100 orders."""
    alike = np.einsum("atu,btu->abu", x, x)
    tried = order[:PROBED]
    own = sum(alike[k - 1, k] for k in following)
    null = sum(alike[tried[:, k - 1], tried[:, k]] for k in following)
    found: NDArray[np.bool_] = (1 + (null >= own - 1e-9).sum(0)) / (len(tried) + 1) <= 0.01
    return found


def _level(x: Floats, known: NDArray[np.bool_]) -> Floats:
    """Values [L, U] without their mean and their line, of length one, or zero where nothing else is in them."""
    found = np.zeros(x.shape)
    line = np.stack([np.ones(len(x)), np.linspace(-1, 1, len(x))], 1)[known]
    values = x[known] - x[known].mean(0)
    rest = values - line @ np.linalg.lstsq(line, values, rcond=None)[0]
    size = np.sqrt((rest**2).sum(0))
    there = size > 1e-9 * (1 + np.abs(x[known]).max(0))
    found[np.ix_(known, there)] = rest[:, there] / size[there]
    return found
