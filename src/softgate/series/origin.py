"""Where a run's table is: its path as it was given and absolute, and the SHA-256 of its bytes.

A run folder may be moved and its table changed, so a path alone is no proof: a file counts as the run's only while it
has the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from softgate.tables import InputError

__all__ = ["Origin"]


@dataclass(frozen=True)
class Origin:
    """The file that a run was trained on.

    Attributes:
        given: its path as it was given.
        path: the same, absolute.
        sha256: of its bytes, in hexadecimal digits.
        trained, chosen: rows before the first are trained on, those before the second choose, the rest judge.
    """

    given: str
    path: str
    sha256: str
    trained: int
    chosen: int

    @classmethod
    def of(cls, table: Path, trained: int, chosen: int) -> Origin:
        """That of a table that is there."""
        return cls(str(table), str(table.resolve()), _digest(table), trained, chosen)

    @classmethod
    def from_dict(cls, values: Any) -> Origin | None:
        """The inverse of `as_dict`; None where a run has none, or something else in its place."""
        kinds = {"given": str, "path": str, "sha256": str, "trained": int, "chosen": int}
        if not isinstance(values, Mapping) or any(type(values.get(name)) is not kind for name, kind in kinds.items()):
            return None
        return cls(**{name: values[name] for name in kinds})

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    def is_file(self, table: Path) -> bool:
        """Whether a file has the bytes that were trained on."""
        return table.is_file() and _digest(table) == self.sha256

    def found(self) -> Path:
        """The table, where it is still there and the same.

        Raises:
            InputError: it is gone, or has changed.
        """
        places = list(dict.fromkeys((Path(self.path), Path(self.given))))
        there = [place for place in places if place.is_file()]
        for place in there:
            if self.is_file(place):
                return place
        if there:
            raise InputError(
                f"INPUT: {there[0]} is not as it was when this run was trained on it (SHA-256 "
                f"{_digest(there[0])[:12]}, then {self.sha256[:12]}); name the file to read"
            )
        raise InputError(f"INPUT: the table of this run, {self.path}, is not there any more; name the file to read")

    def use(self, rows: int) -> str:
        """What the first so many rows were used for, in words; rows count from 1."""
        starts, ends = (0, self.trained, self.chosen), (self.trained, self.chosen, rows)
        parts = zip(("trained on", "chosen by", "judged by"), starts, ends, strict=True)
        said = [f"{what} rows {a + 1:,} to {min(b, rows):,}" for what, a, b in parts if a < min(b, rows)]
        return f"of these the run was {', '.join(said)}"


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror or error}") from None
