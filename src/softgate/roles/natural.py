"""The check of a role whose events are the user's: no input can be made to be such an event, so the data's are taken.

A unit's memory is set, and the data's own inputs are read from there; its maps, applied to the events one after the
other, must say what it holds in the end. So n steps added to a counter are still there, a mode put into a latch stays
until the next event, a toggle put to its other side stays on it. Nor can a long rest be made: what it would leave is
told by the maps. So are the steps of a counter at the ends of its range: what comes to rest in it does not count.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from softgate.roles.candidate import Candidate, Check, forgets, percent
from softgate.roles.experiment import Spots, respond
from softgate.roles.maps import FIT
from softgate.roles.observe import Observed
from softgate.roles.survival import foretold
from softgate.roles.words import SWITCHING

__all__ = ["follow"]

PLACES, STEPS = 16, 8
ACTING = (*SWITCHING, "integrator")


def follow(seen: Observed, found: Sequence[Candidate], random: np.random.Generator) -> list[list[Check]]:
    """The checks of each candidate whose role acts at events, and of sensors."""
    chosen = [c for c in found if c.role in ACTING]
    length = min(STEPS, len(seen.classes) - 1)
    t, b = np.nonzero(seen.classes[: len(seen.classes) - length + 1] >= 0)
    t, b = t[t >= 1], b[t >= 1]
    if not chosen or not len(t):
        return [[forgets(c)] if c.role == "sensor" else [] for c in found]
    drawn = random.choice(len(t), PLACES, replace=len(t) < PLACES)
    t, b = t[drawn], b[drawn]
    values = np.array([c.levels[:3] for c in chosen])  # [U, V]
    U, V = values.shape
    place = np.tile(np.repeat(np.arange(PLACES), V), U)
    unit = np.repeat([c.unit for c in chosen], PLACES * V)
    value = np.repeat(values[:, None], PLACES, 1).reshape(-1)
    steps = t[place] + np.arange(length)[:, None]
    got = respond(seen, Spots(t[place], b[place]), unit, value, seen.x[steps, b[place]])[-1].reshape(U, PLACES, V)
    kinds = seen.classes[t + np.arange(length)[:, None], b]  # [L, P]
    checks = iter([_check(c, values[n], got[n], kinds) for n, c in enumerate(chosen)])
    return [
        [next(checks), *_even(c), *foretold(c, seen)]
        if c.role in ACTING
        else [forgets(c)]
        if c.role == "sensor"
        else []
        for c in found
    ]


def _even(c: Candidate) -> list[Check]:
    """Of a counter: how far its steps at the ends of its range are from each other, as a share of the step."""
    if c.role != "counter":
        return []
    worst = max(abs(1 - m.a) * float(np.ptp(c.levels)) / abs(m.b) for m in c.maps if m.kind == "step")
    told = f"by its maps, its steps at the ends of its range differ by {percent(worst)}"
    return [Check("steps at the ends of its range, how far apart as a share", worst, 0.5, told)]


def _check(c: Candidate, values: NDArray[np.float64], got: NDArray[np.float64], kinds: NDArray[np.int64]) -> Check:
    expected = np.repeat(values[None], kinds.shape[1], 0)
    for row in kinds:
        for p, k in enumerate(row):
            if k >= 0:
                expected[p] = c.maps[k].after(expected[p])
    steps = [abs(m.size) for m in c.maps if m.kind == "step"]
    size = min(steps) * (len(kinds) if c.role == "timer" else 1) if steps else c.span
    worst = float(np.quantile(np.abs(got - expected), 0.9))
    told = f"set to 3 levels, it was after {len(kinds)} steps of the data within {percent(worst / size)} of its maps"
    return Check(f"{len(kinds)} steps of the data against its maps, as a share", worst / size, 2 * FIT, told)
