"""The command: the table, the rows in their two formats, the figure, and what is refused before anything is trained."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

import softgate as sg
from limits.helpers import right
from softgate.cli import app
from softgate.limits import study as module
from softgate.limits.nets import Protocol
from softgate.limits.study import Study, study, write_rows
from softgate.tasks.formal import get


@pytest.fixture(scope="module")
def small() -> Study:
    return study(get("anbn"), [0, 1], Protocol(units=2, train_to=8, steps=400), most=60, beside=("gru", "rnn"))


def test_rows_say_what_whole_strings_say(small: Study) -> None:
    for row, trained, repaired in zip(small.rows, small.nets, small.digitised, strict=True):
        assert row.fails
        assert all(right(trained.net, "anbn", n) for n in range(1, row.measured))
        assert not right(trained.net, "anbn", row.measured)
        assert all(right(repaired.model, "anbn", n) for n in (1, 2, 9, row.digitised))
        assert row.error == abs(row.predicted - row.measured) / row.measured
        assert 0 < row.iterated <= 1


def test_both_files_hold_the_same_rows(small: Study, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    rows = (*small.rows, *small.others)
    with write_rows(rows, tmp_path / "r.csv").open(encoding="utf-8") as file:
        read = list(csv.DictReader(file))
    table = pq.read_table(write_rows(rows, tmp_path / "r.parquet")).to_pylist()
    assert [{k: "" if v is None else str(v) for k, v in row.items()} for row in table] == read
    assert [row["measured"] for row in table] == [row.measured for row in rows]
    assert [row["cell"] for row in table] == ["lstm"] * 2 + ["gru"] * 2 + ["rnn"] * 2
    assert [row["digitised"] is None for row in table] == [False] * 2 + [True] * 4
    with pytest.raises(sg.UnknownNameError, match=r"known: \.csv, \.parquet"):
        write_rows(small.rows, tmp_path / "r.xlsx")


def test_the_table_fits_and_the_figure_has_all_panels(small: Study) -> None:
    lines = small.text().splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split()[:3] == ["seed", "loss", "measured"]
    spec = small.figure().to_dict()
    over_time, against, reaches = spec["vconcat"]
    drawn = spec["datasets"]
    assert [v["series"] for v in drawn[over_time["data"]["name"]]] == ["trained", "digitised"]
    assert drawn[against["layer"][1]["data"]["name"]][0]["m"] == [row.measured for row in small.rows]
    cells = drawn[reaches["layer"][1]["data"]["name"]]
    assert cells[0]["cell"] == ["lstm"] * 2 + ["digitised"] * 2 + ["gru"] * 2 + ["rnn"] * 2
    assert cells[0]["n"][:2] == [row.measured - 1 for row in small.rows]
    assert cells[0]["n"][4:] == [row.measured - 1 for row in small.others]
    assert drawn[reaches["layer"][0]["data"]["name"]][0]["at"] == [8]


def test_a_net_that_counts_less_far_once_it_is_exact_is_named(small: Study) -> None:
    assert "count less far" not in small.text()
    first = replace(small.rows[0], measured=85, fails=True, digitised=25)
    told = replace(small, rows=(first, *small.rows[1:])).text()
    assert f"digitised nets that count less far: seed {first.seed} ({first.longest} -> 25)" in told


def test_the_command(small: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "study", lambda *_, **__: small)
    rows, figure = tmp_path / "rows.csv", tmp_path / "f.svg"
    done = CliRunner().invoke(app, ["limits", "anbn", "--nets", "2", "--out", str(rows), "--figure", str(figure)])
    assert done.exit_code == 0, done.output
    assert small.text() in done.output
    assert rows.read_text(encoding="utf-8").startswith("language,seed")
    assert figure.read_text(encoding="utf-8").startswith("<svg")
    page = tmp_path / "page.html"
    done = CliRunner().invoke(app, ["limits", "anbn", "--out", str(page)])
    assert f"Page: {page}" in done.output
    text = page.read_text(encoding="utf-8")
    assert "Limits of anbn" in text
    assert "vega-lite" in text
    assert text.count("<td>gru</td>") == 2


def test_the_command_trains_others_unless_it_is_told_not_to(
    small: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(module, "study", lambda *_, beside, **__: asked.append(beside) or small)
    for more in ([], ["--alone"]):
        CliRunner().invoke(app, ["limits", "anbn", "--out", str(tmp_path / "r.csv"), *more])
    assert asked == [("gru", "rnn"), ()]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["abba"], "unknown language 'abba'"),
        (["anbn", "--out", "rows.doc"], "known: .csv, .parquet, .html"),
        (["anbn", "--figure", "f.gif"], "known: .svg, .png, .html, .json"),
        (["anbn", "--out", "/nowhere/at/all.parquet"], "cannot write /nowhere/at/all.parquet"),
        (["anbn", "--figure", "/nowhere/f.svg"], "cannot write /nowhere/f.svg"),
        (["anbn", "--out", "."], "ending of a file of rows"),
        (["anbn", "--dtype", "int8"], "dtype must be one of float64"),
    ],
)
def test_what_is_refused_is_refused_first(words: list[str], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("it began to train")

    monkeypatch.setattr(module, "study", never)
    done = CliRunner().invoke(app, ["limits", *words])
    assert done.exit_code == 2
    assert said in " ".join(done.output.replace("│", "").split())
