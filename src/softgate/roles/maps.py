"""What one step of a class makes of a unit's memory, whatever it was: ``c_{t-1} -> c_t``, measured by setting c_{t-1}.

The signatures of the data alone would do if a unit's memory were independent of all else. It is not: units that move
together lend each other their slopes. So the memory is set, to values that the unit has elsewhere in the data, in
places where the class came next; what comes back through h is in the answer, what other units do is the spread over
places. Then every step of the data is held against the map that came out. A class that acts in some places and not in
others has no map.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from softgate.roles.experiment import Spots, respond
from softgate.roles.observe import Observed

__all__ = ["Map", "measure"]

Floats = NDArray[np.float64]

PLACES, LEVELS = 12, 6
"""How many places each class is tried at, and how many values the memory is set to."""
FIT = 0.05
"""What a map may leave unexplained, as a share of the unit's range, or of its step."""
LASTING = 0.5 ** (1 / 32)
"""A hold keeps half of what it holds for 32 steps at least: a forget gate at sigma(4)."""
STRAY = 0.02
"""The share of the data's steps that may disagree with a map."""


@dataclass(frozen=True)
class Map:
    """What a class of input does to a unit.

    Attributes:
        kind: ``"hold"``, ``"step"``, ``"set"``, ``"flip"``, ``"decay"``, or ``"other"``; ``"rare"``: too seldom.
        a, b: the least squares fit over all trials.
        size: the step, or the value that is set; else 0.
        spread: of the step, as a share of it.
        stray: the share of the data's steps of this class that do otherwise.
        n: steps of this class in the data.
    """

    kind: str
    a: float = math.nan
    b: float = math.nan
    size: float = 0.0
    spread: float = 0.0
    stray: float = 0.0
    n: int = 0


@dataclass(frozen=True, eq=False)
class Trials:
    """What one class made of one unit: set to ``v`` [V], it held ``w`` [P, V] after the step."""

    v: Floats
    w: Floats
    n: int
    share: float
    """Of all steps, this class's."""


def measure(
    seen: Observed, units: Sequence[int], count: int, random: np.random.Generator
) -> tuple[list[list[Map]], Floats, Floats]:
    """Maps [U][K] of some units, with the levels that each was set to [U, V] and its range [U]."""
    c = seen.c
    levels = np.stack([levels_of(c[..., u][seen.classes >= 0]) for u in units])
    span = np.stack([span_of(c[..., u][seen.classes >= 0]) for u in units])
    rows: list[list[Trials | None]] = [[] for _ in units]
    total = max(1, int((seen.classes >= 0).sum()))
    for k in range(count):
        t, b = np.nonzero(seen.classes == k)
        n = len(t)
        t, b = t[t >= 1], b[t >= 1]
        if len(t) < 3:
            for row in rows:
                row.append(None)
            continue
        drawn = random.choice(len(t), size=min(PLACES, len(t)), replace=False)
        w = _answers(seen, Spots(t[drawn], b[drawn]), units, levels)
        for j, row in enumerate(rows):
            row.append(Trials(levels[j], w[j], n, n / total))
    motion = _motion(seen, units)
    return (
        [_judged(seen, u, row, span[j], motion[j]) for j, (u, row) in enumerate(zip(units, rows, strict=True))],
        levels,
        span,
    )


def _answers(seen: Observed, spots: Spots, units: Sequence[int], levels: Floats) -> Floats:
    """[U, P, V]."""
    P, (U, V) = len(spots.t), levels.shape
    place = np.tile(np.repeat(np.arange(P), V), U)
    unit = np.repeat(np.asarray(units), P * V)
    value = np.repeat(levels[:, None], P, 1).reshape(-1)
    words = seen.x[spots.t, spots.b][place][None]
    return respond(seen, Spots(spots.t[place], spots.b[place]), unit, value, words)[1].reshape(U, P, V)


