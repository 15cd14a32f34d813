"""A row of results: what every one begins with, and one that says what went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from softgate.lab.checked import canonical
from softgate.lab.study import key_of, task_label

Run = Mapping[str, Any]

CURVES = ("history", "history_steps", "history_loss")
"""The columns that hold what came of every look."""


def begun(run: Run) -> dict[str, Any]:
    """What is known of a run before it is made."""
    same = {name: run[name] for name in ("variant", "seed", "rate", "steps", "batch", "hidden_size")}
    return {"key": key_of(run), "task": task_label(run["task"]), "run": canonical(run), **same}


def failed(run: Run, error: BaseException | str) -> dict[str, Any]:
    """The row of a run that came to no end."""
    said = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
    return {**begun(run), "error": said.strip() or type(error).__name__}


def alike(run: Run) -> str:
    """What runs have in common that are trained as one fleet: all but seed and rate."""
    return canonical({name: value for name, value in run.items() if name not in ("seed", "rate")})
