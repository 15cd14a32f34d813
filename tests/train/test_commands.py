"""`softgate demo` and `softgate train`, from the command line to the report, with very little training."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from safetensors.torch import load_file
from typer.testing import CliRunner, Result

from softgate.cli import app
from softgate.train import RunFolder
from softgate.train.stages import MILESTONES

TINY = ["--hidden-size", "16", "--seconds", "1"]


def softgate(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.slow
def test_the_demo_writes_a_report_on_the_standard_library(tmp_path: Path) -> None:
    result = softgate("demo", "--out", tmp_path / "run", "--characters", 120_000, *TINY)
    assert result.exit_code == 0, result.output
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert names >= {"config.json", "model.safetensors", "metrics.parquet", "report.html"}
    page = (tmp_path / "run" / "report.html").read_text()
    assert len(page) < 3e6
    for wanted in (
        "inside a string",
        "bracket depth",
        "untrained twin",
        "forget gate f",
        "7-gram",
        "temperature 0.8",
        "What the memory cells do",
    ):
        assert wanted in page
    for wanted in (
        "the first 4,096 characters at most",
        "Counted over",
        "favours the k-grams",
        "twin, 95 %",
        "because",
    ):
        assert wanted in page
    assert "7/7" in result.output
    assert "in an untrained twin: " in result.output
    for wanted in ("held-out bits a character", "best k-gram", "memory cells: ", "report.html", "file://"):
        assert wanted in result.output
    weights = load_file(tmp_path / "run" / "model.safetensors")
    assert weights["lstm.weight_hh_l0"].shape == (64, 16)


@pytest.mark.slow
def test_training_on_files_of_ones_own_goes_on_and_is_not_mixed_up(tmp_path: Path) -> None:
    (tmp_path / "verse.txt").write_text("so much depends\nupon\n\na red wheel\nbarrow\n" * 300)
    run = ["train", tmp_path / "verse.txt", "--out", tmp_path / "run", "--hidden-size", "16", "--layers", "2"]
    first = softgate(*run, "--seconds", "0.5")
    assert first.exit_code == 0, first.output
    assert "1 file to train on" in first.output
    page = (tmp_path / "run" / "report.html").read_text()
    assert "verse.txt" in page
    assert "bracket" not in re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert "in which column" in page
    assert "There was one file only" in page
    second = softgate(*run, "--seconds", "1")
    assert second.exit_code == 0, second.output
    assert "going on after" in second.output
    saved = RunFolder(tmp_path / "run").load()
    assert saved is not None
    assert saved[1].seconds >= 1.0
    assert json.loads((tmp_path / "run" / "config.json").read_text())["settings"]["seconds"] == 1.0
    other = softgate(*run, "--seconds", "1", "--seed", "4")
    assert other.exit_code == 2
    assert "seed is 0 there and 4 here" in other.output
    (tmp_path / "verse.txt").write_text("other words\n" * 200)
    changed = softgate(*run, "--seconds", "1")
    assert changed.exit_code == 2
    assert "the text is not the one that the run began with" in changed.output


@pytest.mark.slow
def test_control_c_saves_and_says_how_to_go_on(tmp_path: Path) -> None:
    arguments = ["demo", "--out", str(tmp_path), "--characters", "60000", "--hidden-size", "16", "--seconds", "600"]
    command = [sys.executable, "-m", "softgate", *arguments]
    alone = os.environ | {"OMP_NUM_THREADS": "1"}  # of a small net two threads do no more, and wait where others work
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=alone)
    began = time.monotonic()
    while not list((tmp_path / "stages").glob("*.safetensors")):  # it has learned something
        assert time.monotonic() - began < 120
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    said = child.communicate(timeout=60)[1]
    assert child.returncode == 130, said
    assert "the same command goes on from there" in said
    assert "Traceback" not in said
    saved = RunFolder(tmp_path).load()
    assert saved is not None
    assert not saved[1].finished
    assert saved[1].characters >= MILESTONES[0]


def test_without_the_extra_the_line_that_installs_it_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "softgate.train.loop", raising=False)
    monkeypatch.setitem(sys.modules, "lightning.pytorch", None)
    result = softgate("demo", "--out", tmp_path / "run", "--characters", 20_000)
    assert result.exit_code == 2
    assert "training needs lightning, which is not installed: pip install 'softgate[train]'" in result.output
    assert not (tmp_path / "run").exists()


def test_a_file_without_text_is_an_error_in_words(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("")
    result = softgate("train", tmp_path / "empty.txt", "--out", tmp_path / "run")
    assert result.exit_code == 2
    assert "no text to train on in 1 file" in result.output
    assert not (tmp_path / "run").exists()


def verse(folder: Path) -> Path:
    (folder / "verse.txt").write_text("so much depends\nupon\n\na red wheel\nbarrow\n" * 300)
    return folder / "verse.txt"


def test_too_little_text_is_an_error_before_there_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "two.txt").write_text("ab")
    result = softgate("train", tmp_path / "two.txt", "--out", tmp_path / "run")
    assert result.exit_code == 2
    assert "too little text: expected at least 200 characters to train on, got 1" in result.output
    assert not (tmp_path / "run").exists()


def test_a_folder_that_cannot_be_one_is_an_error_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/nope")):
        result = softgate("train", verse(tmp_path), "--out", out, *TINY)
        assert result.exit_code == 2, result.output
        assert f"expected a folder for the run that exists or can be made, got {out}" in result.output


@pytest.mark.parametrize(
    "config", ['{"format": 1}', '{"format": 1, "settings": {"no": 1}}', '{"format": 1, "settings": 3}']
)
def test_a_config_of_something_else_is_an_error_in_words(tmp_path: Path, config: str) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").write_text(config)
    result = softgate("train", verse(tmp_path), "--out", tmp_path / "run", *TINY)
    assert result.exit_code == 2, result.output
    assert "expected settings and text of a run" in result.output
    assert (tmp_path / "run" / "config.json").read_text() == config


def test_a_folder_at_work_is_left_alone(tmp_path: Path) -> None:
    with RunFolder(tmp_path / "run").locked():
        result = softgate("train", verse(tmp_path), "--out", tmp_path / "run", *TINY)
    assert result.exit_code == 2
    assert f"is in use by another process ({os.getpid()})" in result.output


def test_files_left_out_are_named_and_cannot_act_on_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = tmp_path / "text"
    text.mkdir()
    verse(text)
    for number in range(7):
        (text / f"bad{number}\x1b[2J.txt").write_bytes(b"\xff\xfe\x00")
    monkeypatch.setattr("softgate.commands.train.execute", lambda *_: None)
    result = softgate("train", text, "--out", tmp_path / "run", *TINY)
    assert result.exit_code == 0, result.output
    assert result.output.count("UnicodeDecodeError") == 5
    assert "left out: 2 more" in result.output
    assert "\x1b" not in result.output


def test_control_c_while_measuring_says_that_the_training_is_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("softgate.report.findings.examine", interrupted)
    result = softgate("train", verse(tmp_path), "--out", tmp_path / "run", "--hidden-size", "8", "--seconds", "0.1")
    assert result.exit_code == 130
    assert "the training is saved, and the same command goes on with the report" in result.output
    assert (tmp_path / "run" / "training.safetensors").exists()


def test_a_diverged_training_is_one_line_and_goes_on_with_a_smaller_rate(tmp_path: Path) -> None:
    run = ["train", verse(tmp_path), "--out", tmp_path / "run", "--hidden-size", "8"]
    result = softgate(
        *run, "--seconds", "60", "--learning-rate", "1e30"
    )  # ends at its second step, however long it takes
    run += ["--seconds", "1"]
    assert result.exit_code == 2, result.output
    assert re.search(
        r"^error: training diverged at step \d+: .* learning rate \S+; .* --learning-rate", result.output, re.MULTILINE
    )
    assert "Traceback" not in result.output
    again = softgate(*run, "--learning-rate", "1e-2")
    assert again.exit_code == 0, again.output
    assert "going on after 0 s and 0 characters" in again.output
    assert (tmp_path / "run" / "report.html").exists()
    other = softgate(*run, "--learning-rate", "1e-3")
    assert "learning_rate is 0.01 there and 0.001 here" in other.output


@pytest.mark.parametrize("rate", ["inf", "nan", "-1"])
def test_a_rate_that_is_no_number_is_refused(tmp_path: Path, rate: str) -> None:
    result = softgate("train", verse(tmp_path), "--out", tmp_path / "run", f"--learning-rate={rate}")
    assert result.exit_code == 2
    assert "Invalid value for '--learning-rate'" in result.output
    assert not (tmp_path / "run").exists()


def test_a_model_without_room_is_refused_before_there_is_a_folder(tmp_path: Path) -> None:
    result = softgate("train", verse(tmp_path), "--out", tmp_path / "run", "--hidden-size", "10000000")
    assert result.exit_code == 2
    said = r"^error: a model with --hidden-size 10000000 .* has 400,0[\d,]+ parameters, .* [\d,.]+ GiB of memory"
    assert re.search(said, result.output, re.MULTILINE), result.output
    assert not (tmp_path / "run").exists()
