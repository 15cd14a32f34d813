"""The rows of a study, and a file of them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from softgate.errors import MissingExtraError, UnknownNameError
from softgate.limits.others import Other

__all__ = ["Row", "write_rows"]


@dataclass(frozen=True)
class Row:
    """One net; a column of the file for each field.

    Attributes:
        language, seed, units, train_to, dtype: what was trained, and what it was rounded to.
        learned: whether every string of the data is right. Nets that are not are rows like all others.
        loss: mean over positions at the end of training, in nats.
        measured, predicted, drift: first failing n: run, from the map, from the formula of
            :mod:`softgate.limits.drift`; one more than was looked at where none fails.
        fails: whether one fails, measured.
        error, drift_error: of the two predictions, relative to the measured.
        phase, symbol: where the string of size ``measured`` goes wrong first: stretch from 0, symbol of it from 1.
        iterated: share of the symbols of the string of size ``predicted`` for which the map was computed.
        digitised, refitted: longest correct n after digitising, and of the control that only had its readers fitted.
        loss_digitised: loss on the data afterwards.
        kinds: what became of the units, by unit.
        cell: lstm. Rows of other cells (:class:`softgate.limits.others.Other`) have no predictions.
    """

    language: str
    seed: int
    units: int
    train_to: int
    dtype: str
    learned: bool
    loss: float
    measured: int
    predicted: int
    drift: int
    fails: bool
    error: float
    drift_error: float
    phase: int
    symbol: int
    iterated: float
    digitised: int
    refitted: int
    loss_digitised: float
    kinds: str
    cell: str = "lstm"

    @property
    def longest(self) -> int:
        """The largest n up to which every string is right."""
        return self.measured - 1


def write_rows(rows: Sequence[Row | Other], path: str | Path) -> Path:
    """Write rows to a file, ``.csv`` or ``.parquet``; one that is there is replaced. What a row has not is empty.

    Raises:
        UnknownNameError: another ending.
        MissingExtraError: Parquet without pyarrow.
    """
    path = Path(path)
    names = [f.name for f in fields(Row)]
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(asdict(r) for r in rows)
    elif path.suffix == ".parquet":
        try:
            import pyarrow as pa
            import pyarrow.parquet as pq
        except ImportError:
            raise MissingExtraError("pyarrow", "train", "a Parquet file") from None
        pq.write_table(pa.table({n: [getattr(r, n, None) for r in rows] for n in names}), path)
    else:
        raise UnknownNameError("ending of a file of rows", path.suffix, [".csv", ".parquet"])
    return path
