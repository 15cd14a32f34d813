"""Threads and how work is split between them: no more than rounding depends on it, and nothing waits for ever."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
import torch

import softgate as sg
from softgate.cpu import launch, prepare, schedule, team
from softgate.testing import Bench, Problem, assert_close, assert_equal
from softgate.testing.problem import runner

SPLITS = ["1x1", "1x2", "2x1", "2x2", "1x3", "4x1"]
NAMES = ["lstm", "peephole", "gru"]


@pytest.fixture(autouse=True)
def _fresh_schedules() -> Iterator[None]:
    forget()
    yield
    forget()


def forget() -> None:
    """Choose anew how calls are split."""
    launch.forget()
    for chosen in (schedule.choose, prepare.forward_schedule, prepare.backward_schedule):
        chosen.cache_clear()


def problem(name: str = "lstm", **options: int) -> Problem:
    """Several tiles of rows, several groups of units, none of them full."""
    return Bench(sg.cells.get(name), runner("cpu"), torch.float32).problem(6, 15, 7, 75, **options)


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("name", NAMES)
def test_how_it_is_split_does_not_matter(name: str, split: str, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.set_num_threads(4)
    monkeypatch.setenv("SOFTGATE_TEAMS", split)
    bench = Bench(sg.cells.get(name), runner("cpu"), torch.float32)
    bench.judge(problem(name), f"{split}: ")
    if name == "lstm":
        bench.judge(problem(name, proj_size=41), f"{split}, projected: ")


@pytest.mark.parametrize("split", ["2x", "2 1", "0x2", "axb", "-1x2"])
def test_a_split_that_is_none(split: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOFTGATE_TEAMS", split)
    forget()
    with pytest.raises(sg.SoftgateError, match=f"SOFTGATE_TEAMS: expected ROWSxUNITS, as in 2x1; got '{split}'"):
        sg.LSTM(3, 4)(torch.ones(5, 2, 3))


@pytest.mark.parametrize("name", NAMES)
def test_outputs_are_the_same_bits_for_every_split(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only sums over rows, in gradients of weights, are added up in another order."""
    torch.set_num_threads(4)
    want = None
    for split in SPLITS:
        forget()
        monkeypatch.setenv("SOFTGATE_TEAMS", split)
        got = problem(name).everything(runner("cpu"))
        want = want or got
        for n, value in want.items():
            if n in ("y", "gradient of x") or n.startswith("final"):
                assert_equal(got[n], value, name=f"{split}: {n}")
            else:
                assert_close(got[n], value, name=f"{split}: {n}", rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("threads", [1, 2, 3, 4])
def test_any_number_of_threads(threads: int) -> None:
    """More of them than cores included; large enough that they are used."""
    torch.set_num_threads(threads)
    bench = Bench(sg.cells.lstm(), runner("cpu"), torch.float32)
    chosen, _ = _schedule(threads)
    assert chosen.threads <= threads
    bench.judge(bench.problem(6, 32, 65, 130), f"{threads} threads: ")


def _schedule(threads: int) -> tuple[schedule.Schedule, torch.Tensor]:
    from softgate.cpu import isa

    size = prepare.Size(130, 130, 65, False)
    plan = prepare.forward_plan(sg.cells.lstm(), isa.choose(), torch.float32, size, (False, False), ())
    return prepare.forward_schedule(plan, size, 32, 6, threads)


@pytest.mark.parametrize("split", ["1x1", "1x2", "2x1"])
def test_several_python_threads_at_once(split: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOFTGATE_TEAMS", split)
    problems = [problem(n) for n in NAMES]
    want = [p.everything(runner("cpu")) for p in problems]
    wrong: list[BaseException] = []

    def work(k: int) -> None:
        torch.set_num_threads(2)
        try:
            for _ in range(5):
                for n, value in problems[k].everything(runner("cpu")).items():
                    assert_equal(value, want[k][n], name=f"thread {k}: {n}")
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is raised below
            wrong.append(error)

    workers = [threading.Thread(target=work, args=(k,)) for k in (0, 1, 2, 0)]
    for w in workers:
        w.start()
    for w in workers:
        w.join(60)
        assert not w.is_alive(), "a thread waits for ever"
    if wrong:
        raise wrong[0]


@pytest.mark.parametrize("split", ["1x2", "2x1"])
def test_within_a_parallel_region(split: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A team inside a team has one thread, fewer than were asked for."""
    if not team.runtime():
        pytest.skip("this torch has no OpenMP runtime")
    torch.set_num_threads(2)
    monkeypatch.setenv("SOFTGATE_TEAMS", split)
    here = problem()
    want = here.forward(runner("cpu"))
    found: list[dict[str, torch.Tensor]] = []

    @ctypes.CFUNCTYPE(None, ctypes.c_void_p)
    def body(_: object) -> None:
        with torch.no_grad():
            found.append(here.forward(runner("cpu")))

    ctypes.CDLL(None).GOMP_parallel(body, None, 2, 0)
    assert len(found) == 2
    for got in found:
        for n, value in want.items():
            assert_equal(got[n], value, name=f"inside a team: {n}")


PROGRAM = """
import os, sys
import torch
import softgate as sg

torch.set_num_threads(2)
torch.manual_seed(0)
layer, x = sg.LSTM(64, 256), torch.randn(20, 32, 64)

def run():
    layer.zero_grad()
    y = layer(x)[0]
    y.sum().backward()
    return [y.detach(), *(p.grad.clone() for p in layer.parameters())]

want = run()
{more}
"""
FORK = """
child = os.fork()
if child == 0:
    same = all(torch.allclose(a, b, rtol=1e-4, atol=1e-4) for a, b in zip(run(), want))
    os._exit(0 if same else 3)
assert os.waitpid(child, 0)[1] == 0
"""
SHARED = """
theirs, ours = os.pipe(), os.pipe()
child = os.fork()
half = layer(x)[0] if child == 0 else None
if child == 0:
    os.write(ours[1], b"x"); os.read(theirs[0], 1)
    layer.zero_grad(); half.sum().backward()
    got = [p.grad for p in layer.parameters()]
    os._exit(0 if all(torch.allclose(a, b, rtol=1e-4, atol=1e-4) for a, b in zip(got, want[1:])) else 3)
os.read(ours[0], 1)
layer(x * 3)[0].sum().backward()
os.write(theirs[1], b"x")
assert os.waitpid(child, 0)[1] == 0
"""
AGAIN = "assert all(torch.allclose(a, b, rtol=1e-4, atol=1e-4) for a, b in zip(run(), want))"


def program(more: str, **env: str) -> None:
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM.format(more=more)]
    done = subprocess.run(command, env=os.environ | env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_runs_a_layer() -> None:
    """The team did not come along into the child, which must not wait for it."""
    program(FORK)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_parent_and_child_share_no_memory() -> None:
    """What one keeps between its passes is not overwritten by the other."""
    program(SHARED)


@pytest.mark.parametrize("limit", ["1", "3"])
def test_fewer_threads_than_asked_for(limit: str) -> None:
    program("torch.set_num_threads(4)\n" + AGAIN, OMP_THREAD_LIMIT=limit, SOFTGATE_TEAMS="2x2")
