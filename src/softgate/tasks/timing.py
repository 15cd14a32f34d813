"""How long ago was the last pulse? Asked at every pulse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from softgate.tasks.drawn import Array, Drawn
from softgate.tasks.task import Batch, TaskError

__all__ = ["PulseTiming"]


@dataclass(frozen=True)
class PulseTiming(Drawn):
    """x is 1 at a pulse and else 0, [T, B, 1]; at each pulse but the first, the class is the interval less `low`.

    Intervals are independent and uniform from `low` to `high`, the first pulse comes in one of the first `high` steps.
    """

    low: int = 3
    high: int = 10
    steps: int = 60
    name: ClassVar = "pulse_timing"
    demands: ClassVar = "the time since an event, read off and begun anew at the next one: a timer"
    source: ClassVar = (
        "Gers, Schraudolph and Schmidhuber 2002, Learning precise timing with LSTM recurrent networks, Journal of "
        "Machine Learning Research 3, measuring spike delays; here as classes, so that an answer is right or wrong"
    )
    kind: ClassVar = "classes"
    ranges: ClassVar = {"low": (1, 10_000), "high": (2, 10_000), "steps": (6, 100_000)}
    inputs: ClassVar = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (self.low < self.high and self.steps >= 2 * self.high):
            raise TaskError(
                f"pulse_timing: expected low < high, and steps at least twice high; got low={self.low}, "
                f"high={self.high}, steps={self.steps}"
            )
        self._enough(float(self.outputs) ** min(self.steps // self.high, 50), "more steps, or more intervals")

    @property
    def outputs(self) -> int:
        """The intervals."""
        return self.high - self.low + 1

    @property
    def output_names(self) -> tuple[str, ...]:
        """The intervals, in steps."""
        return tuple(map(str, range(self.low, self.high + 1)))

    @property
    def longer(self) -> tuple[dict[str, Any], ...]:
        """Two, four and eight times as many steps."""
        return tuple({"steps": k * self.steps} for k in (2, 4, 8))

    @property
    def chance(self) -> float:
        """A fixed answer a(t) is right at pulses of which each is a(t) behind the one before, or the first.

        So the streams that it is right about and that have a pulse at t are those with one at t - a(t), and one in so
        many of them; the best a(t) goes back to where most are.
        """
        likely = np.zeros(self.steps)
        for t in range(self.steps):
            before = likely[max(0, t - self.high) : max(0, t - self.low + 1)]
            likely[t] = (t < self.high) / self.high + before.max(initial=0) / self.outputs
        left = self.steps - 1 - np.arange(self.steps)  # the next pulse is behind the end
        return float(likely @ np.clip((self.high - left) / self.outputs, 0, 1))

    def _draw(self, random: np.random.Generator, size: int) -> Array:
        interval = random.integers(self.low, self.high + 1, (1 + self.steps // self.low, size))
        interval[0] = random.integers(0, self.high, size)
        place = np.minimum(np.cumsum(interval, axis=0), self.steps)
        pulse = np.ones((self.steps + 1, size), np.int8)
        pulse[place, np.arange(size)] = 2
        return pulse[:-1]

    def _build(self, chosen: Array) -> Batch:
        pulse = chosen == 2
        step = np.arange(self.steps)[:, None]
        seen = np.maximum.accumulate(np.where(pulse, step, -1), axis=0)
        before = np.concatenate([np.full((1, pulse.shape[1]), -1), seen[:-1]])
        mask = pulse & (before >= 0)
        return Batch(pulse.astype(np.float32)[..., None], np.where(mask, step - before - self.low, 0), mask)
