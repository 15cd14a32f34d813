"""A label and the unit that follows it, one above the other over the same steps; and curves in one panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from softgate.figures import style
from softgate.figures.style import Floats


def followed(label: str, truth: Floats, unit: str, values: Floats, first: int = 0, most: int = 600) -> Any:
    """Two curves over the same steps, each with an axis of its own.

    Args:
        label: what is known.
        truth: it, [T]; NaN where it is not known.
        unit: what follows it.
        values: what it holds, [T].
        first: the number of the first step.
        most: points a curve at most.
    """
    alt = style.altair()
    panels = [_panel(name, series, first, most, colour) for name, series, colour in (
        (label, truth, style.OKABE_ITO[1]), (unit, values, style.OKABE_ITO[0]))]  # fmt: skip
    return style.dressed(alt.vconcat(*panels, spacing=6).resolve_scale(y="independent"))


def _panel(name: str, values: Floats, first: int, most: int, colour: str) -> Any:
    alt = style.altair()
    steps, kept = _thinned(values, most)
    data = style.chart({"step": (steps + first).tolist(), "value": kept.tolist()})
    line = data.mark_line(color=colour, strokeWidth=1.2, interpolate="step-after")
    return line.encode(
        x=alt.X("step:Q", title="step", scale=alt.Scale(nice=False, zero=False)),
        y=alt.Y("value:Q", title=name, scale=alt.Scale(zero=False)),
        tooltip=["step:Q", "value:Q"],
    ).properties(width=style.WIDTH, height=120)


def _thinned(values: Floats, most: int) -> tuple[Any, Floats]:
    return style.thinned(np.asarray(values, dtype=np.float64), most)


def overlaid(steps: Any, lines: Mapping[str, Floats], y: str) -> Any:
    """Curves over the same steps in one panel.

    Args:
        steps: [T], numbers of rows, or their dates as datetime64.
        lines: by name, [T] each.
        y: what they are.
    """
    alt = style.altair()
    x, hover = alt.X("row:Q", title="row", scale=alt.Scale(nice=False, zero=False)), alt.Tooltip("row:Q")
    if np.issubdtype(np.asarray(steps).dtype, np.datetime64):  # as milliseconds: a browser reads texts in its own zone
        steps = np.asarray(steps).astype("datetime64[ms]").astype(np.int64)
        day = "utcyearmonthdate" if not (steps % 86_400_000).any() else "utcyearmonthdatehoursminutes"
        x = alt.X("row:T", title="", scale=alt.Scale(type="utc", nice=False))
        hover = alt.Tooltip("row:T", title="when", timeUnit=day)
    rows = [(name, int(t), float(v)) for name, values in lines.items() for t, v in zip(steps, values, strict=True)]
    columns = dict(zip(("series", "row", "value"), zip(*rows, strict=True), strict=True))
    line = style.chart(columns, by=("series",)).mark_line(strokeWidth=1.4)
    chart = line.encode(
        x=x,
        y=alt.Y("value:Q", title=y, scale=alt.Scale(zero=False)),
        tooltip=["series:N", hover, "value:Q"],
        **style.categories(list(lines), None),
    ).properties(width=style.WIDTH, height=240)
    return style.dressed(chart.interactive())


def names_of(rows: Sequence[str]) -> list[str]:
    """File names of figures, one for each row, all different."""
    plain = ["".join(c if c.isascii() and (c.isalnum() or c in "._") else "-" for c in row)[:40] for row in rows]
    return [f"label-{name}" + (f"-{k}" if name in plain[:k] else "") for k, name in enumerate(plain)]
