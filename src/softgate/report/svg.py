"""Charts as inline SVG, coloured by the style sheet of the page, so that they follow its light and dark.

They are 320 to 400 wide in their own units: on a telephone that is the screen, and the letters keep their size.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from markupsafe import Markup

from softgate.report import blocks as b

__all__ = ["draw"]

WIDTH = 400

Drawing = tuple[int, int, list[Markup]]
"""Width, height, and what is in it."""


def draw(chart: b.Chart, title: str) -> Markup:
    """The chart as an `<svg>` element; `title` is what a screen reader says."""
    width, height, parts = _DRAW[type(chart)](chart)
    body = Markup("\n").join(parts)
    return Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">\n{}\n</svg>').format(
        width, height, title, body
    )


def _tag(name: str, text: str | None = None, **attributes: Any) -> Markup:
    """One element. `cls` is its class; underscores in names are hyphens; numbers are rounded."""
    pairs = ((("class" if key == "cls" else key.replace("_", "-")), value) for key, value in attributes.items())
    shown = Markup("").join(
        Markup(' {}="{}"').format(key, f"{value:.1f}" if isinstance(value, float) else value) for key, value in pairs
    )
    if text is None:
        return Markup("<{}{}/>").format(name, shown)
    return Markup("<{}{}>{}</{}>").format(name, shown, text, name)


def _title(text: str) -> Markup:
    return Markup("<title>{}</title>").format(text)


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers from `low` to `high`."""
    if not high > low:
        return [low]
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(k * step, 10) for k in range(first, math.floor(high / step + 1e-9) + 1)]


def _short(value: float) -> str:
    if abs(value) >= 1e6:
        return f"{value / 1e6:g}M"
    return f"{value / 1e3:g}k" if abs(value) >= 1e4 else f"{value:g}"


class _Frame:
    """A plot area with axes: numbers in, places out."""

    def __init__(self, left: float, top: float, right: float, bottom: float, x: Sequence[float], y: Sequence[float]):
        self.left, self.top, self.right, self.bottom = left, top, right, bottom
        self.x_low, self.x_high, self.y_low, self.y_high = *x, *y

    def x(self, value: float) -> float:
        span = (self.x_high - self.x_low) or 1.0
        return self.left + (value - self.x_low) / span * (self.right - self.left)

    def y(self, value: float) -> float:
        span = (self.y_high - self.y_low) or 1.0
        return self.bottom - (value - self.y_low) / span * (self.bottom - self.top)

    def axes(self, x: str, y: str = "", with_y: bool = True) -> list[Markup]:
        parts = []
        for tick in ticks(self.x_low, self.x_high):
            place = self.x(tick)
            parts.append(_tag("line", cls="grid", x1=place, x2=place, y1=float(self.top), y2=float(self.bottom)))
            parts.append(_tag("text", _short(tick), cls="tick middle", x=place, y=float(self.bottom + 16)))
        for tick in ticks(self.y_low, self.y_high) if with_y else ():
            place = self.y(tick)
            parts.append(_tag("line", cls="grid", x1=float(self.left), x2=float(self.right), y1=place, y2=place))
            parts.append(_tag("text", _short(tick), cls="tick end", x=float(self.left - 6), y=place + 4))
        middle = (self.left + self.right) / 2
        parts.append(_tag("text", x, cls="axis middle", x=float(middle), y=float(self.bottom + 35)))
        if y:
            parts.append(_tag("text", y, cls="axis", x=float(self.left - 32), y=float(self.top - 9)))
        return parts


