"""What looks into a layer while it runs, and what reaches into it: recorders and editors.

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

    @property
    def key(self) -> tuple[int, int, bool]:
        """The layer object by its identity, which of its layers, and the direction."""
        return id(self.owner), self.layer, self.reverse


class Call(NamedTuple):
    """One run of a place, as it went in; see :func:`softgate.functional.recurrence` for the fields.

    ``start`` is the number of the step of a stream, counted from its last reset; None for a call of the layer.
    """

    cell: Cell
    x: Tensor
    states: tuple[Tensor, ...]
    weights: Weights
    lengths: tuple[int, ...] | None
    reset: Tensor | None
    reverse: bool
    start: int | None = None

    @property
    def units(self) -> int:
        """H."""
        projection = self.weights.weight_hr
        return int((self.states[0] if projection is None else projection).shape[-1])


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
        self._asked[place.key] = asked
        return tuple(dict.fromkeys(name for _, names in asked for name in names))

    def take(self, place: Place, signals: Mapping[str, Tensor], batch_sizes: Tensor | None) -> None:
        """To each what it wanted."""
        for tap, names in self._asked.pop(place.key):
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


class Editor(Protocol):
    """What an edit gives: another cell in place of the layer's own, and the values that this one reads."""

    def change(self, place: Place, call: Call) -> tuple[Cell, tuple[Tensor, ...]] | None:
        """The edited cell, and its weights a unit with what it is ``given``; None if nothing changes here."""

    def watches(self, owner: Any) -> bool:
        """Whether it changes anything in this layer at all."""

    def slow(self, owner: Any) -> str | None:
        """Why an edited layer leaves the kernels, if it does."""


_current: ContextVar[tuple[Any, ...]] = ContextVar("softgate_taps", default=())


def current() -> Tap | None:
    """The tap that is set, or None. A compiled program has none: whoever sets one has compiled code run eagerly."""
    if torch.compiler.is_compiling():
        return None
    taps = _current.get()
    if not taps:
        return None
    return taps[0] if len(taps) == 1 else Several(taps)


def watching(owner: Any) -> Any:
    """Who looks into this layer, as one tap; None if nobody does.

    One that takes signals piece by piece does so only if it is alone: of several each gets the whole call, and such a
    one says by ``whole()`` who takes it.
    """
    if torch.compiler.is_compiling():
        return None
    found = [tap for tap in _current.get() if tap.watches(owner)]
    if len(found) > 1:
        return Several([tap.whole() if hasattr(tap, "whole") else tap for tap in found])
    return found[0] if found else None


def is_set(tap: Tap) -> bool:
    """Whether a tap is among those that are set here."""
    return any(found is tap for found in _current.get())


def anyone() -> bool:
    """Whether a tap or an edit is set here, whatever is being compiled."""
    return bool(_current.get() or _editors.get())


_editors: ContextVar[tuple[Any, ...]] = ContextVar("softgate_editors", default=())


def editors() -> tuple[Editor, ...]:
    """The edits that are in force, the outermost first."""
    return () if torch.compiler.is_compiling() else _editors.get()


def edited(owner: Any) -> bool:
    """Whether an edit reaches into this layer."""
    return any(editor.watches(owner) for editor in editors())


@contextmanager
def editing(editor: Editor) -> Iterator[None]:
    """Has an edit in force for the time of the block, inside those that are in force already."""
    with _among(_editors, editor):
        yield


@contextmanager
def tapped(tap: Tap) -> Iterator[None]:
    """Sets a tap for the time of the block, beside those that are set already."""
    with _among(_current, tap):
        yield


@contextmanager
def _among(variable: ContextVar[tuple[Any, ...]], one: Any) -> Iterator[None]:
    """One more for the time of the block.

    Taken off by name, not by going back to what was: blocks of generators and tasks need not end in the order in which
    they began, nor in the context in which they began.
    """
    variable.set((*variable.get(), one))
    try:
        yield
    finally:
        found = variable.get()
        last = next((n for n in reversed(range(len(found))) if found[n] is one), None)
        if last is not None:
            variable.set((*found[:last], *found[last + 1 :]))


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
