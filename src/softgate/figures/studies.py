"""What a study found: a dot a seed, effects with their intervals, curves with quartiles, and a map of everything.

Variants stand on the vertical axis, where long names have room on a telephone; each task has a panel of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from softgate.figures import style

ROW = 22
"""Pixels a variant."""
PANEL = 250
LABEL = 240
"""Pixels for the name of a variant."""


class Dot(NamedTuple):
    """One run: the panel it is in, its variant, its seed and its value."""

    panel: str
    variant: str
    seed: int
    value: float


class Effect(NamedTuple):
    """A difference from the baseline with its interval, and what is said of it."""

    panel: str
    variant: str
    effect: float
    low: float
    high: float
    told: str = ""


class Band(NamedTuple):
    """Quartiles of all seeds at one place of a curve."""

    panel: str
    series: str
    x: float
    low: float
    middle: float
    high: float


def _some(rows: Sequence[Any], what: str) -> Sequence[Any]:
    if not rows:
        raise style.FigureError(f"{what}: expected one row or more, got none")
    return rows


def _chart(rows: Sequence[Any], by: Sequence[str] = ()) -> Any:
    return style.chart({name: [getattr(row, name) for row in rows] for name in rows[0]._fields}, by=by)


def _panels(rows: Sequence[Any], draw: Callable[[Sequence[Any]], Any], columns: int) -> Any:
    """A chart for each value of ``panel``, side by side."""
    alt = style.altair()
    names = list(dict.fromkeys(row.panel for row in rows))
    made = []
    for name in names:
        panel = draw([row for row in rows if row.panel == name])
        if len(names) > 1:
            panel = panel.properties(title=alt.TitleParams(name, fontSize=12, anchor="start", fontWeight=600))
        made.append(panel)
    return made[0] if len(made) == 1 else alt.concat(*made, columns=columns, align="each", spacing=22)


def _levels(alt: Any, levels: Mapping[str, float] | None, across: bool) -> list[Any]:
    """A line across or up for each level."""
    made = []
    for place, (name, level) in enumerate((levels or {}).items()):
        rule = style.chart({"level": [float(level)], "what": [name]}).mark_rule(
            color=style.SOFT, strokeDash=style.DASHES[place % 3 + 1]
        )
        where = {"y": alt.Y("level:Q")} if across else {"x": alt.X("level:Q")}
        made.append(rule.encode(**where, tooltip=["what:N", "level:Q"]))
    return made


def _named(levels: Mapping[str, float] | None) -> str:
    return "".join(f"; dashed: {name} ({level:.3g})" for name, level in (levels or {}).items())


def strips(
    dots: Sequence[Dot],
    measure: str,
    *,
    dot: str = "net",
    levels: Mapping[str, float] | None = None,
    logarithmic: bool = False,
    title: str = "",
    columns: int = 2,
) -> Any:
    """One dot a net, one row a variant, the median as a bar.

    Args:
        dots: the runs. Values that are no number are left out.
        measure: what is on the horizontal axis, with its unit.
        dot: what a dot stands for.
        levels: vertical lines by name, as ``{"chance": 0.5}``.
        logarithmic: whether the axis goes in powers of ten.
        title: of the whole.
        columns: panels side by side.

    Raises:
        FigureError: there is nothing to draw.
    """
    alt = style.altair()
    kept = [d for d in _some(dots, "strips") if np.isfinite(d.value) and (d.value > 0 or not logarithmic)]
    variants = list(dict.fromkeys(d.variant for d in _some(kept, "strips")))
    scale = alt.Scale(type="log", nice=True) if logarithmic else alt.Scale(zero=False, nice=True, padding=8)
    x = alt.X("value:Q", title=measure, scale=scale)
    y = alt.Y("variant:N", title=None, sort=variants, axis=alt.Axis(labelLimit=LABEL))

    def draw(part: Sequence[Dot]) -> Any:
        told = ["variant:N", "seed:Q", alt.Tooltip("value:Q", format=".4~g")]
        points = _chart(part).mark_circle(size=42, opacity=0.55, color=style.OKABE_ITO[0])
        one = points.encode(x=x, y=y, tooltip=told)
        middles = [
            Dot("", v, -1, float(np.median([d.value for d in part if d.variant == v])))
            for v in dict.fromkeys(d.variant for d in part)
        ]
        bar = _chart(middles).mark_tick(color=style.INK, thickness=3, size=ROW * 0.8).encode(x=x, y=y)
        return alt.layer(*_levels(alt, levels, False), one, bar).properties(width=PANEL, height=ROW * len(variants))

    words = f"one dot a {dot}, the bar is their median{_named(levels)}"
    return style.explained(_panels(kept, draw, columns), title, words)


def effects(rows: Sequence[Effect], measure: str, margin: float, *, title: str = "", columns: int = 2) -> Any:
    """Differences from the baseline, each with its interval, beside the smallest difference that matters.

    Args:
        rows: one a variant and panel.
        measure: what is on the horizontal axis, with its unit.
        margin: half the width of the grey band around zero: a difference inside is too small to matter.
        title: of the whole.
        columns: panels side by side.

    Raises:
        FigureError: there is nothing to draw.
    """
    alt = style.altair()
    kept = _some([r for r in _some(rows, "effects") if np.isfinite(r.effect)], "effects")
    variants = list(dict.fromkeys(r.variant for r in kept))
    ends = [v for r in kept for v in (r.effect, r.low, r.high) if np.isfinite(v)]
    reach = [min(*ends, -margin), max(*ends, margin)]
    room = 0.06 * (reach[1] - reach[0])
    scale = alt.Scale(domain=[reach[0] - room, reach[1] + room], nice=False)
    x = alt.X("effect:Q", title=measure, scale=scale)
    y = alt.Y("variant:N", title=None, sort=variants, axis=alt.Axis(labelLimit=LABEL))
    told = ["variant:N", *(alt.Tooltip(f"{n}:Q", format=".3~g") for n in ("effect", "low", "high")), "told:N"]

    def draw(part: Sequence[Effect]) -> Any:
        sides = style.chart({"from": [-margin], "to": [margin]}).mark_rect(color=style.HAIR, opacity=0.8)
        band = sides.encode(x=alt.X("from:Q", scale=scale), x2="to:Q")
        zero = style.chart({"zero": [0.0]}).mark_rule(color=style.SOFT).encode(x=alt.X("zero:Q", scale=scale))
        line = _chart(part).mark_rule(color=style.OKABE_ITO[0], strokeWidth=2.5)
        dot = _chart(part).mark_circle(size=75, color=style.OKABE_ITO[0], opacity=1).encode(x=x, y=y, tooltip=told)
        whole = alt.layer(band, zero, line.encode(x=alt.X("low:Q", title=measure, scale=scale), x2="high:Q", y=y), dot)
        return whole.properties(width=PANEL, height=ROW * len(variants))

    return style.explained(_panels(kept, draw, columns), title, "lines: 95 % intervals; grey: too small to matter")


def bands(
    rows: Sequence[Band],
    x: str,
    y: str,
    *,
    logarithmic: str = "",
    levels: Mapping[str, float] | None = None,
    title: str = "",
    columns: int = 2,
) -> Any:
    """Curves of medians with the quartiles around them.

    Args:
        rows: the places of each curve, in order.
        x, y: titles of the axes, with units.
        logarithmic: which axes go in powers of ten: "", "x", "y" or "xy".
        levels: horizontal lines by name.
        title: of the whole.
        columns: panels side by side.

    Raises:
        FigureError: there is nothing to draw.
    """
    alt = style.altair()
    kept = [r for r in _some(rows, "bands") if np.isfinite(r.middle) and (r.low > 0 or "y" not in logarithmic)]
    told = style.categories(list(dict.fromkeys(r.series for r in _some(kept, "bands"))), None)

    def scale(axis: str) -> Any:
        return alt.Scale(type="log", nice=False) if axis in logarithmic else alt.Scale(zero=False, nice=True)

    across = alt.X("x:Q", title=x, scale=scale("x"))
    tips = ["series:N", "x:Q", *(alt.Tooltip(f"{n}:Q", format=".3~g") for n in ("low", "middle", "high"))]

    def draw(part: Sequence[Band]) -> Any:
        base = _chart(part, by=("panel", "series"))
        up = alt.Y("low:Q", title=y, scale=scale("y"))
        area = base.mark_area(opacity=0.16, clip=True).encode(x=across, y=up, y2="high:Q", color=told["color"])
        middle = alt.Y("middle:Q", title=y, scale=scale("y"))
        line = base.mark_line(point=True, clip=True).encode(x=across, y=middle, **told, tooltip=tips)
        return alt.layer(*_levels(alt, levels, True), area, line).properties(width=PANEL, height=190)

    return style.explained(_panels(kept, draw, columns), title, f"medians of the nets, with quartiles{_named(levels)}")


def heat(rows: Sequence[tuple[str, str, float, str]], measure: str, *, title: str = "", signed: bool = False) -> Any:
    """A map: a coloured cell for each (across, up, value, told).

    Args:
        rows: names of the column and the row, the value, and what is said of it when it is pointed at.
        measure: what the colour means, with its unit.
        title: of the whole.
        signed: blue below zero and orange above, else from dark to light.

    Raises:
        FigureError: there is nothing to draw.
    """
    alt = style.altair()
    across, up, values, told = (list(c) for c in zip(*_some(rows, "heat"), strict=True))
    most = max((abs(v) for v in values if np.isfinite(v)), default=1.0) or 1.0
    signs = alt.Scale(scheme=style.SIGNED, domain=[-most, most], domainMid=0)
    scale = signs if signed else alt.Scale(scheme=style.AMOUNTS)
    names, rises = list(dict.fromkeys(across)), list(dict.fromkeys(up))
    base = style.chart({"across": across, "up": up, "value": values, "told": told})
    cell = base.mark_rect(stroke="white", strokeWidth=1).encode(
        x=alt.X("across:N", sort=names, title=None, axis=alt.Axis(labelAngle=-40, labelLimit=220)),
        y=alt.Y("up:N", sort=rises, title=None, axis=alt.Axis(labelLimit=380)),
        color=alt.Color(
            "value:Q", scale=scale, legend=alt.Legend(title=measure, titleLimit=400, orient="top", gradientLength=200)
        ),
        tooltip=["up:N", "across:N", alt.Tooltip("value:Q", format=".3~g"), "told:N"],
    )
    size = {"width": max(200, 62 * len(names)), "height": max(80, 18 * len(rises))}
    return style.explained(cell.properties(**size), title, "point at a cell to read it")
