"""What goes into a backward pass and what comes out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from torch import Tensor

from softgate.reference import Weights


@dataclass(frozen=True)
class Needs:
    """Which gradients are wanted: of x, of each state, of each weight (a :class:`Weights` of truth values)."""

    x: bool
    states: tuple[bool, ...]
    weights: Any


@dataclass(frozen=True)
class Gradients:
    """Gradients, None where not wanted."""

    x: Tensor | None
    states: tuple[Tensor | None, ...]
    weights: Any


class Forward(NamedTuple):
    """The call to go back through: its inputs, y, and what it kept."""

    x: Tensor
    states: Sequence[Tensor]
    weights: Weights
    reset: Tensor | None
    y: Tensor
    saved: Sequence[Tensor]
