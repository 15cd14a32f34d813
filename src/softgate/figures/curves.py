"""Figures of activations: a curve with its derivatives, and the surface of a product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from softgate.figures import style
from softgate.figures.style import Floats

DERIVATIVES = ("value", "slope", "curvature")
APART = 12
"""Beside what is so many times as large, a curve is a flat line."""
POLE = 100
SIDE = 190
"""Pixels along a side of a map."""
MAPS = {
    "value": "a(x) b(y)",
    "dx": "slope in x: a'(x) b(y)",
    "dy": "slope in y: a(x) b'(y)",
    "mixed": "mixed: a'(x) b'(y)",
}


Line = tuple[str, Floats, Floats]


def activation(
    name: str,
    lines: Sequence[Line],
    points: Sequence[tuple[float, str]] = (),
    rules: Sequence[tuple[str, str, float]] = (),
    ends: tuple[float, float] | None = None,
) -> Any:
    """Value, slope and curvature over x; below each other where one of them would be flat beside another.

    Args:
        name: the title.
        lines: stretches without a jump: which of :data:`DERIVATIVES`, x and y, [N] each.
        points: fixed points, with what they do.
        rules: which of :data:`DERIVATIVES` has a vertical line, what it says, and at which x.
        ends: of the x axis.
    """
    alt = style.altair()
    reach = {d: _reach([y for which, _, y in lines if which == d]) for d in DERIVATIVES}
    sizes = [max(map(abs, found)) for found in reach.values() if any(found)]
    apart = len(sizes) > 1 and max(sizes) > APART * min(sizes)
    groups = [(d,) for d in DERIVATIVES] if apart else [DERIVATIVES]
    panels = []
    for group in groups:
        low, high = min(reach[d][0] for d in group), max(reach[d][1] for d in group)
        margin = 0.07 * ((high - low) or 1.0)
        axis = (f"{', '.join(group)} (no unit)", low - margin, high + margin)
        shown = points if "value" in group else ()
        mine = [rule for rule in rules if rule[0] in group]
        panels.append(_panel([line for line in lines if line[0] in group], shown, mine, ends, axis))
    width, height = style.WIDTH * 0.6, 280 if len(panels) == 1 else 150
    placed = [p.properties(width=width, height=height).interactive(f"zoom_{k}") for k, p in enumerate(panels)]
    chart = placed[0] if len(placed) == 1 else alt.vconcat(*placed, spacing=12)
    return style.dressed(chart, name, "dotted: beyond it, slope or curvature has died away" if rules else "")


def _reach(curves: Sequence[Floats]) -> tuple[float, float]:
    """The lowest and highest that is shown of curves; beside a pole, not as far as they go."""
    y = np.concatenate([np.zeros(1), *curves])
    y = y[np.isfinite(y)]
    usual, most = np.median(np.abs(y)), np.abs(y).max()
    if most > POLE * max(usual, 1e-300) and np.quantile(np.abs(y), 0.9) < 0.1 * most:
        y = np.clip(y, -10 * usual, 10 * usual)
    return float(y.min()), float(y.max())


def _panel(
    lines: Sequence[Line],
    points: Sequence[tuple[float, str]],
    rules: Sequence[tuple[str, str, float]],
    ends: tuple[float, float] | None,
    axis: tuple[str, float, float],
) -> Any:
    alt = style.altair()
    rows = [(d, k, a, b) for k, (d, x, y) in enumerate(lines) for a, b in zip(x, y, strict=True)]
    columns = dict(zip(("series", "piece", "x", "y"), zip(*rows, strict=True), strict=True))
    title, low, high = axis
    x = alt.X("x:Q", title="x (no unit)", scale=alt.Scale(domain=list(ends), nice=False) if ends else alt.Undefined)
    y = alt.Y("y:Q", title=title, scale=alt.Scale(domain=[low, high], nice=False))
    # Far from 0, five digits would not tell neighbours apart.
    farthest, span = max(abs(v) for v in columns["x"]), max(columns["x"]) - min(columns["x"])
    digits = 5 + max(0, int(np.ceil(np.log10(farthest / span)))) if span else 5
    curve = style.chart(columns, by=("series", "piece"), digits=digits).mark_line(clip=True)
    several = len({d for d, _, _ in rules})  # rows of text between the panel and the legend
    told = style.categories(DERIVATIVES, None, offset=8 + 13 * several)
    layers = [curve.encode(x=x, y=y, detail="piece:N", **told, tooltip=["series:N", "x:Q", "y:Q"])]
    if rules:
        named: dict[str, list[Any]] = {
            "series": [w for w, _, _ in rules],
            "what": [t for _, t, _ in rules],
            "x": [v for _, _, v in rules],
        }
        marks = style.chart(named, digits=digits).encode(x="x:Q", color=told["color"], tooltip=["what:N", "x:Q"])
        layers.append(marks.mark_rule(strokeDash=[1, 3], strokeWidth=1.5, clip=True))
        layers += [_label(rule, rules) for rule in rules]
    if points:
        at: dict[str, list[Any]] = {
            "x": [v for v, _ in points],
            "y": [v for v, _ in points],
            "kind": [f"f(x) = x, {k}" for _, k in points],
        }
        dot = style.chart(at).mark_point(filled=True, size=70, color=style.INK, opacity=1, clip=True)
        kind = alt.Shape("kind:N", title=None, legend=alt.Legend(orient="bottom", columns=3))
        layers.append(dot.encode(x="x:Q", y="y:Q", shape=kind, tooltip=["kind:N", "x:Q"]))
    return alt.layer(*layers)


def _label(rule: tuple[str, str, float], rules: Sequence[tuple[str, str, float]]) -> Any:
    """What a vertical line is, above the panel, in a row for each curve; the texts of two lines point apart."""
    alt = style.altair()
    series, what, x = rule
    others = [v for which, _, v in rules if which == series and v != x]
    align = "center" if not others else "right" if x < min(others) else "left"
    rows = [d for d in DERIVATIVES[::-1] if any(which == d for which, _, _ in rules)]
    data = style.chart({"series": [series], "what": [what], "x": [x]}, digits=9)
    text = data.mark_text(align=align, baseline="bottom", fontSize=10, clip=False)
    colour = style.categories(DERIVATIVES, None)["color"].legend(None)
    return text.encode(x="x:Q", y=alt.value(-3 - 12 * rows.index(series)), text="what:N", color=colour)


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
    low, high = float(axis[0]) - half, float(axis[-1]) + half
    over = half + 1.5 * (high - low) / SIDE  # the next cell lies over it: no white shows through where they meet
    sides = alt.Scale(domain=[low, high], nice=False, zero=False)
    panels = []
    for name, text in MAPS.items():
        z = maps[name].ravel()
        most = round_up(float(np.max(np.abs(z[np.isfinite(z)]), initial=0.0)) or 1.0)
        data = style.chart({"x": across - half, "x2": across + over, "y": up - half, "y2": up + over, "z": z})
        colour = alt.Color(
            "z:Q",
            scale=alt.Scale(scheme=style.SIGNED, domain=[-most, most], domainMid=0, nice=False, clamp=True),
            legend=alt.Legend(
                title=None, format=".3~g", gradientLength=170, values=[-most, -most / 2, 0, most / 2, most]
            ),
        )
        panel = data.mark_rect(clip=True, strokeWidth=0)
        panels.append(
            panel.encode(
                x=alt.X("x:Q", title="x (no unit)", scale=sides),
                x2="x2",
                y=alt.Y("y:Q", title="y (no unit)", scale=sides),
                y2="y2",
                color=colour,
                tooltip=["x:Q", "y:Q", "z:Q"],
            ).properties(width=SIDE, height=SIDE, title=alt.TitleParams(text, fontSize=12, anchor="start"))
        )
    plain = diagonal.copy()
    plain.config = alt.Undefined  # of several charts in one, only the whole has a configuration
    plain.title = alt.TitleParams("on the line x = y: value, slope, curvature", fontSize=12, anchor="start")
    # A grid of one table, in which columns are aligned whatever their colour bars say.
    grid = alt.concat(*panels, columns=2, align="all", spacing=20).resolve_scale(color="independent")
    top = alt.vconcat(grid, plain).resolve_scale(color="independent", strokeDash="independent", shape="independent")
    return style.dressed(top, title, "blue is below zero, orange above")


def round_up(value: float) -> float:
    """The next number that is easily read: 1, 1.5, 2, 2.5, 3, 4, 5, 6 or 8 times a power of ten."""
    power: float = 10.0 ** np.floor(np.log10(value))
    steps = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
    return float(f"{next(s for s in steps if s * power >= value * (1 - 1e-9)) * power:.6g}")
