"""What was measured of a unit's effects: :class:`Effects`, and a figure with its interval."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["Effects", "Figure", "figure"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Figure:
    """A mean over sequences, and where 95 of 100 means lie when sequences are drawn anew."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Effects:
    """What was found of one unit; ``random`` and ``peers`` have the same of other units, by the same names.

    Attributes:
        ablation: by way: ``"zero"``, ``"mean"``, ``"elsewhere"``, ``"other mode"``.
        transplant: the share of a whole transplant that this unit alone brings about, 0 to 1; NaN where it cannot be
            judged.
        specificity: change of what the label is read from, over that plus the change of the rest, 0 to 1.
        read: how well the label can be read off the output at all, as a share of its variance.
        random: the median over other units of the place.
        peers: the median over the (up to 20) other units whose variance is nearest and that have no role.
        bar: what 19 of 20 of these stay under, all of them where they are fewer; empty if they are too few for that.
        alike: how many these are.
        across: what a transplant of each unit, by number, brings about in what this unit stands for.
        specific: how much of the change by each unit, by number, is in what says what this unit stands for.
        untold: why a transplant cannot be judged; empty where it can.
    """

    ablation: dict[str, Figure]
    transplant: Figure
    specificity: float
    read: float
    random: dict[str, float] = field(default_factory=dict)
    peers: dict[str, float] = field(default_factory=dict)
    bar: dict[str, float] = field(default_factory=dict)
    alike: int = 0
    across: dict[int, float] = field(default_factory=dict)
    specific: dict[int, float] = field(default_factory=dict)
    untold: str = ""


def figure(values: Floats, random: np.random.Generator, of: Callable[[Floats], Floats] | None = None) -> Figure:
    """The mean of values [R], or a function of their sums [N, R] -> [N], with a bootstrap interval over rows.

    Draws of which the function says nothing count for nothing; where it says nothing of all rows, all three are NaN.
    """
    drawn = random.integers(values.shape[-1], size=(400, values.shape[-1]))
    if of is None:
        value, found = float(values.mean()), values[drawn].mean(1)
    else:
        value, found = float(of(values.sum(1))), of(values[:, drawn].sum(2))
        if math.isnan(value):
            return Figure(value, value, value)
        found = found[~np.isnan(found)]
    low, high = np.quantile(found, [0.025, 0.975])
    return Figure(value, float(low), float(high))
