"""Columns of a table as the features of a model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from softgate.tables import Frame, InputError
from softgate.text.words import counted


def rows_of(frame: Frame, columns: Sequence[str], steps: int) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """The first ``steps`` rows, [T, I], of the named columns or of all that are numbers; and what was done, in words.

    Raises:
        InputError: there are no rows, or a cell is no finite number.
        UnknownNameError: a column that the table does not have.
    """
    if frame.rows == 0:
        raise InputError(f"{frame.path}: expected rows; the table has none")
    for name in columns:
        frame.place(name)
    used = list(columns) or frame.numbers()
    if not used or frame.numbers(used) != used:
        raise InputError(f"{frame.path}: expected columns of numbers; the table has {frame.types}")
    part = Frame(frame.path, frame.table.slice(0, steps))
    values = np.stack([_finite(part, name) for name in used], axis=1)
    left = [name for name in frame.names if name not in used]
    said = (
        f"table: the first {len(values):,} of {counted(frame.rows, 'row')}, a step each",
        *frame.remarks,
        f"{counted(len(used), 'feature')}: {', '.join(used)}",
        *([f"left out: {', '.join(left)}"] if left else []),
    )
    return values, said


def _finite(frame: Frame, name: str) -> NDArray[np.float64]:
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
