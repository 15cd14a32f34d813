"""Paired runs: A B A B in one process, so that what disturbs one side disturbs the other.

Short runs are repeated within a sample, until the faster side's sample is long enough for the clock; both sides repeat
as often. The garbage collector waits meanwhile.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from softgate.bench.statistics import Spread, ratios, spread

Clock = Callable[[], float]

FEWEST, MOST = 3, 400
"""Pairs of a case: at least, at most."""
_SAMPLE = 0.002
"""Seconds that a sample of the faster side should take."""
_MOST_CALLS = 20_000


@dataclass(frozen=True)
class Pairs:
    """What the two sides took, in seconds a run, sample by sample."""

    ours: tuple[float, ...]
    other: tuple[float, ...]
    calls: int = 1

    def ratio(self, scale: float = 1.0) -> Spread:
        """Percentiles of the ratio of each pair, the other side's time divided by ``scale``."""
        return spread([r / scale for r in ratios(self.ours, self.other)])


def pairs(
    ours: Callable[[], object],
    other: Callable[[], object],
    seconds: float,
    clock: Clock = time.perf_counter,
    sample: float = _SAMPLE,
) -> Pairs:
    """Time both sides in turn for about ``seconds``, after a warm-up; three pairs at least.

    Args:
        ours, other: one run of each side.
        seconds: the budget.
        clock: seconds from anywhere; tests have their own.
        sample: seconds that a sample of the faster side should take.
    """
    with _undisturbed():
        end = clock() + seconds
        calls = _calls(ours, other, clock, sample)
        mine: list[float] = []
        its: list[float] = []
        while len(mine) < FEWEST or (clock() < end and len(mine) < MOST):
            mine.append(_time(ours, calls, clock))
            its.append(_time(other, calls, clock))
    return Pairs(tuple(mine), tuple(its), calls)


def _calls(ours: Callable[[], object], other: Callable[[], object], clock: Clock, sample: float) -> int:
    """Warm both up, and say how many runs make a sample."""
    calls = 1
    while True:
        faster = min(_time(ours, calls, clock), _time(other, calls, clock)) * calls
        if faster >= sample / 2 or calls >= _MOST_CALLS:
            break
        calls *= 4
    return max(1, min(_MOST_CALLS, round(calls * sample / faster))) if faster > 0 and calls > 1 else calls


def _time(run: Callable[[], object], calls: int, clock: Clock) -> float:
    """Seconds of one of ``calls`` runs."""
    start = clock()
    for _ in range(calls):
        run()
    return (clock() - start) / calls


@contextmanager
def _undisturbed() -> Iterator[None]:
    gc.collect()
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
