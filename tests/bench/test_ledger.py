"""The ledger: what is written is read, nothing is lost, nothing is NaN."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from pathlib import Path

import pytest

from softgate.bench import ledger
from softgate.bench.ledger import COLUMNS, LedgerError, Row

FULL = Row(
    date="2030-01-31T12:00:00Z", commit="0123456789ab+dirty", softgate="0.1.0", torch="2.9.0", machine="A, 2 cores",
    isa="avx2", threads=2, case="train/t2-b1-i3-h4", group="grid", against="nn.LSTM", cell="lstm", T=2, B=1, I=3, H=4,
    dtype="float32", mode="training", pairs=7, ours_ms_p10=1.0, ours_ms_median=1.25, ours_ms_p90=1.5, other_ms_p10=2.0,
    other_ms_median=2.5, other_ms_p90=3.0, ratio_p10=1.9, ratio_median=2.0, ratio_p90=2.1, gflops=10.0,
    peak_gflops=100.0, share=0.1, ours_bytes=123456789, other_bytes=2, note='a "note", with commas', error="",
)  # fmt: skip


def test_round_trip(tmp_path: Path) -> None:
    place = tmp_path / "deeper" / "ledger.csv"
    ledger.append(place, [FULL])
    ledger.append(place, [Row(case="b", error="wrong: y"), replace(FULL, case="c")])
    assert ledger.read(place) == [FULL, Row(case="b", error="wrong: y"), replace(FULL, case="c")]
    assert [p.name for p in place.parent.iterdir()] == ["ledger.csv"]
    assert len(place.read_text().splitlines()) == 4


def test_no_file_is_no_rows(tmp_path: Path) -> None:
    assert ledger.read(tmp_path / "none.csv") == []


def test_an_older_ledger_without_a_column_is_read(tmp_path: Path) -> None:
    place = tmp_path / "ledger.csv"
    place.write_text("case,threads,share\na,2,0.5\n")
    assert ledger.read(place) == [Row(case="a", threads=2, share=0.5)]


@pytest.mark.parametrize(
    ("text", "message"),
    [("case,colour\na,red\n", "unknown columns colour"), ("case,T\na,many\n", "line 2: T is a number; got 'many'"),
     ("case,share\na,nan\n", "share is nan"), ("case,T\na,2,3\n", "more fields")],
)  # fmt: skip
def test_what_is_no_ledger_is_refused_and_left_alone(text: str, message: str, tmp_path: Path) -> None:
    place = tmp_path / "ledger.csv"
    place.write_text(text)
    with pytest.raises(LedgerError, match=message):
        ledger.append(place, [FULL])
    assert place.read_text() == text


def test_a_killed_run_leaves_the_old_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "ledger.csv"
    ledger.append(place, [FULL])

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        ledger.append(place, [FULL])
    assert ledger.read(place) == [FULL]
    assert [p.name for p in tmp_path.iterdir()] == ["ledger.csv"]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_no_row_holds_what_is_no_number(value: float) -> None:
    with pytest.raises(LedgerError, match="ratio_median is"):
        replace(FULL, ratio_median=value)


def test_an_error_of_several_lines_is_one_line(tmp_path: Path) -> None:
    ledger.append(tmp_path / "l.csv", [Row(case="a", error="wrong:\n  y\tis off")])
    assert ledger.read(tmp_path / "l.csv")[0].error == "wrong: y is off"


def test_newest_takes_the_last_row_of_each_case_made_in_the_way_of_the_last() -> None:
    elsewhere = replace(FULL, isa="avx512", case="x")
    old, new, other = replace(FULL, pairs=1), replace(FULL, pairs=2), replace(FULL, case="other")
    assert ledger.newest([elsewhere, old, other, new]) == [new, other]
    assert ledger.newest([]) == []


def test_the_columns_that_the_readme_and_the_issues_speak_of_are_there() -> None:
    assert {"case", "commit", "isa", "threads", "ratio_p10", "ratio_median", "ratio_p90", "share", "error"} <= {
        *COLUMNS
    }
