"""`softgate lab`: run, go on, show; 80 columns, whatever names there are."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from lab import standin
from lab.test_runner import study
from softgate import lab
from softgate.cli import app
from softgate.lab import runner
from softgate.lab.show import table
from softgate.lab.store import frame


def call(*words: str) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["lab", *words], env={"COLUMNS": "80"})
    return found.exit_code, found.output


def test_run_goes_on_and_show_repeats_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(runner.run.__kwdefaults__, "trainer", "lab.standin:instant")
    (tmp_path / "s.json").write_text(study().to_json())
    out = str(tmp_path / "r")
    code, said = call("run", str(tmp_path / "s.json"), "--out", out, "--backend", "sequential", "--seeds", "2")
    assert code == 0
    assert "8 of 8 runs made in" in said
    code, said = call("run", str(tmp_path / "s.json"), "--out", out, "--backend", "sequential")
    assert "4 of 12 runs made in" in said
    code, shown = call("show", out)
    assert (code, shown.strip() in said) == (0, True)
    assert max(map(len, shown.splitlines())) <= 80
    assert "parity, guessing 0" in shown


def test_the_table_says_what_went_wrong_and_keeps_to_80_columns() -> None:
    one = study(variants=[lab.Variant("v" * 60, {"cell": "lstm"})], tasks=[{"task": "t" * 100}])
    rows = [standin.row(r) | {"diverged": True, "score": 1e-9} for r in one.runs()]
    rows[0] |= {"score": None, "error": "ValueError: " + "long\n" * 50}
    said = table(frame(rows))
    assert max(map(len, said.splitlines())) <= 80
    assert "1 of 6 runs have an error:\n      1 x ValueError: long long" in said
    assert "6 of 6 runs diverged." in said
    assert table(frame([rows[0]])).startswith("1 of 1 runs have an error")


def test_errors_are_one_line(tmp_path: Path) -> None:
    code, said = call("show", str(tmp_path))
    assert (code, said.count("\n")) == (2, 1)
    assert "has no results" in said
    code, said = call("run", str(tmp_path / "none.json"))
    assert code == 2
    assert "none.json cannot be read" in said
