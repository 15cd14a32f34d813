"""Reads the file a user gives: text, CSV or Parquet, as the input of a model. Nothing in it is ever evaluated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from softgate.errors import MissingExtraError, SoftgateError, UnknownNameError
from softgate.look.model import Opened
from softgate.text.alphabet import UNKNOWN
from softgate.text.words import counted

TABLES = (".csv", ".tsv", ".parquet", ".pq")


class InputError(SoftgateError, ValueError):
    """A file that a model cannot read; the message says what was expected and what came."""


@dataclass(frozen=True)
class Given:
    """What goes into a model.

    Attributes:
        x: ids [T, 1] or features [T, 1, I]; what ``encode`` gave, where the user has one.
        steps: T.
        labels: what was read at each step, where that is text.
        said: what was done, in sentences.
        encoded: ``x`` is as the model wants it, whatever its layout.
    """

    x: Tensor
    steps: int
    labels: tuple[str, ...] | None
    said: tuple[str, ...]
    encoded: bool = False


def read(path: Path, opened: Opened, columns: Sequence[str] = (), steps: int = 2000) -> Given:
    """The first ``steps`` steps of a file, as the model reads them.

    Args:
        path: text in UTF-8, or a table by its ending: ``.csv``, ``.tsv``, ``.parquet``.
        opened: the model. One with an alphabet reads any file as text.
        columns: which columns of a table are features, in this order; all that are numbers if empty.
        steps: characters of a text, rows of a table.

    Raises:
        InputError: the file is not there, is empty, or does not fit the model.
        UnknownNameError: a column that the table does not have.
    """
    if not path.is_file():
        raise InputError(f"{path}: expected a text, a CSV or a Parquet file; there is no such file")
    if opened.alphabet is None and path.suffix.lower() in TABLES:
        return _rows(path, opened.model, columns, steps)
    if columns:
        raise InputError(f"--columns chooses columns of a table; {path.name} is read as text")
    return _text(path, opened, steps)


def _text(path: Path, opened: Opened, steps: int) -> Given:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError(
            f"{path}: expected text in UTF-8, or a table that ends in {', '.join(TABLES)}; its bytes are not text"
        ) from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from None
    if not text:
        raise InputError(f"{path}: expected some text; the file is empty")
    if opened.alphabet is None and opened.encode is None:
        raise InputError(
            f"{path}: text needs a model that knows its characters, which is a run folder, or a function that returns "
            f"(model, encode); a table ends in {', '.join(TABLES)}"
        )
    read = text[:steps]
    said = [f"text: the first {len(read):,} of {counted(len(text), 'character')}"]
    if opened.encode is not None:
        x = opened.encode(read)
        if not isinstance(x, Tensor):
            raise InputError(f"encode: expected a tensor for the model, got {type(x).__name__}")
        said.append(f"encode made of it an input of shape {list(x.shape)}")
        return Given(x, len(read), tuple(read), tuple(said), encoded=True)
    assert opened.alphabet is not None
    ids = opened.alphabet.document(read)
    unknown = int((ids == UNKNOWN).sum())
    if unknown:
        said.append(f"{counted(unknown, 'character')} of it {'is' if unknown == 1 else 'are'} not in its alphabet")
    said.append("step 0 stands before the first character")
    return Given(torch.from_numpy(ids)[:, None], len(ids), ("", *read), tuple(said))


def _rows(path: Path, model: nn.Module, columns: Sequence[str], steps: int) -> Given:
    table = _table(path)
    if table.num_rows == 0:
        raise InputError(f"{path}: expected rows; the table has none")
    names: list[str] = list(table.column_names)
    for name in columns:
        if name not in names:
            raise UnknownNameError("column", name, names)
    chosen = [names.index(name) for name in columns] or [k for k in range(len(names)) if _numeric(table, k)]
    types = ", ".join(f"{n} ({t})" for n, t in zip(names, table.schema.types, strict=True))
    if not chosen or not all(_numeric(table, k) for k in chosen):
        raise InputError(f"{path}: expected columns of numbers; the table has {types}")
    part = table.slice(0, steps)
    values = np.stack([_column(path, part, k) for k in chosen], axis=1)
    used = [names[k] for k in chosen]
    left = [n for k, n in enumerate(names) if k not in chosen]
    said = [
        f"table: the first {len(values):,} of {counted(table.num_rows, 'row')}, a step each",
        f"{counted(len(used), 'feature')}: {', '.join(used)}",
        *([f"left out: {', '.join(left)}"] if left else []),
    ]
    if _reads_ids(model) and values.shape[1] == 1 and (values == np.round(values)).all():
        ids = torch.from_numpy(values.astype(np.int64))
        return Given(ids, len(ids), None, (*said, "whole numbers, given as ids to the model's embedding"))
    dtype = next((p.dtype for p in model.parameters() if p.is_floating_point()), torch.float32)
    return Given(torch.from_numpy(values).to(dtype)[:, None], len(values), None, tuple(said))


def _table(path: Path) -> Any:
    try:
        import pyarrow
        from pyarrow import csv, parquet
    except ImportError:
        raise MissingExtraError("pyarrow", "plots", "reading a table") from None
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            return parquet.read_table(path)
        delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
        return csv.read_csv(path, parse_options=csv.ParseOptions(delimiter=delimiter))
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as a table: {error}") from None


def _numeric(table: Any, k: int) -> bool:
    from pyarrow import types

    kind = table.schema.types[k]
    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind))


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


def _reads_ids(model: nn.Module) -> bool:
    """Whether the first module of a model that has parameters is an embedding."""
    leaves = (m for m in model.modules() if next(m.parameters(recurse=False), None) is not None)
    return isinstance(next(leaves, None), nn.Embedding)
