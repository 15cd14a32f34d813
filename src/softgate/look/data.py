"""Reads the file a user gives: text, CSV or Parquet, as the input of a model. Nothing in it is ever evaluated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from softgate.look.model import Opened
from softgate.series.scaling import Scaling
from softgate.tables import TABLES, Frame, InputError, is_table, read_table
from softgate.text.alphabet import UNKNOWN
from softgate.text.words import counted


@dataclass(frozen=True)
class Given:
    """What goes into a model.

    Attributes:
        x: ids [T, 1] or features [T, 1, I]; what ``encode`` gave, where the user has one.
        steps: T.
        labels: what was read at each step, where that is text.
        said: what was done, in sentences.
        encoded: ``x`` is as the model wants it, whatever its layout.
        frame: the whole table, of one.
        text: the whole text, of one.
    """

    x: Tensor
    steps: int
    labels: tuple[str, ...] | None
    said: tuple[str, ...]
    encoded: bool = False
    frame: Frame | None = None
    text: str | None = None


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
    if opened.scaling is not None:
        if columns:
            raise InputError(f"--columns: this run reads {', '.join(opened.scaling.inputs)}, as it was trained")
        return _forecaster(path, opened.scaling, steps)
    if opened.alphabet is None and is_table(path):
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
        return Given(x, len(read), tuple(read), tuple(said), encoded=True, text=text)
    assert opened.alphabet is not None
    ids = opened.alphabet.document(read)
    unknown = int((ids == UNKNOWN).sum())
    if unknown:
        said.append(f"{counted(unknown, 'character')} of it {'is' if unknown == 1 else 'are'} not in its alphabet")
    said.append("step 0 stands before the first character")
    return Given(torch.from_numpy(ids)[:, None], len(ids), ("", *read), tuple(said), text=text)


def _forecaster(path: Path, scaling: Scaling, steps: int) -> Given:
    """A table as a forecaster reads it: its columns, scaled as in training, what is missing marked."""
    frame = read_table(path)
    if frame.rows == 0:
        raise InputError(f"{path}: expected rows; the table has none")
    part = Frame(path, frame.table.slice(0, steps))
    x = torch.from_numpy(scaling.read(part))[:, None]
    said = (
        f"table: the first {part.rows:,} of {counted(frame.rows, 'row')}, a step each",
        f"{counted(len(scaling.features), 'feature')}, scaled as in training: {', '.join(scaling.features)}",
    )
    return Given(x, part.rows, None, said, frame=frame)


def _rows(path: Path, model: nn.Module, columns: Sequence[str], steps: int) -> Given:
    frame = read_table(path)
    if frame.rows == 0:
        raise InputError(f"{path}: expected rows; the table has none")
    for name in columns:
        frame.place(name)
    used = list(columns) or frame.numbers()
    if not used or frame.numbers(used) != used:
        raise InputError(f"{path}: expected columns of numbers; the table has {frame.types}")
    part = Frame(path, frame.table.slice(0, steps))
    values = np.stack([_column(part, name) for name in used], axis=1)
    left = [name for name in frame.names if name not in used]
    said = [
        f"table: the first {len(values):,} of {counted(frame.rows, 'row')}, a step each",
        f"{counted(len(used), 'feature')}: {', '.join(used)}",
        *([f"left out: {', '.join(left)}"] if left else []),
    ]
    if _reads_ids(model) and values.shape[1] == 1 and (values == np.round(values)).all():
        ids = torch.from_numpy(values.astype(np.int64))
        return Given(ids, len(ids), None, (*said, "whole numbers, given as ids to the model's embedding"), frame=frame)
    dtype = next((p.dtype for p in model.parameters() if p.is_floating_point()), torch.float32)
    return Given(torch.from_numpy(values).to(dtype)[:, None], len(values), None, tuple(said), frame=frame)


def _column(frame: Frame, name: str) -> NDArray[np.float64]:
    """A column as numbers, all of them finite."""
    values = frame.column(name)
    wrong = np.flatnonzero(~np.isfinite(values))
    if len(wrong):
        cells = counted(len(wrong), "cell")
        raise InputError(
            f"{frame.path}: column {name!r} has {cells} without a finite number, the first in row "
            f"{wrong[0] + 1} after the title; fill or remove them, or choose other columns with --columns"
        )
    return values


def _reads_ids(model: nn.Module) -> bool:
    """Whether the first module of a model that has parameters is an embedding."""
    leaves = (m for m in model.modules() if next(m.parameters(recurse=False), None) is not None)
    return isinstance(next(leaves, None), nn.Embedding)
