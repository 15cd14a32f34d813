"""What looks into a layer while it runs: a recorder now, edits later.

Taps are set for the time of a ``with`` block, in a context variable, so threads and tasks do not see each other's. A
layer asks :func:`current` once a call; when nobody looks, that is all it costs. Of several that are set, each sees
everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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

    It may also have ``before(place, call)``, asked before anything is computed, which may refuse by raising, and
    ``after(place, call, y, finals)``, which gets the results with their history.
    """

    def wanted(self, place: Place, cell: Cell) -> tuple[str, ...]:
        """Names of the signals to keep at this place; empty for none."""

    def take(self, place: Place, signals: Mapping[str, Tensor], batch_sizes: Tensor | None) -> None:
        """The signals, [T, B, H] each, or [rows, H] with ``batch_sizes``."""

    def watches(self, owner: Any) -> bool:
        """Whether it wants anything of this layer at all."""


class Several:
    """Several taps as one: each gets what it wants, and none learns of the others."""

    def __init__(self, taps: Sequence[Tap]) -> None:
        self._taps = taps
        self._asked: dict[tuple[int, int, bool], list[tuple[Tap, tuple[str, ...]]]] = {}

    def watches(self, owner: Any) -> bool:
        """Whether any of them does."""
        return any(tap.watches(owner) for tap in self._taps)

    def wanted(self, place: Place, cell: Cell) -> tuple[str, ...]:
        """What any of them wants."""
        asked = [(tap, tap.wanted(place, cell)) for tap in self._taps if tap.watches(place.owner)]
        self._asked[_key(place)] = asked
        return tuple(dict.fromkeys(name for _, names in asked for name in names))

    def take(self, place: Place, signals: Mapping[str, Tensor], batch_sizes: Tensor | None) -> None:
        """To each what it wanted."""
        for tap, names in self._asked.pop(_key(place)):
            if names:
                tap.take(place, {n: signals[n] for n in names}, batch_sizes)

    def before(self, place: Place, call: Call) -> None:
        """To each that watches."""
        for tap in self._taps:
            if tap.watches(place.owner):
                before(tap, place, call)

    def after(self, place: Place, call: Call, y: Tensor, finals: tuple[Tensor, ...]) -> None:
        """To each that watches."""
        for tap in self._taps:
            if tap.watches(place.owner):
                after(tap, place, call, y, finals)


def _key(place: Place) -> tuple[int, int, bool]:
    return id(place.owner), place.layer, place.reverse


_current: ContextVar[tuple[Tap, ...]] = ContextVar("softgate_taps", default=())


def current() -> Tap | None:
    """The tap that is set, or None. A compiled program has none: whoever sets one has compiled code run eagerly."""
    if torch.compiler.is_compiling():
        return None
    taps = _current.get()
    if not taps:
        return None
    return taps[0] if len(taps) == 1 else Several(taps)


def anyone() -> bool:
    """Whether a tap is set here, whatever is being compiled."""
    return bool(_current.get())


@contextmanager
def tapped(tap: Tap) -> Iterator[None]:
    """Sets a tap for the time of the block, beside those that are set already.

    Taken off by name, not by going back to what was: blocks of generators and tasks need not end in the order in which
    they began, nor in the context in which they began.
    """
    _current.set((*_current.get(), tap))
    try:
        yield
    finally:
        taps = list(_current.get())
        last = next((n for n in reversed(range(len(taps))) if taps[n] is tap), None)
        if last is not None:
            _current.set((*taps[:last], *taps[last + 1 :]))


def before(tap: Tap, place: Place, call: Call) -> None:
    """Tells a tap that wants to know that a place is about to run."""
    told = getattr(tap, "before", None)
    if told is not None:
        told(place, call)


def after(tap: Tap, place: Place, call: Call, y: Tensor, finals: tuple[Tensor, ...]) -> None:
    """Shows a tap that wants to see it what a place gave."""
    told = getattr(tap, "after", None)
    if told is not None:
        told(place, call, y, finals)
