"""A folder of results: one row a run, written as they come, whole at every moment.

    study.json       the study as it was run last
    machine.json     on what, one entry for each time the runner was at work
    runs.parquet     the rows, once the runner came to its end
    parts/           rows that came since
    damaged/         files that could not be read, kept for you to look at; their runs are done again
    .lock            held by the runner at work

Every file is written under a temporary name and renamed. A key has one row: when a process was killed between writing
``runs.parquet`` and removing the parts in it, the row that is there twice is read once. A file holds the SHA-256 of its
rows (:mod:`softgate.lab.parquet`), so a flipped bit is damage and not another result.
"""

from __future__ import annotations

import contextlib
import json
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from softgate.disk import locked, replace_file, sweep
from softgate.errors import MissingExtraError, SoftgateError
from softgate.lab.parquet import COLUMNS, DamagedError, parquet, read

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "ResultsError", "ResultsWarning", "Store"]

Row = Mapping[str, Any]


class ResultsError(SoftgateError, ValueError):
    """A folder that cannot hold results, or cannot be written, or holds those of something else."""


class ResultsWarning(UserWarning):
    """A file of results cannot be read; the message names it."""


class Store:
    """Reads and writes the files of one folder."""

    def __init__(self, path: Path | str):
        self.path = Path(path)

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Make the folder, keep other processes out of it, and clear what a killed one left half written.

        Raises:
            ResultsError: it cannot be made or written.
            LockedError: another process is at work in it.
        """
        with self._writing(self.path):
            (self.path / "parts").mkdir(parents=True, exist_ok=True)
            guard = locked(self.path)
            guard.__enter__()
        try:
            with self._writing(self.path):
                for folder in (self.path, self.path / "parts"):
                    sweep(folder)
            yield
        finally:
            guard.__exit__(None, None, None)

    def append(self, rows: Sequence[Row]) -> None:
        """Write rows to a part of their own.

        Raises:
            ResultsError: the disk is full, or the folder cannot be written; what was there is still there.
        """
        numbers = [int(p.stem) for p in self.parts() if p.stem.isdecimal()]
        self._write(self.path / "parts" / f"{max(numbers, default=0) + 1:06d}.parquet", rows)

    def compact(self) -> None:
        """Put all rows into ``runs.parquet``, then remove the parts."""
        parts = self.parts()
        if parts:
            self._write(self.path / "runs.parquet", list(self.rows()))
            with self._writing(self.path / "parts"):
                for part in parts:
                    part.unlink()

    def parts(self) -> list[Path]:
        """Files of rows that are not in ``runs.parquet`` yet, the oldest first."""
        return sorted((self.path / "parts").glob("*.parquet"))

    def rows(self, damaged: list[Path] | None = None) -> Iterator[dict[str, Any]]:
        """Every row, once. Files that cannot be read are put into ``damaged``; without it, a warning names them."""
        seen: set[str] = set()
        for path in [self.path / "runs.parquet", *self.parts()]:
            try:
                found = read(path)
            except FileNotFoundError:
                continue  # there is none yet, or the runner has just compacted
            except DamagedError as error:
                if damaged is None:
                    warnings.warn(f"{path} cannot be read and is left out: {error}", ResultsWarning, stacklevel=2)
                else:
                    damaged.append(path)
                continue
            for row in found:
                if row["key"] not in seen:
                    seen.add(row["key"])
                    yield row

    def mend(self) -> list[Path]:
        """Set files aside that cannot be read, and say which; what they held is missing then."""
        damaged: list[Path] = []
        for _ in self.rows(damaged):
            pass
        moved = []
        for path in damaged:
            with self._writing(path):
                (self.path / "damaged").mkdir(exist_ok=True)
                names = (f"{path.stem}{f'-{k}' * bool(k)}.parquet" for k in range(1000))
                target = next(t for t in (self.path / "damaged" / n for n in names) if not t.exists())
                moved.append(path.rename(target))
        return moved

    def keep(self, name: str, value: Any) -> None:
        """Write a file of JSON."""
        with self._writing(self.path / name):
            text = value if isinstance(value, str) else json.dumps(value, indent=1, ensure_ascii=False) + "\n"
            replace_file(self.path / name, text.encode("utf-8", "surrogatepass"))

    def kept(self, name: str) -> Any:
        """What is in a file of JSON; None where there is none, or it is not JSON."""
        try:
            return json.loads((self.path / name).read_bytes())
        except (OSError, ValueError):
            return None

    def forget(self, keys: set[str]) -> None:
        """Remove the rows of these keys, so that their runs are made again."""
        rows = list(self.rows())
        if any(row["key"] in keys for row in rows):
            parts = self.parts()
            self._write(self.path / "runs.parquet", [row for row in rows if row["key"] not in keys])
            with self._writing(self.path / "parts"):
                for part in parts:
                    part.unlink()

    def _write(self, path: Path, rows: Sequence[Row]) -> None:
        with self._writing(path):
            replace_file(path, parquet(rows))

    @contextlib.contextmanager
    def _writing(self, path: Path) -> Iterator[None]:
        try:
            yield
        except (FileExistsError, NotADirectoryError):
            raise ResultsError(f"expected a folder for results, got {self.path}: there is a file in its way") from None
        except OSError as error:
            raise ResultsError(
                f"{path} cannot be written: {error.strerror or error}; the results so far are kept, and the same call "
                "goes on from there"
            ) from None


def frame(rows: Iterable[Row]) -> pd.DataFrame:
    """Rows as a table, the columns of :data:`COLUMNS` first; null is NaN or None."""
    try:
        import pandas as pd
    except ImportError:
        raise MissingExtraError("pandas", "lab", "a table of results") from None
    found = list(rows)
    extra = dict.fromkeys(name for row in found for name in row if name not in COLUMNS)
    return pd.DataFrame(found, columns=[*COLUMNS, *extra])
