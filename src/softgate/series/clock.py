"""When the rows of a table were: their names, whether they are in order, and how far they are apart."""

from __future__ import annotations

import numpy as np

from softgate.dates import TIMES
from softgate.tables import Frame, InputError
from softgate.text.words import counted


def is_clock(frame: Frame, name: str) -> bool:
    """Whether a column of numbers only tells time."""
    if name.strip().lower() not in TIMES:
        return False
    dated = frame.dates()
    steps = np.diff(frame.column(name))
    return (dated is not None and dated[0] == name) or bool((steps > 0).all() or (steps < 0).all())


def when(frame: Frame) -> tuple[tuple[str, ...], str, float]:
    """A name for each row, what is said of it, and the seconds between rows, NaN if that is not known.

    Raises:
        InputError: times do not rise from row to row, or day and month of dates cannot be told apart.
    """
    found = frame.dates()
    if found is None:
        return tuple(str(k) for k in range(frame.rows)), _undated(frame), np.nan
    name, dates = found
    gaps = np.diff(dates).astype("timedelta64[s]").astype(np.float64)
    wrong = np.flatnonzero(np.isnat(dates[1:]) | np.isnat(dates[:-1]) | (gaps <= 0))
    if len(wrong):
        raise InputError(
            f"{frame.path}: expected times that rise from row to row; {name} has {dates[wrong[0]]} in row "
            f"{wrong[0] + 1} and {dates[wrong[0] + 1]} after it: sort the table, and take rows out that occur twice"
        )
    usual = float(np.median(gaps))
    uneven = int((np.abs(gaps - usual) > 0.2 * usual).sum())
    days = (dates == dates.astype("datetime64[D]")).all()
    names = dates.astype("datetime64[D]") if days else dates
    said = f" from {names[0]} to {names[-1]} ({name})"
    if uneven:
        said += f"; {counted(uneven, 'step')} between them of another length than usual, taken as one row all the same"
    return tuple(map(str, names)), said, usual


def _undated(frame: Frame) -> str:
    """What is said of a table in which no dates were found; one whose clock runs backwards is refused."""
    kinds = dict(zip(frame.names, frame.table.schema.types, strict=True))
    clocks = [name for name in frame.names if name.strip().lower() in TIMES]
    for name in frame.numbers(clocks):
        values = frame.column(name)
        if frame.rows > 1 and (np.diff(values) < 0).all():
            raise InputError(
                f"{frame.path}: expected times that rise from row to row; {name} falls from {values[0]:g} to "
                f"{values[-1]:g}: sort the table"
            )
    unread = [f"column {n} ({kinds[n]}) was not read as dates" for n in clocks if not frame.numeric(n)]
    return f"; {', '.join(unread)}: order and gaps are not checked" if unread else ""
