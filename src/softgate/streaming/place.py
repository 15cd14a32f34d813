"""One place of a model while it runs: its signals are counted piece by piece, and added up call by call.

A call is cut into pieces whose signals fit into the caches, by its shape alone. Sums begin anew with every call, and
after :data:`STRETCH` rows of it: what is summed in float64 before it goes into an exact sum depends on the call alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from softgate import dispatch, statistics
from softgate.equations import Cell
from softgate.evaluate import evaluate
from softgate.pieces import Piece
from softgate.streaming import twin
from softgate.streaming.bins import UNBOUNDED, Bins, bins
from softgate.streaming.buffers import GATE, HOLD, PLAIN, SUMS, Array, Buffers, padded
from softgate.streaming.previous import previous
from softgate.streaming.sums import Group, Pairs, Row, one_dtype
from softgate.symbols import Expr, symbols_in

_gates, _bounds = lru_cache(statistics.gates), lru_cache(statistics.bounds)
STRETCH = 1 << 15
"""Rows after which the sums of a long call go into exact ones."""
PIECE_BYTES = 4 << 20
"""Signals of a piece; measured: less is too many calls, more leaves the caches."""
_FEWEST = 4


def held(cell: Cell, states: Sequence[str]) -> dict[str, tuple[str, Expr]]:
    """By state, the signal that says how much of it stays, and its expression.

    The signal is one of the cell's, ``f`` of an LSTM, or ``hold.h``, which is computed from them.
    """
    factors = {s: e for s, e in statistics.holds(cell).items() if s in states}
    return {s: (str(e.attr) if e.op == "sym" else f"hold.{s}", e) for s, e in factors.items()}


def memories(cell: Cell) -> tuple[str, ...]:
    """The states that have a signature: all but the output, where there is another."""
    return cell.states[1:] or cell.states


class PlaceTally:
    """Takes the pieces of one place; ``groups`` and ``pairs`` by state have the sums."""

    def __init__(self, cell: Cell, names: Sequence[str], ranges: Mapping[str, tuple[float, float]]) -> None:
        self.cell, self.names = cell, tuple(names)
        self.groups: dict[str, Group] = {}
        self.pairs: dict[str, Pairs] = {}
        self.holds = held(cell, self.names)
        needed = dict.fromkeys(n for _, e in self.holds.values() for n in symbols_in(e))
        self.wanted = tuple(dict.fromkeys([*self.names, *needed]))
        self._ranges, self._gates = ranges, _gates(cell)
        self._memories = [s for s in memories(cell) if s in self.names]
        self._open: list[_Open] = []
        self._sums: dict[str, Array] = {}
        self._n = np.zeros(0, np.int64)
        self._rows = 0

    def steps(self, sizes: Sequence[int], x: Tensor, units: int) -> int:
        """Steps of a piece."""
        row = len(self.wanted) * units * x.element_size() * max(sizes)
        return max(_FEWEST, PIECE_BYTES // row)

    def take(self, piece: Piece, classes: Array | None, fresh: bool) -> None:
        """Count a piece; ``classes`` [rows] are those of its rows, ``fresh`` whether a call begins."""
        found = {n: _plain(v) for n, v in piece.signals.items()}
        like = next(iter(found.values()))
        for name, e in self.holds.values():
            if name not in found:
                values = {n: found[n].double() for n in symbols_in(e)}  # 1 - f in float32 would lose digits near 1
                (value,) = evaluate([e], values, like.double())
                found[name] = value.expand(len(like), -1).contiguous()
        if fresh or not self._rows:
            self._begin(found)
        for group in self._open:
            group.take([found[r.name] for r in group.rows])
        if self._memories:
            self._take_pairs(piece, found, classes)
        self._rows += len(like)
        if piece.last or self._rows >= STRETCH:
            self._end()

    def merge(self, other: PlaceTally) -> None:
        """Take over all that another has counted of the same place, between two calls; nothing is left there."""
        one_dtype("collect", [(key, g.rows) for tally in (self, other) for key, g in tally.groups.items()])
        for key, group in other.groups.items():
            if key in self.groups:
                self.groups[key].merge(group)
            else:
                self.groups[key] = group
        for state, pairs in other.pairs.items():
            if state in self.pairs:
                self.pairs[state].merge(pairs)
            else:
                self.pairs[state] = pairs
        other.groups, other.pairs = {}, {}

    def _begin(self, found: Mapping[str, Tensor]) -> None:
        direct = {name for name, _ in self.holds.values()}
        found = {n: v for n, v in found.items() if n in self.names or n in direct}
        kinds = {(v.shape[1], v.dtype) for v in found.values()}
        if {(o.units, o.dtype) for o in self._open} != kinds:
            opened = [_Open(self._row_table(found, *k), *k) for k in sorted(kinds, key=str)]
            known = [(key, group.rows) for key, group in self.groups.items()]
            one_dtype("collect", [*known, *((o.key, o.rows) for o in opened)])
            self._open = opened
        for group in self._open:
            group.begin([found[r.name][0].numpy() for r in group.rows])
        for sums in self._sums.values():
            sums[:] = 0
        self._n[:] = 0
        self._rows = 0

    def _row_table(self, found: Mapping[str, Tensor], units: int, dtype: torch.dtype) -> tuple[Row, ...]:
        direct = {name for name, _ in self.holds.values()}
        return tuple(
            Row(n, self._kind(n, n in direct), self._bins(n), n not in self.names)
            for n, v in found.items()
            if (v.shape[1], v.dtype) == (units, dtype)
        )

    def _kind(self, name: str, direct: bool) -> int:
        return HOLD if direct else GATE if name in self._gates else PLAIN

    def _bins(self, name: str) -> Bins:
        if name in self._ranges:
            return bins(*self._ranges[name])
        e = self.cell.signals.get(name)
        low, high = _bounds(e) if e is not None else (-np.inf, np.inf)
        return bins(low, high) if np.isfinite([low, high]).all() and low < high else bins(*UNBOUNDED)

    def _take_pairs(self, piece: Piece, found: Mapping[str, Tensor], classes: Array | None) -> None:
        classes = np.zeros(piece.end - piece.begin, np.int64) if classes is None else np.ascontiguousarray(classes)
        counts = np.bincount(np.maximum(classes + 1, 0))[1:]
        if max(1, len(counts)) > len(self._n):
            more = -(-len(counts) // 16) * 16 if len(counts) > 1 else 1
            self._n = np.concatenate([self._n, np.zeros(more - len(self._n), np.int64)])
        self._n[: len(counts)] += counts
        came = previous(piece)
        for state in self._memories:
            now = found[state]
            start = _plain(piece.before[self.cell.states.index(state)])
            group = self._group_of(state)
            sums = self._sums[state] = group.room(self._sums.get(state), len(self._n))
            group.pairs(sums, now, start, came, classes)

    def _group_of(self, state: str) -> _Open:
        return next(o for o in self._open if state in [r.name for r in o.rows])

    def _end(self) -> None:
        for group in self._open:
            group.finish()
            if group.key not in self.groups:
                self.groups[group.key] = Group(group.rows, group.units)
            self.groups[group.key].add(group.buffers, self._rows, group.nan)
        for state, sums in self._sums.items():
            group = self._group_of(state)
            self.pairs.setdefault(state, Pairs(group.units)).add(self._n, group.by_class(sums))
        self._rows = 0


def _plain(x: Tensor) -> Tensor:
    """Rows as the kernels take them: on the CPU, of a type that numpy has, one after the other."""
    if x.dtype not in (torch.float32, torch.float64):
        x = x.float()
    if x.requires_grad or not x.is_cpu or not x.is_contiguous():
        x = x.detach().cpu().contiguous()
    return x


class _Open:
    """What is being counted of the signals with equally many units."""

    def __init__(self, rows: tuple[Row, ...], units: int, dtype: torch.dtype) -> None:
        self.rows, self.units, self.dtype = rows, units, dtype
        real = np.float32 if dtype == torch.float32 else np.float64
        ends = (statistics.SHUT, statistics.OPEN)
        scales, firsts = [1 / r.bins.width for r in rows], [r.bins.first for r in rows]
        self.buffers = Buffers([r.kind for r in rows], scales, firsts, units, real, ends)
        self.nan = np.zeros(self.buffers.zeros.shape, np.int64)
        self._tally: Any = None
        if not isinstance(dispatch.backend(), str):
            from softgate.cpu.tally import Tally

            self._tally = Tally(self.buffers, dtype)

    @property
    def key(self) -> str:
        """What its sums are kept under."""
        return f"{self.units} {str(self.dtype).removeprefix('torch.')}"

    def begin(self, first: Sequence[Array]) -> None:
        self.buffers.begin(first)
        self.nan[:] = 0

    def take(self, signals: Sequence[Tensor]) -> None:
        if self._tally is None:
            twin.gather(self.buffers, signals)
        else:
            self._tally.gather(signals)
        if not math.isfinite(self.buffers.sums[:, 0].sum()):
            for s, x in enumerate(signals):
                self.nan[s, : self.units] += x.isnan().sum(0).numpy()

    def finish(self) -> None:
        """Have everything in the buffers."""
        if self._tally is not None:
            self._tally.finish()

    def room(self, sums: Array | None, classes: int) -> Array:
        """Sums for at least so many classes, [groups, classes, 5, units of a group]: those given, or larger ones."""
        if sums is not None and sums.shape[1] >= classes:
            return sums
        form = (1, padded(self.units)) if self._tally is None else (self._tally.groups, self._tally.lanes)
        new = np.zeros((form[0], classes, SUMS, form[1]))
        if sums is not None:
            new[:, : sums.shape[1]] = sums
        return new

    def by_class(self, sums: Array) -> Array:
        """The sums as [classes, 5, H']."""
        groups, classes, _, lanes = sums.shape
        out = np.zeros((classes, SUMS, padded(self.units)))
        out[..., : groups * lanes] = sums.transpose(1, 2, 0, 3).reshape(classes, SUMS, -1)
        return out

    def pairs(self, sums: Array, now: Tensor, start: Tensor, came: Tensor, classes: Array) -> None:
        """Rows of a state beside what was there before: row k of ``now``, row k - rows of ``start``, or zero for -1."""
        if self._tally is None:
            zero = now.new_zeros(1, now.shape[1])
            twin.pairs(sums, now, torch.cat([now, start, zero])[came], classes)
        else:
            self._tally.pairs(sums, now, start, came, classes)
