"""How a score grew while a model was trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from softgate.figures import style

__all__ = ["growth"]


def growth(scores: Mapping[str, Sequence[tuple[float, float]]], level: float, title: str = "") -> Any:
    """Scores against the characters that were read, on a logarithmic axis.

    Args:
        scores: by label, (characters read, area under the curve) of each stage.
        level: a dashed line across, the score that counts as tracking.
        title: of the whole.

    Returns:
        An Altair chart.

    Raises:
        FigureError: there is nothing to draw, or a number of characters is not above zero.
        MissingExtraError: Altair is not installed.
    """
    if not scores or not all(scores.values()) or any(x <= 0 for line in scores.values() for x, _ in line):
        raise style.FigureError(
            "growth: expected for each label points (characters above 0, score), got "
            + (", ".join(f"{name!r}: {list(line)[:3]}" for name, line in scores.items()) or "no label")
        )
    alt = style.altair()
    points = [(name, x, y) for name, line in scores.items() for x, y in line]
    names, across, up = zip(*points, strict=True)
    x = alt.X(
        "characters:Q", title="characters read", scale=alt.Scale(type="log", nice=False), axis=alt.Axis(format="~s")
    )
    y = alt.Y("score:Q", title="area under the curve (0.5 is chance)", scale=alt.Scale(domain=[min(0.4, *up), 1]))
    base = style.chart({"series": names, "characters": across, "score": up}, by=("series",))
    told = ["series:N", "characters:Q", "score:Q"]
    line = base.mark_line(point=True, clip=True).encode(x=x, y=y, **style.categories(list(scores), None), tooltip=told)
    rule = style.chart({"level": [level]}).mark_rule(strokeDash=[4, 4], color=style.SOFT)
    chart = alt.layer(line, rule.encode(y="level:Q")).properties(width=style.WIDTH * 0.8, height=260)
    return style.dressed(chart, title, f"dashed: {level:g}")
