"""Figures of gradients: how much arrives at each step and by which path, and how far the loss of one step reaches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from softgate.figures import style
from softgate.figures.style import Floats

QUANTILES = (0.1, 0.5, 0.9)
PATHS = ("total", "cell path", "hidden path")
MOST_CELLS = 100
"""Rows and columns of a map; of more, some at even distances are drawn."""


def gradients(flow: Any, name: str, *, title: str = "", most: int = 400) -> Any:
    """How much gradient arrives at each step, in all and by path: the median unit, and the band of 80 % of units.

    Args:
        flow: what ``sg.gradient_flow`` gave: ``flow[name]`` has ``total``, ``cell_path``, ``hidden_path``, [T, B, H].
        name: a state, as ``"l0.c"``.
        title: above the figure.
        most: a longer curve is thinned to at most so many points.
    """
    alt = style.altair()
    found = flow[name]
    columns: dict[str, list[Any]] = {k: [] for k in ("series", "step", "low", "middle", "high")}
    for path in PATHS:
        steps, levels = quantiles(getattr(found, path.replace(" ", "_")), QUANTILES, most)
        columns["series"] += [path] * len(steps)
        columns["step"] += list(steps)
        for key, level in zip(("low", "middle", "high"), levels, strict=True):
            columns[key] += [v if v > 0 else np.nan for v in level]  # zero has no place on a scale of powers
    colours = style.categories(PATHS, None)
    base = style.chart(columns, by=["series"]).encode(
        x=alt.X("step:Q", title="time (steps)", scale=alt.Scale(nice=False))
    )
    scale = alt.Scale(type="log")
    title_y = f"size of dL/d {name.rpartition('.')[2]} (loss a unit of state)"
    band = base.mark_area(opacity=0.15).encode(
        y=alt.Y("low:Q", title=title_y, scale=scale, axis=alt.Axis(format="~e", tickCount=8)),
        y2="high",
        color=colours["color"],
    )
    line = base.mark_line(strokeWidth=1.6).encode(
        y=alt.Y("middle:Q", scale=scale), **colours, tooltip=["series:N", "step:Q", "low:Q", "middle:Q", "high:Q"]
    )
    chart = alt.layer(band, line).properties(width=style.WIDTH, height=240).interactive(bind_y=False)
    return style.dressed(chart, title, "line: the median unit; band: 80 % of units")


def quantiles(values: Any, levels: Sequence[float], most: int) -> tuple[list[int], Floats]:
    """Quantiles over units and sequences of the size of [T, B, H] at each step, thinned.

    Returns:
        The steps, [N], and a row a quantile, [levels, N].
    """
    size = np.abs(style.array(values))
    T = len(size)
    steps = style.spaced(T, most) if T else np.zeros(0, np.int64)
    rows = size.reshape(T, -1)[steps]
    found: Floats = np.nanquantile(rows, levels, axis=1) if rows.size else np.zeros((len(levels), 0))
    return [int(t) for t in steps], found


def horizon(name: str, sources: Sequence[int], norms: Any, forget: Any | None = None) -> Any:
    """What the loss at one step, or at each of several, brings to a state at each step.

    Args:
        name: the state, as ``"l0.c"``.
        sources: the steps of the loss.
        norms: the norm of the gradient that arrives: [T] of one source, else [K, T], a row for each.
        forget: of one source, the product of the forget gates on the way, [T].

    Returns:
        An Altair chart: of one source a curve beside the product of the gates, of several a map.

    Raises:
        MissingExtraError: without the extra ``plots``.
    """
    found = style.array(norms)
    if found.ndim == 1:
        lines = {f"norm of the gradient of {name}": found}
        if forget is not None:
            lines["product of the forget gates"] = style.array(forget)
        return _curve(name, sources[0], lines)
    return _map(name, sources, found)


def _curve(name: str, source: int, lines: dict[str, Floats]) -> Any:
    alt = style.altair("the chart of a horizon")
    columns: dict[str, list[Any]] = {"series": [], "step": [], "size": []}
    for series, values in lines.items():
        there = np.flatnonzero(values > 0)  # the axis is logarithmic
        columns["series"] += [series] * len(there)
        columns["step"] += list(there)
        columns["size"] += list(values[there])
    chart = style.chart(columns, by=["series"]).mark_line(point=len(columns["step"]) <= 200)
    chart = chart.encode(
        x=alt.X("step:Q", title="step s", axis=alt.Axis(tickMinStep=1)),
        y=alt.Y("size:Q", title="size", scale=alt.Scale(type="log"), axis=alt.Axis(format="~e", tickCount=8)),
        tooltip=["series:N", "step:Q", "size:Q"],
        **style.categories(list(lines), None),
    )
    placed = chart.properties(width=style.WIDTH * 0.7, height=240).interactive(bind_y=False)
    return style.dressed(placed, f"What the loss at step {source} brings to {name}")


def _map(name: str, sources: Sequence[int], norms: Floats) -> Any:
    alt = style.altair("the chart of a horizon")
    columns: dict[str, list[Any]] = {"t": [], "s": [], "size": []}
    for row in style.spaced(len(norms), MOST_CELLS):
        for s in style.spaced(norms.shape[1], MOST_CELLS):
            if 0 < norms[row, s] < np.inf:
                columns["t"].append(int(sources[row]))
                columns["s"].append(int(s))
                columns["size"].append(float(np.log10(norms[row, s])))
    few = alt.Axis(labelOverlap=True)
    chart = style.chart(columns, by=["t"]).mark_rect(strokeWidth=0)
    chart = chart.encode(
        x=alt.X("s:O", title="arrives at step s", axis=few),
        y=alt.Y("t:O", title="loss at step t", axis=few),
        color=alt.Color("size:Q", title="log10 of the norm", scale=alt.Scale(scheme=style.AMOUNTS)),
        tooltip=["t:Q", "s:Q", alt.Tooltip("size:Q", title="log10 of the norm")],
    )
    return style.dressed(chart.properties(width=360, height=300), f"What the loss at step t brings to {name} at step s")
