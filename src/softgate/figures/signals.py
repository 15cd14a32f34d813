"""Figures of what a recording kept: signals over time, and how the values of gates are spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from softgate.figures import style
from softgate.figures.style import FigureError, Floats

MOST_UNITS = 7
BINS = 50


def active_units(values: Any, most: int = 4) -> list[int]:
    """The units whose values change most over time, by their standard deviation, the liveliest first.

    Args:
        values: [T, B, H]; NaN where a sequence has ended.
        most: how many.
    """
    array = style.array(values)
    rows = array.reshape(-1, array.shape[-1])
    there = rows[~np.isnan(rows).any(1)]
    spread = there.std(0) if len(there) else np.zeros(rows.shape[1])
    return [int(k) for k in np.argsort(-spread, kind="stable")[:most]]


def signals(
    recording: Any,
    names: Sequence[str],
    units: Sequence[int] | None = None,
    *,
    lane: int = 0,
    steps: slice = slice(None),
    labels: str | Sequence[str] | None = None,
    called: Sequence[str] | None = None,
    title: str = "",
    most: int = 400,
) -> Any:
    """Signals over time, one panel a signal, one line a unit.

    Args:
        recording: what ``sg.record`` gave, or any mapping of names to [T, B, H].
        names: which signals, as ``["l0.f", "l0.c"]``; of one layer, so that units mean the same.
        units: which units, at most seven; the four that change most in the last of ``names`` if not given.
        lane: which sequence of the batch.
        steps: which steps, as ``slice(0, 200)``.
        labels: what was read at each step, for the tooltip: a text, or a word a step.
        called: names for the units that are drawn; "unit 3" and so on if not given.
        title: above the figure.
        most: a longer curve is thinned to its extremes, at most so many points.

    Raises:
        FigureError: no names, more than seven units, or a unit or lane that is not there.
        MissingExtraError: without the extra ``plots``.
    """
    alt = style.altair()
    if not names:
        raise FigureError("signals: expected at least one name, as in ['l0.c']; got none")
    chosen = active_units(recording[names[-1]]) if units is None else list(units)
    _check(recording, names, chosen, lane)
    series = [f"unit {k}" for k in chosen] if called is None else list(called)
    rows: list[tuple[Any, ...]] = []
    for name in names:
        values = style.array(recording[name])[:, lane]
        first, last, _ = steps.indices(len(values))
        for k, unit in zip(chosen, series, strict=True):
            kept, y = style.thinned(values[first:last, k], most)
            said = ("" if labels is None else _visible(labels[t]) for t in kept + first)
            rows += zip([name] * len(kept), [unit] * len(kept), kept + first, y, said, strict=True)
    columns = zip(*rows, strict=True) if rows else ([],) * 5
    data = dict(zip(("signal", "series", "step", "value", "read"), columns, strict=True))
    line = style.chart(data, by=("signal", "series")).mark_line(strokeWidth=1.4, clip=True)
    zoom = alt.selection_interval(bind="scales", encodings=["x"])
    panel = line.encode(
        x=alt.X("step:Q", title="time (steps)", scale=alt.Scale(nice=False)),
        y=alt.Y("value:Q", title="value"),
        tooltip=["series:N", "step:Q", "value:Q", *(["read:N"] if labels is not None else [])],
        **style.categories(series, None),
    ).properties(width=style.WIDTH, height=70)
    row = alt.Row("signal:N", sort=list(names), title=None, header=alt.Header(labelOrient="top"))
    chart = panel.facet(row=row, spacing=8).resolve_scale(y="independent").add_params(zoom)
    return style.dressed(chart, title, "each panel a signal, without a unit; each line a unit of the layer")


def _check(recording: Any, names: Sequence[str], units: Sequence[int], lane: int) -> None:
    for name in names:
        _, B, H = recording[name].shape
        wrong = [k for k in units if not 0 <= k < H]
        if wrong:
            raise FigureError(f"signals: {name} has units 0 to {H - 1}; got {wrong[0]}")
        if not 0 <= lane < B:
            raise FigureError(f"signals: {name} has {B} sequences, lanes 0 to {B - 1}; got {lane}")
    if not 0 < len(units) <= MOST_UNITS:
        raise FigureError(f"signals: expected 1 to {MOST_UNITS} units, which can be told apart; got {len(units)}")


def _visible(text: str) -> str:
    """A character that a tooltip can show."""
    names = {"\n": "\u21b5", "\t": "\u21e5", " ": "\u2423", "": ""}
    return names.get(text, text if text.isprintable() else "\ufffd")


def distributions(recording: Any, names: Sequence[str], *, title: str = "") -> Any:
    """How often each value of a signal occurs, over all steps, sequences and units: one panel a signal.

    Args:
        recording: what ``sg.record`` gave, or any mapping of names to [T, B, H].
        names: which signals, as ``["l0.i", "l0.f"]``.
        title: above the figure.
    """
    alt = style.altair()
    columns: dict[str, list[Any]] = {"signal": [], "low": [], "high": [], "share": []}
    for name in names:
        values = style.array(recording[name])
        edges, shares = _histogram(values[np.isfinite(values)])
        columns["signal"] += [name] * len(shares)
        columns["low"] += list(edges[:-1])
        columns["high"] += list(edges[1:])
        columns["share"] += list(shares)
    bars = style.chart(columns, by=["signal"]).mark_rect(color=style.OKABE_ITO[0], stroke="white", strokeWidth=0.3)
    panel = bars.encode(
        x=alt.X("low:Q", title="value (no unit)", scale=alt.Scale(nice=False, zero=False)),
        x2="high",
        y=alt.Y("share:Q", title="share of values", axis=alt.Axis(format="%")),
        y2=alt.datum(0),
        tooltip=["signal:N", "low:Q", "high:Q", alt.Tooltip("share:Q", format=".2%")],
    ).properties(width=215, height=130)
    facet = alt.Facet("signal:N", sort=list(names), title=None)
    chart = panel.facet(facet=facet, columns=3, spacing=20).resolve_scale(x="independent", y="independent")
    return style.dressed(chart, title, "over all steps and units")


def _histogram(values: Floats) -> tuple[Floats, Floats]:
    """Edges and shares; what lies in [0, 1] or [-1, 1] is shown on all of it."""
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    if low >= -1 and high <= 1:
        low, high = (0.0 if low >= 0 else -1.0), 1.0
    counts, edges = np.histogram(values, BINS, (low, high))
    return edges, counts / max(len(values), 1)


def by_layer(names: Sequence[str]) -> Mapping[str, list[str]]:
    """Signals by the layer they are of: ``{"encoder.l0.": ["encoder.l0.i", ...]}``, gates before activation left out.

    What stands before the dot is empty for none.
    """
    found: dict[str, list[str]] = {}
    for name in names:
        prefix, _, _ = name.rpartition(".")
        if prefix.endswith(".pre") or prefix == "pre":
            continue
        found.setdefault(f"{prefix}." if prefix else "", []).append(name)
    return found
