"""A model that is being watched: what its layers do goes to the tally of each place."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from softgate import taps
from softgate.equations import Cell
from softgate.errors import DtypeError, NotRecordedError, ShapeError, UnknownNameError
from softgate.layers import Layer
from softgate.pieces import Piece
from softgate.recording.names import advice
from softgate.streaming.buffers import Array
from softgate.streaming.place import PlaceTally
from softgate.streaming.store import Statistics
from softgate.taps import Place

MOST_CLASSES = 1 << 16
Classes = Callable[..., Any]
Ranges = Mapping[str, tuple[float, float]]


class Collecting:
    """See :func:`softgate.streaming.stream.collect`."""

    def __init__(
        self, model: torch.nn.Module, names: Iterable[str] | str | None, classes: Classes | None, ranges: Ranges | None
    ) -> None:
        patterns = None if names is None else [names] if isinstance(names, str) else list(names)
        self.model, self.statistics = model, Statistics()
        self._classes, self._rows = classes, _Rows()
        self._layers = {id(m): (path, m) for path, m in model.named_modules() if isinstance(m, Layer)}
        every = [p + s for p, cell in self._prefixes() for s in _signals(cell)]
        if not every:
            raise NotRecordedError(f"collect: {type(model).__name__} has no softgate layer in it; {advice(model)}")
        for pattern in [*(patterns or ()), *(ranges or ())]:
            if not any(_fits(name, pattern) for name in every):
                raise UnknownNameError("signal", pattern, every)
        self._tallies: dict[str, PlaceTally] = {}
        for prefix, cell in self._prefixes():
            known = cell.signals if patterns is None else _signals(cell)
            chosen = [s for s in known if patterns is None or any(_fits(prefix + s, p) for p in patterns)]
            wide = {s: r for s in chosen for p, r in (ranges or {}).items() if _fits(prefix + s, p)}
            if chosen:
                self._tallies[prefix] = PlaceTally(cell, chosen, wide)
        self._open = ExitStack()

    def _prefixes(self) -> list[tuple[str, Cell]]:
        return [(self._prefix(p), layer.cell) for _, layer in self._layers.values() for p in _places(layer)]

    def _prefix(self, place: Place) -> str:
        path = self._layers[id(place.owner)][0]
        return f"{path + '.' if path else ''}l{place.layer}.{'reverse.' if place.reverse else ''}"

    def __enter__(self) -> Statistics:
        self._open.enter_context(taps.tapped(self))
        if "torch._dynamo" in sys.modules:  # compiled code would not ask who is looking
            self._open.enter_context(torch.compiler.set_stance("force_eager"))
        if self._classes is not None:
            hook = self.model.register_forward_pre_hook(self._before, with_kwargs=True)
            self._open.callback(hook.remove)
        return self.statistics

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def _before(self, module: Any, args: Any, kwargs: Any) -> None:
        assert self._classes is not None
        found = self._classes(*args, **kwargs)
        self._rows = _Rows(None if found is None else _numbers(found))

    # A tap.

    def watches(self, owner: Any) -> bool:
        """Whether a layer is in this model and has a signal that is wanted."""
        found = self._layers.get(id(owner))
        return found is not None and any(self._prefix(p) in self._tallies for p in _places(found[1]))

    def wanted(self, place: Place, cell: Cell) -> tuple[str, ...]:
        """The signals to hand over at a place."""
        tally = self._tallies.get(self._prefix(place))
        return () if tally is None else tally.wanted

    def steps(self, place: Place, cell: Cell, row: Sequence[int], x: Tensor) -> int:
        """Steps of a piece."""
        self._rows.expect(self._prefix(place), sum(row))
        return self._tallies[self._prefix(place)].steps(row, x, place.owner.hidden_size)

    def take_piece(self, place: Place, cell: Cell, piece: Piece) -> None:
        """Count a piece."""
        prefix = self._prefix(place)
        tally = self._tallies[prefix]
        fresh = piece.begin == 0 if not piece.reverse else self._is_end(prefix, piece)
        tally.take(piece, self._rows.of(prefix, piece), fresh)
        if piece.last:
            self._rows.done(prefix)
            self._publish(prefix, tally)

    def _is_end(self, prefix: str, piece: Piece) -> bool:
        return piece.end == self._rows.size(prefix)

    def take(self, place: Place, signals: Mapping[str, Tensor], batch_sizes: Tensor | None) -> None:
        """A step of a ``stream()``: its signals count; what was held before is not known here, so no signature is."""
        prefix = self._prefix(place)
        tally = self._tallies[prefix]
        flat = {n: v.flatten(0, -2) for n, v in signals.items()}
        B = len(next(iter(flat.values())))
        like = next(iter(flat.values()))
        nothing = tuple(like.new_zeros(B, like.shape[1]) for _ in tally.cell.states)
        piece = Piece(0, B, flat, nothing, (B,), None, reverse=False, last=True)
        tally.take(piece, np.full(B, -1, np.int64), fresh=True)
        self._publish(prefix, tally)

    def _publish(self, prefix: str, tally: PlaceTally) -> None:
        stats = self.statistics
        stats._groups |= {f"{prefix}|{key}": group for key, group in tally.groups.items()}
        stats._pairs |= {prefix + state: pairs for state, pairs in tally.pairs.items()}
        stats._holds |= {prefix + state: prefix + name for state, (name, _) in tally.holds.items()}


class _Rows:
    """The classes of a call of the model, row by row, and how many of them each place has used."""

    def __init__(self, numbers: Array | None = None) -> None:
        self.numbers = numbers
        self._used: dict[str, int] = {}
        self._now: dict[str, int] = {}

    def expect(self, prefix: str, rows: int) -> None:
        self._now[prefix] = rows
        if self.numbers is not None and self._used.get(prefix, 0) + rows > len(self.numbers):
            raise ShapeError(
                f"classes: layer {prefix[:-1]} ran over {rows} rows, T times B, and there are classes for "
                f"{len(self.numbers) - self._used.get(prefix, 0)}; give [T, B], or a PackedSequence of the same lengths"
            )

    def size(self, prefix: str) -> int:
        return self._now[prefix]

    def of(self, prefix: str, piece: Piece) -> Array | None:
        if self.numbers is None:
            return None
        start = self._used.get(prefix, 0)
        return self.numbers[start + piece.begin : start + piece.end]

    def done(self, prefix: str) -> None:
        self._used[prefix] = self._used.get(prefix, 0) + self._now[prefix]


def _numbers(classes: Any) -> Array:
    """Classes as [rows] numbers, in the order in which a layer has its rows."""
    data = classes.data if isinstance(classes, PackedSequence) else classes
    if isinstance(data, Tensor):
        data = data.detach().cpu().numpy()
    found = np.asarray(data)
    if found.dtype.kind not in "iub":
        raise DtypeError(f"classes: expected integers, [T, B], got {found.dtype}")
    if found.size and int(found.max()) >= MOST_CLASSES:
        raise ShapeError(f"classes: expected numbers below {MOST_CLASSES}, got {int(found.max())}")
    return np.ascontiguousarray(found.reshape(-1), np.int64)


def _places(layer: Layer) -> list[Place]:
    ways = (False, True)[: 1 + bool(layer.bidirectional)]
    return [Place(layer, k, reverse) for k in range(layer.num_layers) for reverse in ways]


def _signals(cell: Cell) -> tuple[str, ...]:
    return (*cell.signals, *(f"pre.{gate}" for gate in cell.gates))


def _fits(name: str, pattern: str) -> bool:
    """Whether a name fits a pattern; ``pre.f`` is one word, so that ``*.f`` is the gate alone."""
    return fnmatchcase(name.replace("pre.", "pre:"), pattern.replace("pre.", "pre:"))
