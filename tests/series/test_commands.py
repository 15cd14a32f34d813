"""`softgate train series` and `softgate inspect --labels`, from the command line to the page."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet
from safetensors.torch import load_file
from typer.testing import CliRunner, Result

from softgate.cli import app
from softgate.look.model import open_model
from softgate.series import bucket
from softgate.tables import read_table
from softgate.text.alphabet import Alphabet
from softgate.train import CharacterModel, RunFolder, Settings

TINY = ("--hidden-size", "4", "--steps", "32", "--updates", "30")


def softgate(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a table and a run on it, trained once."""
    folder = tmp_path_factory.mktemp("trained")
    bucket.write(folder / "catchment.csv", days=500)
    table, out = folder / "catchment.csv", folder / "runs" / "series"
    result = softgate("train", "series", table, "--target", "flow", "--inputs", "rain,temp", "--out", out, *TINY)
    assert result.exit_code == 0, result.output
    for wanted in ("500 rows from 1990-01-01", "persistence", "linear AR", "NSE, 95 %", "report.html"):
        assert wanted in result.output
    return folder


@pytest.fixture
def run(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(trained, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here" / "runs" / "series"


def test_a_run_is_a_folder_and_goes_on(run: Path) -> None:
    names = {path.name for path in run.iterdir()}
    assert names >= {
        "config.json",
        "model.safetensors",
        "metrics.parquet",
        "report.html",
        "results.json",
        "forecasts.parquet",
    }
    assert load_file(run / "model.safetensors")["lstm.weight_hh_l0"].shape == (16, 4)
    config = json.loads((run / "config.json").read_text())
    assert config["kind"] == "series"
    rain = read_table(Path("catchment.csv")).column("rain")[:300]
    assert config["scaling"]["centre"][0] == pytest.approx(rain.mean())
    results = json.loads((run / "results.json").read_text())
    judged = parquet.read_table(run / "forecasts.parquet").to_pydict()
    errors = np.array(judged["observed"]) - np.array(judged["LSTM"])
    assert results["LSTM"]["mse"] == pytest.approx(np.mean(errors**2))
    assert results["LSTM"]["rows"] == len(judged["when"]) == 125
    page = (run / "report.html").read_text()
    for wanted in ("Against what it has to beat", "What came, and what was forecast", "Forecasting flow"):
        assert wanted in page
    same = ("train", "series", "catchment.csv", "--target", "flow", "--inputs", "rain,temp", *TINY)
    again = softgate(*same)
    assert again.exit_code == 0, again.output
    assert "going on after 30 updates" in again.output
    other = softgate(*same, "--horizon", "2")
    assert other.exit_code == 2
    assert "horizon is 1 there and 2 here" in other.output
    bucket.write("catchment.csv", days=500, seed=4)
    changed = softgate(*same)
    assert changed.exit_code == 2
    assert "the table is not the one that the run began with" in changed.output


def test_inspect_shows_labels_beside_the_units_of_a_run(run: Path) -> None:
    seen = softgate("inspect", run, "catchment.csv", "--labels", "snow_depth,soil", "--out", "seen", "--steps", "300")
    assert seen.exit_code == 0, seen.output
    for wanted in (
        "a forecaster of flow",
        "scaled as in training: rain, temp",
        "snow_depth: ",
        "last 32 inputs",
        "linear, 4",
    ):
        assert wanted in seen.output
    assert {"label-snow_depth.svg", "label-soil.png", "index.html"} <= {p.name for p in Path("seen").iterdir()}
    page = Path("seen/index.html").read_text()
    for wanted in (
        "What its units know",
        "rank correlation",
        "snow_depth and lstm.l0.c",
        "not that the network uses it",
    ):
        assert wanted in page
    assert open_model(str(run)).scaling is not None
    lines = ["label", *(str(k % 3) if k % 50 else "" for k in range(500))]
    Path("marks.csv").write_text("\n".join(f"{line},x" for line in lines))
    holes = softgate("inspect", run, "catchment.csv", "--labels", "marks.csv:label", "--out", "seen2", "--steps", "400")
    assert holes.exit_code == 0, holes.output
    assert "label: 8 of 400 steps have no number and are not judged" in holes.output


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ("snow", "label 'snow': expected one of date, rain"),
        ("constant.csv", "is 1 at all of 500 steps"),
        ("short.csv:k", "as many numbers as catchment.csv has rows, 500; got 3"),
    ],
)
def test_labels_that_do_not_fit(run: Path, labels: str, words: str) -> None:
    Path("constant.csv").write_text("k\n" + "1\n" * 500)
    Path("short.csv").write_text("k\n1\n2\n3\n")
    result = softgate("inspect", run, "catchment.csv", "--labels", labels)
    assert result.exit_code == 2, result.output
    assert words in result.output


