"""Figures of activations, and what all figures share: what tells lines apart, and how much of a page they take."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch

import softgate as sg
from figures.test_figures import data, encodings
from softgate import figures
from softgate.figures import curves, flows, style
from softgate.figures.save import specification

# What a deuteranope sees of linear RGB: Machado, Oliveira and Fernandes 2009, severity 1.
DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
)
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
)


def lab(colour: str, seen: Any = None) -> np.ndarray:
    """CIE L*a*b* (D65) of a colour, as it is or as somebody sees it."""
    rgb = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear if seen is None else seen @ linear, 0, 1)
    xyz = TO_XYZ @ linear / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_the_first_four_colours_are_told_apart_by_deuteranopes_and_in_grey() -> None:
    assert lab("#FFFFFF")[0] == pytest.approx(100, abs=0.01)
    pairs = list(itertools.combinations(style.OKABE_ITO[:4], 2))
    assert min(np.linalg.norm(lab(a, DEUTERANOPIA) - lab(b, DEUTERANOPIA)) for a, b in pairs) > 20
    assert min(abs(lab(a)[0] - lab(b)[0]) for a, b in pairs) > 10
    assert np.linalg.norm(lab("#D55E00", DEUTERANOPIA) - lab("#E69F00", DEUTERANOPIA)) < 25  # which it is about


def test_a_legend_shows_a_whole_dash() -> None:
    spec = specification(sg.activations.describe("tanh").plot())
    longest = max(sum(found["scale"]["range"][k]) for found in encodings(spec, "strokeDash") for k in range(3))
    sizes = [found["legend"]["symbolSize"] for found in encodings(spec, "strokeDash")]
    assert min(sizes) ** 0.5 >= 2 * longest


def texts(spec: Any) -> list[str]:
    return [text for rows in data(spec) for row in rows if "what" in row and "x" in row for text in row["what"]]


def test_verticals_say_what_they_are_in_the_colour_of_their_curve() -> None:
    spec = specification(sg.activations.describe("tanh").plot())
    labels = [layer for layer in spec["layer"] if layer["mark"]["type"] == "text"]
    assert len(labels) == 4
    assert set(texts(spec)) == {"slope under 1 %", "curvature under 1 %"}
    assert {label["encoding"]["color"]["field"] for label in labels} == {"series"}
    assert "slope under 0.01" in texts(specification(sg.activations.describe(lambda x: sg.log(x)).plot(1, 200)))


def test_curves_do_not_touch_the_frame() -> None:
    spec = specification(sg.activations.describe("tanh").plot())
    (found,) = {tuple(y["scale"]["domain"]) for y in encodings(spec, "y") if "domain" in y.get("scale", {})}
    assert found[0] < -1.05
    assert found[1] > 1.05


def test_curves_that_would_be_flat_have_a_panel_of_their_own() -> None:
    spec = specification(sg.activations.describe(lambda x: sg.sigmoid(1000 * x)).plot())
    titles = [next(y["title"] for y in encodings(panel, "y") if "title" in y) for panel in spec["vconcat"]]
    assert titles == ["value (no unit)", "slope (no unit)", "curvature (no unit)"]
    assert len({p["name"] for p in spec["params"]}) == 3


def test_maps_end_where_their_colours_end_and_cells_meet() -> None:
    chart = sg.activations.product("tanh", "sigmoid").plot(points=9)
    spec = specification(chart)
    grid, _ = spec["vconcat"]
    assert (grid["columns"], grid["align"], len(grid["concat"])) == (2, "all", 4)
    for panel in grid["concat"]:
        scale, legend = (panel["encoding"]["color"][k] for k in ("scale", "legend"))
        assert [legend["values"][0], legend["values"][-1]] == scale["domain"]
        (record,) = spec["datasets"][panel["data"]["name"]]
        assert max(map(abs, record["z"])) <= scale["domain"][1]
        pixel = 2 * 4.5 / curves.SIDE
        right = dict(zip(record["x"], record["x2"], strict=True))
        assert all(right[a] > b + pixel for a, b in itertools.pairwise(sorted(right)))


@pytest.mark.parametrize(
    ("value", "wanted"), [(0.2499, 0.25), (1.0, 1.0), (0.77, 0.8), (1.01, 1.5), (93, 100), (3e-7, 3e-7)]
)
def test_ends_are_round(value: float, wanted: float) -> None:
    assert curves.round_up(value) == wanted


def test_steps_of_long_recordings_are_not_rounded() -> None:
    values = {"l0.c": torch.arange(123_460.0)[:, None, None] % 7}
    spec = specification(figures.signals(values, ["l0.c"], [0], steps=slice(123_450, 123_460)))
    (records,) = data(spec)
    assert [step for record in records for step in record["step"]] == list(range(123_450, 123_460))


def test_a_horizon_looks_like_the_other_figures_and_stays_small() -> None:
    norms = torch.rand(300, 300).tril() + 1e-3
    spec = specification(flows.horizon("l0.c", range(300), norms))
    assert spec["config"]["font"] == style.FONT
    (records,) = data(spec)
    assert sum(len(record["s"]) for record in records) == flows.MOST_CELLS**2
    curve = specification(flows.horizon("l0.c", [9], norms[9], norms[9] / 2))
    (colour,) = {tuple(found["scale"]["range"]) for found in encodings(curve, "color")}
    assert colour == style.OKABE_ITO[:2]
