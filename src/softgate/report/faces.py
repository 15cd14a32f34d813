"""The faces of a report that need no browser: text for the terminal and for tests, JSON for programs."""

from __future__ import annotations

import dataclasses
import json
import math
import unicodedata
from collections.abc import Callable
from typing import Any

from softgate.finite import plain
from softgate.report import blocks as b

__all__ = ["printable", "to_json", "to_text"]


def to_text(report: b.Report) -> str:
    """The report as plain text; figures as the numbers that they draw."""
    parts = [f"{report.title}\n{'=' * len(report.title)}\n{report.subtitle}"]
    parts += [_TEXT[type(block)](block) for block in report.blocks]
    return printable("\n\n".join(parts) + "\n")


def printable(text: str) -> str:
    """`text` for a terminal: what would move its cursor or change its colours is shown as a replacement character."""
    return "".join(c if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs") else "\ufffd" for c in text)


def to_json(report: b.Report) -> str:
    """The report as JSON: each block with its `kind`. What is not a number is null."""
    said = {
        "title": report.title,
        "subtitle": report.subtitle,
        "blocks": [
            {"kind": type(block).__name__.lower(), **plain(dataclasses.asdict(block))} for block in report.blocks
        ],
    }
    return json.dumps(said, indent=1, ensure_ascii=False, allow_nan=False)


def table_text(columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...], numbers: tuple[str, ...]) -> str:
    """Columns as wide as they must be, numbers to the right."""
    widths = [max(len(row[place]) for row in (columns, *rows)) for place in range(len(columns))]
    lines = []
    for row in (columns, *rows):
        cells = zip(columns, row, widths, strict=True)
        shown = (cell.rjust(width) if name in numbers else cell.ljust(width) for name, cell, width in cells)
        lines.append("  ".join(shown).rstrip())
    return "\n".join(lines)


def _facts(block: b.Facts) -> str:
    rows = tuple((fact.name, fact.value, fact.remark) for fact in block.facts)
    return table_text(("", "", ""), rows, ()).lstrip("\n")


def _samples(block: b.Samples) -> str:
    return "\n\n".join(f"--- {sample.title}\n{sample.text}" for sample in block.samples)


def number(value: float) -> str:
    """A number as a reader wants it; a dash where there is none."""
    return "-" if not math.isfinite(value) else f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def chart_table(chart: b.Chart) -> b.Table:
    """The numbers behind a chart, for those who cannot see it. A long curve is thinned, a cloud of dots summed up."""
    match chart:
        case b.Bars():
            rows = tuple((name, f"{value:.{chart.decimals}f}") for name, value in chart.bars)
            return b.Table(("", chart.x), rows, (chart.x,))
        case b.Dumbbells():
            scores = tuple((name, *map(number, values)) for name, values in chart.rows)
            return b.Table(("", *chart.series), scores, chart.series)
        case b.Lines():
            points = [(name, x, y) for name, line in chart.lines for x, y in line[:: max(1, len(line) // 8)]]
            points += [(name, math.nan, value) for name, value in chart.levels]
            return b.Table(
                ("", chart.x, chart.y), tuple((n, number(x), number(y)) for n, x, y in points), (chart.x, chart.y)
            )
        case b.Dots():
            tenths = [(low / 10, (low + 1) / 10) for low in range(10)]
            counted = tuple(
                (f"{low:.1f} to {high:.1f}", *(str(_within(chart.dots, axis, low, high)) for axis in (1, 2)))
                for low, high in tenths
            )
            return b.Table(("units with a share of", chart.x, chart.y), counted, (chart.x, chart.y))


def _within(dots: tuple[tuple[str, float, float], ...], axis: int, low: float, high: float) -> int:
    return sum(low <= dot[axis] < high or (high == 1.0 and dot[axis] == 1.0) for dot in dots)  # type: ignore[operator]


def _figures(block: b.Figures) -> str:
    parts = []
    for figure in block.figures:
        table = chart_table(figure.chart)
        parts.append(f"[{figure.title}]\n{table_text(table.columns, table.rows, table.numbers)}")
    return "\n\n".join(parts)


def _passage(block: b.Passage) -> str:
    cells = "\n".join(f"  {cell.name}: {cell.why}" for cell in block.cells)
    return f"{len(block.text)} characters of {block.source}, in the page coloured by\n{cells}"


def _drawn(block: b.Drawn) -> str:
    return "\n".join(filter(None, [f"[{block.title}]", block.caption, ", ".join(block.files)]))


def _links(block: b.Links) -> str:
    return "\n".join("  ".join(filter(None, (link.title, link.word, link.remark, link.href))) for link in block.links)


def _evidence(block: b.Evidence) -> str:
    shown = [f"[{block.title}: {block.verdict}]", *block.said, block.lines]
    if block.effects is not None:
        shown.append(table_text(block.effects.columns, block.effects.rows, block.effects.numbers))
    return "\n".join(shown)


_TEXT: dict[type[Any], Callable[[Any], str]] = {
    b.Heading: lambda block: f"{block.text}\n{'-' * len(block.text)}",
    b.Prose: lambda block: block.text,
    b.Note: lambda block: f"({block.text})",
    b.Facts: _facts,
    b.Table: lambda block: table_text(block.columns, block.rows, block.numbers),
    b.Ruling: lambda block: f"{block.word.upper()}. {block.because}",
    b.Links: _links,
    b.Samples: _samples,
    b.Figures: _figures,
    b.Passage: _passage,
    b.Drawn: _drawn,
    b.Evidence: _evidence,
}
