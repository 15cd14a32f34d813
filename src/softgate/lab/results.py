"""The table of a study's results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from softgate.lab.store import ResultsError, Store, frame
from softgate.lab.study import Study, key_of

if TYPE_CHECKING:
    import pandas as pd


def load(folder: Path | str) -> pd.DataFrame:
    """The rows of a folder, one a run, in the order of the study; rows of runs that the study has no more are left out.

    Columns: ``key variant task seed rate steps batch hidden_size``, what was run; ``loss score solved steps_to_solved
    diverged``, what came of it, ``score_longer.*`` on harder tests; ``history`` of the score at ``history_steps``, and
    ``history_loss``; a column for each measure, and ``*.history`` at ``measured_at``; ``chance higher_is_better``, of
    the task; ``seconds``, of its share in a fleet; ``error``, None if nothing went wrong; ``run``, all of it as JSON.

    Raises:
        ResultsError: there are no results.
        MissingExtraError: pandas or pyarrow is not installed.
    """
    store = Store(folder)
    damaged: list[Path] = []
    rows = {row["key"]: row for row in store.rows(damaged)}
    if damaged and not rows:
        raise ResultsError(
            f"{', '.join(map(str, damaged))} cannot be read, and there are no other rows; `softgate lab run` "
            "sets damaged files aside and makes their runs again"
        )
    if damaged:
        list(store.rows())  # which warns of each
    if not rows:
        raise ResultsError(f"{folder} has no results: expected a folder that `softgate lab run` has written")
    if (store.path / "study.json").exists():
        order = [key_of(r) for r in Study.read(store.path / "study.json").runs()]
        rows = {key: rows[key] for key in order if key in rows}
    return frame(rows.values())
