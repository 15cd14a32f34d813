"""From the table of runs to paired differences: which learning rate speaks for a variant, and what a failure counts as.

A variant's best rate is chosen, for each seed, by the *other* seeds, so that no run is judged by a choice it had a part
in. The rate that the reference is best at, held fixed for both, tells a variant that learns better from one that wants
another rate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from softgate.errors import UnknownNameError
from softgate.lab.swaps import Sweep, chosen_rates

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["at_best_rate", "differences", "rate_effects", "sweeps", "values"]


def values(frame: pd.DataFrame, measure: str, missing: float | str | None = None) -> pd.Series:
    """A measure of every run, float64, with what stands for a missing one.

    Args:
        frame: as :func:`softgate.lab.load` gives it.
        measure: a column.
        missing: what counts where there is no value, as where nothing was solved: a number, the name of another column
            (``"steps"``, ``"chance"``), or None to leave it missing. ``"steps"`` stand in only for runs that have a
            score: a run that could not be made is no slow one.

    Raises:
        UnknownNameError: no such column.
    """
    for name in (measure, missing):
        if isinstance(name, str) and name not in frame.columns:
            raise UnknownNameError("column of the results", name, sorted(map(str, frame.columns)))
    found = frame[measure].astype("float64").where(np.isfinite(frame[measure].astype("float64")))
    stand_in: Any = missing
    if isinstance(missing, str):
        stand_in = frame[missing].astype("float64")
        if "score" in frame.columns and missing == "steps":
            stand_in = stand_in.where(frame["score"].notna())
    return found if missing is None else found.fillna(stand_in)


def at_best_rate(
    frame: pd.DataFrame, by: str = "score", missing: float | str | None = "chance", of: str | None = None
) -> pd.DataFrame:
    """Of each variant, task and seed the one row whose rate the other seeds find best.

    Args:
        frame: as :func:`softgate.lab.load` gives it.
        by: the column that says how good a rate is, by its median over the other seeds; ties go to the smaller rate.
            Whether more is better is the task's to say (``higher_is_better``) for scores; more is, for ``"skill"``,
            less for ``"loss"``, ``"steps_to_solved"`` and ``"pace"``.
        missing: as for :func:`values`.
        of: a variant whose choice holds for all; None lets each choose for itself.

    Raises:
        UnknownNameError: no such variant or column.
    """
    # Of dozens of columns four matter here, and groups of rows are copied with all that there are.
    narrow = [c for c in ("task", "variant", "seed", "rate", "higher_is_better") if c in frame]
    table = frame[narrow].assign(_by=values(frame, by, missing).to_numpy())
    if of is not None and of not in set(table["variant"]):
        raise UnknownNameError("variant", of, sorted(set(table["variant"])))
    if table["rate"].nunique() == 1:
        return frame  # there is nothing to choose
    keep = np.zeros(len(table), bool)
    for _, group in table.groupby("task", sort=False):
        for variant in dict.fromkeys(group["variant"]):
            own = (group["variant"] == variant).to_numpy()
            wanted = _choice(group[group["variant"] == (of or variant)], by)
            rows = table.index.get_indexer(group.index[own])
            keep[rows] = (group["rate"][own] == group["seed"][own].map(wanted)).to_numpy()
    return frame[keep]


def _choice(group: pd.DataFrame, by: str) -> dict[Any, Any]:
    """By seed, the rate that the other seeds of one variant on one task find best; no value is the worst."""
    grid = _grid(group, "_by")
    by_rate = grid.to_numpy(float) if _larger_is_better(group, by) else -grid.to_numpy(float)
    rates = chosen_rates(np.where(np.isfinite(by_rate), by_rate, -np.inf))
    return dict(zip(grid.index, grid.columns[rates], strict=True))


def _grid(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """Seeds x rates, both in order; of rows that are there twice the first."""
    return rows.drop_duplicates(["seed", "rate"]).pivot(index="seed", columns="rate", values=column)


def sweeps(frame: pd.DataFrame, rule_by: str, variant: str, against: str, task: str, given: Any) -> Sweep:
    """Two variants on a task with all their rates, for the seeds that both have.

    Args:
        frame: with the columns ``_value``, what is measured, and ``_by``, what rates are chosen by.
        rule_by: the name of that column, which says whether more is better.
        variant, against, task: which.
        given: whether the two columns are one.
    """
    rows = frame[frame["task"] == task]
    larger = 1.0 if _larger_is_better(rows, rule_by) else -1.0
    grids = [_grid(rows[rows["variant"] == v], c) for v in (variant, against) for c in ("_value", "_by")]
    seeds = grids[0].index.intersection(grids[2].index)
    rates = sorted(set(grids[0].columns) | set(grids[2].columns))
    a, by_a, b, by_b = (g.reindex(index=seeds, columns=rates).to_numpy(float) for g in grids)
    by_a, by_b = (np.where(np.isfinite(g), larger * g, -np.inf) for g in (by_a, by_b))
    return Sweep(a, b, by_a, by_b, int(larger) if given else 0)


def _larger_is_better(group: pd.DataFrame, by: str) -> bool:
    if by in ("loss", "steps_to_solved", "pace"):
        return False
    if by == "skill":
        return True
    known = group["higher_is_better"].dropna()
    return bool(known.iloc[0]) if len(known) else True


def differences(
    frame: pd.DataFrame, variant: str, against: str | float, measure: str, missing: float | str | None = None
) -> pd.DataFrame:
    """The measure of a variant less that of another, or less a number, for each task and seed.

    Args:
        frame: one row for each variant, task and seed, as :func:`at_best_rate` gives it.
        variant: the one.
        against: the other; or a number.
        measure: a column.
        missing: as for :func:`values`; differences of which a part is missing are NaN.

    Returns:
        Columns ``task seed a b difference``.

    Raises:
        UnknownNameError: no such variant or column.
    """
    table = frame.assign(_value=values(frame, measure, missing).to_numpy())
    for name in (variant, against):
        if isinstance(name, str) and name not in set(table["variant"]):
            raise UnknownNameError("variant", name, sorted(set(table["variant"])))
    left = table[table["variant"] == variant][["task", "seed", "_value"]].rename(columns={"_value": "a"})
    if isinstance(against, str):
        right = table[table["variant"] == against][["task", "seed", "_value"]].rename(columns={"_value": "b"})
        left = left.merge(right, on=["task", "seed"], how="outer", sort=False)
    else:
        left = left.assign(b=float(against))
    return left.assign(difference=left["a"] - left["b"]).reset_index(drop=True)


def rate_effects(
    frame: pd.DataFrame,
    against: str,
    measure: str = "score",
    missing: float | str | None = "chance",
    by: str | None = None,
) -> pd.DataFrame:
    """How much of a difference is the learning rate's.

    Args:
        frame: as :func:`softgate.lab.load` gives it, all rates.
        against: the variant that others are compared with.
        measure: a column.
        missing: as for :func:`values`.
        by: the column by which rates are chosen, as for :func:`at_best_rate`; the measure if None.

    Returns:
        A row for each variant and task: ``best``, the rate with the best median over all seeds; ``median`` at it;
        ``at_common``, the median at the rate that ``against`` is best at; ``own_rate``, median less at_common, what a
        rate of its own is worth; ``span``, the best median less the worst over all rates.
    """
    import pandas as pd

    by = by or measure
    table = frame.assign(
        _value=values(frame, measure, missing).to_numpy(), _by=values(frame, by, missing).to_numpy()
    )  # fmt: skip
    grid = table.groupby(["variant", "task", "rate"], sort=False)[["_value", "_by"]].median()
    medians, good = (grid[c].unstack("rate").sort_index(axis=1) for c in ("_value", "_by"))
    larger = {task: _larger_is_better(group, by) for task, group in table.groupby("task", sort=False)}
    if against not in medians.index.get_level_values(0):
        raise UnknownNameError("variant", against, sorted(set(table["variant"])))
    rows = []
    for variant, task in medians.index:
        if (against, task) not in medians.index:
            continue
        sign = 1.0 if larger[task] else -1.0
        own = medians.loc[(variant, task)]
        best, shared = ((sign * good.loc[(v, task)]).idxmax() for v in (variant, against))
        span = own.max() - own.min() if by != measure else sign * (own.max() - own.min())
        rows.append({
            "variant": variant, "task": task, "best": best, "median": own[best], "at_common": own[shared],
            "own_rate": own[best] - own[shared], "span": span,
        })  # fmt: skip
    return pd.DataFrame(rows)
