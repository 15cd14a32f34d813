"""A net that counts: its counter over a string before and after it was made exact, and how far nets count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from softgate.figures import style
from softgate.figures.style import Floats


def counting(
    title: str,
    traces: Mapping[str, Floats],
    nets: Sequence[tuple[str, float, float]],
    reaches: Mapping[str, Sequence[int]] | None = None,
    trained_to: int = 0,
) -> Any:
    """The counter of one net over time, above the first failing n of all nets, predicted against measured.

    Args:
        title: of the whole.
        traces: by name, as "trained" and "digitised", c of one unit over one string, [T].
        nets: name, measured and predicted first failing n of each net that fails somewhere.
        reaches: by cell, the longest correct n of each net, drawn as dots on a line each.
        trained_to: the longest n of the data, a line across these.
    """
    alt = style.altair()
    rows = [(name, t, v) for name, c in traces.items() for t, v in zip(*style.thinned(c), strict=True)]
    columns = dict(zip(("series", "t", "c"), zip(*rows, strict=True), strict=True))
    over_time = (
        style.chart(columns, by=("series",))
        .mark_line()
        .encode(
            x=alt.X("t:Q", title="symbol of the string"),
            y=alt.Y("c:Q", title="c of the counter (steps)"),
            tooltip=["series:N", "t:Q", "c:Q"],
            **style.categories(list(traces), None),
        )
        .properties(width=style.WIDTH * 0.8, height=220)
    )
    panels = [over_time]
    if nets:
        panels.append(_against(alt, nets))
    if reaches:
        panels.append(_reaches(alt, reaches, trained_to))
    chart = alt.vconcat(*panels).resolve_scale(color="independent", strokeDash="independent")
    return style.dressed(chart, title, "below: a dot is a net, predicted by formula; on the line, that is exact")


def _against(alt: Any, nets: Sequence[tuple[str, float, float]]) -> Any:
    ends = [0.8 * min(min(m, p) for _, m, p in nets), 1.25 * max(max(m, p) for _, m, p in nets)]
    scale = alt.Scale(type="log", domain=ends, nice=False)
    line = style.chart({"m": ends, "p": ends}).mark_line(color=style.SOFT, strokeDash=[2, 3], clip=True)
    names, measured, predicted = (list(column) for column in zip(*nets, strict=True))
    dots = style.chart({"net": names, "m": measured, "p": predicted})
    x = alt.X("m:Q", title="first n that fails, measured", scale=scale)
    y = alt.Y("p:Q", title="first n that fails, predicted", scale=scale)
    return alt.layer(
        line.encode(x=x, y=y),
        dots.mark_point(filled=True, size=60, color=style.OKABE_ITO[0], opacity=0.8).encode(
            x=x, y=y, tooltip=["net:N", "m:Q", "p:Q"]
        ),
    ).properties(width=style.WIDTH * 0.4, height=style.WIDTH * 0.4)


def _reaches(alt: Any, reaches: Mapping[str, Sequence[int]], trained_to: int) -> Any:
    """A logarithmic axis, on which a net that is wrong from the start stands at 1."""
    rows = [(name, k, n, max(n, 1)) for name, found in reaches.items() for k, n in enumerate(found)]
    columns = dict(zip(("cell", "net", "n", "at"), zip(*rows, strict=True), strict=True))
    x = alt.X("at:Q", title="longest correct n; line: trained to", scale=alt.Scale(type="log"))
    y = alt.Y("cell:N", title=None, sort=list(reaches))
    dots = style.chart(columns).mark_point(filled=True, size=60, color=style.OKABE_ITO[0], opacity=0.6)
    end = style.chart({"at": [trained_to]}).mark_rule(color=style.SOFT, strokeDash=[2, 3])
    return alt.layer(end.encode(x=x), dots.encode(x=x, y=y, tooltip=["cell:N", "net:Q", "n:Q"])).properties(
        width=style.WIDTH * 0.8, height=28 * len(reaches) + 12
    )
