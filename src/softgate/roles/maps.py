"""What one step of a class makes of a unit's memory, whatever it was: ``c_{t-1} -> c_t``, measured by setting c_{t-1}.

The signatures of the data alone would do if a unit's memory were independent of all else. It is not: units that move
together lend each other their slopes. So the memory is set, to values that the unit has elsewhere in the data, in
places where the class came next; what comes back through h is in the answer, what other units do is the spread over
places. Then every step of the data is held against the map that came out. A class that acts in some places and not in
others has no map.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from softgate.roles.apart import alone, can_be_alone
from softgate.roles.experiment import Spots, respond
from softgate.roles.modes import levels_of, recurring, since_mode, span_of
from softgate.roles.observe import Observed

__all__ = ["Map", "measure"]

Floats = NDArray[np.float64]

PLACES = 12
"""How many places each class is tried at."""
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
        size: the step, or the value that is set, or that a flip gives from below; else 0.
        spread, left: of the step, as a share of it; what a and b leave over all trials, as a root mean square.
        stray, n: of the data's steps of this class the share that does otherwise; how many there are.
        low, middle: of a flip: it gives ``low`` above the middle, and ``size`` below.
    """

    kind: str
    a: float = math.nan
    b: float = math.nan
    size: float = 0.0
    spread: float = 0.0
    stray: float = 0.0
    n: int = 0
    low: float = 0.0
    middle: float = 0.0
    left: float = 0.0

    def after(self, before: Floats) -> Floats:
        """What the map makes of memories."""
        if self.kind == "set":
            return np.full_like(before, self.size)
        if self.kind == "flip":
            return np.where(before > self.middle, self.low, self.size)
        return self.a * before + self.b


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
    total = max(1, int((seen.classes >= 0).sum()))
    drawn = [_drawn(seen, k, random) for k in range(count)]
    answers = _answers(seen, [spots for _, spots in drawn if spots is not None], units, levels)
    rows: list[list[Trials | None]] = [[] for _ in units]
    for n, spots in drawn:
        w = next(answers) if spots is not None else None
        for j, row in enumerate(rows):
            row.append(None if w is None else Trials(levels[j], w[j], n, n / total))
    moves = _moves(seen, units)
    maps = [_judged(seen, u, row, moves[:, j]) for j, (u, row) in enumerate(zip(units, rows, strict=True))]
    return maps, levels, span


def _drawn(seen: Observed, k: int, random: np.random.Generator) -> tuple[int, Spots | None]:
    """How often a class comes, and places where it is tried; none if there are too few of them."""
    t, b = np.nonzero(seen.classes == k)
    n = len(t)
    t, b = t[t >= 1], b[t >= 1]
    if len(t) < 3:
        return n, None
    drawn = random.choice(len(t), size=min(PLACES, len(t)), replace=False)
    return n, Spots(t[drawn], b[drawn])


def _answers(seen: Observed, spots: Sequence[Spots], units: Sequence[int], levels: Floats) -> Iterator[Floats]:
    """[U, P, V] for the places of each class: all classes and units in one run where the cell allows it."""
    if not spots:
        return
    if can_be_alone(seen) and list(units) == list(range(seen.units)):
        whole = alone(seen, Spots(*(np.concatenate([getattr(s, axis) for s in spots]) for axis in "tb")), levels)
        yield from np.split(whole, np.cumsum([len(s.t) for s in spots])[:-1], axis=1)
    else:
        for s in spots:
            yield one_by_one(seen, s, units, levels)


def one_by_one(seen: Observed, spots: Spots, units: Sequence[int], levels: Floats) -> Floats:
    """[U, P, V], a row of a batch for each."""
    P, (U, V) = len(spots.t), levels.shape
    place = np.tile(np.repeat(np.arange(P), V), U)
    unit = np.repeat(np.asarray(units), P * V)
    value = np.repeat(levels[:, None], P, 1).reshape(-1)
    words = seen.x[spots.t, spots.b][place][None]
    found: Floats = respond(seen, Spots(spots.t[place], spots.b[place]), unit, value, words)[1].reshape(U, P, V)
    return found


def _moves(seen: Observed, units: Sequence[int]) -> Floats:
    """|c_t - c_{t-1}| of all steps, [N, U]."""
    found: Floats = np.abs(seen.c - seen.before)[..., list(units)][seen.classes >= 0]
    return found


