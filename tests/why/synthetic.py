"""Rows of made-up results, in the schema of the laboratory, for tests of pages alone. Nothing here is a finding."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from softgate import tasks
from softgate.lab import claims
from softgate.lab.claims import Claim, c11, columns, matrix
from softgate.lab.rows import begun
from softgate.lab.store import Store
from softgate.lab.study import Study

Skill = Callable[[Mapping[str, Any]], float]
"""From a run to its skill, 0 to 1; or to the share of its steps after which it has solved its task."""
Level = Callable[[Mapping[str, Any], str], float]
"""From a run and a column to what was measured."""

MEASURES: dict[str, tuple[str, ...]] = {
    "meeting": tuple(columns.MEETINGS.values()),
    "saturation": (
        *columns.HARDNESS.values(),
        *(f"{c}.{end}" for c in columns.HARDNESS.values() for end in ("shut", "open")),
    ),
    "ends": tuple(columns.ENDS.values()),
    "paths": (*columns.LEFT.values(), *columns.FORGETS.values()),
    columns.STRAIGHT: (*columns.CELL_SHARES.values(), *columns.STRAIGHTNESS.values()),
    columns.SWITCHES: tuple(columns.KEPT.values()),
    "largest": tuple(columns.SIZES.values()),
    "counter": (*columns.COUNTER.values(), columns.FOLLOWS, columns.RESET),
    columns.LONGEST: (columns.LONGEST_N, columns.SHORT),
    columns.LOWEST: (columns.LOWEST_C,),
    columns.ROLES: (*columns.ROLE_COUNTS.values(), *c11.EACH.values()),
}


def usual(run: Mapping[str, Any]) -> float:
    """A candidate that cannot go down fails on the walk, everything else does well."""
    one_sided = "sigmoid" in str(run["cell"].get("candidate", "")) or run["cell"].get("candidate") == "relu"
    return 0.35 if one_sided and run["task"]["task"] == "signed_walk" else 0.93


def half(_: Mapping[str, Any]) -> float:
    """Everything is solved after half of the steps."""
    return 0.5


def row(
    run: Mapping[str, Any], skill: Skill = usual, level: float | Level = 0.3, after: Skill = half
) -> dict[str, Any]:
    """The row of a run; measures are around `level`. What has a skill of 0.8 was solved."""
    task = tasks.get(**run["task"])
    noise = np.random.default_rng([run["seed"], len(run["variant"]), len(run["task"]["task"])])
    best = 1.0 if task.higher_is_better else 0.0
    reached = min(1.0, skill(run) + 0.02 * float(noise.standard_normal()))
    score = float(task.chance + reached * (best - task.chance))
    names = [name for m in run["measures"] for name in MEASURES[m]]
    asked = {n: (level(run, n) if callable(level) else level) * (1 + 0.1 * float(noise.random())) for n in names}
    until = run["steps"] * after(run) * (1 + 0.1 * float(noise.random()))
    at = [*run["checkpoints"], run["steps"]]
    history = {f"{name}.history": [value * k / len(at) for k in range(1, len(at) + 1)] for name, value in asked.items()}
    return {
        **begun(run),
        "loss": 0.1,
        "score": score,
        "solved": reached > 0.8,
        "steps_to_solved": until if reached > 0.8 else None,
        "diverged": False,
        "seconds": 0.1,
        "error": None,
        "chance": float(task.chance),
        "higher_is_better": bool(task.higher_is_better),
        "parameters": 100,
        "history": [score],
        "history_steps": [run["steps"]],
        "history_loss": [0.1],
        "measured_at": at if run["measures"] else [],
        **asked,
        **(history if run["checkpoints"] else {}),
    }


def write(folder: Path, study: Study, skill: Skill = usual, level: float = 0.3) -> Path:
    """A folder of results of a study."""
    store = Store(folder)
    with store.at_work():
        store.append([row(run, skill, level) for run in study.runs()])
        store.compact()
        store.keep("study.json", study.to_json())
        store.keep("machine.json", [{"machine": "a made-up machine", "cores": 2}])
    return folder


def write_all(folder: Path) -> Path:
    """Results of every pool, with too few seeds to decide anything, and of a corner of the matrix."""
    for name, study in claims.studies().items():
        write(folder / name, replace(study, seeds=3, rates=study.rates[:1]))
    corner = tuple(v for v in matrix.STUDY.variants if matrix.parts(v.name)[0] == "sigmoid")
    write(folder / matrix.FOLDER, replace(matrix.STUDY, variants=corner, seeds=2, rates=matrix.STUDY.rates[:1]))
    return folder


def frame(claim: Claim, skill: Skill = usual, level: float | Level = 0.3, seeds: int = 10, after: Skill = half) -> Any:
    """Rows of one claim as a table, ready for its rule."""
    import pandas as pd

    study = replace(claim.study, seeds=seeds, rates=claim.study.rates[:1])
    rows = pd.DataFrame([row(run, skill, level, after) for run in study.runs()])
    assert not math.isnan(rows["score"].iloc[0])
    return claim.rows(columns.prepared(rows))
