"""What can be asked of a recording, whether it is in memory or in a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from softgate import statistics
from softgate.equations import Cell
from softgate.errors import NotRecordedError, ShapeError, UnknownNameError
from softgate.recording.choice import Steps
from softgate.statistics import Horizon, Saturation
from softgate.symbols import symbols_in


class Recorded:
    """Signals by name.

    Attributes:
        names: every name there is to ask for, in the order of the model.
        calls: by name, what each call of the layer gave, [T, B, H] each.
        steps: which steps of each call were kept; None for all.
    """

    _where = "its layer has not run inside the with block; call the model there"

    def __init__(self, names: list[str], cells: Mapping[str, Cell], steps: Steps) -> None:
        self.names, self.steps = names, steps
        self._cells = cells
        self._wanted = set(names)

    @property
    def calls(self) -> Mapping[str, Sequence[Tensor]]:
        """By name, what each call of the layer gave, [T, B, H] each."""
        raise NotImplementedError

    def __getitem__(self, name: str) -> Tensor:
        """A signal, [T, B, H]; of several calls, one after the other along T. Packed: NaN where a sequence has ended.

        Time comes first whatever the layer's layout: also with batch_first, and [T, 1, H] for an unbatched input. Each
        step of a ``stream()`` is a call with T = 1. With ``steps=``, T counts those that were kept.

        Raises:
            UnknownNameError: no such signal, or it was not asked for.
            NotRecordedError: the layer has not run.
            ShapeError: several calls with batches of different sizes, which ``calls[name]`` has.
        """
        if name not in self.calls:
            if name in self._wanted:
                raise NotRecordedError(f"{name}: {self._where}")
            raise UnknownNameError("signal", name, self.names)
        return joined(name, self.calls[name], f"rec.calls[{name!r}]")

    def saturation(self) -> Saturation:
        """For each gate that was kept, the share of steps at which each unit of it is shut (< 0.1) and open (> 0.9).

        Gates are the signals that lie in [0, 1] by the cell's equations: ``i f o`` of an LSTM, ``r z`` of a GRU. Steps
        after the end of a packed sequence do not count, nor do those that were not kept.

        Raises:
            NotRecordedError: nothing has run.
        """
        calls = self._needs_calls("saturation")
        return Saturation(
            (prefix + gate, statistics.shares(calls[prefix + gate]))
            for prefix, cell in self._cells.items()
            for gate in statistics.gates(cell)
            if prefix + gate in calls
        )

    def horizon(self) -> Horizon:
        """By state, ``"l0.c"``, how many steps each unit takes to lose half of what it holds, if nothing is written.

        ln 2 / -mean(ln f), f being what the state is multiplied by on its way to the next step: the forget gate of an
        LSTM, ``z`` of a GRU, ``1 - f`` of an MGU. inf where it is 1. lstm1997, nfg and rnn have no such gate, and a
        gate that was not kept gives no row.

        Raises:
            NotRecordedError: nothing has run.
        """
        calls = self._needs_calls("horizon")
        rows = Horizon()
        for prefix, cell in self._cells.items():
            for state, factor in statistics.holds(cell).items():
                needed = symbols_in(factor)
                if all(prefix + n in calls for n in needed):
                    rows[prefix + state] = statistics.half_life(factor, {n: calls[prefix + n] for n in needed})
        return rows

    def _needs_calls(self, what: str) -> Mapping[str, Sequence[Tensor]]:
        if not self.calls:
            raise NotRecordedError(f"{what}: no layer has run inside the with block; call the model there")
        return self.calls

    def __contains__(self, name: object) -> bool:
        return name in self.calls

    def __len__(self) -> int:
        return len(self.calls)

    def __repr__(self) -> str:
        return f"<recording of {len(self.names)} signals, {len(self.calls)} of them kept>"


def joined(name: str, pieces: Sequence[Tensor], apart: str) -> Tensor:
    """Several calls, one after the other along T.

    Raises:
        ShapeError: their batches have different sizes; ``apart`` is what has them one by one.
    """
    if len({p.shape[1:] for p in pieces}) > 1:
        came = ", ".join(str(list(p.shape)) for p in pieces)
        raise ShapeError(f"{name}: {len(pieces)} calls of different sizes, {came}; take them from {apart}")
    return pieces[0] if len(pieces) == 1 else torch.cat(list(pieces))
