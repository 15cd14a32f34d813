"""Reads a table: CSV with whatever separates its cells, or Parquet. Nothing in it is ever evaluated."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from softgate.errors import MissingExtraError, UnknownNameError
from softgate.look.inputs import InputError
from softgate.text.words import counted

TABLES = (".csv", ".tsv", ".parquet", ".pq")
DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
SAMPLE = 1 << 16


@dataclass(frozen=True)
class Rows:
    """Numbers of a table.

    Attributes:
        values: [T, I].
        said: what was done, in sentences.
    """

    values: NDArray[np.float64]
    said: tuple[str, ...]


def read_rows(path: Path, columns: Sequence[str], steps: int) -> Rows:
    """The first ``steps`` rows of a table, of the named columns or of all that are numbers.

    Raises:
        InputError: it cannot be read, has no rows, or a cell is no finite number.
        UnknownNameError: a column that the table does not have.
    """
    table, remarks = _table(path)
    if table.num_rows == 0:
        raise InputError(f"{path}: expected rows; the table has none")
    names: list[str] = list(table.column_names)
    for name in columns:
        if name not in names:
            raise UnknownNameError("column", name, names)
        if names.count(name) > 1:
            raise InputError(f"{path}: {names.count(name)} columns are called {name!r}; give them titles that differ")
    chosen = [names.index(name) for name in columns] or [k for k in range(len(names)) if _numeric(table, k)]
    types = ", ".join(f"{n} ({t})" for n, t in zip(names, table.schema.types, strict=True))
    if not chosen or not all(_numeric(table, k) for k in chosen):
        raise InputError(f"{path}: expected columns of numbers; the table has {types}")
    part = table.slice(0, steps)
    values = np.stack([_column(path, part, k) for k in chosen], axis=1)
    left = [n for k, n in enumerate(names) if k not in chosen]
    said = [
        f"table: the first {len(values):,} of {counted(table.num_rows, 'row')}, a step each",
        *remarks,
        f"{counted(len(chosen), 'feature')}: {', '.join(names[k] for k in chosen)}",
        *([f"left out: {', '.join(left)}"] if left else []),
    ]
    return Rows(values, tuple(said))


def _table(path: Path) -> tuple[Any, list[str]]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise MissingExtraError("pyarrow", "plots", "reading a table") from None
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            return parquet.read_table(path), []
        return _csv(path)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} cannot be read as a table: {error}") from None


def _csv(path: Path) -> tuple[Any, list[str]]:
    """The table, and remarks on how it was read where that is not the usual way."""
    from pyarrow import csv as arrow

    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        sample = file.read(SAMPLE)
    tab = path.suffix.lower() == ".tsv"
    delimiter = _delimiter(sample, "\t" if tab else ",")
    remarks = [] if delimiter == ("\t" if tab else ",") else [f"{DELIMITERS[delimiter]} separates its cells"]
    point = "."
    if delimiter != "," and re.search(r"(?m)(^|[;|\t])-?\d+,\d+($|[;|\t\r])", sample):
        point = ","
        remarks.append("its numbers have decimal commas")
    parse, convert = arrow.ParseOptions(delimiter=delimiter), arrow.ConvertOptions(decimal_point=point)
    table = arrow.read_csv(path, parse_options=parse, convert_options=convert)
    if _untitled(table, point):
        bare = arrow.ReadOptions(autogenerate_column_names=True)
        table = arrow.read_csv(path, read_options=bare, parse_options=parse, convert_options=convert)
        remarks.append(f"its first row is numbers, so a step; columns are called f0 to f{table.num_columns - 1}")
    return table, remarks


def _delimiter(sample: str, usual: str) -> str:
    """What cuts the first rows into most cells, as many in each; the usual one in doubt."""
    lines = sample.splitlines()[:20]
    counts = {}
    for delimiter in DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(lines[: max(1, len(lines) - 1)], delimiter=delimiter) if row]
        except csv.Error:
            continue
        counts[delimiter] = widths[0] if widths and len(set(widths)) == 1 else 1
    best = max(counts.values(), default=1)
    return usual if counts.get(usual, 1) > 1 or best < 2 else next(d for d, n in counts.items() if n == best)


def _untitled(table: Any, point: str) -> bool:
    """Whether the titles are numbers, wherever the column is, and do not just count: then they are its first row."""
    titles = [str(name) for name in table.column_names]
    numeric = [title for k, title in enumerate(titles) if _numeric(table, k)]
    if not numeric and table.num_rows == 0:
        numeric = titles
    counting = all(title == str(k) for k, title in enumerate(titles))
    return bool(numeric) and not counting and all(_is_number(title.replace(point, ".")) for title in numeric)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _numeric(table: Any, k: int) -> bool:
    from pyarrow import types

    kind = table.schema.types[k]
    tests = (types.is_integer, types.is_floating, types.is_boolean, types.is_decimal)
    return any(test(kind) for test in tests)


def _column(path: Path, table: Any, k: int) -> NDArray[np.float64]:
    """A column as numbers, all of them finite."""
    column = table.column(k)
    values = np.array([np.nan if v is None else float(v) for v in column.to_pylist()], dtype=np.float64)
    wrong = np.flatnonzero(~np.isfinite(values))
    if len(wrong):
        cells = counted(len(wrong), "cell")
        raise InputError(
            f"{path}: column {table.column_names[k]!r} has {cells} without a finite number, the first in row "
            f"{wrong[0] + 1} after the title; fill or remove them, or choose other columns with --columns"
        )
    return values


def column_names(text: str) -> list[str]:
    """The names in ``rain,temp``; one with a comma inside stands in quotation marks, as in a CSV file.

    Raises:
        InputError: the quotation marks do not match.
    """
    try:
        (row,) = list(csv.reader([text], skipinitialspace=True, strict=True)) or [[]]
    except (csv.Error, ValueError):
        raise InputError(
            f"--columns: expected names as in rain,temp, and one with a comma in quotation marks; got {text!r}"
        ) from None
    return [name.strip() for name in row if name.strip()]
