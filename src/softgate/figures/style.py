"""How every figure looks: colours that all eyes tell apart, one set of fonts, and numbers that travel in short.

Categories take the colours of Okabe and Ito (2008, *Color Universal Design*) and a dash pattern beside; amounts take
viridis; what has a sign takes blue to orange with white at zero.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from softgate.errors import MissingExtraError, SoftgateError

# The yellow of the set is left out: lines of it cannot be seen on white. Vermilion comes last, because to many eyes it
# is the orange; the first four also differ in lightness, for a printer without colours.
OKABE_ITO = ("#0072B2", "#E69F00", "#000000", "#009E73", "#56B4E9", "#CC79A7", "#D55E00")
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 2], [1, 3], [10, 4])
AMOUNTS = "viridis"
SIGNED = "blueorange"
INK, SOFT, HAIR = "#1d1e22", "#5c5f68", "#e3e1dc"
FONT = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', 'DejaVu Sans', sans-serif"
WIDTH = 820
ROW = 60
"""Letters of names that a row of a legend has room for."""

Floats = NDArray[np.float64]


class FigureError(SoftgateError, ValueError):
    """What was asked for cannot be drawn: a unit, a sequence or a signal that is not there, or too many."""


def altair(purpose: str = "a figure") -> Any:
    """The Altair package.

    Args:
        purpose: what it is wanted for, as the error says it.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import altair as found
    except ImportError:
        raise MissingExtraError("altair", "plots", purpose) from None
    return found


def array(values: Any) -> Floats:
    """A tensor, on whatever device, or anything NumPy takes, as float64."""
    if hasattr(values, "detach"):
        values = values.detach().cpu().double().numpy()
    found: Floats = np.asarray(values, dtype=np.float64)
    return found


def chart(columns: Mapping[str, Iterable[Any]], by: Sequence[str] = (), digits: int = 5) -> Any:
    """An Altair chart with data that travel column by column, which takes a third of what rows take.

    Not as CSV: Vega's reader of it makes code out of the titles, which the policy of a page forbids.

    Args:
        columns: by name, texts or numbers of equal count. Whole numbers are kept; what is no number is null.
        by: columns that are the same over long stretches; each stretch says them once. A facet needs its column here.
        digits: how many of them other numbers keep.
    """
    alt = altair()
    rows = zip(*([_cell(v, digits) for v in values] for values in columns.values()), strict=True)
    names = list(columns)
    keys, rest = [names.index(n) for n in by], [n for n in names if n not in by]
    records: list[dict[str, Any]] = []
    for key, group in itertools.groupby(rows, lambda row: [row[k] for k in keys]):
        found = dict(zip(names, map(list, zip(*group, strict=True)), strict=True))
        records.append(dict(zip(by, key, strict=True)) | {n: found[n] for n in rest})
    return alt.Chart(alt.InlineData(values=records)).transform_flatten(rest)


def _cell(value: Any, digits: int) -> str | float | int | None:
    if isinstance(value, (str, int)):
        return value
    if isinstance(value, np.integer):
        return int(value)
    if not np.isfinite(value):
        return None
    rounded = float(f"{value:.{digits}g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e9 else rounded


def categories(names: Sequence[str], title: str | None, offset: int = 18) -> dict[str, Any]:
    """The channels that tell named lines apart: colour and dashes, the same name always the same in a chart.

    Args:
        names: of the lines.
        title: of the legend.
        offset: pixels between the legend and the panel.
    """
    alt = altair()
    n = len(names)
    colours = [OKABE_ITO[k % len(OKABE_ITO)] for k in range(n)]
    dashes = [list(DASHES[k % len(DASHES)]) for k in range(n)]
    long: dict[str, Any] = {"symbolType": "stroke", "symbolSize": 900, "symbolStrokeWidth": 2.5, "symbolOpacity": 1}
    if sum(map(len, names)) > ROW:  # 30 px of dashes stand before each
        long["columns"] = 2
    legend = alt.Legend(title=title, orient="top", offset=offset, **long)
    return {
        "color": alt.Color("series:N", sort=list(names), scale=alt.Scale(domain=list(names), range=colours)).legend(
            legend
        ),
        "strokeDash": alt.StrokeDash("series:N", sort=list(names), scale=alt.Scale(domain=list(names), range=dashes))
        .legend(legend),
    }  # fmt: skip


def dressed(figure: Any, title: str = "", subtitle: str = "") -> Any:
    """A chart with the fonts and hairlines of all of them, on white, so that it can be read on any page."""
    alt = altair()
    if title:
        heading = {"text": title, "subtitle": subtitle} if subtitle else {"text": title}
        figure = figure.properties(title=alt.TitleParams(**heading, anchor="start", fontSize=14, subtitleFontSize=12))
    words = {
        "labelColor": SOFT,
        "titleColor": INK,
        "labelFontSize": 11,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
    }
    return (
        figure.configure(background="white", font=FONT, padding=8)
        .configure_view(stroke=HAIR)
        .configure_axis(gridColor="#f0efeb", domainColor=HAIR, tickColor=HAIR, labelSeparation=4, **words)
        .configure_header(**words, titleAnchor="start", labelAnchor="start")
        .configure_legend(**words, labelLimit=300)
        .configure_title(color=INK, subtitleColor=SOFT, fontWeight=600)
    )


def explained(figure: Any, title: str, words: str) -> Any:
    """A figure with a title and what its marks mean below; the words alone, where it has no title of its own."""
    if not title:
        told = {"anchor": "start", "offset": 12, "fontSize": 11, "fontWeight": "normal", "color": SOFT}
        figure = figure.properties(title=altair().TitleParams(words, **told))
    return dressed(figure, title, words)


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


def spaced(n: int, most: int) -> NDArray[np.int64]:
    """Up to ``most`` of n positions, at even distances."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).astype(np.int64))