def levels_of(values: Floats) -> Floats:
    """Values that the unit has: common ones, and some from all of its range."""
    ordered = np.sort(values)

    def at(q: float) -> float:
        return float(ordered[min(len(ordered) - 1, int(q * len(ordered)))])

    common = [at(q) for q in (0.03, 0.5, 0.97)]
    even = np.linspace(at(0.002), at(0.998), LEVELS - len(common) + 2)[[0, 1, -1]]
    return np.array([*common, *(ordered[np.abs(ordered - e).argmin()] for e in even)])


def span_of(values: Floats) -> float:
    low, high = np.quantile(values, [0.002, 0.998])
    return float(high - low)


def _motion(seen: Observed, units: Sequence[int]) -> Floats:
    """The mean of |c_t - c_{t-1}| over all steps, [U]."""
    moved = np.abs(seen.c - seen.before)[..., list(units)][seen.classes >= 0]
    found: Floats = moved.mean(0) if len(moved) else np.zeros(len(units))
    return found


def _judged(seen: Observed, unit: int, trials: Sequence[Trials | None], span: float, motion: float) -> list[Map]:
    """Steps first: what counts as small for a hold or a reset depends on how large a step is."""
    steps = [_step(t, span, motion) if t else None for t in trials]
    sizes = [abs(s.size) for s in steps if s]
    unit_of_size = min(span, 2 * min(sizes)) if sizes else span
    found = [Map("rare") if t is None else s or _other(t, unit_of_size) for t, s in zip(trials, steps, strict=True)]
    return [_held_against(seen, unit, k, m, unit_of_size) for k, m in enumerate(found)]


def _line(t: Trials) -> tuple[float, float, float]:
    """a, b and the root mean square of what they leave."""
    v = np.broadcast_to(t.v, t.w.shape)
    middle = v.mean()
    spread = float(((v - middle) ** 2).mean())
    a = float(((v - middle) * t.w).mean() / spread) if spread > 0 else 0.0
    b = float(t.w.mean() - a * middle)
    return a, b, float(np.sqrt(((t.w - a * v - b) ** 2).mean()))


def _step(t: Trials, span: float, motion: float) -> Map | None:
    """The same amount at all levels and places; a drift that hardly ever amounts to anything is none."""
    a, b, left = _line(t)
    moves = t.w - t.v
    size = float(moves.mean())
    if abs(size) * t.share < FIT / 2 * motion and abs(size) < 10 * motion:
        return None
    if (
        abs(size) < 1e-5 * (float(np.abs(t.v).max()) + 1e-30)
        or left > FIT * abs(size)
        or abs(1 - a) * span > abs(size) / 2
    ):
        return None
    return Map("step", a, b, size, float(moves.std() / abs(size)), 0.0, t.n)


def _other(t: Trials, size: float) -> Map:
    a, b, left = _line(t)
    mean, v = float(t.w.mean()), t.v
    if float(np.sqrt(((t.w - v) ** 2).mean())) <= FIT * size or (left <= FIT * size and LASTING <= a <= 1.02):
        return Map("hold", a, b, n=t.n)
    if float(t.w.std()) <= FIT * size and abs(a) <= FIT:
        return Map("set", a, b, mean, n=t.n)
    if -1.25 <= a <= -0.75 and left <= 2 * FIT * size:
        return Map("flip", a, b, n=t.n)
    if FIT < a < LASTING and left <= FIT * size:
        return Map("decay", a, b, n=t.n)
    return Map("other", a, b, n=t.n)


def _held_against(seen: Observed, unit: int, k: int, found: Map, size: float) -> Map:
    """The same map with how many steps of the data do otherwise; no map if they are too many."""
    if found.kind in ("rare", "other"):
        return found
    at = seen.classes == k
    before, after = seen.before[..., unit][at], seen.c[..., unit][at]
    if found.kind == "set":
        wrong = np.abs(after - found.size) > 4 * FIT * size
    elif found.kind == "step":
        wrong = np.abs(after - found.a * before - found.b) > 4 * FIT * abs(found.size)
    else:
        wrong = np.abs(after - found.a * before - found.b) > 4 * FIT * size
    stray = float(wrong.mean())
    kind = found.kind if stray <= STRAY else "other"
    return Map(kind, found.a, found.b, found.size, found.spread, stray, found.n)
