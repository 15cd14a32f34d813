"""A run: it learns, it goes on to the very same weights after an interruption, and no kill can break its folder."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from softgate.disk import LockedError
from softgate.text.alphabet import Alphabet, Ids
from softgate.train import CharacterModel, Lanes, RunFolder, RunFolderError, Settings
from softgate.train.clock import StepClock
from softgate.train.diverged import DivergedError
from softgate.train.loop import Training, fit
from softgate.train.observe import bits_per_character

TEXT = "".join(f"def f{k % 7}(x):\n    return [x, {k % 3}]\n\n\n" for k in range(400))
SMALL = Settings(hidden_size=24, embedding_size=8, batch_size=4, steps_per_chunk=20, seconds=1e6, learning_rate=1e-2)


def ids() -> tuple[list[Ids], int]:
    alphabet = Alphabet.of([TEXT])
    return [alphabet.document(part) for part in (TEXT[:9000], TEXT[9000:])], len(alphabet)


def training(folder: Path, settings: Settings) -> Training:
    documents, size = ids()
    model = CharacterModel(size, settings.hidden_size, settings.layers, settings.embedding_size, seed=settings.seed)
    run = RunFolder(folder)
    run.create({"settings": settings.as_dict()})
    lanes = Lanes(documents[:1], settings.batch_size, settings.steps_per_chunk, settings.seed)
    return Training(model, lanes, settings, run)


def settings(chunks: int) -> Settings:
    return Settings(**{**SMALL.as_dict(), "max_chunks": chunks})


def test_it_learns_and_leaves_a_whole_folder_without_pickles(tmp_path: Path) -> None:
    run = training(tmp_path, settings(300))
    before = bits_per_character(run.model, ids()[0][1:])
    fit(run, [])
    after = bits_per_character(run.model, ids()[0][1:])
    assert before > 3.5
    assert after < 1.0
    assert run.progress.chunks == 300
    assert run.progress.finished
    assert {path.name for path in tmp_path.iterdir()} == {
        "config.json",
        "metrics.parquet",
        "model.safetensors",
        "training.safetensors",
    }
    weights = load_file(tmp_path / "model.safetensors")
    assert set(weights) == set(run.model.state_dict())
    rows = run.folder.metrics()
    assert rows[-1]["chunks"] == 300
    assert rows[-1]["bits"] < rows[0]["bits"] or len(rows) == 1


class Stop(Exception):
    pass


def test_an_interrupted_run_ends_in_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than one epoch, so that the order of the text is shuffled anew after the interruption."""
    whole = training(tmp_path / "whole", settings(140))
    assert whole.lanes.chunks_per_epoch < 130
    fit(whole, [])

    first = training(tmp_path / "cut", settings(140))
    count = first._count

    def cut(nats: float, characters: int) -> None:
        count(nats, characters)
        if first.progress.chunks == 61:
            raise Stop

    monkeypatch.setattr(first, "_count", cut)
    with pytest.raises(Stop):
        fit(first, [])
    second = training(tmp_path / "cut", settings(140))
    assert second.restore()
    assert second.progress.chunks == 61
    fit(second, [])
    assert second.progress.characters == whole.progress.characters
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, second.model.state_dict()[name]), name


def test_the_time_that_was_used_is_not_given_back(tmp_path: Path) -> None:
    run = training(tmp_path, Settings(**{**SMALL.as_dict(), "seconds": 0.5}))
    fit(run, [])
    assert 0.5 <= run.progress.seconds < 5
    again = training(tmp_path, run.settings)
    assert again.restore()
    assert again.fraction == 1.0
    fit(again, [])
    assert again.progress == run.progress


def test_the_rate_rises_and_falls_to_the_end_of_the_time() -> None:
    rates = [SMALL.rate(fraction) for fraction in np.linspace(0, 1, 101)]
    assert max(rates) == pytest.approx(SMALL.learning_rate, rel=1e-3)
    assert rates[-1] == pytest.approx(0.02 * SMALL.learning_rate)
    assert rates[2:] == sorted(rates[2:], reverse=True)


