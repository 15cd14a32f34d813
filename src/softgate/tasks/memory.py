"""Tasks that hold something over a delay: copy and delayed recall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from softgate.tasks.drawn import Array, Drawn, last_step, one_hot
from softgate.tasks.task import Batch

__all__ = ["Copy", "DelayedRecall"]


@dataclass(frozen=True)
class Copy(Drawn):
    """Symbols, blanks, a sign, and as many blanks again, during which the symbols are to be said in their order.

    x is one-hot, [T, B, symbols + 2]: the symbols, the blank, the sign. The sign is the last of the `delay` steps.
    """

    symbols: int = 8
    length: int = 5
    delay: int = 20
    name: ClassVar = "copy"
    demands: ClassVar = "several symbols at once, kept apart by their order over a delay: many latches, filled in turn"
    source: ClassVar = (
        "Hochreiter and Schmidhuber 1997, in the form of Arjovsky, Shah and Bengio 2016, Unitary evolution recurrent "
        "neural networks, ICML: 8 symbols, 10 of them, delays of 100 to 500; here only the answer counts, no blanks"
    )
    kind: ClassVar = "classes"
    ranges: ClassVar = {"symbols": (2, 100), "length": (1, 1000), "delay": (1, 100_000)}

    def __post_init__(self) -> None:
        super().__post_init__()
        self._enough(float(self.symbols) ** min(self.length, 50), "more symbols, or a greater length")

    @property
    def inputs(self) -> int:
        """The symbols, the blank, the sign."""
        return self.symbols + 2

    @property
    def outputs(self) -> int:
        """The symbols."""
        return self.symbols

    @property
    def input_names(self) -> tuple[str, ...]:
        """The symbols by number, the blank, the sign."""
        return (*(str(k + 1) for k in range(self.symbols)), "blank", "sign")

    @property
    def output_names(self) -> tuple[str, ...]:
        """The symbols."""
        return self.input_names[: self.symbols]

    @property
    def steps(self) -> int:
        """The symbols, the delay, the answer."""
        return 2 * self.length + self.delay

    @property
    def chance(self) -> float:
        """All symbols are equally likely at all places."""
        return float(self.symbols) ** -self.length

    @property
    def longer(self) -> tuple[dict[str, Any], ...]:
        """Two and four times the delay."""
        return tuple({"delay": k * self.delay} for k in (2, 4))

    def _draw(self, random: np.random.Generator, size: int) -> Array:
        return random.integers(1, self.symbols + 1, (self.length, size))

    def _build(self, chosen: Array) -> Batch:
        size = chosen.shape[1]
        ids = np.full((self.steps, size), self.symbols + 1)
        ids[: self.length] = chosen
        ids[self.length + self.delay - 1] = self.symbols + 2
        target, mask = np.zeros((self.steps, size), np.int64), np.zeros((self.steps, size), np.bool_)
        target[-self.length :], mask[-self.length :] = chosen - 1, True
        return Batch(one_hot(ids, self.inputs), target, mask)


@dataclass(frozen=True)
class DelayedRecall(Drawn):
    """A cue, then `delay` distractors, then a sign at which the cue is to be named.

    x is one-hot, [T, B, symbols + distractors + 1]: cues, distractors, the sign, which is the last step.
    """

    symbols: int = 4
    distractors: int = 4
    delay: int = 20
    name: ClassVar = "delayed_recall"
    demands: ClassVar = "one symbol, written once, then kept while inputs that mean nothing go by: a latch with a lock"
    source: ClassVar = (
        "Hochreiter and Schmidhuber 1997, Long short-term memory, Neural Computation 9(8), experiment 2 (long time "
        "lags without local regularities), with more cues"
    )
    kind: ClassVar = "classes"
    ranges: ClassVar = {"symbols": (2, 100), "distractors": (2, 100), "delay": (1, 100_000)}

    def __post_init__(self) -> None:
        super().__post_init__()
        self._enough(
            self.symbols * float(self.distractors) ** min(self.delay, 50), "more distractors, or a longer delay"
        )

    @property
    def inputs(self) -> int:
        """Cues, distractors, the sign."""
        return self.symbols + self.distractors + 1

    @property
    def outputs(self) -> int:
        """The cues."""
        return self.symbols

    @property
    def input_names(self) -> tuple[str, ...]:
        """Cues and distractors by number, the sign."""
        return (*(f"cue{k + 1}" for k in range(self.symbols)), *(f"d{k + 1}" for k in range(self.distractors)), "sign")

    @property
    def output_names(self) -> tuple[str, ...]:
        """The cues."""
        return self.input_names[: self.symbols]

    @property
    def steps(self) -> int:
        """The cue, the delay, the sign."""
        return self.delay + 2

    @property
    def chance(self) -> float:
        """All cues are equally likely."""
        return 1 / self.symbols

    @property
    def longer(self) -> tuple[dict[str, Any], ...]:
        """Two, four and eight times the delay."""
        return tuple({"delay": k * self.delay} for k in (2, 4, 8))

    def _draw(self, random: np.random.Generator, size: int) -> Array:
        ids = random.integers(self.symbols + 1, self.inputs, (self.steps, size))
        ids[0] = random.integers(1, self.symbols + 1, size)
        ids[-1] = self.inputs
        return ids

    def _build(self, chosen: Array) -> Batch:
        target = np.zeros(chosen.shape, np.int64)
        target[-1] = chosen[0] - 1
        return Batch(one_hot(chosen, self.inputs), target, last_step(*chosen.shape))
