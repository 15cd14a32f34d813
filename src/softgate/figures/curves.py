"""Figures of activations: a curve with its derivatives, and the surface of a product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from softgate.figures import style
from softgate.figures.style import Floats

DERIVATIVES = ("value", "slope", "curvature")
MAPS = {
    "value": "a(x) b(y)",
    "dx": "slope in x: a'(x) b(y)",
    "dy": "slope in y: a(x) b'(y)",
    "mixed": "mixed: a'(x) b'(y)",
}


def activation(
    name: str,
    lines: Sequence[tuple[str, Floats, Floats]],
    points: Sequence[tuple[float, str]] = (),
    rules: Sequence[tuple[str, float]] = (),
) -> Any:
    """Value, slope and curvature over x.

    Args:
        name: the title.
        lines: stretches without a jump: which of :data:`DERIVATIVES`, x and y, [N] each.
        points: fixed points, with what they do.
        rules: x from where something is worth a vertical line, with what it is.
    """
    alt = style.altair()
    rows = [(d, k, a, b) for k, (d, x, y) in enumerate(lines) for a, b in zip(x, y, strict=True)]
    columns = dict(zip(("series", "piece", "x", "y"), zip(*rows, strict=True), strict=True))
    x = alt.X("x:Q", title="x (no unit)")
    y = alt.Y("y:Q", title="value, slope, curvature (no unit)")
    layers = [
        style.chart(columns, by=("series", "piece"))
        .mark_line(clip=True)
        .encode(x=x, y=y, detail="piece:N", **style.categories(DERIVATIVES, None), tooltip=["series:N", "x:Q", "y:Q"])
    ]
    if rules:
        marks = style.chart({"what": [w for w, _ in rules], "x": [v for _, v in rules]})
        rule = marks.mark_rule(strokeDash=[2, 3], color=style.SOFT)
        layers.append(rule.encode(x="x:Q", tooltip=["what:N", "x:Q"]))
    if points:
        marks = style.chart(
            {"x": [v for v, _ in points], "y": [v for v, _ in points], "kind": [f"f(x) = x, {k}" for _, k in points]}
        )
        dot = marks.mark_point(filled=True, size=70, color=style.INK, opacity=1)
        layers.append(
            dot.encode(
                x="x:Q",
                y="y:Q",
                shape=alt.Shape("kind:N", title=None, legend=alt.Legend(orient="top", columns=3)),
                tooltip=["kind:N", "x:Q"],
            )
        )
    chart = alt.layer(*layers).properties(width=style.WIDTH * 0.6, height=280).interactive()
    return style.dressed(chart, name, "dotted verticals: slope or curvature under 1 % of its largest beyond them")


def surfaces(title: str, axis: Floats, maps: Mapping[str, Floats], diagonal: Any) -> Any:
    """Maps over (x, y), each with its own scale that has white at zero, above the curve on x = y.

    Args:
        title: of the whole.
        axis: x and y of the maps, [N].
        maps: by one of :data:`MAPS`, values [N, N], x first.
        diagonal: the chart of the curve, as :func:`activation` makes it.
    """
    alt = style.altair()
    half = (axis[1] - axis[0]) / 2
    across, up = (grid.ravel() for grid in np.meshgrid(axis, axis, indexing="ij"))
    panels = []
    for name, text in MAPS.items():
        z = maps[name].ravel()
        most = float(np.nanmax(np.abs(z))) or 1.0
        data = style.chart({"x": across - half, "x2": across + half, "y": up - half, "y2": up + half, "z": z})
        colour = alt.Color(
            "z:Q",
            scale=alt.Scale(scheme=style.SIGNED, domain=[-most, most], domainMid=0),
            legend=alt.Legend(title=None, format=".3~g", gradientLength=150),
        )
        panel = data.mark_rect(clip=True, strokeWidth=0)
        panels.append(
            panel.encode(
                x=alt.X("x:Q", title="x (no unit)", scale=alt.Scale(nice=False, zero=False)),
                x2="x2",
                y=alt.Y("y:Q", title="y (no unit)", scale=alt.Scale(nice=False, zero=False)),
                y2="y2",
                color=colour,
                tooltip=["x:Q", "y:Q", "z:Q"],
            ).properties(width=190, height=190, title=alt.TitleParams(text, fontSize=12, anchor="start"))
        )
    plain = diagonal.copy()
    plain.config = alt.Undefined  # of several charts in one, only the whole has a configuration
    plain.title = alt.TitleParams("on the line x = y: value, slope, curvature", fontSize=12, anchor="start")
    top = alt.vconcat(
        alt.hconcat(*panels[:2]).resolve_scale(color="independent"),
        alt.hconcat(*panels[2:]).resolve_scale(color="independent"),
        plain,
    ).resolve_scale(color="independent", strokeDash="independent", shape="independent")
    return style.dressed(top, title, "blue is below zero, orange above")
