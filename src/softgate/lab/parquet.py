"""Rows as a Parquet file, and back: nothing is read that is not what was written.

Pages of Parquet carry checksums, but its footer, with the names of columns and where they are, does not. So the SHA-256
of the rows stands in the file too and is computed anew when it is read. The key of a row is not written: it is that of
its run, and random digits are half of a file whose rows keep no curves.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from softgate.errors import MissingExtraError

__all__ = ["COLUMNS", "DamagedError", "parquet", "read"]

Row = Mapping[str, Any]

DIGEST = b"softgate.rows.sha256"
"""What the digest of the rows is called in the metadata of a file."""

KEY = "key"
COLUMNS = {
    "key": "string",
    "variant": "string",
    "task": "string",
    "seed": "int64",
    "rate": "double",
    "steps": "int64",
    "batch": "int64",
    "hidden_size": "int64",
    "loss": "double",
    "score": "double",
    "solved": "bool",
    "steps_to_solved": "double",
    "diverged": "bool",
    "seconds": "double",
    "error": "string",
    "chance": "double",
    "higher_is_better": "bool",
    "parameters": "int64",
    "history": "list<double>",
    "history_steps": "list<int64>",
    "history_loss": "list<double>",
    "measured_at": "list<int64>",
    "run": "string",
}
"""The columns of every row, null where there is nothing to say. Others are measures: numbers, or lists of them."""


class DamagedError(ValueError):
    """A file that is not what was written."""


def parquet(rows: Sequence[Row]) -> bytes:
    """A file of rows. Columns that :data:`COLUMNS` does not have are numbers, or lists of them."""
    pa, pq = _arrow()
    types = {"list<double>": pa.list_(pa.float64()), "list<int64>": pa.list_(pa.int64()), "bool": pa.bool_()}
    extra = {name: value for row in rows for name, value in row.items() if name not in COLUMNS and value is not None}
    schema = {name: types.get(kind) or pa.type_for_alias(kind) for name, kind in COLUMNS.items() if name != KEY}
    schema |= {name: types["list<double>"] if isinstance(v, list) else pa.float64() for name, v in extra.items()}
    table = pa.Table.from_pylist([dict(row) for row in rows], pa.schema(list(schema.items())))
    table = table.replace_schema_metadata({DIGEST: _digest(table.to_pylist())})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, write_page_checksum=True, compression="zstd")
    data: bytes = sink.getvalue().to_pybytes()
    return data


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a file.

    Raises:
        FileNotFoundError: there is none.
        DamagedError: it cannot be read, or is not what was written.
    """
    pa, pq = _arrow()
    try:
        with path.open("rb") as file:
            # No threads: a process that ends soon after may abort when Arrow's are still there.
            table = pq.ParquetFile(file, page_checksum_verification=True, pre_buffer=False).read(use_threads=False)
        found: list[dict[str, Any]] = table.to_pylist()
    except FileNotFoundError:
        raise
    except (OSError, ValueError, MemoryError, pa.ArrowException) as error:
        raise DamagedError(str(error)) from None
    if lacking := sorted(set(COLUMNS) - {KEY} - set(table.column_names)):
        raise DamagedError(f"it has no column {', '.join(lacking)}")
    wanted = (table.schema.metadata or {}).get(DIGEST)
    if wanted is None:
        raise DamagedError("it has no SHA-256 of its rows: another program wrote it")
    if wanted != _digest(found):
        raise DamagedError("its rows are not those that were written: their SHA-256 is another one")
    for row in found:
        row[KEY] = hashlib.sha256(str(row["run"]).encode()).hexdigest()
    return found


def _digest(rows: list[dict[str, Any]]) -> bytes:
    """Of all names and values, in their order."""
    return hashlib.sha256(json.dumps(rows, ensure_ascii=True).encode()).hexdigest().encode()


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtraError("pyarrow", "lab", "a folder of results") from None
    return pyarrow, pyarrow.parquet
