"""Figures to play with: what a gate lets through of a candidate, and how high a memory can go.

Every number comes from the activations that are handed in; the page only looks up, multiplies and adds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from softgate.figures import style
from softgate.figures.style import Floats

REACH = 5.0
STEP = 0.25
SERIES = ("what gets through", "its slope", "its curvature")
MAP = 230


def grid() -> Floats:
    """Where curves are looked up: from -5 to 5."""
    return np.arange(-REACH, REACH + STEP / 2, STEP)


def product(candidates: Mapping[str, Sequence[Floats]], gates: Mapping[str, Floats]) -> Any:
    """a(x) b(y) with a choice of both: the curve over x at a y that one sets, and the whole surface.

    Args:
        candidates: by name, value, slope and curvature of a on :func:`grid`, [N] each.
        gates: by name, the value of b on :func:`grid`, [N].
    """
    alt = style.altair()
    x = grid()
    a = alt.param("a", value=next(iter(candidates)), bind=_choice("what may be written, a(x)", candidates))
    b = alt.param("b", value=next(iter(gates)), bind=_choice("the gate, b(y)", gates))
    y = alt.param(
        "gate", value=0.0, bind=alt.binding_range(min=-REACH, max=REACH, step=STEP, name="what the gate is told, y")
    )
    table = json.dumps({name: [round(float(v), 5) for v in values] for name, values in gates.items()})

    def let_through(at: str) -> str:
        return f"({table})[b][round(({at} + {REACH}) / {STEP})]"

    rows = [
        (name, series, float(place), float(value))
        for name, curves in candidates.items()
        for series, values in zip(SERIES, curves, strict=True)
        for place, value in zip(x, values, strict=True)
    ]
    columns = dict(zip(("a", "series", "x", "v"), map(list, zip(*rows, strict=True)), strict=True))
    data = style.chart(columns, by=("a", "series")).transform_filter("datum.a === a")
    across = alt.X("x:Q", title="x, what the candidate is told", scale=alt.Scale(domain=[-REACH, REACH], nice=False))
    lines = (
        data.transform_calculate(z=f"datum.v * {let_through('gate')}")
        .mark_line(clip=True, strokeWidth=2.5)
        .encode(
            x=across,
            y=alt.Y("z:Q", title="a(x) b(y), slope, curvature", scale=alt.Scale(domain=[-1.3, 1.3], nice=False)),
            **style.categories(SERIES, None),
            tooltip=["series:N", "x:Q", alt.Tooltip("z:Q", format=".3~f")],
        )
        .properties(width=290, height=MAP)
    )
    side = _surface(data.transform_filter(f"datum.series === '{SERIES[0]}'"), let_through("datum.y"))
    both = (
        alt.hconcat(lines, side, spacing=24)
        .resolve_scale(color="independent", strokeDash="independent")
        .add_params(a, b, y)
    )
    return style.dressed(both)


def _surface(data: Any, factor: str) -> Any:
    """All of a(x) b(y) as a map, with a line at the gate that is set; ``factor`` is b(y) as the page computes it."""
    alt = style.altair()
    cells = (
        data.transform_calculate(y=f"sequence({-REACH}, {REACH + STEP / 2}, {STEP})")
        .transform_flatten(["y"])
        .transform_calculate(z=f"datum.v * {factor}", x2=f"datum.x + {STEP}", y2=f"datum.y + {STEP}")
    )
    ends = alt.Scale(domain=[-REACH, REACH], nice=False)
    colour = alt.Color(
        "z:Q",
        scale=alt.Scale(scheme=style.SIGNED, domain=[-1, 1], domainMid=0, clamp=True),
        legend=alt.Legend(title="a(x) b(y)", orient="top", direction="horizontal", gradientLength=150),
    )
    surface = cells.mark_rect(clip=True, strokeWidth=0).encode(
        x=alt.X("x:Q", title="x, candidate", scale=ends),
        x2="x2:Q",
        y=alt.Y("y:Q", title="y, gate", scale=ends),
        y2="y2:Q",
        color=colour,
        tooltip=["x:Q", "y:Q", alt.Tooltip("z:Q", format=".3~f")],
    )
    line = style.chart({"here": [0]}).transform_calculate(level="gate").mark_rule(color=style.INK, strokeWidth=2)
    whole = alt.layer(surface, line.encode(y=alt.Y("level:Q", title="y, gate", scale=ends)))
    return whole.properties(width=MAP, height=MAP)


def _choice(title: str, names: Mapping[str, Any]) -> Any:
    return style.altair().binding_select(options=list(names), name=title)


def memory(moves: Sequence[int], written: Mapping[str, tuple[float, float]]) -> Any:
    """A memory that is told to go up and down, with candidates that can and cannot.

    Args:
        moves: 1 for up, -1 for down, one a step.
        written: by name, what the candidate is when told to go down and when told to go up.
    """
    alt = style.altair()
    keep = alt.param("keep", value=1.0, bind=alt.binding_range(min=0.5, max=1, step=0.01, name="how much is kept, f"))
    write = alt.param("write", value=1.0, bind=alt.binding_range(min=0, max=1, step=0.05, name="how much is let in, i"))
    truth = "the true count"
    steps = [(truth, t, t, float(sum(moves[:t]))) for t in range(len(moves) + 1)]
    for name, (down, up) in written.items():
        steps.append((name, 0, 0, 0.0))
        steps += [
            (name, t, s, up if moves[s - 1] > 0 else down)
            for t in range(1, len(moves) + 1)
            for s in range(1, t + 1)
        ]  # fmt: skip
    columns = dict(zip(("series", "t", "s", "w"), map(list, zip(*steps, strict=True)), strict=True))
    summed = (
        style.chart(columns, by=("series",))
        .transform_calculate(
            part=f"datum.series === '{truth}' ? datum.w : write * datum.w * pow(keep, datum.t - datum.s)"
        )
        .transform_aggregate(c="sum(part)", groupby=["series", "t"])
    )
    names = [truth, *written]
    low, high = min(0, *np.cumsum(moves)), sum(m > 0 for m in moves)
    chart = summed.mark_line(clip=True, strokeWidth=2.5, interpolate="step-after").encode(
        x=alt.X("t:Q", title="step", scale=alt.Scale(nice=False)),
        y=alt.Y("c:Q", title="the memory, c", scale=alt.Scale(domain=[low - 1, max(high, len(moves) / 2) + 1])),
        **style.categories(names, None),
        tooltip=["series:N", "t:Q", alt.Tooltip("c:Q", format=".3~f")],
    )
    zero = style.chart({"zero": [0]}).mark_rule(color=style.SOFT).encode(y="zero:Q")
    return style.dressed(alt.layer(zero, chart).properties(width=620, height=260).add_params(keep, write))