def _judged(seen: Observed, unit: int, trials: Sequence[Trials | None], moves: Floats) -> list[Map]:
    """Steps first: what counts as small for a hold or a reset depends on how large a step is.

    The size of a movement is the mean over all movement there is, so that long rests do not make it small.
    """
    total = float(moves.sum())
    typical = float((moves**2).sum() / total) if total > 0 else 0.0
    steps = _no_drift([_step(t) if t else None for t in trials], trials, float(moves.mean()))
    sizes = [abs(s.size) for s in steps if s]
    size = min(typical, 2 * min(sizes)) if sizes else typical
    there, before = seen.classes >= 0, seen.before[..., unit]
    began = since_mode(before, there, FIT)
    modal = before[began]
    found = [
        Map("rare") if t is None else s or _other(t, size, typical, modal) for t, s in zip(trials, steps, strict=True)
    ]
    allowed = [abs(m.size) if m.kind == "step" else typical if m.kind == "set" else size for m in found]
    found = [replace(m, left=_line(t)[2]) if t else m for m, t in zip(found, trials, strict=True)]
    judged = [(k, m, began if m.kind == "flip" else there) for k, m in enumerate(found)]
    return [_held_against(seen, unit, *each, s, total) for each, s in zip(judged, allowed, strict=True)]


def _line(t: Trials) -> tuple[float, float, float]:
    """a, b and the root mean square of what they leave."""
    v = np.broadcast_to(t.v, t.w.shape)
    middle = v.mean()
    spread = float(((v - middle) ** 2).mean())
    a = float(((v - middle) * t.w).mean() / spread) if spread > 0 else 0.0
    b = float(t.w.mean() - a * middle)
    return a, b, float(np.sqrt(((t.w - a * v - b) ** 2).mean()))


def _step(t: Trials) -> Map | None:
    """The same amount at all levels and places, on top of what is held.

    A memory that leaks comes to rest where the leak is as large as the step: it takes steps as long as that is beyond
    its range, or not far inside of it.
    """
    a, b, left = _line(t)
    if not LASTING <= a <= 1.02 or left > FIT * abs(b) or (1 - a) * float(np.abs(t.v).max()) > 1.5 * abs(b):
        return None
    if abs(b) < 1e-5 * float(np.abs(t.v).max()):
        return None
    return Map("step", a, b, b, left / abs(b), 0.0, t.n)


def _no_drift(steps: list[Map | None], trials: Sequence[Trials | None], motion: float) -> list[Map | None]:
    """Without the smallest steps, up or down, that all together come to next to nothing of how the unit moves.

    All together, so that a class of input and the same in a hundred parts are told alike.
    """
    sizes = np.array([abs(s.size) if s else 0.0 for s in steps])
    shares = np.array([t.share if t else 0.0 for t in trials])
    so_far = np.array([float((sizes * shares)[sizes <= (1 + FIT) * size].sum()) for size in sizes])
    drift = (so_far < FIT / 2 * motion) & (sizes < 10 * motion)
    return [None if drifts else s for s, drifts in zip(steps, drift, strict=True)]


def _other(t: Trials, size: float, typical: float, modal: Floats) -> Map:
    a, b, left = _line(t)
    if left <= FIT * size and LASTING <= a <= 1.02 and abs(b) <= FIT * size:
        return Map("hold", a, b, n=t.n)
    if float(t.w.std()) <= FIT * typical and abs(a) <= FIT:
        return Map("set", a, b, float(t.w.mean()), n=t.n)
    flip = _flip(t, modal, size)
    if flip is not None:
        return flip
    if FIT < a < 1 and left <= FIT * size:
        return Map("decay", a, b, n=t.n)
    return Map("other", a, b, n=t.n)


def _flip(t: Trials, modal: Floats, size: float) -> Map | None:
    """From either side to the other, whatever the distance from the middle: a mode that leaks is made good again.

    Tried at levels that the unit has once it has been at a mode (``modal``).
    """
    had = recurring(t.v, modal, FIT)
    if not had.any():
        return None
    t = replace(t, v=t.v[had], w=t.w[:, had])
    middle, gap = float(t.v.min() + t.v.max()) / 2, float(np.ptp(t.v))
    away = np.abs(t.v - middle) > 2 * FIT * gap
    low, high = t.w[:, away & (t.v < middle)], t.w[:, away & (t.v > middle)]
    if not (low.size and high.size) or low.mean() - high.mean() < gap / 2:
        return None
    if max(low.std(), high.std()) > 2 * FIT * size:
        return None
    a, b, _ = _line(t)
    return Map("flip", a, b, float(low.mean()), n=t.n, low=float(high.mean()), middle=middle)


def _held_against(
    seen: Observed, unit: int, k: int, found: Map, counts: NDArray[np.bool_], size: float, total: float
) -> Map:
    """The same map with how many steps of the data do otherwise; no map if they are too many, or move too much."""
    at = (seen.classes == k) & counts
    if found.kind in ("rare", "other") or not at.any():
        return found if found.kind != "flip" else replace(found, kind="other")
    before, after = seen.before[..., unit][at], seen.c[..., unit][at]
    left = np.abs(after - found.after(before))
    if found.kind == "flip":
        left[np.abs(before - found.middle) <= FIT * (found.size - found.low)] = 0
    wrong = left > 4 * FIT * size
    stray = float(wrong.mean())
    moved = float(np.abs(after - before)[wrong].sum())
    fits = stray <= STRAY and moved <= FIT * total and float(left.sum()) <= 2 * FIT * total
    kind = found.kind if fits else "other"
    return replace(found, kind=kind, stray=stray)
