"""A recurrence in stretches of time, for who looks at its signals but need not have all of them at once.

The signals of a stretch are handed over and forgotten, so they need no more memory for a longer sequence. Where a
kernel runs and nobody wants a gradient, it stops between two stretches (:mod:`softgate.cpu.watch`), and the result is
that of one call to the last bit. Otherwise each stretch is a call, with the state carried along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Protocol

import torch
from torch import Tensor

from softgate import dispatch, taps
from softgate.composite import flat
from softgate.equations import Cell
from softgate.errors import SoftgateError
from softgate.taps import Call, Place

Recurrence = Callable[..., tuple[Tensor, tuple[Tensor, ...]]]


@dataclass(frozen=True)
class Piece:
    """A stretch of a recurrence, in the order of time whichever way it is walked.

    Attributes:
        begin, end: which rows of the whole call these are, [rows, H] each.
        signals: by name, [rows, H].
        before: the states that the stretch began with, [B, H] each.
        sizes: sequences at each step.
        reset: bool [rows], where the state was zeroed before the step; None for nowhere.
        reverse: whether it was walked from its end.
        last: whether no other piece of the call follows.
    """

    begin: int
    end: int
    signals: Mapping[str, Tensor]
    before: tuple[Tensor, ...]
    sizes: tuple[int, ...]
    reset: Tensor | None
    reverse: bool
    last: bool


class PieceTap(Protocol):
    """A tap that takes signals piece by piece."""

    def wanted(self, place: Place, cell: Cell) -> tuple[str, ...]:
        """Names of the signals to hand over at this place."""

    def steps(self, place: Place, cell: Cell, row: Sequence[int], x: Tensor) -> int:
        """How many steps a piece of rows of ``row`` sequences at most should have; ``x`` is the input."""

    def take_piece(self, place: Place, cell: Cell, piece: Piece) -> None:
        """A piece; the tensors are not kept."""

    def take(self, place: Place, signals: Mapping[str, Tensor], batch_sizes: Tensor | None) -> None:
        """The signals of a step of a stream, [1, B, H] each."""

    def watches(self, owner: Any) -> bool:
        """Whether it wants anything of this layer at all."""


def unedited(place: Place) -> None:
    """See that no edit is in force where signals are taken piece by piece.

    Raises:
        SoftgateError: one is.
    """
    if taps.edited(place.owner):
        raise SoftgateError(
            "statistics cannot be collected while sg.edit changes the layer; record the edited run with sg.record"
        )


class Whole:
    """A tap that takes pieces, beside others that want a call at once: cut afterwards, where it would have been cut.

    Made for one call of a layer.
    """

    def __init__(self, tap: PieceTap) -> None:
        self._tap = tap
        self._call: Call | None = None
        self._found: Mapping[str, Tensor] = {}

    def watches(self, owner: Any) -> bool:
        """Whether the tap does."""
        return self._tap.watches(owner)

    def wanted(self, place: Place, cell: Cell) -> tuple[str, ...]:
        """What the tap wants; also every state, since pieces begin with them."""
        names = self._tap.wanted(place, cell)
        return tuple(dict.fromkeys([*names, *cell.states])) if names else ()

    def before(self, place: Place, call: Call) -> None:
        """Takes note of what goes in."""
        unedited(place)
        self._call = call

    def take(self, place: Place, signals: Mapping[str, Tensor], batch_sizes: Tensor | None) -> None:
        """The signals of the call, or of a step of a stream, which nothing goes before."""
        if self._call is not None:
            self._found = {name: value.flatten(0, -2) for name, value in signals.items()}
        else:
            names = self._tap.wanted(place, place.owner.cell)
            self._tap.take(place, {n: signals[n] for n in names}, batch_sizes)

    def after(self, place: Place, call: Call, y: Tensor, finals: tuple[Tensor, ...]) -> None:
        """Hands over the pieces."""
        found, self._call, self._found = self._found, None, {}
        names, sizes = self._tap.wanted(place, call.cell), call.lengths or (call.states[0].shape[-2],) * len(call.x)
        row = [*accumulate(sizes, initial=0)]
        if not names or not row[-1]:
            return
        mask = None if call.reset is None else call.reset.flatten()
        stretches = list(_stretches(len(sizes), self._tap.steps(place, call.cell, sizes, call.x), call.reverse))
        for k, (start, end) in enumerate(stretches):
            here, some = slice(row[start], row[end]), sizes[start]
            last = end if call.reverse else start - 1  # the step that was computed before; others begin here
            m = min(some, sizes[last]) if 0 <= last < len(sizes) else 0
            held = tuple(
                torch.cat([found[name][row[last] : row[last] + m], first.detach().reshape(first.shape[-2:])[m:some]])
                if m else first.detach().reshape(first.shape[-2:])[:some]
                for name, first in zip(call.cell.states, call.states, strict=True)
            )  # fmt: skip
            part = None if mask is None else mask[here]
            signals = {n: found[n][here] for n in names}
            done = k + 1 == len(stretches)
            piece = Piece(row[start], row[end], signals, held, sizes[start:end], part, call.reverse, done)
            self._tap.take_piece(place, call.cell, piece)


class _Keep:
    """The tap of one piece."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names, self.found = names, dict[str, Tensor]()

    def wanted(self, place: Place, cell: Cell) -> tuple[str, ...]:
        return self.names

    def take(self, place: Place, signals: Mapping[str, Tensor], batch_sizes: Tensor | None) -> None:
        self.found = {name: value.flatten(0, -2) for name, value in signals.items()}

    def watches(self, owner: Any) -> bool:
        return True


