"""What looks into a layer while it runs, and what reaches into it: recorders and editors.

A tap is set for the time of a ``with`` block, in a context variable, so threads and tasks do not see each other's. A
layer asks :func:`current` once a call; when nobody looks, that is all it costs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from softgate.equations import Cell


@dataclass(frozen=True)
class Place:
    """Where in a model a recurrence runs: the layer object, which of its layers, and the direction.

    ``unsorted`` brings the batch of a packed sequence back into its order before it was sorted; None if it was not.
    """

    owner: Any
    layer: int
    reverse: bool
    unsorted: Tensor | None = None


class Tap(Protocol):
    """What a recorder gives: the signals it wants at a place, and where to put them."""

    def wanted(self, place: Place, cell: Cell) -> tuple[str, ...]:
        """Names of the signals to keep at this place; empty for none."""

    def take(self, place: Place, signals: Mapping[str, Tensor], batch_sizes: Tensor | None) -> None:
        """The signals, [T, B, H] each, or [rows, H] with ``batch_sizes``."""

    def watches(self, owner: Any) -> bool:
        """Whether it wants anything of this layer at all."""


class Editor(Protocol):
    """What an edit gives: another cell in place of the layer's own, and the values that this one reads."""

    def change(self, place: Place, cell: Cell, call: Call) -> tuple[Cell, tuple[Tensor, ...]] | None:
        """The edited cell and what its ``given`` names that ``cell`` did not have; None if nothing changes here."""

    def watches(self, owner: Any) -> bool:
        """Whether it changes anything in this layer at all."""


@dataclass(frozen=True)
class Call:
    """The call that is edited.

    Attributes:
        x: the layer's input, [T, B, I] or [rows, I].
        units: H, for values of that size.
        lengths: active rows at each step, if packed.
        start: number of the first step; streams count theirs from the last reset.
    """

    x: Tensor
    units: int
    lengths: tuple[int, ...] | None = None
    start: int = 0


_current: ContextVar[Tap | None] = ContextVar("softgate_tap", default=None)


def current() -> Tap | None:
    """The tap that is set, or None. A compiled program has none: whoever sets one has compiled code run eagerly."""
    return None if torch.compiler.is_compiling() else _current.get()


_editors: ContextVar[tuple[Editor, ...]] = ContextVar("softgate_editors", default=())


def editors() -> tuple[Editor, ...]:
    """The edits that are in force, the outermost first."""
    return () if torch.compiler.is_compiling() else _editors.get()


def edited(owner: Any) -> bool:
    """Whether an edit reaches into this layer."""
    return any(editor.watches(owner) for editor in editors())


@contextmanager
def editing(editor: Editor) -> Iterator[None]:
    """Has an edit in force for the time of the block."""
    token = _editors.set((*_editors.get(), editor))
    try:
        yield
    finally:
        _editors.reset(token)


@contextmanager
def tapped(tap: Tap) -> Iterator[None]:
    """Sets a tap for the time of the block."""
    token = _current.set(tap)
    try:
        yield
    finally:
        _current.reset(token)
