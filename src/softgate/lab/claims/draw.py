"""From rows to figures: what the claims hand to :mod:`softgate.figures.studies`.

A variant is shown with the learning rate that suits it (chosen on the other seeds, by what the claim is judged by), a
task in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from softgate.figures import studies, style
from softgate.figures.studies import Band, Dot, Effect
from softgate.figures.training import Share, shares
from softgate.lab import pairs
from softgate.lab.claims import columns
from softgate.lab.claims.pools import titled
from softgate.lab.claims.weighed import shortened
from softgate.lab.pairs import at_best_rate
from softgate.lab.statistics import interval
from softgate.lab.study import Study, task_label

__all__ = [
    "by_distance",
    "by_variant",
    "differences",
    "failures",
    "hardening",
    "map_of",
    "measured",
    "over_training",
    "scores",
    "stacked",
    "steps",
]


def _dots(frame: Any, column: str, label: str = "variant") -> list[Dot]:
    kept = frame[frame[column].notna()]
    return [
        Dot(titled(task), str(name), int(seed), float(value))
        for task, name, seed, value in zip(kept["task"], kept[label], kept["seed"], kept[column], strict=True)
    ]


def _ordered(frame: Any, study: Study) -> Any:
    """Rows in the order of the study: tasks, then variants."""
    tasks = {task_label(t): k for k, t in enumerate(study.tasks)}
    variants = {v.name: k for k, v in enumerate(study.variants)}
    keys = frame.assign(_t=frame["task"].map(tasks), _v=frame["variant"].map(variants))
    return keys.sort_values(["_t", "_v", "seed"], kind="stable")


def _best(frame: Any, column: str = columns.SKILL) -> Any:
    """The rows at the rates that a rule about this column chooses."""
    if column in (columns.PACE, columns.STEPS):
        return at_best_rate(frame, "steps_to_solved", "steps")
    return at_best_rate(frame) if column == columns.SKILL else at_best_rate(frame, column, None)


def stacked(*charts: Any) -> Any:
    """Charts below each other, as one."""
    alt = style.altair()
    bare = [chart.copy(deep=False) for chart in charts]
    for chart in bare:
        chart.config = alt.Undefined  # a chart inside of another may have none
    # Not as columns of one table: long names in one chart would push the panels of all others off a telephone.
    whole = alt.concat(*bare, columns=1, align="none", spacing=34)
    return style.dressed(whole.resolve_scale(color="independent", strokeDash="independent"))


def scores(frame: Any, study: Study, measure: str) -> Any:
    """Skill by variant, a dot a net."""
    rows = _ordered(at_best_rate(frame), study)
    return studies.strips(_dots(rows, columns.SKILL), measure)


def steps(frame: Any, study: Study) -> Any:
    """Steps until solved by variant, a dot a net; the budget where it never was."""
    rows = _ordered(_best(frame, columns.STEPS), study)
    return studies.strips(_dots(rows, columns.STEPS), "steps until solved, or the whole budget", logarithmic=True)


def by_variant(
    frame: Any, study: Study, column: str, measure: str, *, logarithmic: bool = False, by: str = columns.SKILL
) -> Any:
    """Any column by variant, a dot a net, at the rates that are best by a column."""
    rows = _ordered(_best(frame, by), study)
    return studies.strips(_dots(rows, column), measure, logarithmic=logarithmic)


def failures(frame: Any, study: Study) -> Any:
    """The share of nets that diverged, by variant, a dot a learning rate."""
    rows = _ordered(frame, study)
    shares = rows.assign(_lost=rows["diverged"].astype(float)).groupby(["task", "variant", "rate"], sort=False)["_lost"]
    dots = [Dot(titled(task), variant, k, share) for k, ((task, variant, _), share) in enumerate(shares.mean().items())]
    return studies.strips(dots, "share of nets that diverged", dot="learning rate")


def measured(
    frame: Any,
    named: Mapping[str, str],
    measure: str,
    *,
    levels: Mapping[str, float] | None = None,
    logarithmic: bool = False,
    by: str = columns.PACE,
) -> Any:
    """Several measures of the same nets, a row each, a panel a task."""
    rows = _best(frame, by)
    found = [
        Dot(titled(task), name, int(seed), float(value))
        for task in dict.fromkeys(rows["task"])
        for name, column in named.items()
        for seed, value in zip(*_of(rows, task, column), strict=True)
    ]
    return studies.strips(found, measure, levels=levels, logarithmic=logarithmic)


def _of(rows: Any, task: str, column: str) -> tuple[Any, Any]:
    part = rows[rows["task"] == task]
    values = part[column] if column in part else np.full(len(part), np.nan)
    return part["seed"], values


def differences(frame: Any, study: Study, baseline: str, column: str, measure: str, margin: float = 0.1) -> Any:
    """Each variant against the baseline, paired by seed, with an interval of 95 %."""
    best = _ordered(_best(frame, column), study)
    rows = [
        Effect(titled(task), name, *_paired(best, task, name, baseline, column))
        for task in dict.fromkeys(best["task"])
        for name in (v.name for v in study.variants if v.name != baseline)
    ]
    return studies.effects(rows, measure, margin)


def _paired(best: Any, task: str, variant: str, against: str, column: str) -> tuple[float, float, float]:
    """Median and interval of the differences, as a rule sees them."""
    rows = best[best["task"] == task]
    if not {variant, against} <= set(rows["variant"]):
        return np.nan, np.nan, np.nan
    found = pairs.differences(rows, variant, against, column)["difference"].dropna()
    if not len(found):
        return np.nan, np.nan, np.nan
    middle = interval(found.to_numpy())
    return middle.value, middle.low, middle.high


def map_of(frame: Any, study: Study, baseline: str, column: str, measure: str) -> Any:
    """The median difference from the baseline, variant by task."""
    rows, best = [], _ordered(_best(frame, column), study)
    names = shortened(best["task"])  # a telephone has no room for more; the words stand where a cell is pointed at
    for variant in study.variants:
        for task, name in names.items():
            middle, low, high = _paired(best, task, variant.name, baseline, column)
            rows.append((name, variant.name, middle, f"{variant.what}; {low:+.2f} to {high:+.2f}"))
    return studies.heat(rows, measure, signed=True)


def over_training(frame: Any, named: Mapping[str, str], measure: str) -> Any:
    """Measures at the checkpoints, quartiles over seeds, a panel a task."""
    rows = _best(frame, columns.PACE)
    found = []
    for task in dict.fromkeys(rows["task"]):
        part = rows[rows["task"] == task]
        for name, column in named.items():
            history = f"{column}.history"
            if history not in part:
                continue
            values = np.array([list(v) for v in part[history] if v is not None and len(v)], dtype=float)
            at = next(list(v) for v in part["measured_at"] if v is not None and len(v))
            found += [Band(titled(task), name, float(x), *_quartiles(values[:, k])) for k, x in enumerate(at)]
    return studies.bands(found, "step of training", measure, logarithmic="x")


def hardening(frame: Any) -> Any:
    """The shares of gate values that are shut, open and between, at a step of training that the reader chooses; means
    over nets."""
    rows, found = _best(frame, columns.PACE), []
    for task in dict.fromkeys(rows["task"]):
        part = rows[rows["task"] == task]
        for name, column in columns.HARDNESS.items():
            if f"{column}.open.history" not in part:
                continue
            shut, opened = (
                np.array([list(v) for v in part[f"{column}.{end}.history"] if v is not None and len(v)], float).mean(0)
                for end in ("shut", "open")
            )
            at = next(list(v) for v in part["measured_at"] if v is not None and len(v))
            for step, low, high in zip(at, shut, opened, strict=True):
                states = {"shut (under 0.1)": low, "between": 1 - low - high, "open (over 0.9)": high}
                found += [Share(titled(task), name, state, int(step), float(x)) for state, x in states.items()]
    return shares(found, "share of its values")


def by_distance(
    frame: Any,
    by: Mapping[int, str],
    measure: str,
    *,
    logarithmic: str = "",
    levels: Mapping[str, float] | None = None,
) -> Any:
    """A measure at several distances from the loss, quartiles over seeds, a curve a task."""
    rows = _best(frame, columns.PACE)
    found = []
    for task in dict.fromkeys(rows["task"]):
        for distance, column in by.items():
            _, values = _of(rows, task, column)
            values = np.asarray(values, dtype=float)
            if np.isfinite(values).any():
                found.append(Band("", titled(task), float(distance), *_quartiles(values)))
    return studies.bands(found, "steps before the loss", measure, logarithmic=logarithmic, levels=levels)


def _quartiles(values: Any) -> tuple[float, float, float]:
    low, middle, high = np.nanpercentile(values, [25, 50, 75])
    return float(low), float(middle), float(high)
