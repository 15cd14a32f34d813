"""Dates as people write them, in text or as whole numbers like 20011231; ISO 8601 is read before it comes here.

Known imperfection: names of months are English, and abbreviated to three letters or not at all.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

__all__ = ["TIMES", "forms_of", "in_form"]

TIMES = ("date", "datetime", "day", "hour", "month", "time", "timestamp", "year")
"""Titles of columns that tell time, in small letters."""

DAYS = (
    "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y-%m-%d",
    "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d. %B %Y", "%b %Y", "%B %Y", "%Y-%m",
)  # fmt: skip
CLOCKS = ("", " %H:%M", " %H:%M:%S", "T%H:%M", "T%H:%M:%S")
FORMS = tuple(day + clock for clock, day in itertools.product(CLOCKS, DAYS))


def forms_of(cells: Sequence[str | None]) -> list[str]:
    """The forms in which every cell that is not empty is a date; more than one where day and month look alike."""
    filled = [cell.strip() for cell in cells if cell and cell.strip()]
    if not filled:
        return []
    return [form for form in FORMS if _reads(filled[0], form) and all(_reads(cell, form) for cell in filled)]


def in_form(cells: Sequence[str | None], form: str) -> NDArray[np.datetime64]:
    """The cells, [rows], as `forms_of` said that they can be read; NaT where one is empty."""
    plain = [datetime.strptime(cell.strip(), form) if cell and cell.strip() else None for cell in cells]
    return np.array(plain, dtype="datetime64[s]")


def _reads(cell: str, form: str) -> bool:
    try:
        datetime.strptime(cell, form)
    except ValueError:
        return False
    return True
