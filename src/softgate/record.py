"""``with sg.record(model) as rec: model(x)``: every signal of every step, and the output as it was, bit for bit.

Names are ``[prefix.]l<k>[.reverse].<signal>``: the path of the layer in the model (nothing for the model itself), which
of its layers, and the signal: a gate, a state, or ``pre.<gate>``, a gate before its activation.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from fnmatch import fnmatchcase
from typing import Any

import torch
from torch import Tensor

from softgate import statistics, taps
from softgate.equations import Cell
from softgate.errors import NotRecordedError, ShapeError, UnknownNameError
from softgate.layers import Layer
from softgate.layers.packed import active
from softgate.statistics import Horizon, Saturation
from softgate.symbols import symbols_in
from softgate.taps import Place


def _matches(name: str, pattern: str) -> bool:
    """Whether a name fits a pattern; ``pre.f`` is one word, so that ``*.f`` is the gate alone."""
    return fnmatchcase(name.replace("pre.", "pre:"), pattern.replace("pre.", "pre:"))


class Recording:
    """What a model's layers computed while it was open; also the context in which they do.

    Attributes:
        names: every name there is to ask for, in the order of the model.
        calls: by name, what each call of the layer gave, [T, B, H] each.
    """

    def __init__(self, model: torch.nn.Module, names: Iterable[str] = ("*",)) -> None:
        patterns = [names] if isinstance(names, str) else list(names)
        self._paths = {id(m): path for path, m in model.named_modules() if isinstance(m, Layer)}
        self._kept = [m for m in model.modules() if isinstance(m, Layer)]  # so that an id stays one layer's
        self._cells = {self._prefix(place): m.cell for m in self._kept for place in _places(m)}
        every = [name for m in self._kept for name in self._names_of(m)]
        if not every:
            came = type(model).__name__
            raise NotRecordedError(
                f"record: {came} has no softgate layer in it; if it has one of torch.nn's, first sg.open(model)"
            )
        self.names = [name for name in every if any(_matches(name, p) for p in patterns)]
        for pattern in patterns:
            if not any(_matches(name, pattern) for name in every):
                raise UnknownNameError("signal", pattern, every)
        self.calls: dict[str, list[Tensor]] = {}
        self._wanted = set(self.names)
        self._open = ExitStack()

    def __enter__(self) -> Recording:
        self._open.enter_context(taps.tapped(self))
        if "torch._dynamo" in sys.modules:  # compiled code would not ask who is looking
            self._open.enter_context(torch.compiler.set_stance("force_eager"))
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def __getitem__(self, name: str) -> Tensor:
        """A signal, [T, B, H]; of several calls, one after the other along T. Packed: NaN where a sequence has ended.

        Time comes first whatever the layer's layout: also with batch_first, and [T, 1, H] for an unbatched input. Each
        step of a ``stream()`` is a call with T = 1.

        Raises:
            UnknownNameError: no such signal, or it was not asked for.
            NotRecordedError: the layer has not run.
            ShapeError: several calls with batches of different sizes, which ``calls[name]`` has.
        """
        if name not in self.calls:
            if name in self._wanted:
                raise NotRecordedError(f"{name}: its layer has not run inside the with block; call the model there")
            raise UnknownNameError("signal", name, self.names)
        pieces = self.calls[name]
        if len({p.shape[1:] for p in pieces}) > 1:
            came = ", ".join(str(list(p.shape)) for p in pieces)
            raise ShapeError(
                f"{name}: {len(pieces)} calls of different sizes, {came}; take them from rec.calls[{name!r}]"
            )
        return pieces[0] if len(pieces) == 1 else torch.cat(pieces)

    def saturation(self) -> Saturation:
        """For each gate that was kept, the share of steps at which each unit of it is shut (< 0.1) and open (> 0.9).

        Gates are the signals that lie in [0, 1] by the cell's equations: ``i f o`` of an LSTM, ``r z`` of a GRU. Steps
        after the end of a packed sequence do not count.

        Raises:
            NotRecordedError: nothing has run.
        """
        self._needs_calls("saturation")
        return Saturation(
            (prefix + gate, statistics.shares(self.calls[prefix + gate]))
            for prefix, cell in self._cells.items()
            for gate in statistics.gates(cell)
            if prefix + gate in self.calls
        )

    def horizon(self) -> Horizon:
        """By state, ``"l0.c"``, how many steps each unit takes to lose half of what it holds, if nothing is written.

        ln 2 / -mean(ln f), f being what the state is multiplied by on its way to the next step: the forget gate of an
        LSTM, ``z`` of a GRU, ``1 - f`` of an MGU. inf where it is 1. lstm1997, nfg and rnn have no such gate, and a
        gate that was not kept gives no row.

        Raises:
            NotRecordedError: nothing has run.
        """
        self._needs_calls("horizon")
        rows = Horizon()
        for prefix, cell in self._cells.items():
            for state, factor in statistics.holds(cell).items():
                needed = {n: self.calls.get(prefix + n) for n in symbols_in(factor)}
                kept = {n: calls for n, calls in needed.items() if calls is not None}
                if len(kept) == len(needed):
                    rows[prefix + state] = statistics.half_life(factor, kept)
        return rows

    def _needs_calls(self, what: str) -> None:
        if not self.calls:
            raise NotRecordedError(f"{what}: no layer has run inside the with block; call the model there")

    def __contains__(self, name: object) -> bool:
        return name in self.calls

    def __len__(self) -> int:
        return len(self.calls)

    def __repr__(self) -> str:
        return f"<recording of {len(self.names)} signals, {len(self.calls)} of them kept>"

    def _names_of(self, layer: Layer) -> list[str]:
        return [self._prefix(place) + signal for place in _places(layer) for signal in signals(layer.cell)]

    def _prefix(self, place: Place) -> str:
        path = self._paths[id(place.owner)]
        return f"{path + '.' if path else ''}l{place.layer}.{'reverse.' if place.reverse else ''}"

    # A tap.

    def watches(self, owner: Any) -> bool:
        """Whether a layer is in this model and has a signal that is wanted."""
        return id(owner) in self._paths and any(name in self._wanted for name in self._names_of(owner))

    def wanted(self, place: Place, cell: Cell) -> tuple[str, ...]:
        """The signals to keep at a place."""
        prefix = self._prefix(place)
        return tuple(s for s in signals(cell) if prefix + s in self._wanted)

    def take(self, place: Place, found: Mapping[str, Tensor], batch_sizes: Tensor | None) -> None:
        """Keeps what came, padded to [T, B, H] where it was packed."""
        for signal, value in found.items():
            if batch_sizes is not None:
                value = _padded(value, batch_sizes, place.unsorted)
            self.calls.setdefault(self._prefix(place) + signal, []).append(value)


def record(model: torch.nn.Module, names: Iterable[str] = ("*",)) -> Recording:
    """Keep the signals of a model's softgate layers while it runs: ``with sg.record(model) as rec: model(x)``.

    Outputs and gradients stay as they are, bit for bit; what is kept has no gradient.

    Args:
        model: any module with softgate layers in it (``sg.open(model)`` makes them), or such a layer.
        names: which signals, as patterns: ``["*.f", "encoder.l0.*"]``; all of them if not given.

    Raises:
        NotRecordedError: the model has no softgate layer.
        UnknownNameError: a pattern fits none of its signals.
    """
    return Recording(model, names)


def signals(cell: Cell) -> tuple[str, ...]:
    """The names of what a cell can show: its signals, and each gate before its activation."""
    return (*cell.signals, *(f"pre.{gate}" for gate in cell.gates))


def _places(layer: Layer) -> list[Place]:
    ways = (False, True)[: 1 + bool(layer.bidirectional)]
    return [Place(layer, k, reverse) for k in range(layer.num_layers) for reverse in ways]


def _padded(rows: Tensor, batch_sizes: Tensor, unsorted: Tensor | None) -> Tensor:
    """Packed rows [rows, H] as [T, B, H] in the batch's own order, NaN behind each sequence's end."""
    there = active(batch_sizes)
    padded = rows.new_full((*there.shape, rows.shape[-1]), float("nan"))
    padded[there.to(rows.device)] = rows
    return padded if unsorted is None else padded.index_select(1, unsorted)
