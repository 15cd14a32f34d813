"""Reads tables that people have: CSV, TSV and Parquet, by PyArrow. Nothing in them is ever evaluated."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from softgate.dates import TIMES, forms_of, in_form
from softgate.delimited import is_number, numeric, read_delimited
from softgate.errors import MissingExtraError, SoftgateError, UnknownNameError

TABLES = (".csv", ".tsv", ".parquet", ".pq")


class InputError(SoftgateError, ValueError):
    """A file that cannot be read as what was wanted; the message says what was expected and what came."""


@dataclass(frozen=True)
class Frame:
    """A table by columns.

    Attributes:
        path: where it is from.
        table: the PyArrow table.
        remarks: how it was read where that is not the usual way, in sentences.
    """

    path: Path
    table: Any
    remarks: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """The titles of the columns."""
        return list(self.table.column_names)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return int(self.table.num_rows)

    @property
    def types(self) -> str:
        """The columns with their types, for a message."""
        return ", ".join(f"{n} ({t})" for n, t in zip(self.names, self.table.schema.types, strict=True))

    def numeric(self, name: str) -> bool:
        """Whether a column has numbers."""
        return numeric(self.table, self.place(name))

    def numbers(self, names: Sequence[str] | None = None) -> list[str]:
        """Those of `names`, or of all columns, that have numbers."""
        return [n for n in (self.names if names is None else names) if self.numeric(n)]

    def place(self, name: str) -> int:
        """Which column that is.

        Raises:
            UnknownNameError: there is none of that name.
        """
        if name not in self.names:
            raise UnknownNameError("column", name, self.names)
        return self.names.index(name)

    def column(self, name: str) -> NDArray[np.float64]:
        """A column of numbers, [rows]; NaN where a cell has none.

        Raises:
            UnknownNameError: there is no such column.
            InputError: it is not one of numbers.
        """
        if not self.numeric(name):
            raise InputError(
                f"{self.path}: expected numbers in column {name!r}{self._odd(name)}; the table has {self.types}"
            )
        cells = self.table.column(self.place(name)).to_pylist()
        return np.array([np.nan if v is None else float(v) for v in cells], dtype=np.float64)

    def _odd(self, name: str) -> str:
        """Where a column is first no number, for a message."""
        for row, cell in enumerate(self.table.column(self.place(name)).to_pylist()):
            if cell is not None and not (isinstance(cell, str) and (not cell.strip() or is_number(cell))):
                return f", got {str(cell)[:40]!r} in row {row + 1} after the title"
        return ", which has no number in any row"

    def dates(self) -> tuple[str, NDArray[np.datetime64]] | None:
        """The first column of dates or times, else of text that is dates, and its values, [rows]; NaT where none is.

        Whole numbers like 20011231 are dates where the title says so.

        Raises:
            InputError: day and month of a text cannot be told apart.
        """
        from pyarrow import types

        for k, kind in enumerate(self.table.schema.types):
            if types.is_timestamp(kind) or types.is_date(kind):
                cells = self.table.column(k).to_pylist()
                plain = [None if c is None else c.replace(tzinfo=None) if hasattr(c, "tzinfo") else c for c in cells]
                return self.names[k], np.array(plain, dtype="datetime64[s]")
        for k, kind in enumerate(self.table.schema.types):
            told = types.is_integer(kind) and self.names[k].strip().lower() in TIMES
            if told or types.is_string(kind) or types.is_large_string(kind):
                dates = self._written(k, ["%Y%m%d"] if told else None)
                if dates is not None:
                    return self.names[k], dates
        return None

    def _written(self, k: int, only: list[str] | None) -> NDArray[np.datetime64] | None:
        """Column k as dates, [rows], if every cell is one, in one of the forms `only`."""
        cells = [None if cell is None else str(cell) for cell in self.table.column(k).to_pylist()]
        if only and any(cell is not None and len(cell) != 8 for cell in cells):
            return None
        forms = [form for form in forms_of(cells) if only is None or form in only]
        read = [in_form(cells, form) for form in forms]
        if any(not np.array_equal(one, read[0], equal_nan=True) for one in read):
            raise InputError(
                f"{self.path}: column {self.names[k]!r} has dates like {cells[0]!r}, whose day and month cannot be "
                "told apart in any row; write them as 2001-12-31"
            )
        return read[0] if read else None


def is_table(path: Path) -> bool:
    """Whether the name of a file says that it is a table."""
    return path.suffix.lower() in TABLES


def column_names(text: str, option: str = "--columns") -> list[str]:
    """The names in ``rain,temp``; one with a comma inside stands in quotation marks, as in a CSV file.

    Raises:
        InputError: the quotation marks do not match.
    """
    try:
        (row,) = list(csv.reader([text], skipinitialspace=True, strict=True)) or [[]]
    except (csv.Error, ValueError):
        raise InputError(
            f"{option}: expected names as in rain,temp, and one with a comma in quotation marks; got {text!r}"
        ) from None
    return [name.strip() for name in row if name.strip()]


def read_table(path: Path, extra: str = "plots") -> Frame:
    """The table in a file.

    Args:
        path: ends in one of `TABLES`.
        extra: of softgate, which brings PyArrow along.

    Raises:
        InputError: it is not there, or not a table.
        MissingExtraError: PyArrow is not installed.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise MissingExtraError("pyarrow", extra, "reading a table") from None
    if not path.is_file():
        raise InputError(f"{path}: expected a table that ends in {', '.join(TABLES)}; there is no such file")
    if not is_table(path):
        raise InputError(f"{path}: expected a table that ends in {', '.join(TABLES)}")
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            found, remarks = parquet.read_table(path), list[str]()
        else:
            found, remarks = read_delimited(path)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as a table: {error}") from None
    twice = {name for name in found.column_names if found.column_names.count(name) > 1}
    if twice:
        raise InputError(f"{path}: expected a title of its own for every column; {sorted(twice)} occur twice")
    return Frame(path, found, tuple(remarks))