KILLED = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import test_run, softgate.train.loop as loop
loop.SAVE_EVERY = 0.0
for _ in sys.stdin:  # a process each, of what was imported once
    child = os.fork()
    if not child:
        run = test_run.training(Path(sys.argv[2]), test_run.settings(10**6))
        run.restore()
        print("ready", run.progress.chunks, os.getpid(), flush=True)
        loop.fit(run, [])
    print("ended", os.WTERMSIG(os.waitpid(child, 0)[1]), flush=True)
"""


def wait_for_a_save(path: Path) -> None:
    began, before = time.monotonic(), path.stat().st_mtime_ns if path.exists() else 0
    while not path.exists() or path.stat().st_mtime_ns == before:
        assert time.monotonic() - began < 120
        time.sleep(0.001)


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_a_run_that_goes_on(tmp_path: Path) -> None:
    """The child saves after every chunk, so most kills fall into the middle of a save."""
    random = np.random.default_rng(0)
    reached = 0
    command = [sys.executable, "-c", KILLED, str(Path(__file__).parent), str(tmp_path)]
    alone = os.environ | {"OMP_NUM_THREADS": "1"}  # of a small net two threads do no more, and wait where others work
    runner = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=alone)
    assert runner.stdin is not None
    assert runner.stdout is not None
    for _ in range(4):
        runner.stdin.write("go\n")
        runner.stdin.flush()
        ready, chunks, child = runner.stdout.readline().split()
        assert (ready, int(chunks)) == ("ready", reached)
        wait_for_a_save(tmp_path / "training.safetensors")
        time.sleep(float(random.uniform(0, 0.1)))
        os.kill(int(child), signal.SIGKILL)
        assert runner.stdout.readline() == f"ended {signal.SIGKILL:d}\n"
        saved = RunFolder(tmp_path).load()
        assert saved is not None
        _, progress, metrics = saved
        assert progress.chunks > reached
        assert all(row["chunks"] <= progress.chunks for row in metrics)
        assert set(load_file(tmp_path / "model.safetensors")) >= {"head.weight"}
        reached = progress.chunks
    runner.communicate(timeout=60)
    assert runner.returncode == 0
    training(tmp_path, settings(10))
    assert list(tmp_path.glob(".*.tmp")) == []


def test_what_is_no_run_is_refused_in_words(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    assert folder.config() is None
    assert folder.load() is None
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(RunFolderError, match="is not JSON"):
        folder.config()
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(RunFolderError, match="not of this version"):
        folder.config()
    (tmp_path / "training.safetensors").write_bytes(b"nonsense")
    with pytest.raises(RunFolderError, match="delete it to start the run anew"):
        folder.load()


def test_differences_are_named_but_a_longer_run_is_none() -> None:
    other = Settings(**{**SMALL.as_dict(), "hidden_size": 32, "seconds": 5.0})
    assert SMALL.differences(other) == ["hidden_size is 24 there and 32 here"]
    slower = Settings(**{**SMALL.as_dict(), "learning_rate": 1e-3})
    assert SMALL.differences(slower) == ["learning_rate is 0.01 there and 0.001 here"]
    assert SMALL.differences(slower, diverged=True) == []


def broken(folder: Path, given: Settings) -> DivergedError:
    with pytest.raises(DivergedError) as found:
        fit(training(folder, given), [])
    return found.value


def test_a_training_that_diverges_leaves_the_weights_from_before(tmp_path: Path) -> None:
    error = broken(tmp_path, Settings(**{**SMALL.as_dict(), "max_chunks": 50, "learning_rate": 1e30}))
    assert error.step <= 4
    assert re.match(
        r"training diverged at step \d: the (loss|norm of the gradient) is (nan|inf) at learning rate", str(error)
    )
    assert "the folder holds the state after 0 good steps" in str(error)
    assert "\n" not in str(error)
    saved = RunFolder(tmp_path).load()
    assert saved is not None
    assert saved[1].diverged
    assert not saved[1].finished
    fresh = training(tmp_path / "fresh", SMALL).model.state_dict()
    for name, value in fresh.items():
        assert torch.equal(saved[0][f"model.{name}"], value), name
    again = training(tmp_path, settings(60))
    assert again.restore()
    fit(again, [])
    assert again.progress.finished
    assert not again.progress.diverged
    assert again.metrics[-1]["bits"] < 4


def test_a_training_that_diverges_late_keeps_what_it_has_learned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("softgate.train.diverged.EVERY", 0.0)
    run = training(tmp_path, settings(50))
    loss = run.model.loss

    def breaks(*given: object) -> object:
        value, state = loss(*given)  # type: ignore[arg-type]
        return (value * torch.inf if run.progress.chunks == 30 else value), state

    monkeypatch.setattr(run.model, "loss", breaks)
    with pytest.raises(DivergedError, match=r"at step 31: the loss is inf .* after 29 good steps"):
        fit(run, [])
    saved = RunFolder(tmp_path).load()
    assert saved is not None
    assert saved[1].chunks == 29
    assert all(row["chunks"] <= 29 for row in saved[2])


def test_a_last_step_that_diverges_is_no_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = training(tmp_path, settings(5))
    count = run._count

    def spoil(nats: float, characters: int) -> None:
        if run.progress.chunks == 4:
            torch.nn.init.constant_(run.model.head.bias, torch.nan)
        count(nats, characters)

    monkeypatch.setattr(run, "_count", spoil)
    with pytest.raises(DivergedError, match="the largest weight is inf"):
        fit(run, [])
    saved = RunFolder(tmp_path).load()
    assert saved is not None
    assert not saved[1].finished
    assert all(bool(t.isfinite().all()) for name, t in saved[0].items() if name.startswith("model."))


def test_weights_that_are_not_finite_are_not_taken_up(tmp_path: Path) -> None:
    run = training(tmp_path, settings(5))
    torch.nn.init.constant_(run.model.head.bias, torch.nan)
    run.save()
    with pytest.raises(RunFolderError, match=r"holds weights that are not finite.*choose another folder with --out"):
        training(tmp_path, settings(5)).restore()


@pytest.mark.parametrize(("hidden", "layers"), [(1, 1), (24, 1), (7, 3)])
def test_parameters_are_counted_without_a_model(hidden: int, layers: int) -> None:
    model = CharacterModel(11, hidden, layers, 5)
    assert CharacterModel.count(11, hidden, layers, 5) == sum(p.numel() for p in model.parameters())


def test_a_save_takes_none_of_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, now = training(tmp_path, settings(20)), [0.0]
    monkeypatch.setattr("softgate.train.loop.time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(run, "_save_good", lambda: now.__setitem__(0, now[0] + 0.5))
    run.clock, run.saved_at = StepClock(lambda: now[0]), 0.0
    run.saving = True
    for _ in range(5):
        now[0] += 0.125
        run._count(1.0, 1)
    assert run.progress.seconds == 5 * 0.125
    assert now == [5 * 0.625]


def test_metrics_that_cannot_be_read_are_begun_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    run = training(tmp_path, settings(3))
    fit(run, [])
    (tmp_path / "metrics.parquet").write_bytes(b"nonsense")
    assert RunFolder(tmp_path).metrics() == []
    assert "cannot be read and is begun anew" in caplog.text
    again = training(tmp_path, settings(5))
    assert again.restore()
    fit(again, [])
    assert RunFolder(tmp_path).metrics()


def test_the_temporaries_of_a_process_at_work_stay(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    names = [f".model.safetensors.{number}.tmp" for number in (dead.pid, os.getppid())]
    for name in names:
        (tmp_path / name).touch()
    training(tmp_path, settings(1))
    assert [path.name for path in tmp_path.glob(".*.tmp")] == names[1:]


def test_a_lock_that_was_left_behind_stops_nobody(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    (tmp_path / ".lock").write_text(str(os.getppid()))
    again = RunFolder(tmp_path)
    refused = pytest.raises(LockedError, match=rf"in use by another process \({os.getpid()}\)")
    with folder.locked(), refused, again.locked():
        pass
    with folder.locked():
        pass
