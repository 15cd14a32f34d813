"""Reads the file a user gives: text, CSV or Parquet, as the input of a model. Nothing in it is ever evaluated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from softgate.look.inputs import id_type, number_type
from softgate.look.model import Opened
from softgate.look.symbols import Symbols
from softgate.look.table import rows_of
from softgate.series.origin import Origin
from softgate.series.scaling import Scaling
from softgate.tables import TABLES, Frame, InputError, is_table, read_table
from softgate.text.alphabet import UNKNOWN
from softgate.text.words import counted

__all__ = ["Given", "InputError", "own_table", "read"]


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


def own_table(opened: Opened) -> Path:
    """The table that a forecaster was trained on, for where no other is named.

    Raises:
        InputError: the model is no forecaster, or its table is unknown, gone or changed.
    """
    if opened.scaling is None:
        raise InputError(
            "INPUT: expected a text, a CSV or a Parquet file, as in softgate inspect MODEL INPUT; only a run of "
            "softgate train series knows its own"
        )
    if opened.origin is None:
        raise InputError("INPUT: this run does not say where its table is; name the file to read")
    return opened.origin.found()


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
        return _forecaster(path, opened.scaling, steps, opened.origin)
    if opened.alphabet is None and opened.symbols is None and is_table(path):
        return _rows(path, opened, columns, steps)
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
    if opened.alphabet is None and opened.encode is None and opened.symbols is None:
        raise InputError(
            f"{path}: text needs a model that knows its characters, which is a run folder; --alphabet FILE, with the "
            "symbols of the model in the order of their ids; or a function that encodes it, by --encode "
            f"module:function or in a pair (model, encode); a table ends in {', '.join(TABLES)}"
        )
    if opened.symbols is not None:
        return _symbols(text, opened, opened.symbols, steps)
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


def _forecaster(path: Path, scaling: Scaling, steps: int, origin: Origin | None) -> Given:
    """A table as a forecaster reads it: its columns, scaled as in training, what is missing marked.

    What was trained on is said, for a unit follows a label there as it need not anywhere else.
    """
    frame = read_table(path)
    if frame.rows == 0:
        raise InputError(f"{path}: expected rows; the table has none")
    part = Frame(path, frame.table.slice(0, steps))
    x = torch.from_numpy(scaling.read(part))[:, None]
    said = (
        f"table: the first {part.rows:,} of {counted(frame.rows, 'row')}, a step each",
        _used(path, part.rows, origin),
        *frame.remarks,
        f"{counted(len(scaling.features), 'feature')}, scaled as in training: {', '.join(scaling.features)}",
    )
    return Given(x, part.rows, None, said, frame=frame)


def _used(path: Path, rows: int, origin: Origin | None) -> str:
    """What the rows from the first were to the run."""
    if origin is None:
        return "whether they were trained on is not known: the run does not say which file it read"
    if not origin.is_file(path):
        return "not the file that the run was trained on, as it was then"
    return origin.use(rows)


def _symbols(text: str, opened: Opened, symbols: Symbols, steps: int) -> Given:
    """Ids of symbols; for a model whose layers read features, each as a one among zeros."""
    read = symbols.split(text, steps)
    ids, unknown = symbols.encode(read)
    said = [
        f"text: the first {counted(len(read), 'symbol')}, of {counted(len(text), 'character')} in all",
        f"an alphabet of {counted(len(symbols.ids), 'symbol')}",
    ]
    if unknown:
        said.append(f"{counted(unknown, 'symbol')} of it {'is' if unknown == 1 else 'are'} not in the alphabet")
    kind = id_type(opened.model)
    if kind is not None:
        x = torch.tensor(ids, dtype=kind)[:, None]
    else:
        x = torch.nn.functional.one_hot(torch.tensor(ids), len(symbols)).to(number_type(opened.model))[:, None]
        said.append(f"each symbol as a one among {len(symbols)} features, for the model reads no ids")
    return Given(x, len(ids), tuple(read), tuple(said), text=text)


def _rows(path: Path, opened: Opened, columns: Sequence[str], steps: int) -> Given:
    frame = read_table(path)
    values, said = rows_of(frame, columns, steps)
    kind = id_type(opened.model)
    if kind is not None and values.shape[1] == 1 and (values == values.round()).all():
        said = (*said, "whole numbers, given as ids to the model")
        return Given(torch.from_numpy(values).to(kind), len(values), None, said, frame=frame)
    dtype = number_type(opened.model)
    return Given(torch.from_numpy(values).to(dtype)[:, None], len(values), None, said, frame=frame)
