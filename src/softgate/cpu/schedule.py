"""How a call is carried out: threads, who takes what, whether the input products are made beforehand.

A schedule changes speed and, where input products are hoisted into another routine, the order of a sum: results
differ by rounding at most. The choice is a cost model with a few constants, measured on one machine and meant for all:
it has to rank the few candidates, not to predict seconds.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import lru_cache

from softgate.cpu.isa import Isa
from softgate.errors import SoftgateError

_GIGAHERTZ = 3.0
_BARRIER = 0.25e-6
"""Seconds for a spin barrier of two threads."""
_TEAM = 4e-6
"""Seconds to enter and leave a warm team of threads."""
_LEVELS = ((24 << 10, 110e9), (900 << 10, 60e9), (12 << 20, 25e9), (1 << 62, 10e9))
"""Bytes a second that one core reads from a working set of at most so many bytes."""


@dataclass(frozen=True)
class Work:
    """The size of one call: rows a step, steps, what a step multiplies, and the most rows of a tile.

    ``flops`` are those of one row and step in the time loop, ``weights`` the bytes of weights that a step reads;
    ``ragged`` if there are fewer rows at some steps than at others; ``read`` if the signals are read afterwards, by
    unit.
    """

    batch: int
    steps: int
    flops: int
    weights: int
    groups: int
    tile_rows: int
    elementwise: int
    ragged: bool = False
    read: bool = False


@dataclass(frozen=True)
class Schedule:
    """Threads as ``row_teams`` times ``unit_teams``, the rows of each tile, and an estimate of the seconds a step."""

    row_teams: int
    unit_teams: int
    tiles: tuple[int, ...]
    step_seconds: float

    @property
    def threads(self) -> int:
        """Threads in all."""
        return self.row_teams * self.unit_teams


@lru_cache(maxsize=4096)
def choose(work: Work, threads: int, isa: Isa, bits: int) -> Schedule:
    """The cheapest way to split the work on at most ``threads`` threads."""
    forced = os.environ.get("SOFTGATE_TEAMS")
    if forced:
        rows, units = _forced(forced)
        return Schedule(rows, units, _tiles(work, rows), 1e-3)
    best: Schedule | None = None
    for count in sorted({1, *(n for n in (2, 4, 8, 16, 32, 64, 128) if n < threads), threads}):
        for row_teams in range(count, 0, -1):  # rows first: if it is all the same, without barriers
            if count % row_teams or row_teams > max(1, work.batch):
                continue
            unit_teams = count // row_teams
            if unit_teams > max(1, work.groups):
                continue
            seconds = _seconds(work, row_teams, unit_teams, isa, bits)
            total = seconds + (_TEAM / max(1, work.steps) if count > 1 else 0.0)
            if best is None or total < 0.97 * best.step_seconds:
                best = Schedule(row_teams, unit_teams, _tiles(work, row_teams), total)
    assert best is not None
    return best


def _forced(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([1-9][0-9]{0,3})x([1-9][0-9]{0,3})", text.strip())
    if not found:
        raise SoftgateError(f"SOFTGATE_TEAMS: expected ROWSxUNITS, as in 2x1; got {text!r}")
    return int(found[1]), int(found[2])


def _tiles(work: Work, row_teams: int) -> tuple[int, ...]:
    """First row of each tile, and the number of rows: tiles as equal as can be, as many for each team."""
    batch = max(1, work.batch)
    each = -(-batch // row_teams)
    count = min(batch, row_teams * -(-each // work.tile_rows))
    return tuple(k * batch // count for k in range(count + 1))


def _seconds(work: Work, row_teams: int, unit_teams: int, isa: Isa, bits: int) -> float:
    """A guess at the seconds of one step."""
    lanes = isa.lanes(bits)
    rows: float = -(-work.batch // row_teams)
    peak = lanes * 2 * _GIGAHERTZ * 1e9 * (1.0 if isa.fma else 0.5)
    share = -(-work.groups // unit_teams) / max(1, work.groups)
    tile = min(rows, work.tile_rows)
    if work.ragged and row_teams > 1:  # where rows end, some team has none
        rows *= 1.15
    if work.read and row_teams > 1:  # half of what a core reads then is in another's cache
        rows *= 1.3
    # A tile of few rows waits for weights: one load for each group feeds only `tile` multiply-adds.
    efficiency = min(0.95, 0.3 + 0.16 * tile)
    compute = rows * share * work.flops / (peak * efficiency)
    passes = -(-rows // work.tile_rows)
    panel = work.weights * share / max(1, work.groups * share)
    first = work.weights * share / _bandwidth(work.weights * share)
    again = (passes - 1) * work.weights * share / _bandwidth(panel)
    pointwise = rows * share * work.elementwise / (lanes * 1.2e9)
    barrier = _BARRIER * (1 + 0.3 * unit_teams) if unit_teams > 1 else 0.0
    # What comes from beyond a core's own caches is hidden behind the arithmetic in part only.
    beyond = 0.5 * first if work.weights * share > _LEVELS[1][0] else 0.0
    return max(compute, first + again) + beyond + pointwise + barrier + 20e-9 * passes


def _bandwidth(size: float) -> float:
    return next(speed for limit, speed in _LEVELS if size <= limit)
