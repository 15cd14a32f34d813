"""How every figure looks: colours that all eyes tell apart, one set of fonts, and numbers that travel as short text.

Categories take the colours of Okabe and Ito (2008, *Color Universal Design*) and a dash pattern beside; amounts take
viridis; what has a sign takes blue to orange with white at zero.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from softgate.errors import MissingExtraError, SoftgateError

# The yellow of the set is left out: lines of it cannot be seen on white.
OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#56B4E9", "#CC79A7", "#000000")
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 2], [1, 3], [10, 4])
AMOUNTS = "viridis"
SIGNED = "blueorange"
INK, SOFT, HAIR = "#1d1e22", "#5c5f68", "#e3e1dc"
FONT = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', 'DejaVu Sans', sans-serif"
WIDTH = 600

Floats = NDArray[np.float64]


class FigureError(SoftgateError, ValueError):
    """What was asked for cannot be drawn: a unit, a sequence or a signal that is not there, or too many."""


def altair() -> Any:
    """The Altair package.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import altair as found
    except ImportError:
        raise MissingExtraError("altair", "plots", "a figure") from None
    return found


def array(values: Any) -> Floats:
    """A tensor, on whatever device, or anything NumPy takes, as float64."""
    if hasattr(values, "detach"):
        values = values.detach().cpu().double().numpy()
    found: Floats = np.asarray(values, dtype=np.float64)
    return found


def table(columns: Mapping[str, Iterable[Any]]) -> Any:
    """Data for a chart, as CSV: a third of what JSON takes. Numbers keep five digits; what is no number is empty."""
    alt = altair()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*([_cell(v) for v in values] for values in columns.values()), strict=True))
    first = {name: next(iter(values), None) for name, values in columns.items()}
    kinds = {name: "string" if isinstance(value, str) else "number" for name, value in first.items()}
    return alt.InlineData(values=text.getvalue(), format=alt.DataFormat(type="csv", parse=kinds))


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value
    return f"{value:.5g}" if np.isfinite(value) else ""


def categories(names: Sequence[str], title: str | None) -> dict[str, Any]:
    """The channels that tell named lines apart: colour and dashes, the same name always the same in a chart."""
    alt = altair()
    n = len(names)
    colours = [OKABE_ITO[k % len(OKABE_ITO)] for k in range(n)]
    dashes = [list(DASHES[k % len(DASHES)]) for k in range(n)]
    legend = alt.Legend(title=title, orient="top", symbolType="stroke", symbolStrokeWidth=2.5, symbolOpacity=1)
    return {
        "color": alt.Color("series:N", sort=list(names), scale=alt.Scale(domain=list(names), range=colours)).legend(
            legend
        ),
        "strokeDash": alt.StrokeDash("series:N", sort=list(names), scale=alt.Scale(domain=list(names), range=dashes))
        .legend(legend),
    }  # fmt: skip


def dressed(chart: Any, title: str = "", subtitle: str = "") -> Any:
    """A chart with the fonts and hairlines of all of them, on white, so that it can be read on any page."""
    alt = altair()
    if title:
        heading = {"text": title, "subtitle": subtitle} if subtitle else {"text": title}
        chart = chart.properties(title=alt.TitleParams(**heading, anchor="start", fontSize=14, subtitleFontSize=12))
    words = {
        "labelColor": SOFT,
        "titleColor": INK,
        "labelFontSize": 11,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
    }
    return (
        chart.configure(background="white", font=FONT, padding=8)
        .configure_view(stroke=HAIR)
        .configure_axis(gridColor="#f0efeb", domainColor=HAIR, tickColor=HAIR, **words)
        .configure_header(**words, titleAnchor="start", labelAnchor="start")
        .configure_legend(**words, labelLimit=300)
        .configure_title(color=INK, subtitleColor=SOFT, fontWeight=600)
    )


def thinned(values: Floats, most: int = 400) -> tuple[NDArray[np.int64], Floats]:
    """A long curve with fewer points that looks the same: the lowest and the highest of each stretch, in their order.

    Args:
        values: [T].
        most: the most points there may be, at least 4.

    Returns:
        The steps that were kept, and the values there.
    """
    T = len(values)
    if most >= T:
        return np.arange(T), values
    edges = np.linspace(0, T, most // 2 + 1).astype(np.int64)
    kept: set[int] = {0, T - 1}
    for low, high in itertools.pairwise(edges):
        part = values[low:high]
        if not np.isnan(part).all():
            kept |= {int(low + np.nanargmin(part)), int(low + np.nanargmax(part))}
    steps = np.array(sorted(kept)[:most])
    return steps, values[steps]
