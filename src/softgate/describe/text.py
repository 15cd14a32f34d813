"""How a description is said: texts of figures, for a terminal and a notebook. Part of :mod:`softgate.describe`."""

from __future__ import annotations

import html
import math
import textwrap
from collections.abc import Sequence

from softgate.describe.critical import Extreme, Place, number

MOST_SHOWN = 6
Tails = tuple[float | None, float | None]


def as_text(head: str, rows: Sequence[tuple[str, str]]) -> str:
    """Titles and texts for a terminal of 80 columns."""
    lines = [
        textwrap.fill(text, 79, initial_indent=f"  {title:<10} ", subsequent_indent=" " * 13, break_on_hyphens=False)
        for title, text in rows
        if text
    ]
    return "\n".join([head, *lines])


def as_table(head: str, rows: Sequence[tuple[str, str]]) -> str:
    """Titles and texts for a notebook; a name may be anything, so all of it is escaped."""
    left = "style='text-align:left'"
    lines = (f"<tr><th {left}>{html.escape(a)}</th><td {left}>{html.escape(b)}</td></tr>" for a, b in rows if b)
    return f"<table><caption><b>{html.escape(head)}</b></caption>{''.join(lines)}</table>"


def sides(found: Tails, text: str) -> str:
    """What holds on the left and on the right."""
    said = [
        f"{side} {text.format(number(value))}"
        for side, value in zip(("left", "right"), found, strict=True)
        if value is not None
    ]
    return ", ".join(said) or "nowhere"


def at_0(value: float, slope: float) -> str:
    """Value and slope at 0, where there are such."""
    if math.isnan(value):
        return "not defined"
    return f"value {number(value)}, slope {'not defined' if math.isnan(slope) else number(slope)}"


def at_most(most: Extreme) -> str:
    """The largest size of a slope or a curvature, and where."""
    return f"at most {most}" if most.value > 0 else str(most)


def beyond(most: Extreme, tails: Tails) -> str:
    """Where a slope or a curvature has died away."""
    if math.isnan(most.value):
        return ""
    words = zip(("left", "right"), tails, strict=True)
    where = " and ".join(f"{side} of {number(x)}" for side, x in words if x is not None) or "nowhere"
    return f"under {'0.01' if math.isinf(most.value) else '1 % of that'} {where}"


def nearest(places: Sequence[tuple[Place, str]], between: str) -> str:
    """The texts of the places nearest to 0, the others counted."""

    def distance(item: tuple[Place, str]) -> float:
        return min(map(abs, item[0])) if isinstance(item[0], tuple) else abs(item[0])

    shown = sorted(places, key=distance)[:MOST_SHOWN]
    texts = [text for where, text in places if (where, text) in shown]
    return between.join([*texts, *(["and more"] if len(places) > len(texts) else [])])
