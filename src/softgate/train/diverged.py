"""When training breaks down: what says so, and the state from before that a run can go on from.

A state is good once a chunk has been computed from it with a finite loss and a finite gradient. The weights of the
step just taken are not known to be good before the next chunk, however finite they are.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable

from torch import Tensor, nn

from softgate.errors import SoftgateError
from softgate.train.folder import Progress

__all__ = ["DivergedError", "GoodState", "has_finite_weights"]

EVERY = 1.0


class DivergedError(SoftgateError, ArithmeticError):
    """The loss, the gradient or a weight is no longer a finite number. Says at which step and learning rate."""

    def __init__(self, what: str, value: float, step: int, rate: float, kept: int | None):
        super().__init__(what, value, step, rate, kept)
        self.what, self.value, self.step, self.rate, self.kept = what, value, step, rate, kept

    def __str__(self) -> str:
        left = (
            "nothing was saved" if self.kept is None else f"the folder holds the state after {self.kept:,} good steps"
        )
        return (
            f"training diverged at step {self.step:,}: the {self.what} is {self.value} at learning rate "
            f"{self.rate:.3g}; {left}; start again with a smaller --learning-rate and the same --out"
        )


class GoodState:
    """A copy, at most about a second old, of a state that is known to be good."""

    def __init__(self) -> None:
        self.tensors: dict[str, Tensor] | None = None
        self.progress = Progress()
        self._taken = -math.inf

    def take(self, tensors: Callable[[], dict[str, Tensor]], progress: Progress, at_once: bool = False) -> None:
        """Remember this state, which a chunk has just shown to be good, if it is time to."""
        now = time.monotonic()
        if at_once or now - self._taken >= EVERY:
            self.tensors = {name: value.detach().clone() for name, value in tensors().items()}
            self.progress = copy.copy(progress)
            self._taken = now


def has_finite_weights(model: nn.Module) -> bool:
    """Whether every weight is a number."""
    return all(bool(p.isfinite().all()) for p in model.parameters())
