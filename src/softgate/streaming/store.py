"""Statistics of a model: by name of a signal, to be asked, merged, put into a table, saved and loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np

from softgate.errors import MissingExtraError, NotRecordedError, UnknownNameError
from softgate.streaming import disk
from softgate.streaming.buffers import Array
from softgate.streaming.result import SignalStatistics, Signature, signature
from softgate.streaming.sums import Group, Pairs, one_dtype


class Statistics:
    """What the signals of a model did, over everything it has read: ``stats["l0.f"].mean`` and so on, [H] each.

    Parts that were counted apart are merged with ``a | b`` or ``Statistics.merge(parts)``. What is exact: a call of a
    layer is cut into stretches by its shape alone, and the sums of a stretch are formed in float64, step after step.
    From there on all sums are exact. So the same calls give the same statistics, to the last bit, in whatever order
    and by however many processes they were made and merged. Counts and extremes do not depend on stretches either.
    Another batch size or another cut of the text into calls changes sums by rounding, 1e-14 of their size.

    Attributes:
        names: the signals that were counted so far, in the order of the model.
    """

    def __init__(self) -> None:
        self._groups: dict[str, Group] = {}
        self._pairs: dict[str, Pairs] = {}
        self._holds: dict[str, str] = {}

    @property
    def names(self) -> list[str]:
        """The signals that were counted."""
        return [name for name, _, _ in self._rows()]

    def __getitem__(self, name: str) -> SignalStatistics:
        """One signal, by its name as in a recording: ``"encoder.l0.f"``.

        Raises:
            NotRecordedError: nothing has run yet.
            UnknownNameError: it was not counted.
        """
        for found, group, at in self._rows():
            if found == name:
                return SignalStatistics(name, group, at, self._hold(name))
        if not self._groups:
            raise NotRecordedError("statistics: nothing was counted yet; call the model inside the with block")
        raise UnknownNameError("signal", name, self.names)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def states(self) -> list[str]:
        """The states that have signatures: ``"l0.c"``."""
        return list(self._pairs)

    def classes(self, state: str) -> Array:
        """The classes of input that were seen while a state was counted, as numbers, [classes]."""
        return np.flatnonzero(self._of(state).n)

    def signature(self, state: str, kind: int = 0) -> Signature:
        """How a state moves where the input is of a class: ``stats.signature("l0.c", ord("("))``.

        Without classes, all steps are of class 0.

        Raises:
            UnknownNameError: the signal is no state, or was not counted.
        """
        return signature(self._of(state), int(kind))

    def _of(self, state: str) -> Pairs:
        if state not in self._pairs:
            raise UnknownNameError("state", state, self._pairs)
        return self._pairs[state]

    # Parts

    @classmethod
    def merge(cls, parts: Iterable[Statistics]) -> Statistics:
        """The statistics of all parts together; the parts stay as they are. Exact, whatever their order.

        Raises:
            ShapeError: parts of different models, or of different signals.
            DtypeError: parts that were counted in different dtypes.
        """
        whole, parts = cls(), list(parts)
        one_dtype("merge", [(key, group.rows) for part in parts for key, group in part._groups.items()])
        for part in parts:
            _join(whole._groups, part._groups)
            _join(whole._pairs, part._pairs)
            whole._holds |= part._holds
        return whole

    def __or__(self, other: Statistics) -> Statistics:
        return type(self).merge([self, other])

    def __eq__(self, other: object) -> bool:
        """Whether all sums and counts are the same, to the last bit."""
        if not isinstance(other, Statistics):
            return NotImplemented
        return disk.same(self, other)

    __hash__ = None  # type: ignore[assignment]

    def save(self, path: str | Path) -> None:
        """Write a safetensors file, whose header says in JSON what is what: whole, or not at all."""
        disk.save(self, path)

    @classmethod
    def load(cls, path: str | Path) -> Statistics:
        """Read what :meth:`save` wrote; nothing in the file is run.

        Raises:
            ShapeError: the file is none of ours, or was changed.
        """
        stats = cls()
        disk.load(path, stats)
        return stats

    # Tables

    def table(self) -> dict[str, Array]:
        """A row for each signal and unit, as columns: what ``pandas.DataFrame`` and ``pyarrow.table`` take."""
        columns: dict[str, list[Any]] = {
            n: [] for n in ("signal", "unit", "n", "mean", "variance", "low", "high", "shut", "open", "half_life")
        }
        for name in self.names:
            found = self[name]
            nothing = np.full(found.units, np.nan)
            columns["signal"].append(np.full(found.units, name, object))
            columns["unit"].append(np.arange(found.units))
            for key in list(columns)[2:]:
                value = getattr(found, key)
                columns[key].append(nothing if value is None else value)
        return {key: np.concatenate(parts) if parts else np.zeros(0) for key, parts in columns.items()}

    def signatures(self) -> dict[str, Array]:
        """A row for each state, class and unit, as columns: n, a, b, r2 and residual."""
        columns: dict[str, list[Any]] = {n: [] for n in ("state", "class", "unit", "n", "a", "b", "r2", "residual")}
        for state in self.states:
            for kind in self.classes(state).tolist():
                found, H = self.signature(state, kind), self._pairs[state].units
                row = [np.full(H, state, object), np.full(H, kind), np.arange(H), np.full(H, found.n)]
                for key, value in zip(columns, [*row, found.a, found.b, found.r2, found.residual], strict=True):
                    columns[key].append(value)
        return {key: np.concatenate(parts) if parts else np.zeros(0) for key, parts in columns.items()}

    def to_arrow(self) -> Any:
        """:meth:`table` as a ``pyarrow.Table``.

        Raises:
            MissingExtraError: pyarrow is not installed.
        """
        try:
            import pyarrow
        except ImportError:
            raise MissingExtraError("pyarrow", "train", "Statistics.to_arrow") from None
        return pyarrow.table(self.table())

    def __repr__(self) -> str:
        if not self._groups:
            return "<statistics: nothing yet>"
        rows = "\n".join(f"  {self[name]!r}"[:118] for name in self.names)
        return f"<statistics of {len(self)} signals\n{rows}>"

    # For who fills it

    def _rows(self) -> Iterator[tuple[str, Group, int]]:
        for key, group in self._groups.items():
            prefix = key.rpartition("|")[0]
            for at, row in enumerate(group.rows):
                if not row.hidden:
                    yield prefix + row.name, group, at

    def _hold(self, state: str) -> tuple[Group, int] | None:
        wanted = self._holds.get(state)
        for key, group in self._groups.items():
            for at, row in enumerate(group.rows):
                if wanted is not None and key.rpartition("|")[0] + row.name == wanted:
                    return group, at
        return None


def _join(mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    for key, found in theirs.items():
        if key in mine:
            mine[key].merge(found)
        else:
            mine[key] = deepcopy(found)