def test_a_text_has_the_labels_of_its_tokenizer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = "def f(x):\n    return ['a', (x, 'b')]  # so\n" * 20
    Path("a.py").write_text(text)
    alphabet, settings = Alphabet.of([text]), Settings(hidden_size=6, embedding_size=4)
    Path("run").mkdir()
    RunFolder("run").create(
        {"subject": "x", "settings": settings.as_dict(), "alphabet": alphabet.characters, "text": "x"}
    )
    model = CharacterModel(len(alphabet), 6, 1, 4, seed=0)
    from safetensors.torch import save_file

    save_file(dict(model.state_dict()), "run/model.safetensors")
    Path("mine.py").write_text("def vowel(text): return [c in 'aeiou' for c in text]\n")
    result = softgate("inspect", "run", "a.py", "--labels", "depth,mine:vowel", "--steps", "400")
    assert result.exit_code == 0, result.output
    for wanted in ("depth: ", "6-gram"):
        assert wanted in result.output
    # What was read last decides this one: a count of one character knows it, all of it.
    assert re.search(r"vowel: .*\n  linear, 6 units [\d.]+ \[.*\]; 6-gram 1.000 \[1.000, 1.000\]", result.output)


def test_text_is_still_trained_on_and_a_file_may_be_called_series(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("series").write_text("so much depends\nupon\n" * 300)
    text = softgate("train", "./series", "--hidden-size", "4", "--seconds", "0")
    assert text.exit_code == 0, text.output
    assert "file to train on" in text.output
    missing = softgate("train", "series")
    assert missing.exit_code == 2
    assert "TABLE" in missing.output
    assert "train series" in softgate("--help").output


def test_a_learning_rate_is_a_number(run: Path) -> None:
    for rate in ("inf", "nan", "0"):
        found = softgate("train", "series", "catchment.csv", "--target", "flow", "--learning-rate", rate, "--out", "x")
        assert found.exit_code == 2
        assert "expected a finite number above 0" in re.sub(r"[\s│]+", " ", found.output)
    gone = softgate("train", "series", "gone.csv", "--target", "flow")
    assert gone.exit_code == 2
    assert "there is no such file" in gone.output


def test_a_name_with_a_comma_stands_in_quotation_marks(tmp_path: Path) -> None:
    rows = "".join(f"{k % 7},{k % 5}\n" for k in range(200))
    (tmp_path / "t.csv").write_text('"rain, mm","flow, m3/s"\n' + rows)
    asked = ("--target", '"flow, m3/s"', "--inputs", '"rain, mm"', "--out", tmp_path / "run", *TINY)
    made = softgate("train", "series", tmp_path / "t.csv", *asked)
    assert made.exit_code == 0, made.output
    assert "forecasts flow, m3/s 1 row ahead from rain, mm" in made.output
    shown = softgate(
        "inspect", tmp_path / "run", tmp_path / "t.csv", "--labels", '"flow, m3/s"', "--out", tmp_path / "page"
    )
    assert shown.exit_code == 0, shown.output
    assert "flow, m3/s: " in shown.output


def test_labels_are_found_before_anything_runs(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the model ran")

    monkeypatch.setattr("softgate.look.examine.examine", never)
    Path("failing.py").write_text("def broken(columns):\n    return columns['gone']\n")
    monkeypatch.syspath_prepend(".")
    for label, words in (("nothing", "label 'nothing': expected one of"), ("failing:broken", "raised KeyError")):
        result = softgate("inspect", run, "catchment.csv", "--labels", label)
        assert result.exit_code != 0
        assert words in " ".join((result.output + str(result.exception)).split())
