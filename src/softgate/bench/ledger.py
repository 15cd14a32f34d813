"""The ledger: a CSV file with one row for each case that was run, the newest last.

A case that was wrong or that raised has a row too, with the reason and without numbers; no number is ever NaN. Rows are
added by writing the whole file under another name and renaming it, so a killed run leaves a whole ledger. Two runs at
once may lose rows of each other; they would disturb each other's times as well.
"""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, get_type_hints

from softgate.errors import SoftgateError

PLACE = Path("benchmarks") / "ledger.csv"


class LedgerError(SoftgateError, ValueError):
    """The ledger is not one, or a row does not belong into it."""


@dataclass(frozen=True)
class Row:
    """One case, run once; ``None`` is an empty field.

    Times are in milliseconds of one run, ``other_*`` are those of what it was compared with (``against``), ``ratio_*``
    how many times as long that took (per FLOP where ``against`` says so). ``gflops`` is counted as
    :attr:`softgate.bench.cases.Case.flops`, ``share`` is the part of ``peak_gflops``, measured just before, that the
    needed operations make up. Bytes are peaks above the baseline.
    """

    date: str = ""
    commit: str = ""
    softgate: str = ""
    torch: str = ""
    machine: str = ""
    isa: str = ""
    threads: int | None = None
    case: str = ""
    group: str = ""
    against: str = ""
    cell: str = ""
    T: int | None = None
    B: int | None = None
    I: int | None = None  # noqa: E741 - the letter of the equations
    H: int | None = None
    dtype: str = ""
    mode: str = ""
    pairs: int | None = None
    ours_ms_p10: float | None = None
    ours_ms_median: float | None = None
    ours_ms_p90: float | None = None
    other_ms_p10: float | None = None
    other_ms_median: float | None = None
    other_ms_p90: float | None = None
    ratio_p10: float | None = None
    ratio_median: float | None = None
    ratio_p90: float | None = None
    gflops: float | None = None
    peak_gflops: float | None = None
    share: float | None = None
    ours_bytes: int | None = None
    other_bytes: int | None = None
    note: str = ""
    error: str = ""

    @property
    def characters(self) -> tuple[float, float] | None:
        """Of a case with statistics, characters a second, steps times batch over time: plain, and with statistics."""
        if self.group != "statistics" or not (self.T and self.B and self.ours_ms_median and self.other_ms_median):
            return None
        return 1e3 * self.T * self.B / self.other_ms_median, 1e3 * self.T * self.B / self.ours_ms_median

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if isinstance(value, float) and not math.isfinite(value):
                raise LedgerError(f"row {self.case!r}: {name} is {value}; say in `error` why there is no number")


COLUMNS = tuple(f.name for f in fields(Row))
_KINDS: dict[str, Any] = get_type_hints(Row)


def read(path: Path) -> list[Row]:
    """All rows, the oldest first; none if there is no file.

    Raises:
        LedgerError: the file has a column that no row has, or a field that is not a number where one belongs.
    """
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        table = csv.DictReader(file)
        unknown = set(table.fieldnames or ()) - set(COLUMNS)
        if unknown:
            raise LedgerError(
                f"{path}: unknown columns {', '.join(sorted(map(str, unknown)))}; it is not a ledger of this version, "
                "move it out of the way"
            )
        return [_parse(line, f"{path}, line {number}") for number, line in enumerate(table, 2)]


def append(path: Path, rows: Iterable[Row]) -> None:
    """Add rows at the end; the file and its folder are made if they are not there."""
    everything = [*read(path), *rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            file.write(to_text(everything))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def to_text(rows: Sequence[Row]) -> str:
    """The file, heading included."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_text(value) for value in asdict(row).values()] for row in rows)
    return out.getvalue()


def newest(rows: Iterable[Row]) -> list[Row]:
    """The last row of each case, of those made as the very last one was: machine, instruction set, threads."""
    found = list(rows)
    if not found:
        return []
    way = _way(found[-1])
    return list({row.case: row for row in found if _way(row) == way}.values())


def _way(row: Row) -> tuple[object, ...]:
    return row.machine, row.isa, row.threads


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else " ".join(str(value).split())


def _parse(line: dict[Any, Any], where: str) -> Row:
    values: dict[str, Any] = {}
    if None in line:
        raise LedgerError(f"{where}: more fields than columns")
    for name, text in line.items():
        kind = _KINDS[name]
        try:
            if kind is str:
                values[name] = text or ""
            else:
                values[name] = (int if kind == int | None else float)(text) if text else None
        except ValueError as error:
            raise LedgerError(f"{where}: {name} is a number; got {text!r}") from error
    return Row(**values)
