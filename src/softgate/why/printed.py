"""What `softgate why 3` prints: sentences as wide as the terminal, and the comparisons behind a verdict as a table."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence
from itertools import groupby

from softgate.lab.claims.decide import Weighed
from softgate.lab.claims.weighed import many, shortened
from softgate.report.faces import printable
from softgate.why.page import figures, probabilities

__all__ = ["comparisons", "paragraph", "room"]

LEAST, USUAL, MOST = 50, 80, 120
HEADS = ("found", "95 % interval", "p for", "p against")
WIDTHS = (7, 16, 7, 9)
INTERVAL = 72
"""Columns from which on there is room for intervals."""
SAYS = 9


def room() -> int:
    """Columns of the terminal; 80 where there is none. What is wider than 120 is no pleasure to read."""
    return max(LEAST, min(shutil.get_terminal_size((USUAL, 24)).columns, MOST))


def paragraph(text: str, width: int) -> str:
    """A text in lines of at most so many columns."""
    lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
    return printable("\n".join(lines))


def comparisons(weighed: Sequence[Weighed], width: int) -> str:
    """A line a comparison under the name of what is compared: what it says, where, the figure, and both p-values."""
    kept = [k for k in range(len(HEADS)) if HEADS[k] != "95 % interval" or width >= INTERVAL]
    place = width - 2 - SAYS - 1 - sum(WIDTHS[k] + 1 for k in kept)
    names = shortened(w.found.task for w in weighed)
    lines = [_line("says", "on", [HEADS[k] for k in kept], kept, place)]
    for what, group in groupby(weighed, lambda w: w.what(measure=many(weighed))):
        lines += textwrap.wrap(what, width)
        for w in group:
            on, *more = textwrap.wrap(names[w.found.task], place)
            told = (*figures(w), *probabilities(w))
            lines.append(_line(SIDES.get(w.found.word, "open"), on, [told[k] for k in kept], kept, place))
            lines += [" " * (2 + SAYS + 1) + line for line in more]
    return printable("\n".join(lines))


SIDES = {"supported": "agrees", "refuted": "disagrees"}


def _line(says: str, on: str, told: Sequence[str], kept: Sequence[int], place: int) -> str:
    numbers = " ".join(f"{text:>{WIDTHS[k]}}" for text, k in zip(told, kept, strict=True))
    return f"  {says:<{SAYS}} {on:<{place}} {numbers}"
