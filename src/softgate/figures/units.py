"""Figures with one mark a unit: how often gates stand shut or open, how long memories last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from softgate.figures import style

MOST_DOTS = 1000


def saturation(found: Mapping[str, Any], *, title: str = "") -> Any:
    """For each gate, each unit's share of steps at which it is shut against that at which it is open.

    Args:
        found: ``rec.saturation()``: by name of a gate, ``shut`` and ``open``, [H] each.
        title: above the figure.
    """
    alt = style.altair()
    columns: dict[str, list[Any]] = {"gate": [], "what": [], "shut": [], "open": []}
    for name, shares in found.items():
        shut, opened = style.array(shares.shut), style.array(shares.open)
        shown = style.spaced(len(shut), MOST_DOTS)
        columns["gate"] += [name] * (len(shown) + 1)
        columns["what"] += [f"unit {k}" for k in shown] + ["median"]
        columns["shut"] += [*shut[shown], np.nanmedian(shut)]
        columns["open"] += [*opened[shown], np.nanmedian(opened)]
    share = {"scale": alt.Scale(domain=[0, 1]), "axis": alt.Axis(format="%", values=[0, 0.5, 1])}
    base = style.chart(columns, by=["gate"]).encode(
        x=alt.X("shut:Q", title="steps shut, under 0.1 (%)", **share),
        y=alt.Y("open:Q", title="steps open, over 0.9 (%)", **share),
        tooltip=["gate:N", "what:N", alt.Tooltip("shut:Q", format=".1%"), alt.Tooltip("open:Q", format=".1%")],
    )
    is_median = alt.datum.what == "median"

    def told(median: object, unit: object) -> Any:
        return alt.condition(is_median, alt.value(median), alt.value(unit))

    panel = base.mark_point(filled=True).encode(
        color=told(style.OKABE_ITO[1], style.OKABE_ITO[0]),
        shape=told("cross", "circle"),
        size=told(130, 28),
        opacity=told(1.0, 0.45),
    )
    panel = panel.properties(width=215, height=215)
    chart = panel.facet(facet=alt.Facet("gate:N", sort=list(found), title=None), columns=3, spacing=20)
    return style.dressed(chart, title, "one dot a unit; the orange cross is the median")


def half_lives(found: Mapping[str, Any], *, title: str = "") -> Any:
    """For each state, its units by half-life, the shortest first, on a scale of powers of ten.

    Args:
        found: ``rec.horizon()``: by name of a state, half-lives in steps, [H]. Infinite ones are drawn at the top.
        title: above the figure.
    """
    alt = style.altair()
    low, top = _decades(found)
    columns: dict[str, list[Any]] = {"series": [], "unit": [], "rank": [], "steps": [], "told": []}
    for name, values in found.items():
        steps = style.array(values)
        order = [int(k) for k in np.argsort(steps, kind="stable") if not np.isnan(steps[k])]
        order = [order[r] for r in style.spaced(len(order), MOST_DOTS)] if order else []
        columns["series"] += [name] * len(order)
        columns["unit"] += order
        columns["rank"] += [(r + 0.5) / len(order) for r in range(len(order))]
        columns["steps"] += [min(top, max(float(steps[k]), low)) for k in order]
        columns["told"] += [f"{steps[k]:.4g}" for k in order]
    y = alt.Y(
        "steps:Q",
        title="half-life (steps)",
        scale=alt.Scale(type="log", domain=[low, top], nice=False),
        axis=alt.Axis(format="~g", values=[10.0**k for k in range(-2, 12)]),
    )
    x = alt.X("rank:Q", title="units, the shortest half-life first (% of units)", axis=alt.Axis(format="%"))
    colours = style.categories(list(found), None)
    base = style.chart(columns, by=["series"]).encode(x=x, y=y)
    line = base.mark_line(strokeWidth=1.4).encode(**colours)
    dots = base.mark_circle(size=30).encode(color=colours["color"], tooltip=["series:N", "unit:Q", "told:N"])
    chart = alt.layer(line, dots).properties(width=style.WIDTH * 0.7, height=240).interactive(bind_x=False)
    return style.dressed(chart, title, "steps until half of what is held is gone, if nothing is written")


def _decades(found: Mapping[str, Any]) -> tuple[float, float]:
    """Powers of ten around all finite half-lives, at least 0.01; one step further up for those that are not."""
    values = np.concatenate([style.array(v) for v in found.values()]) if found else np.ones(1)
    finite = values[np.isfinite(values)]
    finite = np.clip(finite, 1e-2, None) if len(finite) else np.ones(1)
    low, top = np.floor(np.log10(finite.min())), np.ceil(np.log10(finite.max()))
    return 10.0**low, 10.0 ** (max(top, low + 1) + np.isinf(values).any())
