"""What looks into a layer while it runs: a recorder now, edits later.

A tap is set for the time of a ``with`` block, in a context variable, so threads and tasks do not see each other's. A
layer asks :func:`current` once a call; when nobody looks, that is all it costs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

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


class Call(NamedTuple):
    """One run of a place, as it went in; see :func:`softgate.functional.recurrence` for the fields."""

    cell: Cell
    x: Tensor
    states: tuple[Tensor, ...]
    weights: Weights
    lengths: tuple[int, ...] | None
    reset: Tensor | None
    reverse: bool


class Tap(Protocol):
    """What a recorder gives: the signals it wants at a place, and where to put them.

    It may also have ``after(place, call, y, finals)``, which gets the results with their history.
    """

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


def after(tap: Tap, place: Place, call: Call, y: Tensor, finals: tuple[Tensor, ...]) -> None:
    """Shows a tap that wants to see it what a place gave."""
    told = getattr(tap, "after", None)
    if told is not None:
        told(place, call, y, finals)
