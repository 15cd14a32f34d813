"""The check of an integrator: what a word of inputs adds is the sum of what each input adds, whatever was held.

Words are the data's own inputs, read at other places and from other values of the memory than the data's.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from softgate.roles.candidate import Candidate, Check, percent
from softgate.roles.experiment import Spots, respond
from softgate.roles.maps import FIT
from softgate.roles.observe import Observed

__all__ = ["adds_up"]

Floats = NDArray[np.float64]

PLACES, WORDS, STEPS = 6, 8, 8


def adds_up(seen: Observed, c: Candidate, random: np.random.Generator) -> Check:
    """How far words of inputs are from the sums of their inputs, as a share of what such words add."""
    length = min(STEPS, len(seen.classes) - 1)
    what = f"{length} inputs against the sum of what each adds, as a share"
    known = np.isin(seen.classes, [k for k, m in enumerate(c.maps) if m.kind != "rare"])
    whole = np.lib.stride_tricks.sliding_window_view(known[1:], length, axis=0).all(-1)
    t, b = np.nonzero(whole)
    at, column = np.nonzero(known[1:])
    if not len(t):
        return Check(what, float("nan"), 2 * FIT, "no inputs follow each other that could be added up")
    words = random.choice(len(t), WORDS, replace=len(t) < WORDS)
    places = random.choice(len(at), PLACES, replace=len(at) < PLACES)
    spots = Spots(at[places] + 1, column[places])
    steps, columns = (t[words] + 1)[:, None] + np.arange(length), b[words][:, None]
    x, slopes = (
        seen.x[steps, columns],
        np.array([m.a for m in c.maps])[seen.classes[steps, columns]],
    )  # [W, L, I], [W, L]
    levels = c.levels[:3]
    got = _held(seen, c.unit, spots, levels, x)  # [P, V, W]
    single = _held(seen, c.unit, spots, levels[1:2], x.flatten(0, 1)[:, None])[:, 0].reshape(PLACES, WORDS, length)
    amounts = single.mean(0) - slopes * levels[1]
    expected = np.repeat(levels[:, None], WORDS, 1)  # [V, W]
    for n in range(length):
        expected = slopes[:, n] * expected + amounts[:, n]
    added = np.sqrt(np.mean((expected - levels[:, None] * slopes.prod(1)) ** 2))
    worst = float(np.abs(got - expected).max() / added) if added > 0 else float("nan")
    told = (
        f"from {len(np.unique(levels))} levels and at {PLACES} places, {WORDS} words of {length} inputs each were "
        f"within {percent(worst)} of what their inputs add one by one"
    )
    return Check(what, worst, 2 * FIT, told)


def _held(seen: Observed, unit: int, spots: Spots, levels: Floats, words: Tensor) -> Floats:
    """What the unit held after each word [W, L, I], from each level, at each place: [P, V, W]."""
    P, V, W = len(spots.t), len(levels), len(words)
    p, v, w = (n.ravel() for n in np.meshgrid(np.arange(P), np.arange(V), np.arange(W), indexing="ij"))
    found = respond(seen, Spots(spots.t[p], spots.b[p]), np.full(len(p), unit), levels[v], words[w].transpose(0, 1))
    held: Floats = found[-1].reshape(P, V, W)
    return held