def _lines(chart: b.Lines) -> Drawing:
    height = 300
    points = [point for _, line in chart.lines for point in line if math.isfinite(point[1])]
    tops = sorted(y for _, y in points) or [1.0]
    levels = [value for _, value in chart.levels]
    low = min([*tops, *levels]) if not levels else min(levels)
    # The first moments of training are far above all the rest and would flatten it.
    high = max([tops[int(0.97 * (len(tops) - 1))], *levels, low + 0.1])
    margin = 0.08 * (high - low)
    floor = min([*tops, low]) - margin
    frame = _Frame(38, 26, 390, height - 44, (0, max((x for x, _ in points), default=1.0)), (floor, high + margin))
    parts = frame.axes(chart.x, chart.y)
    for number, (name, line) in enumerate(chart.lines):
        inside = [(frame.x(x), max(frame.y(y), frame.top)) for x, y in line if math.isfinite(y)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in inside)
        parts.append(_tag("polyline", cls=f"line s{number}", points=path))
        if len(chart.lines) > 1:  # a key above the plot: curves that cross would run through names on them
            x = frame.right - sum(8 * len(other) + 14 for other, _ in chart.lines[number + 1 :])
            parts.append(_tag("text", name, cls=f"label s{number} end", x=float(x), y=frame.top - 9.0))
        elif inside:
            x, y = inside[len(inside) // 4]  # on its curve, where that is still steep and far from the levels
            parts.append(_tag("text", name, cls=f"label s{number}", x=x + 8, y=max(y - 8, frame.top + 12.0)))
    for place, (name, value) in enumerate(chart.levels):
        y = frame.y(value)
        under = value == low and len(levels) > 1  # the lowest has its name under it, out of the way of the others
        parts.append(_tag("line", cls=f"level l{place}", x1=float(frame.left), x2=float(frame.right), y1=y, y2=y))
        text = f"{name} {value:.2f}"
        parts.append(_tag("text", text, cls=f"label l{place} end", x=float(frame.right), y=y + (15 if under else -5)))
    return WIDTH, height, parts


def _bars(chart: b.Bars) -> Drawing:
    row, left = 26, 84
    height = 8 + row * len(chart.bars) + 44
    high = max((value for _, value in chart.bars if math.isfinite(value)), default=1.0)
    frame = _Frame(left, 6, 350, height - 42, (0, high), (0, 1))
    parts = frame.axes(chart.x, with_y=False)
    for number, (name, value) in enumerate(chart.bars):
        y = 8.0 + row * number
        cls = "bar marked" if name == chart.marked else "bar"
        parts.append(_tag("text", name, cls="label end", x=left - 8.0, y=y + 15))
        parts.append(_tag("rect", cls=cls, x=float(left), y=y + 2, width=frame.x(value) - left, height=row - 6.0, rx=2))
        parts.append(_tag("text", f"{value:.{chart.decimals}f}", cls="label", x=frame.x(value) + 6, y=y + 15))
    return WIDTH, height, parts


def _dots(chart: b.Dots) -> Drawing:
    frame = _Frame(40, 26, 312, 298, (0, 1), (0, 1))
    parts = frame.axes(chart.x, chart.y)
    corners = [(0, 1), (1, 0)]
    (x1, y1), (x2, y2) = ((frame.x(x), frame.y(y)) for x, y in corners)
    parts.append(_tag("line", cls="diagonal", x1=x1, y1=y1, x2=x2, y2=y2))
    parts += (_tag("circle", _title(name), cls="dot", cx=frame.x(x), cy=frame.y(y), r=3.5) for name, x, y in chart.dots)
    return 320, 340, parts


def _dumbbells(chart: b.Dumbbells) -> Drawing:
    row, left = 46, 20
    top = 30 + 20 * math.ceil(len(chart.series) / 2)
    height = top + row * len(chart.rows) + 44
    frame = _Frame(left, top - 8, 380, height - 42, (chart.low, chart.high), (0, 1))
    parts = frame.axes(chart.x, with_y=False)
    for number, name in enumerate(chart.series):
        x, y = left + 190.0 * (number % 2), 14.0 + 20 * (number // 2)
        parts += [_mark(number, x + 6, y), _tag("text", name, cls="label", x=x + 18, y=y + 4)]
    for place, (name, values) in enumerate(chart.rows):
        y = top + row * place + 28.0
        kept = [(number, frame.x(value)) for number, value in enumerate(values) if math.isfinite(value)]
        parts.append(_tag("text", name, cls="label", x=float(left), y=y - 14))
        if kept:
            ends = [x for _, x in kept]
            parts.append(_tag("line", cls="stem", x1=min(ends), x2=max(ends), y1=y, y2=y))
        parts += (_mark(number, x, y, f"{chart.series[number]}: {values[number]:.3f}") for number, x in reversed(kept))
    return WIDTH, height, parts


def _mark(number: int, x: float, y: float, title: str = "") -> Markup:
    """A point of a series, told apart by shape as well as by colour."""
    text = _title(title) if title else Markup("")
    if number == 0:
        return _tag("circle", text, cls="mark m0", cx=x, cy=y, r=7.0)
    if number == 1:
        return _tag("rect", text, cls="mark m1", x=x - 5, y=y - 5, width=10, height=10)
    if number == 2:
        return _tag("line", text, cls="mark m2", x1=x, x2=x, y1=y - 8, y2=y + 8)
    corners: Iterable[tuple[float, float]] = ((x, y - 7), (x + 7, y), (x, y + 7), (x - 7, y))
    return _tag("polygon", text, cls="mark m3", points=" ".join(f"{p:.1f},{q:.1f}" for p, q in corners))


_DRAW: dict[type[Any], Callable[[Any], Drawing]] = {
    b.Lines: _lines,
    b.Bars: _bars,
    b.Dots: _dots,
    b.Dumbbells: _dumbbells,
}
