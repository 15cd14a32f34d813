"""What looks into a layer while it runs: a recorder now, edits later.

A tap is set for the time of a ``with`` block, in a context variable, so threads and tasks do not see each other's. A
layer asks :func:`current` once a call; when nobody looks, that is all it costs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from softgate.composite import Spec
from softgate.equations import Cell
from softgate.reference import Weights


@dataclass(frozen=True)
class Place:
    """Where in a model a recurrence runs: the layer object, which of its layers, and the direction.

    ``unsorted`` brings the batch of a packed sequence back into its order before it was sorted; None if it was not.
    """

    owner: Any
    layer: int
    reverse: bool
    unsorted: Tensor | None = None


@dataclass(frozen=True)
class Call:
    """What one recurrence was given and gave, to whoever has a method ``follow(place, call)``.

    ``x`` [T, B, I] or packed rows, initial ``states``, ``reset`` as :func:`softgate.functional.recurrence` has them;
    ``signals`` those that were wanted; ``y`` and ``finals`` with their graph. The follower returns the two, or others
    in their place.
    """

    spec: Spec
    x: Tensor
    states: tuple[Tensor, ...]
    weights: Weights
    reset: Tensor | None
    signals: Mapping[str, Tensor]
    y: Tensor
    finals: tuple[Tensor, ...]


class Tap(Protocol):
    """What a recorder gives: the signals it wants at a place, and where to put them."""

    def wanted(self, place: Place, cell: Cell) -> tuple[str, ...]:
        """Names of the signals to keep at this place; empty for none."""

    def take(self, place: Place, signals: Mapping[str, Tensor], batch_sizes: Tensor | None) -> None:
        """The signals, [T, B, H] each, or [rows, H] with ``batch_sizes``."""

    def watches(self, owner: Any) -> bool:
        """Whether it wants anything of this layer at all."""


_current: ContextVar[Tap | None] = ContextVar("softgate_tap", default=None)


def current() -> Tap | None:
    """The tap that is set, or None. A compiled program has none: whoever sets one has compiled code run eagerly."""
    return None if torch.compiler.is_compiling() else _current.get()


@contextmanager
def tapped(tap: Tap) -> Iterator[None]:
    """Sets a tap for the time of the block."""
    token = _current.set(tap)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def eager() -> Iterator[None]:
    """Has compiled code run uncompiled for the time of the block: it would not ask who is looking."""
    if "torch._dynamo" not in sys.modules:
        yield
        return
    with torch.compiler.set_stance("force_eager"):
        yield
