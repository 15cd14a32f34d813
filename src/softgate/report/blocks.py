"""What a report says, before anybody decides how it looks: plain data with three faces (`faces.py`, `html.py`).

Nothing here is markup. Every string is taken to be hostile and is escaped by the face that shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = [
    "Bars",
    "Block",
    "CellView",
    "Chart",
    "Dots",
    "Drawn",
    "Dumbbells",
    "Evidence",
    "Fact",
    "Facts",
    "Figure",
    "Figures",
    "Heading",
    "Lines",
    "Link",
    "Links",
    "Note",
    "Passage",
    "Prose",
    "Report",
    "Ruling",
    "Sample",
    "Samples",
    "Table",
]


@dataclass(frozen=True)
class Heading:
    """Begins a section."""

    text: str


@dataclass(frozen=True)
class Prose:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Note:
    """A paragraph of small print: how a figure was made, what it does not say."""

    text: str


@dataclass(frozen=True)
class Fact:
    """One key figure."""

    name: str
    value: str
    remark: str = ""


@dataclass(frozen=True)
class Facts:
    """The figures to see first."""

    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Table:
    """Rows under column titles, those of `numbers` to the right; `folded`: what is shown until opened."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[str, ...] = ()
    sortable: bool = False
    folded: str = ""


@dataclass(frozen=True)
class Ruling:
    """What the evidence says of a claim, in one word, and why."""

    word: str
    because: str


@dataclass(frozen=True)
class Link:
    """The way to another page; `word` is the ruling found there, `href` is ours, never of somebody else's text."""

    title: str
    href: str
    word: str = ""
    remark: str = ""


@dataclass(frozen=True)
class Links:
    """A list of ways on."""

    links: tuple[Link, ...]


@dataclass(frozen=True)
class Sample:
    """A piece of text, shown as it is."""

    title: str
    text: str


@dataclass(frozen=True)
class Samples:
    """Texts side by side."""

    samples: tuple[Sample, ...]


@dataclass(frozen=True)
class Lines:
    """Named curves over a common axis, and horizontal levels to hold them against."""

    x: str
    y: str
    lines: tuple[tuple[str, tuple[tuple[float, float], ...]], ...]
    levels: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Bars:
    """Named amounts from zero; the one called `marked` stands out."""

    x: str
    bars: tuple[tuple[str, float], ...]
    marked: str = ""
    decimals: int = 2


@dataclass(frozen=True)
class Dots:
    """Named points in the unit square, below its diagonal: two shares that add up to at most 1."""

    x: str
    y: str
    dots: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True)
class Dumbbells:
    """Several scores on each row: `series` names them, a row holds as many, NaN for none."""

    x: str
    series: tuple[str, ...]
    rows: tuple[tuple[str, tuple[float, ...]], ...]
    low: float = 0.0
    high: float = 1.0


Chart = Lines | Bars | Dots | Dumbbells


@dataclass(frozen=True)
class Figure:
    """A chart with what it shows, in words."""

    title: str
    chart: Chart
    caption: str = ""


@dataclass(frozen=True)
class Figures:
    """Charts side by side."""

    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class CellView:
    """One unit over a passage. `signals` holds a number a character for each signal of `Passage.signals`."""

    name: str
    why: str
    signals: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Passage:
    """A text to be coloured by the signals of chosen cells, every signal of a character one gesture away.

    `labels` are what is known about each character: numbers, or yes and no. `shown` colours it at first.
    """

    source: str
    text: str
    signals: tuple[str, ...]
    cells: tuple[CellView, ...]
    labels: tuple[tuple[str, tuple[int | bool, ...]], ...] = ()
    shown: str = "c"


@dataclass(frozen=True)
class Drawn:
    """An interactive figure: a Vega-Lite specification with its data, and files that hold it for a paper.

    The specification is a chart's of `softgate.figures`; texts from outside are in its data only.
    """

    title: str
    caption: str
    specification: dict[str, Any]
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """What is known of one unit: a text coloured by its value, what changing it does, and sentences.

    What is `said` is read at once, the `lines` by who wants to know. `values`: a number a character.
    """

    title: str
    verdict: str
    said: tuple[str, ...]
    lines: str
    source: str
    text: str
    values: tuple[float, ...]
    effects: Table | None = None


Block = Heading | Prose | Note | Facts | Table | Ruling | Links | Samples | Figures | Passage | Drawn | Evidence


@dataclass(frozen=True)
class Report:
    """A title, a line under it, and blocks from top to bottom. `story`: each heading begins a screen of its own."""

    title: str
    subtitle: str
    blocks: tuple[Block, ...]
    story: bool = False
