"""Reads CSV with whatever separates its cells, with or without titles, by PyArrow. Nothing in it is ever evaluated."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
SAMPLE = 1 << 16


def read_delimited(path: Path) -> tuple[Any, list[str]]:
    """The table, and remarks on how it was read where that is not the usual way."""
    from pyarrow import csv as arrow

    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            sample = file.read(SAMPLE)
            while file.read(SAMPLE):
                pass
    except UnicodeDecodeError as error:
        odd = error.object[error.start]
        raise ValueError(f"it is not UTF-8 text: it has byte 0x{odd:02x} ({error.reason}); save it as UTF-8") from None
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
    figures = [title for k, title in enumerate(titles) if numeric(table, k)]
    if not figures and table.num_rows == 0:
        figures = titles
    counting = all(title == str(k) for k, title in enumerate(titles))
    return bool(figures) and not counting and all(is_number(title.replace(point, ".")) for title in figures)


def is_number(text: str) -> bool:
    """Whether a text is one."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def numeric(table: Any, k: int) -> bool:
    """Whether column k of a PyArrow table has numbers."""
    from pyarrow import types

    kind = table.schema.types[k]
    tests = (types.is_integer, types.is_floating, types.is_boolean, types.is_decimal)
    return any(test(kind) for test in tests)
