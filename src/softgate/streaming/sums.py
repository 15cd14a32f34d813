"""What is kept of a place for as long as one likes: exact sums and counts, to which stretches are added."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from softgate.errors import DtypeError, ShapeError
from softgate.streaming.bins import Bins
from softgate.streaming.buffers import BINS, GATE, HOLD, SUMS, Array, Buffers, padded
from softgate.streaming.exact import Exact

_HIGH = ~((1 << 27) - 1)


@dataclass(frozen=True)
class Row:
    """One signal of a group: its name, what is counted of it, its bins, and whether it is only there for a state."""

    name: str
    kind: int
    bins: Bins
    hidden: bool = False


@dataclass
class Group:
    """Signals of one place with equally many units.

    Attributes:
        rows: the signals, S of them.
        units: H; arrays have it rounded up, H'.
        steps: rows that were counted, T times B over all calls.
        nan: [S, H'], how many of them were NaN.
        first, second: exact sums of x and of x squared, [S, H'].
        low, high: [S, H'] float64.
        counts, shares, zeros, exponents: as in :class:`~softgate.streaming.buffers.Buffers`, of 64 bits.
        logs: exact sum of the binary logarithms of the products, [S, H'].
    """

    rows: tuple[Row, ...]
    units: int
    steps: int = 0
    nan: Array = field(init=False)
    first: Exact = field(init=False)
    second: Exact = field(init=False)
    logs: Exact = field(init=False)
    low: Array = field(init=False)
    high: Array = field(init=False)
    counts: Array = field(init=False)
    shares: Array = field(init=False)
    zeros: Array = field(init=False)
    exponents: Array = field(init=False)

    def __post_init__(self) -> None:
        shape = S, H = len(self.rows), padded(self.units)
        self.first, self.second, self.logs = Exact(shape), Exact(shape), Exact(shape)
        self.nan, self.zeros, self.exponents = (np.zeros(shape, np.int64) for _ in range(3))
        self.low, self.high = np.full(shape, np.inf), np.full(shape, -np.inf)
        self.counts, self.shares = np.zeros((S, BINS, H), np.int64), np.zeros((S, 2, H), np.int64)

    def add(self, got: Buffers, steps: int, nan: Array) -> None:
        """Add a stretch of ``steps`` rows, ``nan`` [S, H'] of them NaN."""
        self._add_moments(got, steps)
        self.steps += steps
        self.nan += nan
        self.low, self.high = np.fmin(self.low, got.extremes[:, 0]), np.fmax(self.high, got.extremes[:, 1])
        self.counts += got.counts
        self.counts[:, -1] += steps - nan - got.counts.sum(1, dtype=np.int64)  # those beyond the last bin
        if any(r.kind >= GATE for r in self.rows):
            self.shares += got.shares
        if any(r.kind >= HOLD for r in self.rows):
            self.zeros += got.zeros
            self.exponents += np.where(got.exponents != 0, got.exponents - 1023 * steps, 0)
            self.logs.add(np.log2(got.products))

    def _add_moments(self, got: Buffers, steps: int) -> None:
        """Sums of x and x squared from those of x - shift.

        Every term is a product that float64 has exactly: a shift has 26 bits, other factors are taken in two halves.
        """
        total, squares, shift = got.sums[:, 0], got.sums[:, 1], got.shift
        self.first.add(total)
        self.first.add(steps * shift)
        self.second.add(squares)
        for half in _halves(shift * shift):
            self.second.add(steps * half)
        for half in _halves(np.where(np.isfinite(total), total, 0.0)):
            self.second.add(2 * shift * half)

    def merge(self, other: Group) -> None:
        """Add what another process counted of the same signals."""
        if (self.rows, self.units) != (other.rows, other.units):
            raise ShapeError(
                f"merge: parts of different models or signals: {_describe(self)} beside {_describe(other)}"
            )
        self.steps += other.steps
        for name in ("nan", "counts", "shares", "zeros", "exponents"):
            getattr(self, name)[...] += getattr(other, name)
        for name in ("first", "second", "logs"):
            getattr(self, name).merge(getattr(other, name))
        self.low, self.high = np.minimum(self.low, other.low), np.maximum(self.high, other.high)


def one_dtype(verb: str, groups: Iterable[tuple[str, tuple[Row, ...]]]) -> None:
    """Whether every signal has one dtype: what is counted depends on it, so sums of two are two.

    Args:
        verb: who asks.
        groups: keys, which are ``"<prefix>|<units> <dtype>"`` or end so, and rows.

    Raises:
        DtypeError: a signal was counted in two.
    """
    found: dict[str, str] = {}
    for key, rows in groups:
        prefix, _, kind = key.rpartition("|")
        dtype = kind.split()[-1]
        for row in rows:
            first = found.setdefault(prefix + row.name, dtype)
            if first != dtype:
                raise DtypeError(
                    f"{verb}: {prefix + row.name} was counted in {first} and in {dtype}; statistics are of one dtype, "
                    f"so count each apart, or run the model in one (model.double(), model.float())"
                )


def _halves(x: Array) -> tuple[Array, Array]:
    """Numbers as sums of two, of 26 and of 27 bits."""
    high = (x.view(np.int64) & _HIGH).view(np.float64)
    return high, x - high


def _describe(group: Group) -> str:
    return f"{', '.join(r.name for r in group.rows)} of {group.units} units"


@dataclass
class Pairs:
    """Of one state, by class of the input: sums of what was held before a step, and of its change.

    Attributes:
        units: H.
        n: [classes], rows of each class.
        sums: exact, [classes, 5, H'].
    """

    units: int
    n: Array = field(default_factory=lambda: np.zeros(0, np.int64))
    sums: Exact = field(init=False)

    def __post_init__(self) -> None:
        self.sums = Exact((len(self.n), SUMS, padded(self.units)))

    def room(self, classes: int) -> None:
        """Have at least so many classes."""
        if classes > len(self.n):
            self.sums = self.sums.grown((classes, SUMS, padded(self.units)))
            self.n = np.concatenate([self.n, np.zeros(classes - len(self.n), np.int64)])

    def add(self, n: Array, sums: Array) -> None:
        """Add a stretch: rows of each class, and their sums [classes, 5, H']."""
        self.room(len(n))
        self.n[: len(n)] += n
        if len(sums) < len(self.n):
            sums = np.concatenate([sums, np.zeros((len(self.n) - len(sums), *sums.shape[1:]))])
        self.sums.add(sums)

    def merge(self, other: Pairs) -> None:
        """Add what another process counted of the same state."""
        if self.units != other.units:
            raise ShapeError(f"merge: parts of different models: a state of {self.units} units beside {other.units}")
        classes = max(len(self.n), len(other.n))
        self.room(classes)
        theirs: Any = Pairs(other.units)
        theirs.n, theirs.sums = other.n.copy(), other.sums
        theirs.room(classes)
        self.n = self.n + theirs.n
        self.sums.merge(theirs.sums)
