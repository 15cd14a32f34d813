"""The pictures of the page for beginners that need no results: curves, and two figures to play with."""

from __future__ import annotations

from typing import Any

import numpy as np

from softgate.activations import get
from softgate.evaluate import evaluate_at
from softgate.figures import play, style
from softgate.figures.save import specification
from softgate.report import blocks as b

__all__ = ["curve", "memory", "product", "stretched"]

MOVES = (*([1] * 6), *([-1] * 9), *([1] * 5))
PUSH = 3.0
"""What the candidate is told: up with 3, down with -3."""


def _on(name: str, places: Any) -> list[Any]:
    """Value, slope and curvature of an activation, from its formula."""
    found = get(name)
    return [np.broadcast_to(evaluate_at(e, places), places.shape) for e in (found.value, found.slope, found.curvature)]


def curve(name: str, title: str, caption: str) -> b.Drawn:
    """An activation by itself, with nothing but its value."""
    alt = style.altair()
    x = play.grid()
    data = style.chart({"x": x, "y": _on(name, x)[0]})
    line = data.mark_line(strokeWidth=3, color=style.OKABE_ITO[0]).encode(
        x=alt.X("x:Q", title="what it is told"),
        y=alt.Y("y:Q", title="what it answers", scale=alt.Scale(domain=[-1.1, 1.1], nice=False)),
        tooltip=["x:Q", alt.Tooltip("y:Q", format=".3~f")],
    )
    zero = style.chart({"zero": [0]}).mark_rule(color=style.SOFT).encode(y="zero:Q")
    chart = style.dressed(alt.layer(zero, line).properties(width=520, height=220))
    return b.Drawn(title, caption, specification(chart))


def stretched() -> b.Drawn:
    """tanh(z) beside 2 sigmoid(2z) - 1: one curve."""
    alt = style.altair()
    x = play.grid()
    lines = {"sigmoid(z)": _on("sigmoid", x)[0], "2 sigmoid(2z) - 1": 2 * _on("sigmoid", 2 * x)[0] - 1,
             "tanh(z)": _on("tanh", x)[0]}  # fmt: skip
    rows = [(name, float(a), float(v)) for name, values in lines.items() for a, v in zip(x, values, strict=True)]
    columns = dict(zip(("series", "x", "y"), map(list, zip(*rows, strict=True)), strict=True))
    chart = style.chart(columns, by=("series",)).mark_line(strokeWidth=2.5).encode(
        x=alt.X("x:Q", title="z"), y=alt.Y("y:Q", title="value"), **style.categories(list(lines), None),
        tooltip=["series:N", "x:Q", alt.Tooltip("y:Q", format=".3~f")],
    )  # fmt: skip
    caption = "The last two lie on each other. A sigmoid, made twice as tall, twice as steep and moved down, is a tanh."
    return b.Drawn("One curve.", caption, specification(style.dressed(chart.properties(width=520, height=220))))


def product() -> b.Drawn:
    """a(x) b(y), to play with."""
    x = play.grid()
    names = {"tanh": "tanh", "sigmoid": "sigmoid", "hard tanh": "hard_tanh", "relu": "relu", "linear": "identity"}
    candidates = {said: _on(name, x) for said, name in names.items()}
    gates = {"sigmoid": _on("sigmoid", x)[0], "hard sigmoid": _on("hard_sigmoid", x)[0], "always open": np.ones(len(x)),
             "tanh": _on("tanh", x)[0]}  # fmt: skip
    caption = (
        "The curves: what gets through at the gate you set, how steep that is and how it bends. The map: all gates "
        "at once; the black line is yours."
    )
    return b.Drawn("Two dials.", caption, specification(play.product(candidates, gates)))


def memory() -> b.Drawn:
    """A count that goes up and down, with a candidate that can go down and one that cannot."""
    told = np.array([-PUSH, PUSH])
    ends = {name: (float(down), float(up)) for name in ("tanh", "sigmoid") for down, up in [_on(name, told)[0]]}
    caption = "Both are told the same: six ups, nine downs, five ups. Take something away from “how much is kept”."
    return b.Drawn("One tally.", caption, specification(play.memory(MOVES, ends)))
