"""Bad options teach."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import softgate as sg
from softgate.tasks import TaskError


@pytest.mark.parametrize(
    ("name", "options", "kind", "said"),
    [
        ("adings", {}, sg.UnknownNameError, "unknown task 'adings'; did you mean 'adding'?"),
        ("adding", {"step": 3}, sg.UnknownNameError, "option \\(of adding\\) 'step'; did you mean 'steps'?"),
        ("adding", {"steps": 1}, TaskError, "adding: steps: expected 2 to 100000, got 1"),
        (
            "adding",
            {"steps": "9"},
            TaskError,
            "got '9'; as in sg.tasks.get\\('adding', steps=50\\)",
        ),
        ("parity", {"steps": True}, TaskError, "parity: steps: expected int, as 32, got True"),
        ("flipflop", {"pulses": "often"}, TaskError, "flipflop: pulses: expected float, as 0.1, got 'often'"),
        ("flipflop", {"pulses": float("nan")}, TaskError, "pulses: expected 0.05 to 0.95, got nan"),
        ("flipflop", {"bits": 1, "steps": 16, "pulses": 0.05}, TaskError, "more steps, or more pulses"),
        ("copy", {"length": 2}, TaskError, "only 64 different sequences, and 4096 are wanted"),
        ("delayed_recall", {"delay": 2}, TaskError, "only 64 different sequences.*more distractors, or a longer delay"),
        ("anbn", {"n": 2}, TaskError, "no size from n_from=1 to n=2 is left for tests with held_out=5"),
        ("anbn", {"n_from": 51}, TaskError, "no size from n_from=51 to n=50 is left for training"),
        ("dyck1", {"pairs": 7}, TaskError, "pairs to be at least pairs_from, got pairs=7 and pairs_from=8"),
        ("pulse_timing", {"low": 10}, TaskError, "expected low < high, and steps at least twice high; got low=10"),
        ("digits", {"by": "column"}, sg.UnknownNameError, "unknown by \\(of digits\\) 'column'"),
        ("series", {"data": "sunspot"}, sg.UnknownNameError, "did you mean 'sunspots'?"),
        ("text", {"files": "a.txt"}, TaskError, "text: files: expected tuple"),
        ("text", {"files": (3,)}, TaskError, "text: files: expected names of files"),
        ("embedded_reber", {"at_least": 30, "length": 29}, TaskError, "at_least to be at most length"),
    ],
)
def test_options(name: str, options: dict[str, Any], kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        sg.tasks.get(name, **options)


def test_batches() -> None:
    task = sg.tasks.get("copy")
    with pytest.raises(sg.ShapeError, match="copy: size: expected 1 sequence or more, got 0"):
        task.batch(0, 0, 0)
    with pytest.raises(sg.ShapeError, match="a task of 7 inputs and 5 outputs; a net for 10 and 8 cannot be tested"):
        task.batch(0, 0, 4, test=True, symbols=5, length=6)
    with pytest.raises(sg.UnknownNameError, match="did you mean 'delay'"):
        task.batch(0, 0, 4, dealy=3)


def test_answers() -> None:
    task = sg.tasks.get("adding")
    batch = task.batch(0, 0, 4)
    with pytest.raises(sg.ShapeError, match="adding: y: expected \\[50, 4, 1\\] \\[T, B, O\\], got \\[50, 4\\]"):
        task.score(np.zeros((50, 4)), batch)


def test_a_missing_file() -> None:
    task = sg.tasks.get("text", files=("nowhere.txt",))
    with pytest.raises(sg.SoftgateError, match=r"no such file: nowhere\.txt"):
        task.batch(0, 0, 4)
