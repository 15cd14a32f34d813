"""The time that training takes, which is not all that passes: a process may be stopped, a machine may sleep."""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Callable

__all__ = ["StepClock"]

LEAST = 1.0
TIMES = 10
REMEMBERED = 51


class StepClock:
    """Seconds of one step after the other. A step counts as at most ten usual ones, or as a second if that is more."""

    def __init__(self, now: Callable[[], float] = time.monotonic):
        self._now = now
        self._last = now()
        self._recent: deque[float] = deque(maxlen=REMEMBERED)

    def start(self) -> None:
        """What went by before this does not count."""
        self._last = self._now()

    def lap(self) -> float:
        """Seconds since the last lap or start, as they count."""
        now = self._now()
        spent, self._last = now - self._last, now
        usual = statistics.median_low(self._recent) if self._recent else 0.0
        self._recent.append(spent)
        return min(spent, max(LEAST, TIMES * usual))
