"""Trainers that take no time, for tests of everything around them: what they find follows from the run alone."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from softgate.lab.rows import begun

LOG = "SOFTGATE_TEST_LOG"
"""The variable that names a folder in which every finished run leaves a line."""


def row(run: dict[str, Any]) -> dict[str, Any]:
    draw = np.random.default_rng([run["seed"], round(1e6 * run["rate"]), len(run["variant"])])
    score = float(draw.uniform())
    return begun(run) | {
        "loss": float(draw.exponential()), "score": score, "solved": score > 0.5, "diverged": False, "seconds": 0.1,
        "chance": 0.0, "higher_is_better": True, "history": [score / 2, score], "saturation.f.open": score / 3,
    }  # fmt: skip


def noted(run: dict[str, Any]) -> None:
    """One line for each time a run came to its end."""
    if LOG in os.environ:
        with (Path(os.environ[LOG]) / f"{os.getpid()}.log").open("a") as file:
            file.write(begun(run)["key"] + "\n")


def wait(until: Callable[[], bool]) -> None:
    """Wait, for a minute at most, until something is so."""
    began = time.monotonic()
    while not until():
        assert time.monotonic() - began < 60
        time.sleep(0.01)


def instant(runs: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for run in runs:
        found = row(run)
        noted(run)
        yield found


def slow(runs: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    time.sleep(0.1 * len(runs))
    yield from instant(runs)


def lingering(runs: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """On two nodes of Ray: seed 0 ends when both are at work, seed 1 when the other is said to be gone."""
    import ray

    folder, node = Path(os.environ[LOG]), ray.get_runtime_context().get_node_id()
    for run in runs:
        (folder / f"{os.getpid()}.here").touch()
        if run["seed"] == 1:
            (folder / f"{begun(run)['key']}.begun").touch()
        if run["seed"] == 0:
            wait(lambda: len(list(folder.glob("*.here"))) == 2)
        if run["seed"] == 1:
            wait(lambda: any(name.stem != node for name in folder.glob("*.gone")))
    yield from instant(runs)


def deadly(runs: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Whoever takes seed 1 dies."""
    if any(run["seed"] == 1 for run in runs):
        os.kill(os.getpid(), signal.SIGKILL)
    yield from instant(runs)


def failing(runs: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Seed 1 takes its fleet down."""
    for run in runs:
        if run["seed"] == 1:
            raise ArithmeticError("seed 1 is bad")
        yield row(run)
