"""A model that is being watched: what its layers do goes to the tally of each place."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
import torch
from torch import Tensor

from softgate import taps
from softgate.equations import Cell
from softgate.errors import NotRecordedError, ShapeError, UnknownNameError
from softgate.layers import Layer
from softgate.pieces import Piece, Whole
from softgate.recording.eager import eager, not_compiled
from softgate.recording.layout import plain
from softgate.recording.names import advice
from softgate.streaming.buffers import Array
from softgate.streaming.classes import Rows
from softgate.streaming.place import PlaceTally
from softgate.streaming.store import Statistics
from softgate.taps import Place

Classes = Callable[..., Any]
Ranges = Mapping[str, tuple[float, float]]


class Collecting:
    """See :func:`softgate.streaming.stream.collect`.

    Attributes:
        time_first: the shape [T, B] of what the model reads, where that is known to be so; classes have it too.
    """

    def __init__(
        self, model: torch.nn.Module, names: Iterable[str] | str | None, classes: Classes | None, ranges: Ranges | None
    ) -> None:
        self.time_first: tuple[int, ...] | None = None
        patterns = None if names is None else [names] if isinstance(names, str) else list(names)
        self.model, self.statistics = model, Statistics()
        self._classes = classes
        self._layers = {id(m): (path, m) for path, m in model.named_modules() if isinstance(m, Layer)}
        every = [p + s for p, cell in self._prefixes() for s in _signals(cell)]
        if not every:
            raise NotRecordedError(f"collect: {type(model).__name__} has no softgate layer in it; {advice(model)}")
        for pattern in [*(patterns or ()), *(ranges or ())]:
            if not any(_fits(name, pattern) for name in every):
                raise UnknownNameError("signal", pattern, every)
        self._parts: dict[str, tuple[Cell, list[str], dict[str, tuple[float, float]]]] = {}
        for prefix, cell in self._prefixes():
            known = cell.signals if patterns is None else _signals(cell)
            chosen = [s for s in known if patterns is None or any(_fits(prefix + s, p) for p in patterns)]
            wide = {s: r for s in chosen for p, r in (ranges or {}).items() if _fits(prefix + s, p)}
            if chosen:
                self._parts[prefix] = cell, chosen, wide
        self._rows: dict[int, Rows] = {}
        self._tallies: dict[tuple[int, str], PlaceTally] = {}
        self._whole: dict[str, PlaceTally] = {}
        self._lock = threading.Lock()
        self._open = ExitStack()

    def _prefixes(self) -> list[tuple[str, Cell]]:
        return [(self._prefix(p), layer.cell) for _, layer in self._layers.values() for p in _places(layer)]

    def _prefix(self, place: Place) -> str:
        path = self._layers[id(place.owner)][0]
        return f"{path + '.' if path else ''}l{place.layer}.{'reverse.' if place.reverse else ''}"

    def __enter__(self) -> Statistics:
        not_compiled("collect")
        self._open.enter_context(eager())
        self._open.enter_context(taps.tapped(self))
        if self._classes is not None:
            self._open.callback(self.model.register_forward_pre_hook(self._before, with_kwargs=True).remove)
            self._open.callback(self.model.register_forward_hook(self._after).remove)
        return self.statistics

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def _before(self, module: Any, args: Any, kwargs: Any) -> None:
        if self._classes is not None and taps.is_set(self):
            self._rows[threading.get_ident()] = Rows(self._classes(*args, **kwargs), self.time_first is not None)

    def _after(self, *_: Any) -> None:
        if taps.is_set(self):
            self._here.end()

    # Threads that have this block's context make calls at once: each has classes and sums of its own.

    @property
    def _here(self) -> Rows:
        return self._rows.setdefault(threading.get_ident(), Rows())

    def _tally(self, prefix: str) -> PlaceTally:
        key = (threading.get_ident(), prefix)
        if key not in self._tallies:
            self._tallies[key] = PlaceTally(*self._parts[prefix])
        return self._tallies[key]

    # A tap.

    def watches(self, owner: Any) -> bool:
        """Whether a layer is in this model and has a signal that is wanted."""
        found = self._layers.get(id(owner))
        return found is not None and any(self._prefix(p) in self._parts for p in _places(found[1]))

    def wanted(self, place: Place, cell: Cell) -> tuple[str, ...]:
        """The signals to hand over at a place."""
        prefix = self._prefix(place)
        return self._tally(prefix).wanted if prefix in self._parts else ()

    def steps(self, place: Place, cell: Cell, row: Sequence[int], x: Tensor) -> int:
        """Steps of a piece."""
        prefix, came = self._prefix(place), (len(row), max(row))
        if self.time_first not in (None, came) and place.owner.batch_first and self.time_first == came[::-1]:
            raise ShapeError(
                f"stream_statistics: layer {prefix[:-1]} has batch_first=True and took time, the first axis, for the "
                f"batch; expected a model that reads [T, B, ...]: transpose in front of the layer, or call the model "
                f"yourself inside sg.collect(model)"
            )
        self._here.begin(prefix, place, row, x.dim() == 2)
        return self._tally(prefix).steps(row, x, place.owner.hidden_size)

    def whole(self) -> Whole:
        """The same for who has a call at once, beside other taps."""
        return Whole(self)

    def take_piece(self, place: Place, cell: Cell, piece: Piece) -> None:
        """Count a piece."""
        if torch._C._are_functorch_transforms_active():
            states = plain(dict(zip(cell.states, piece.before, strict=True)), "collect")
            piece = replace(piece, signals=plain(piece.signals, "collect"), before=tuple(states.values()))
            with torch._C._DisableFuncTorch():  # what is made in it would be a tensor of the transform
                self._take_piece(place, piece)
        else:
            self._take_piece(place, piece)

    def _take_piece(self, place: Place, piece: Piece) -> None:
        prefix, rows = self._prefix(place), self._here
        fresh = piece.begin == 0 if not piece.reverse else piece.end == rows.size(prefix)
        self._count(prefix, piece, rows.of(prefix, piece), fresh)

    def take(self, place: Place, signals: Mapping[str, Tensor], batch_sizes: Tensor | None) -> None:
        """A step of a ``stream()``: its signals count; what was held before is not known here, so no signature is."""
        flat = {n: v.flatten(0, -2) for n, v in signals.items()}
        like = next(iter(flat.values()))
        B = len(like)
        nothing = tuple(like.new_zeros(B, like.shape[1]) for _ in place.owner.cell.states)
        piece = Piece(0, B, flat, nothing, (B,), None, reverse=False, last=True)
        self._count(self._prefix(place), piece, np.full(B, -1, np.int64), fresh=True)

    def _count(self, prefix: str, piece: Piece, classes: Array | None, fresh: bool) -> None:
        tally = self._tally(prefix)
        with self._lock:
            tally.take(piece, classes, fresh)
            if piece.last:
                self._publish(prefix, tally)

    def _publish(self, prefix: str, tally: PlaceTally) -> None:
        stats, whole = self.statistics, self._whole.setdefault(prefix, tally)
        if tally is not whole:
            whole.merge(tally)
        stats._groups |= {f"{prefix}|{key}": group for key, group in whole.groups.items()}
        stats._pairs |= {prefix + state: pairs for state, pairs in whole.pairs.items()}
        stats._holds |= {prefix + state: prefix + name for state, (name, _) in whole.holds.items()}


def _places(layer: Layer) -> list[Place]:
    ways = (False, True)[: 1 + bool(layer.bidirectional)]
    return [Place(layer, k, reverse) for k in range(layer.num_layers) for reverse in ways]


def _signals(cell: Cell) -> tuple[str, ...]:
    return (*cell.signals, *(f"pre.{gate}" for gate in cell.gates))


def _fits(name: str, pattern: str) -> bool:
    """Whether a name fits a pattern; ``pre.f`` is one word, so that ``*.f`` is the gate alone."""
    return fnmatchcase(name.replace("pre.", "pre:"), pattern.replace("pre.", "pre:"))
