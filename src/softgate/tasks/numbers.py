"""Adding and multiplying two of many numbers: what is stored is a value and not a bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from softgate.tasks import measure
from softgate.tasks.drawn import Array, last_step
from softgate.tasks.task import Batch, Task

__all__ = ["Adding", "Multiplication"]


class _TwoOfMany(Task):
    """x is [T, B, 2]: a number from 0 to 1, and a mark, 1 at one step of the first half and one of the second.

    The answer counts at the last step.
    """

    steps: int
    kind: ClassVar[str] = "numbers"
    measure: ClassVar = measure.MSE
    higher_is_better: ClassVar = False
    criterion: ClassVar = (
        "a root mean square error of 0.04, the error up to which Hochreiter and Schmidhuber count a sequence as right"
    )
    ranges: ClassVar = {"steps": (2, 100_000)}
    inputs: ClassVar = 2
    outputs: ClassVar = 1

    @property
    def solved(self) -> float:
        """The square of 0.04."""
        return 0.04**2

    @property
    def longer(self) -> tuple[dict[str, Any], ...]:
        """Two and four times as many steps."""
        return tuple({"steps": k * self.steps} for k in (2, 4))

    def _make(self, random: np.random.Generator, size: int, test: bool) -> Batch:
        T, each = self.steps, np.arange(size)
        x = np.zeros((T, size, 2), np.float32)
        x[..., 0] = random.random((T, size), dtype=np.float32)
        first, second = random.integers(0, T // 2, size), random.integers(T // 2, T, size)
        x[first, each, 1] = x[second, each, 1] = 1
        target = np.zeros((T, size, 1), np.float32)
        target[-1, :, 0] = self._answer(x[first, each, 0], x[second, each, 0])
        return Batch(x, target, last_step(T, size))

    def _answer(self, a: Array, b: Array) -> Array:
        raise NotImplementedError


@dataclass(frozen=True)
class Adding(_TwoOfMany):
    """The sum of the two marked numbers."""

    steps: int = 50
    name: ClassVar = "adding"
    demands: ClassVar = "a value, written exactly when a mark says so, kept, and added to: an integrator with a door"
    source: ClassVar = (
        "Hochreiter and Schmidhuber 1997, experiment 4, in the form of Le, Jaitly and Hinton 2015, A simple way to "
        "initialize recurrent networks of rectified linear units (numbers from 0 to 1, a mark in each half)"
    )

    @property
    def chance(self) -> float:
        """The variance of the sum, 1/6 = 0.1667, and not the 0.1767 that is often quoted for it."""
        return 1 / 6

    def _answer(self, a: Array, b: Array) -> Array:
        return a + b


@dataclass(frozen=True)
class Multiplication(_TwoOfMany):
    """The product of the two marked numbers."""

    steps: int = 50
    name: ClassVar = "multiplication"
    demands: ClassVar = (
        "a value that is kept and then multiplied, which no sum of inputs gives: a gate used as a factor"
    )
    source: ClassVar = (
        "Hochreiter and Schmidhuber 1997, Long short-term memory, Neural Computation 9(8), experiment 5; marks as in "
        "adding"
    )

    @property
    def chance(self) -> float:
        """The variance of the product, 1/9 - 1/16."""
        return 7 / 144

    def _answer(self, a: Array, b: Array) -> Array:
        return a * b
