"""Tasks that a few bits of memory solve: parity, flip-flops, and the sign of a walk."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from softgate.tasks.drawn import Array, Drawn
from softgate.tasks.task import Batch

__all__ = ["FlipFlop", "Parity", "SignedWalk"]


class _EveryStep(Drawn):
    """Of which every step counts."""

    steps: int

    @property
    def longer(self) -> tuple[dict[str, Any], ...]:
        """Two, four and eight times as many steps."""
        return tuple({"steps": k * self.steps} for k in (2, 4, 8))


@dataclass(frozen=True)
class Parity(_EveryStep):
    """x is 1 or -1, [T, B, 1]; at every step: is the number of ones so far odd?"""

    steps: int = 32
    name: ClassVar = "parity"
    demands: ClassVar = "one bit that is turned over by an input, and held for as long as none comes: a toggle"
    source: ClassVar = (
        "Hochreiter and Schmidhuber 1997, Long short-term memory, Neural Computation 9(8), section 5, on parity by "
        "guessing; here the answer is wanted at every step, so that there is something to learn from"
    )
    kind: ClassVar = "bits"
    ranges: ClassVar = {"steps": (12, 100_000)}
    inputs: ClassVar = 1
    outputs: ClassVar = 1

    @property
    def chance(self) -> float:
        """Every step's bit is new."""
        return 2.0**-self.steps

    def _draw(self, random: np.random.Generator, size: int) -> Array:
        return random.integers(1, 3, (self.steps, size), dtype=np.int8)

    def _build(self, chosen: Array) -> Batch:
        odd = np.cumsum(chosen == 2, axis=0) % 2
        x = (chosen * 2 - 3).astype(np.float32)[..., None]
        return Batch(x, odd.astype(np.float32)[..., None], np.ones(chosen.shape, np.bool_))


@dataclass(frozen=True)
class FlipFlop(_EveryStep):
    """Each input is a pulse, 1 or -1, or nothing, 0, [T, B, bits]; each output is the sign of the last pulse.

    All inputs have a pulse in the first step, so there always is a last one.
    """

    bits: int = 3
    steps: int = 64
    pulses: float = 0.1
    name: ClassVar = "flipflop"
    demands: ClassVar = "several bits, each set and reset by inputs of its own and undisturbed by the others: latches"
    source: ClassVar = (
        "Sussillo and Barak 2013, Opening the black box: low-dimensional dynamics in high-dimensional recurrent neural "
        "networks, Neural Computation 25(3): 3 bits, for which a net needs 8 stable points"
    )
    kind: ClassVar = "bits"
    ranges: ClassVar = {"bits": (1, 16), "steps": (16, 100_000), "pulses": (0.05, 0.95)}

    def __post_init__(self) -> None:
        super().__post_init__()
        self._enough(
            2.0**self.bits * (1 - self.pulses) ** (-self.bits * (self.steps - 1)), "more steps, or more pulses"
        )

    @property
    def inputs(self) -> int:
        """One for each bit."""
        return self.bits

    @property
    def outputs(self) -> int:
        """One for each bit."""
        return self.bits

    @property
    def chance(self) -> float:
        """A constant answer is right about a bit if all its pulses agree with it."""
        return float((0.5 * (1 - self.pulses / 2) ** (self.steps - 1)) ** self.bits)

    def _draw(self, random: np.random.Generator, size: int) -> Array:
        shape = (self.steps, size, self.bits)
        pulse = random.random(shape, dtype=np.float32) < self.pulses
        pulse[0] = True
        digit = np.where(pulse, random.integers(1, 3, shape, dtype=np.int8), 0).astype(np.int64)  # 0 none, 1 down, 2 up
        return 1 + digit @ (3 ** np.arange(self.bits))

    def _build(self, chosen: Array) -> Batch:
        digit = (chosen[..., None] - 1) // 3 ** np.arange(self.bits) % 3
        step = np.arange(len(chosen))[:, None, None]
        last = np.maximum.accumulate(np.where(digit > 0, step, 0), axis=0)
        held = np.take_along_axis(digit, last, axis=0) == 2
        x = np.array([0, -1, 1], np.float32)[digit]
        return Batch(x, held.astype(np.float32), np.ones(chosen.shape, np.bool_))


@dataclass(frozen=True)
class SignedWalk(_EveryStep):
    """x is a step of a walk, 1 or -1, [T, B, 1]; at every step: is it below (0), at (1) or above (2) its start?"""

    steps: int = 40
    name: ClassVar = "signed_walk"
    demands: ClassVar = "a counter that goes up and down and past zero to either side, read at every step"
    source: ClassVar = (
        "of this package; the two-sided twin of the counters of Weiss, Goldberg and Yahav 2018, On the practical "
        "computational power of finite precision RNNs for language recognition, ACL"
    )
    kind: ClassVar = "classes"
    ranges: ClassVar = {"steps": (12, 100_000)}
    inputs: ClassVar = 1
    outputs: ClassVar = 3
    output_names: ClassVar = ("below", "at", "above")

    @property
    def chance(self) -> float:
        """To stay on one side from the first step on is the likeliest (Feller 1968, vol. 1, III.4)."""
        half = self.steps // 2
        return float(math.comb(2 * half, half) / 2 ** (2 * half + 1))

    def _draw(self, random: np.random.Generator, size: int) -> Array:
        return random.integers(1, 3, (self.steps, size), dtype=np.int8)

    def _build(self, chosen: Array) -> Batch:
        step = chosen.astype(np.int64) * 2 - 3
        place = 1 + np.sign(np.cumsum(step, axis=0))
        return Batch(step.astype(np.float32)[..., None], place, np.ones(chosen.shape, np.bool_))
