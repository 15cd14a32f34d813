"""`softgate lab`: run, go on, show; 80 columns, whatever names there are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from lab import standin
from lab.test_runner import study
from softgate import lab
from softgate.cli import app
from softgate.lab import runner
from softgate.lab.first import FIRST, check_names
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


def test_a_first_study_is_written_and_can_be_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, said = call("new")
    assert (code, said.splitlines()[-1].strip()) == (0, "softgate lab run study.json")
    assert "study.json: 12 runs." in said
    assert lab.Study.read("study.json") == FIRST
    code, said = call("run", "study.json", "--quick", "--backend", "sequential")
    assert (code, "failed" in said) == (0, False)
    assert "4 of 4 runs made in" in said
    assert lab.load("runs/lab/first-quick")["error"].isna().all()
    (tmp_path / "study.json").write_text("mine")
    code, said = call("new")
    assert (code, (tmp_path / "study.json").read_text()) == (2, "mine")
    assert "study.json is there already, and is left as it is" in said
    code, said = call("new", "no/such/folder.json")
    assert code == 2
    assert "no/such/folder.json cannot be written: No such file or directory" in said


MISSPELT: dict[str, tuple[dict[str, Any], str]] = {
    "cell": (
        {"variants": [{"name": "a", "cell": {"cell": "lstn"}}]},
        "variant 'a': unknown cell 'lstn'; did you mean 'lstm'",
    ),
    "option of a cell": (
        {"variants": [{"name": "a", "cell": {"cell": "lstm", "candidat": "tanh"}}]},
        "variant 'a': unknown option of cell lstm 'candidat'; did you mean 'candidate'?",
    ),
    "task": ({"tasks": [{"task": "paritty"}]}, "tasks: unknown task 'paritty'; did you mean 'parity'?"),
    "option of a task": (
        {"tasks": [{"task": "parity", "stps": 20}]},
        "tasks: unknown option (of parity) 'stps'; did you mean 'steps'?",
    ),
    "value of an option": (
        {"tasks": [{"task": "parity", "steps": 2.5}]},
        "tasks: parity: steps: expected int, as 32, got 2.5",
    ),
    "measure": ({"measures": ["saturatoin"]}, "measures: unknown measure 'saturatoin'; did you mean 'saturation'?"),
    "field": ({"sedes": 3}, "study: unknown fields sedes; known are"),
}


@pytest.mark.parametrize("what", MISSPELT)
def test_what_is_misspelt_is_said_before_anything_is_made(tmp_path: Path, what: str) -> None:
    changes, wanted = MISSPELT[what]
    (tmp_path / "s.json").write_text(json.dumps(json.loads(study().to_json()) | changes))
    code, said = call("run", str(tmp_path / "s.json"), "--out", str(tmp_path / "r"))
    assert code == 2
    assert said.count("\n") <= 2  # the second line lists what is known
    assert said.startswith("error: ")
    assert wanted in said
    assert not (tmp_path / "r").exists()


def test_cells_and_measures_of_ones_own_are_not_imported_to_be_checked() -> None:
    own = lab.Variant("own", {"equations": "nowhere:cell"})
    check_names(study(variants=[own], measures=("nowhere:measure",)))


@pytest.mark.parametrize("words", [(), ("new",), ("run",), ("show",)])
def test_help_keeps_to_80_columns(words: tuple[str, ...]) -> None:
    code, said = call(*words, "--help")
    assert code == 0
    assert max(map(len, said.splitlines())) <= 80
    assert "lab new" in said or words == ("show",)


def test_errors_are_one_line(tmp_path: Path) -> None:
    code, said = call("show", str(tmp_path))
    assert (code, said.count("\n")) == (2, 1)
    assert "has no results" in said
    code, said = call("run", str(tmp_path / "none.json"))
    assert code == 2
    assert "none.json cannot be read: No such file or directory; expected a study, as `softgate lab new`" in said
    code, said = call("run", str(tmp_path))
    assert (code, said.count("\n")) == (2, 1)
    assert f"{tmp_path} cannot be read: Is a directory; expected a study" in said
    (tmp_path / "broken.json").write_text("{")
    code, said = call("run", str(tmp_path / "broken.json"))
    assert (code, said.count("\n")) == (2, 1)
    assert "broken.json: a study is JSON; this is not: Expecting property name" in said
