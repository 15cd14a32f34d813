"""Stages of a training: at which characters, and that a kill neither loses nor repeats one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from softgate.train import Progress, stages
from softgate.train.loop import fit
from softgate.train.stages import MILESTONES, Stages
from train.test_run import settings, training

MARKS = (500, 1000, 2000, 3000)


def test_the_milestones_go_by_one_two_five_and_are_bounded() -> None:
    assert MILESTONES[:7] == (100_000, 200_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000)
    assert len(MILESTONES) == 16


def linear(value: float) -> torch.nn.Module:
    model = torch.nn.Linear(3, 2)
    torch.nn.init.constant_(model.weight, value)
    return model


def test_a_stage_is_kept_where_a_milestone_is_crossed_and_nowhere_else(tmp_path: Path) -> None:
    kept = Stages(tmp_path)
    assert not kept.take(linear(0.0), 0, Progress(characters=99_999), 3.0)
    assert kept.take(linear(1.0), 99_999, Progress(characters=100_500), 2.5)
    assert not kept.take(linear(2.0), 100_500, Progress(characters=199_999), 2.4)
    assert kept.take(linear(3.0), 199_999, Progress(characters=200_000), 2.25)
    found = kept.load(10**9)
    assert [(stage.milestone, stage.characters, stage.bits) for stage in found] == [
        (100_000, 100_500, 2.5),
        (200_000, 200_000, 2.25),
    ]
    assert [float(stage.weights["weight"][0, 0]) for stage in found] == [1.0, 3.0]
    assert [stage.milestone for stage in kept.load(199_999)] == [100_000]


def test_what_would_be_too_large_or_is_not_finite_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Stages(tmp_path)
    assert not kept.take(linear(float("nan")), 0, Progress(characters=100_000), 2.0)
    monkeypatch.setattr(stages, "MOST_BYTES", 31)  # there are 8 numbers of 4 bytes
    assert not kept.take(linear(1.0), 0, Progress(characters=100_000), 2.0)
    assert kept.load(10**9) == []


def test_a_file_that_is_none_is_left_out_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    kept = Stages(tmp_path)
    kept.take(linear(1.0), 0, Progress(characters=100_000), 2.0)
    kept.take(linear(1.0), 100_000, Progress(characters=200_000), 2.0)
    (tmp_path / "stages" / "000000100000.safetensors").write_bytes(b"nonsense")
    assert [stage.milestone for stage in kept.load(10**9)] == [200_000]
    assert "000000100000.safetensors cannot be read" in caplog.text


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from train import test_run, test_stages
from softgate.train import loop, stages
stages.MILESTONES = test_stages.MARKS
loop.SAVE_EVERY = 1e9
run = test_run.training(Path(sys.argv[2]), test_run.settings(45))
take = run.stages.take
def then_die(model, before, progress, bits):
    loop.SAVE_EVERY = 0.0 if 1200 <= progress.characters < 1400 else 1e9
    if take(model, before, progress, bits) and progress.characters >= 2000:
        os.kill(os.getpid(), signal.SIGKILL)
run.stages.take = then_die
loop.fit(run, [])
"""


def test_a_run_that_was_killed_at_a_stage_ends_with_the_stages_of_one_that_was_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kill comes after a stage was written and before the state is: the stage is of a future that is lost."""
    monkeypatch.setattr(stages, "MILESTONES", MARKS)
    whole = training(tmp_path / "whole", settings(45))
    fit(whole, [])

    cut = tmp_path / "cut"
    command = [sys.executable, "-c", KILLED, str(Path(__file__).parents[1]), str(cut)]
    assert subprocess.run(command, env=dict(os.environ), check=False).returncode == -signal.SIGKILL
    assert max(path.name for path in (cut / "stages").glob("*.safetensors")) == "000000002000.safetensors"
    (cut / "stages" / ".x.1.tmp").write_bytes(b"half")
    second = training(cut, settings(45))
    assert second.restore()
    assert second.progress.characters < 2000
    assert [path.name for path in sorted((cut / "stages").iterdir())] == [f"{n:012d}.safetensors" for n in MARKS[:2]]
    fit(second, [])

    mine, others = second.stages.load(10**9), whole.stages.load(10**9)
    assert [stage.milestone for stage in others] == list(MARKS)
    assert [(s.milestone, s.characters) for s in mine] == [(s.milestone, s.characters) for s in others]
    for one, other in zip(mine, others, strict=True):
        for name, value in other.weights.items():
            assert torch.equal(one.weights[name], value), (one.milestone, name)
    last = load_file(cut / "model.safetensors")
    assert not torch.equal(mine[0].weights["head.weight"], last["head.weight"])
