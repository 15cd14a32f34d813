"""The runner: every run has one row, whatever dies on the way; and a folder is whole at every moment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lab import standin
from softgate import disk, lab
from softgate.errors import UnknownNameError
from softgate.lab import parquet, store as stores
from softgate.lab.runner import fleets

TESTS = Path(__file__).parents[1]


def study(**changes: Any) -> lab.Study:
    given: dict[str, Any] = {
        "name": "which", "question": "which?", "hypothesis": "the first", "measure": "score",
        "variants": [lab.Variant("lstm", {"cell": "lstm"}), lab.Variant("a gru", {"cell": "gru"})],
        "tasks": [{"task": "parity"}], "seeds": 3, "rates": (0.01, 0.1), "steps": 50,
    }  # fmt: skip
    return lab.Study(**given | changes)


def go(folder: Path, trainer: str = "instant", one: lab.Study | None = None, **options: Any) -> lab.Outcome:
    options = {"backend": "sequential", "nets": 2} | options
    return lab.run(one or study(), folder, trainer=f"lab.standin:{trainer}", **options)


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "log"
    folder.mkdir()
    monkeypatch.setenv(standin.LOG, str(folder))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(TESTS), *sys.path]))
    return folder


def ends(log: Path) -> Counter[str]:
    """How many times each run came to its end, in all processes."""
    return Counter(key for file in log.glob("*.log") for key in file.read_text().split())


def test_a_row_for_every_run_in_the_order_of_the_study(tmp_path: Path, log: Path) -> None:
    seen: list[lab.Standing] = []
    outcome = go(tmp_path / "r", progress=seen.append)
    assert (outcome.runs, outcome.made, outcome.failed, outcome.deaths) == (12, 12, 0, 0)
    frame = lab.load(tmp_path / "r")
    assert list(frame["key"]) == [lab.key_of(r) for r in study().runs()]
    for (_, found), run in zip(frame.iterrows(), study().runs(), strict=True):
        wanted = standin.row(run)
        assert {name: found[name] for name in wanted if name != "history"} == {
            n: v for n, v in wanted.items() if n != "history"
        }
        assert list(found["history"]) == wanted["history"]
        assert json.loads(found["run"]) == run
    assert frame["error"].isna().all()
    assert [s.done for s in seen] == [0, 2, 4, 6, 8, 10, 12]
    assert (seen[0].left, seen[-1].share, seen[-1].left) == (None, 1.0, 0.0)
    assert set(ends(log).values()) == {1}


def test_curves_are_kept_only_where_the_study_asks_for_them(tmp_path: Path) -> None:
    go(tmp_path / "r", one=study(curves=False))
    assert lab.load(tmp_path / "r")["history"].isna().all()
    assert go(tmp_path / "r").made == 0  # the runs are the same
    with pytest.raises(lab.StudyError, match="curves: expected true or false, got 'no'"):
        study(curves="no")


def test_a_finished_study_is_not_run_again_and_a_larger_one_only_where_it_is_larger(tmp_path: Path, log: Path) -> None:
    go(tmp_path / "r")
    assert go(tmp_path / "r").made == 0
    assert go(tmp_path / "r", one=study(seeds=4)).made == 4
    assert len(lab.load(tmp_path / "r")) == 16
    assert set(ends(log).values()) == {1}
    files = sorted(p.name for p in (tmp_path / "r").rglob("*") if p.is_file())
    assert files == [".lock", "machine.json", "runs.parquet", "study.json"]
    sessions = json.loads((tmp_path / "r" / "machine.json").read_text())
    assert [s["runs"] for s in sessions] == [12, 4]
    assert {"machine", "torch", "python", "jobs", "started", "ended"} <= set(sessions[0])


def test_the_folder_of_another_study_is_left_alone(tmp_path: Path) -> None:
    go(tmp_path / "r")
    with pytest.raises(lab.ResultsError, match="holds 'which' with 12 runs that 'which' as it is now does not"):
        go(tmp_path / "r", one=study(steps=60))
    assert len(lab.load(tmp_path / "r")) == 12


def test_a_failed_run_is_a_row_with_its_error_and_takes_nobody_along(tmp_path: Path) -> None:
    assert go(tmp_path / "r", "failing").failed == 4
    frame = lab.load(tmp_path / "r")
    assert set(frame.loc[frame["seed"] == 1, "error"]) == {"ArithmeticError: seed 1 is bad"}
    assert frame.loc[frame["seed"] != 1, "error"].isna().all()
    assert go(tmp_path / "r").made == 0  # it is a result
    assert go(tmp_path / "r", again=True).made == 4
    assert lab.load(tmp_path / "r")["error"].isna().all()
    assert go(tmp_path / "s", "no_such_trainer").failed == 12


def test_fleets_are_alike_but_for_seed_and_rate() -> None:
    pieces = fleets(study(seeds=5).runs(), 4)
    assert sorted(map(len, pieces)) == [2, 2, 4, 4, 4, 4]
    assert all(len({(r["variant"], json.dumps(r["task"])) for r in piece}) == 1 for piece in pieces)
    assert pieces[0][0]["variant"] != pieces[1][0]["variant"]  # some of everything first


def test_no_process_is_idle_where_all_runs_are_alike() -> None:
    alike = [run for run in study(seeds=5).runs() if run["variant"] == "lstm"]
    for nets, processes, sizes in ((20, 2, [5, 5]), (20, 3, [2, 4, 4]), (20, 16, [1] * 10), (4, 2, [2, 4, 4])):
        assert sorted(map(len, fleets(alike, nets, processes))) == sizes
    assert fleets([], 20, 2) == []


def test_a_worker_that_is_killed_costs_nothing_that_was_finished(tmp_path: Path, log: Path) -> None:
    """And one that is killed whenever it is alone with a run makes that run a row."""
    one = study(variants=[lab.Variant("lstm", {"cell": "lstm"})], rates=(0.01,))
    outcome = go(tmp_path / "r", "deadly", one, backend="loky", jobs=2, nets=1)
    frame = lab.load(tmp_path / "r")
    assert (outcome.made, outcome.failed, len(frame), frame["key"].nunique()) == (3, 1, 3, 3)
    assert frame.loc[frame["seed"] == 1, "error"].str.contains("its worker died: .*SIGKILL").all()
    assert frame.loc[frame["seed"] != 1, "error"].isna().all()
    assert outcome.deaths >= 3  # near two in company, then alone
    assert set(ends(log)) == set(frame.loc[frame["seed"] != 1, "key"])


@pytest.mark.parametrize("jobs", [np.int64(1), 2])
def test_so_many_jobs_are_so_many_processes_and_none_of_them_is_this_one(tmp_path: Path, log: Path, jobs: int) -> None:
    from joblib.externals.loky import reusable_executor

    alive = set[int]()

    def look(standing: lab.Standing) -> None:
        alive.update(reusable_executor._executor._processes if standing.done else ())

    go(tmp_path / "r", "instant", backend="loky", jobs=jobs, nets=1, progress=look)
    assert len(alive) == jobs
    worked = {int(file.stem) for file in log.glob("*.log")}
    assert worked
    assert worked <= alive
    assert os.getpid() not in alive
    assert set(ends(log).values()) == {1}
    assert json.loads((tmp_path / "r" / "machine.json").read_text())[0]["jobs"] == jobs


@pytest.mark.parametrize(
    ("options", "said"), [({"jobs": 0}, "jobs: .* from 1 on, got 0"), ({"nets": 1.5}, "nets: .* got 1.5")]
)
def test_no_process_and_half_a_net_are_refused(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    with pytest.raises(lab.StudyError, match=said):
        go(tmp_path / "r", **options)
    assert not (tmp_path / "r").exists()


def test_the_runner_killed_and_started_again(tmp_path: Path, log: Path) -> None:
    program = (
        "from softgate import lab\nfrom lab.test_runner import study, go\nfrom pathlib import Path\nimport sys\n"
        "go(Path(sys.argv[1]), 'slow')"
    ).replace("from softgate import lab\n", "")
    runner = subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "r")])
    parts = tmp_path / "r" / "parts"
    while not list(parts.glob("000003.parquet")):
        assert runner.poll() is None
        time.sleep(0.01)
    runner.send_signal(signal.SIGKILL)
    runner.wait()
    before = set(lab.load(tmp_path / "r")["key"])
    assert 6 <= len(before) < 12
    (parts / f".000009.parquet.{runner.pid}.tmp").write_bytes(b"half of a part")
    outcome = go(tmp_path / "r", "slow")
    assert outcome.made == 12 - len(before)
    assert len(lab.load(tmp_path / "r")) == 12
    assert {key: n for key, n in ends(log).items() if n > 1 and key in before} == {}
    assert not list(parts.iterdir())


def test_two_runners_in_one_folder(tmp_path: Path) -> None:
    with stores.Store(tmp_path / "r").at_work(), pytest.raises(disk.LockedError, match="is in use by another process"):
        go(tmp_path / "r")
    assert go(tmp_path / "r").made == 12


def damage(path: Path, how: str) -> None:
    data = bytearray(path.read_bytes())
    if how == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif how == "empty":
        path.write_bytes(b"")
    else:
        data[data.index(b"\x28\xb5\x2f\xfd") + 8] ^= 0x10  # inside of a page: behind where zstd begins
        path.write_bytes(data)


@pytest.mark.parametrize("how", ["cut", "empty", "flipped"])
@pytest.mark.parametrize("compacted", [True, False])
def test_a_damaged_file_is_set_aside_and_its_runs_made_again(tmp_path: Path, how: str, compacted: bool) -> None:
    store = stores.Store(tmp_path / "r")
    if compacted:
        go(tmp_path / "r")
        hurt = tmp_path / "r" / "runs.parquet"
    else:
        with store.at_work():
            store.append([standin.row(r) for r in study().runs()[:4]])
            store.append([standin.row(r) for r in study().runs()[4:8]])
        hurt = tmp_path / "r" / "parts" / "000001.parquet"
    damage(hurt, how)
    with pytest.warns(lab.ResultsWarning, match=f"{hurt.name} cannot be read and is left out"):
        list(store.rows())
    outcome = go(tmp_path / "r")
    assert [p.name for p in outcome.damaged] == [hurt.name]
    assert outcome.damaged[0].parent == tmp_path / "r" / "damaged"
    assert outcome.made == (12 if compacted else 8)
    assert lab.load(tmp_path / "r")["score"].tolist() == [standin.row(r)["score"] for r in study().runs()]


@pytest.mark.parametrize("how", ["cut", "empty", "flipped"])
def test_a_part_damaged_while_the_study_is_stopped_costs_its_own_runs_alone(
    tmp_path: Path, log: Path, how: str
) -> None:
    def stop(standing: lab.Standing) -> None:
        if standing.done == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        go(tmp_path / "r", progress=stop)
    parts = sorted((tmp_path / "r" / "parts").iterdir())
    assert [p.name for p in parts] == [f"00000{k}.parquet" for k in (1, 2, 3, 4)]
    there, hurt = lab.load(tmp_path / "r"), parts[1]
    lost = {row["key"] for row in parquet.read(hurt)}
    damage(hurt, how)
    with pytest.warns(lab.ResultsWarning, match=f"{hurt} cannot be read and is left out"):
        assert set(lab.load(tmp_path / "r")["key"]) == set(there["key"]) - lost
    first = hurt.read_bytes()
    outcome = go(tmp_path / "r", nets=1)
    assert [(p, p.read_bytes()) for p in outcome.damaged] == [(tmp_path / "r" / "damaged" / hurt.name, first)]
    assert outcome.made == 2 + 4  # those of the part, and those that the study had not come to
    assert {key for key, times in ends(log).items() if times == 2} == lost
    assert {key for key, times in ends(log).items() if times == 1} == {lab.key_of(r) for r in study().runs()} - lost
    assert lab.load(tmp_path / "r")["score"].tolist() == [standin.row(r)["score"] for r in study().runs()]


def test_a_kill_between_compacting_and_clearing_leaves_every_row_once(tmp_path: Path) -> None:
    rows = [standin.row(r) for r in study().runs()]
    store = stores.Store(tmp_path / "r")
    with store.at_work():
        store.append(rows[:6])
        store.compact()
        store.append(rows[:4])  # as if it had not been removed
    assert len(lab.load(tmp_path / "r")) == 6
    assert go(tmp_path / "r").made == 6


def test_a_full_disk_loses_nothing_and_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, count = os.fsync, iter(range(100))

    def full(descriptor: int) -> None:
        if next(count) > 4:  # study.json, machine.json and three parts fit
            raise OSError(28, "No space left on device")
        real(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(lab.ResultsError, match=r"000004\.parquet cannot be written: No space left on device"):
            go(tmp_path / "r")
    assert len(lab.load(tmp_path / "r")) == 6
    assert not list((tmp_path / "r").rglob("*.tmp"))
    assert go(tmp_path / "r").made == 6


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(lab.ResultsError, match="expected a folder for results"):
        go(tmp_path / "file")
    with pytest.raises(lab.ResultsError, match=r"/proc/results.* cannot be written"):
        go(Path("/proc/results"))
    with pytest.raises(lab.ResultsError, match="has no results"):
        lab.load(tmp_path)


def test_an_unknown_backend(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="unknown backend 'lokey'; did you mean 'loky'"):
        go(tmp_path / "r", backend="lokey")
