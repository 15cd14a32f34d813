"""What a worker does with a piece: train it, and make of whatever goes wrong a row that says so."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from typing import Any

from softgate.lab.rows import Run, failed
from softgate.lab.study import key_of
from softgate.named import imported

TRAINER = "softgate.lab.train:fleet_rows"


def rows_of(trainer: str, runs: Sequence[Run]) -> list[dict[str, Any]]:
    """A row for every run, on one thread. Never raises: where a fleet fails as a whole, each run is tried alone.

    Args:
        trainer: ``"module:function"`` of runs that gives rows.
        runs: alike but for seed and rate.
    """
    with contextlib.suppress(Exception):  # it is imported again below, where what it raises is noted
        imported(trainer)
    if "torch" not in sys.modules:  # nothing that has threads; a second is saved in each process
        return _rows(trainer, runs)
    from softgate.limits.nets import one_thread

    with one_thread():
        return _rows(trainer, runs)


def _rows(trainer: str, runs: Sequence[Run]) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    wrong: BaseException | str = "the trainer gave no row"
    try:
        rows |= {row["key"]: row for row in imported(trainer)(runs)}
    except Exception as error:  # noqa: BLE001 - equations, tasks and measures may be anybody's; a failure is a result
        wrong = error
    missing = [run for run in runs if key_of(run) not in rows]
    if len(missing) == 1 or (missing and wrong == "the trainer gave no row"):
        return [*rows.values(), *(failed(run, wrong) for run in missing)]
    return [*rows.values(), *(row for run in missing for row in _rows(trainer, [run]))]
