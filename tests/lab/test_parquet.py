"""A file of rows is what was written, or it is damaged: never something else."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from softgate.lab.parquet import COLUMNS, DamagedError, parquet, read
from softgate.lab.rows import begun
from softgate.lab.study import Study, Variant

STUDY = Study("s", "q", "h", "m", (Variant("lstm", {"cell": "lstm"}),), ({"task": "adding"},), seeds=3, rates=(0.01,))


def rows() -> list[dict[str, object]]:
    told = {"score": 0.25, "history": [0.5, 0.25], "history_steps": [1, 2], "chance": 0.5, "higher_is_better": True}
    return [{**dict.fromkeys(COLUMNS), **begun(run), **told, "largest.c": 1.5} for run in STUDY.runs()]


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(parquet(rows()))
    assert read(tmp_path / "a.parquet") == rows()


def test_no_flipped_bit_is_another_result(tmp_path: Path) -> None:
    data, path, draw = parquet(rows()), tmp_path / "a.parquet", random.Random(0)
    found = 0
    for at in range(0, len(data), 11):
        bad = bytearray(data)
        bad[at] ^= 1 << draw.randrange(8)
        path.write_bytes(bad)
        try:
            assert read(path) == rows()
        except DamagedError:
            found += 1
    assert found > len(data) / 11 / 3


def test_rows_that_another_program_wrote_are_damage(tmp_path: Path) -> None:
    import pandas as pd

    (tmp_path / "a.parquet").write_bytes(parquet(rows()))
    pd.read_parquet(tmp_path / "a.parquet").assign(score=1.0).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(DamagedError, match="it has no SHA-256 of its rows: another program wrote it"):
        read(tmp_path / "a.parquet")


def test_a_column_that_is_gone(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    (tmp_path / "a.parquet").write_bytes(parquet(rows()))
    table = pq.read_table(tmp_path / "a.parquet")
    pq.write_table(table.rename_columns(["seef" if n == "seed" else n for n in table.column_names]), tmp_path / "b")
    with pytest.raises(DamagedError, match="it has no column seed"):
        read(tmp_path / "b")
