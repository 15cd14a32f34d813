"""Main effects in the matrix: what it costs to change one part, whatever the other two are.

A seed's effect of a shape is the mean, over all combinations of the other two parts, of the measure with that shape
less the measure with the usual one: 25 to 35 pairs of nets with the same first weights and data. Over seeds, the median
and its bootstrap interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from softgate.lab.claims import matrix
from softgate.lab.statistics import Interval, interval

__all__ = ["Effect", "main_effects"]


@dataclass(frozen=True)
class Effect:
    """What a shape in one part does to a measure.

    Attributes:
        part, shape: which; the usual shape of each part is what it is compared with.
        overall: over all tasks, the median over seeds with its interval.
        by_task: by label, the median over seeds.
    """

    part: str
    shape: str
    overall: Interval
    by_task: dict[str, float]


def main_effects(best: Any, measure: str) -> list[Effect]:
    """The effect of every shape that is not the usual one.

    Args:
        best: rows of the matrix, one for each combination, task and seed, with the column ``measure``.
        measure: what is compared; pairs without it on both sides are left out.
    """
    named = [dict(zip(matrix.PARTS, matrix.parts(v), strict=True)) for v in best["variant"]]
    rows = best.assign(**{part: [found[part] for found in named] for part in matrix.PARTS})
    return [
        found
        for part, (usual, *others) in matrix.PARTS.items()
        for shape in others
        if (found := _effect(rows, part, shape, usual, measure)) is not None
    ]


def _effect(rows: Any, part: str, shape: str, usual: str, measure: str) -> Effect | None:
    same = ["task", "seed", *(p for p in matrix.PARTS if p != part)]
    one, other = (rows[rows[part] == value].set_index(same)[measure] for value in (shape, usual))
    pairs = (one - other).dropna()
    if not len(pairs):
        return None
    seeds = pairs.groupby(["task", "seed"], sort=False).mean()
    by_task = seeds.groupby("task", sort=False).median()
    overall = interval(seeds.groupby("seed").mean().to_numpy())
    return Effect(part, shape, overall, {str(task): float(value) for task, value in by_task.items()})
