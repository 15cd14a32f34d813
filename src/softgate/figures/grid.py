"""A map of many combinations, one task at a time: which is chosen in a list beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from softgate.figures import style

CELL_WIDTH, CELL_HEIGHT = 78, 17


class Cell(NamedTuple):
    """One combination on one task: where it stands, its value, and what is said when it is pointed at."""

    task: str
    across: str
    up: str
    value: float
    told: str


def grid(
    cells: Sequence[Cell],
    measure: str,
    *,
    axes: tuple[str | None, str | None] = (None, None),
    low: float = 0.0,
    high: float = 1.0,
    fast: bool = False,
) -> Any:
    """A coloured cell for each combination, with a list of tasks to choose from.

    Args:
        cells: all of them; the first task is shown first.
        measure: what the colour means.
        axes: titles across and up; a telephone has no room for them in every name.
        low, high: what the ends of the colours stand for; what lies beyond is cut.
        fast: whether little is good, as of a time, and the scale goes in powers.

    Raises:
        FigureError: there is nothing to draw.
    """
    if not cells:
        raise style.FigureError("grid: expected one cell or more, got none")
    alt = style.altair()
    tasks, across, up = (list(dict.fromkeys(getattr(c, n) for c in cells)) for n in ("task", "across", "up"))
    task = alt.param("task", value=tasks[0], bind=alt.binding_select(options=tasks, name="task"))
    kept = [c for c in cells if np.isfinite(c.value)]
    columns = {name: [getattr(c, name) for c in kept] for name in Cell._fields}
    colour = alt.Color(
        "value:Q",
        scale=alt.Scale(
            scheme=style.AMOUNTS, domain=[low, high], clamp=True, reverse=fast, type="log" if fast else "linear"
        ),
        legend=alt.Legend(title=measure, orient="top", gradientLength=220),
    )
    base = style.chart(columns, by=("task",)).transform_filter("datum.task === task")
    chart = base.mark_rect(stroke="white", strokeWidth=1).encode(
        x=alt.X("across:N", sort=across, title=axes[0], axis=alt.Axis(orient="top", labelAngle=-45, labelLimit=140)),
        y=alt.Y("up:N", sort=up, title=axes[1], axis=alt.Axis(labelLimit=240)),
        color=colour,
        tooltip=["up:N", "across:N", alt.Tooltip("value:Q", format=".3~f"), "told:N"],
    )
    size = {"width": CELL_WIDTH * len(across), "height": CELL_HEIGHT * len(up)}
    return style.dressed(chart.properties(**size).add_params(task))
