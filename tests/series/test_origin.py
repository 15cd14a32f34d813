"""A run knows the table that it was trained on, as long as that is there and the same."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from softgate.cli import app
from softgate.series import bucket
from softgate.series.origin import Origin

TINY = ("--hidden-size", "4", "--steps", "32", "--updates", "10")


def softgate(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def _flat(result: Result) -> str:
    return " ".join(result.output.split())


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run whose table was named by a path relative to the folder that commands are given in."""
    monkeypatch.chdir(tmp_path)
    bucket.write(Path("catchment.csv"), days=400)
    made = softgate("train", "series", "catchment.csv", "--target", "flow", "--inputs", "rain", "--out", "run", *TINY)
    assert made.exit_code == 0, made.output
    return tmp_path / "run"


def test_a_table_is_found_again_while_it_is_the_same(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = Path("catchment.csv").resolve()
    kept = json.loads((run / "config.json").read_text())["origin"]
    assert (kept["given"], kept["path"]) == ("catchment.csv", str(table))
    assert kept["sha256"] == hashlib.sha256(table.read_bytes()).hexdigest()
    elsewhere = run.parent / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    shown = softgate("inspect", run, "--labels", "snow_depth", "--steps", "380")
    assert shown.exit_code == 0, shown.output
    assert "snow_depth: " in shown.output
    page = " ".join((elsewhere / "inspect" / "index.html").read_text().split())
    assert "the first 380 of 400 rows" in page
    assert "of these the run was trained on rows 1 to 240, chosen by rows 241 to 300, judged by rows 301 to 380" in page
    table.write_text(table.read_text().replace("1990-01-01", "1989-12-31"))
    changed = softgate("inspect", run)
    assert changed.exit_code == 2
    assert "is not as it was when this run was trained on it (SHA-256 " in _flat(changed)
    table.rename(table.with_name("moved.csv"))
    gone = softgate("inspect", run)
    assert gone.exit_code == 2
    assert "is not there any more; name the file to read" in _flat(gone)
    named = softgate("inspect", run, table.with_name("moved.csv"), "--steps", "60")
    assert named.exit_code == 0, named.output
    assert "not the file that the run was trained on" in _flat(named)


def test_what_does_not_know_its_input_says_so(run: Path) -> None:
    config = json.loads((run / "config.json").read_text())
    for odd in (None, 3, {**config["origin"], "path": 7}):
        (run / "config.json").write_text(json.dumps({**config, "origin": odd}))
        result = softgate("inspect", run)
        assert result.exit_code == 2
        assert "this run does not say where its table is; name the file to read" in _flat(result)
    Path("origin_net.py").write_text("import softgate as sg\ndef made(): return sg.LSTM(2, 2)\n")
    other = softgate("inspect", "origin_net:made")
    assert other.exit_code == 2
    assert "INPUT: expected a text, a CSV or a Parquet file" in _flat(other)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (5, "trained on rows 1 to 5"),
        (10, "trained on rows 1 to 10"),
        (11, "trained on rows 1 to 10, chosen by rows 11 to 11"),
        (20, "trained on rows 1 to 10, chosen by rows 11 to 15, judged by rows 16 to 20"),
    ],
)
def test_the_use_of_each_row_is_told(rows: int, said: str) -> None:
    assert Origin("a", "/a", "0", 10, 15).use(rows) == f"of these the run was {said}"