def run(
    recurrence: Recurrence, cell: Cell, x: Tensor, states: Sequence[Tensor], weights: Any, *,
    lengths: Sequence[int] | Tensor | None, reset: Tensor | None, reverse: bool, tap: PieceTap, place: Place,
) -> tuple[Tensor, tuple[Tensor, ...]]:  # fmt: skip
    """:func:`softgate.functional.recurrence`, which is handed in, with its arguments and results."""
    names = tap.wanted(place, cell)
    T, B = len(x) if lengths is None else len(lengths), states[0].shape[0]
    sizes = (B,) * T if lengths is None else tuple(int(n) for n in lengths)
    row = [*accumulate(sizes, initial=0)]
    if not names or not row[-1]:
        return recurrence(cell, x, states, weights, lengths=lengths, reset=reset, reverse=reverse)
    if lengths is None and not _tracked(x, states, weights) and dispatch.refusal(cell, x, weights, states) is None:
        return _watched(cell, x, states, weights, reset, reverse, tap, place)
    now, outs = tuple(states), list[Tensor]()
    stretches = list(_stretches(T, tap.steps(place, cell, sizes, x), reverse))
    for k, (start, end) in enumerate(stretches):
        first, after = row[start], row[end]
        cut = slice(start, end) if lengths is None else slice(first, after)
        some, keep = sizes[start], _Keep(names)
        before = tuple(s[:some] for s in now)
        y, last = recurrence(
            *(cell, x[cut], before, weights), lengths=None if lengths is None else sizes[start:end],
            reset=None if reset is None else reset[cut], reverse=reverse, tap=keep, place=place,
        )  # fmt: skip
        outs.append(y)
        now = last if some == B else tuple(torch.cat([new, old[some:]]) for new, old in zip(last, now, strict=True))
        mask = None if reset is None else reset[cut].flatten()
        held = tuple(s.detach() for s in before)
        tap.take_piece(
            place, cell,
            Piece(first, after, keep.found, held, sizes[start:end], mask, reverse, k + 1 == len(stretches)),
        )  # fmt: skip
        keep.found = {}  # now, so that the next piece gets the same memory, which is still in the caches
    if len(outs) == 1:
        return outs[0], now
    return torch.cat(outs[::-1] if reverse else outs), now


def _tracked(x: Tensor, states: Sequence[Tensor], weights: Any) -> bool:
    return torch.is_grad_enabled() and any(
        t is not None and t.requires_grad for t in (x, *states, *flat(weights))
    )  # fmt: skip


def _watched(
    cell: Cell, x: Tensor, states: Sequence[Tensor], weights: Any, reset: Tensor | None, reverse: bool,
    tap: PieceTap, place: Place,
) -> tuple[Tensor, tuple[Tensor, ...]]:  # fmt: skip
    """By the kernel in one call, which hands its signals over as it goes: the same bits as without."""
    from softgate.cpu.watch import forward

    T, B = x.shape[:2]
    mask = None if reset is None else reset.flatten()

    def take(start: int, end: int, found: dict[str, Tensor], before: tuple[Tensor, ...], last: bool) -> None:
        part = None if mask is None else mask[start * B : end * B]
        piece = Piece(start * B, end * B, found, before, (B,) * (end - start), part, reverse, last)
        tap.take_piece(place, cell, piece)

    names, steps = tap.wanted(place, cell), tap.steps(place, cell, (B,) * T, x)
    return forward(cell, x, states, weights, reset, reverse, names, steps, take)


def _stretches(T: int, steps: int, reverse: bool) -> Iterator[tuple[int, int]]:
    """Borders of the pieces, in the order in which they are walked: as the kernel has them, a shorter one the last."""
    for start in range(0, T, max(1, steps)):
        end = min(T, start + max(1, steps))
        yield (T - end, T - start) if reverse else (start, end)
