"""Scores over a training, as a figure: every point is in it, and nothing to draw is said in words."""

from __future__ import annotations

import pytest

from softgate.figures.growth import growth
from softgate.figures.save import specification
from softgate.figures.style import FigureError


def test_every_point_is_in_the_figure_on_a_logarithmic_axis() -> None:
    chart = specification(growth({"a": [(1e5, 0.5), (2e5, 0.9)], "b": [(1e5, 0.25)]}, 0.95))
    line, rule = chart["layer"]
    assert line["encoding"]["x"]["scale"] == {"type": "log", "nice": False}
    assert line["encoding"]["y"]["scale"]["domain"] == [0.25, 1]
    data = list(chart["datasets"].values()) if "datasets" in chart else [line["data"]["values"], rule["data"]["values"]]
    records = [record for rows in data for record in rows]
    assert {"series": "a", "characters": [100000, 200000], "score": [0.5, 0.9]} in records
    assert {"series": "b", "characters": [100000], "score": [0.25]} in records
    assert {"level": [0.95]} in records


@pytest.mark.parametrize("scores", [{}, {"a": []}, {"a": [(0.0, 0.5)]}])
def test_what_cannot_be_drawn_is_refused_in_words(scores: dict[str, list[tuple[float, float]]]) -> None:
    with pytest.raises(FigureError, match="growth: expected for each label points"):
        growth(scores, 0.95)
