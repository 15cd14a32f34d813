"""Figures: what is in them, that long input stays small, and that files need no network and run nothing of a text's."""

from __future__ import annotations

import json
import struct
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

import softgate as sg
from softgate import figures
from softgate.figures import flows, style
from softgate.figures.save import as_json, program, specification
from softgate.figures.signals import by_layer

HOSTILE = "</script><script>window.pwned=1</script><img src=x onerror='window.pwned=2'>"


@pytest.fixture(scope="module")
def recording() -> Any:
    torch.manual_seed(0)
    layer = sg.LSTM(4, 6)
    with torch.no_grad(), sg.record(layer) as found:
        layer(torch.randn(50, 2, 4))
    return found


def data(spec: Any) -> list[Any]:
    """The data sets of a specification: records, whose lists are columns."""
    return list(spec["datasets"].values())


def rows(chart: Any) -> list[dict[str, Any]]:
    """The data of a chart, row by row."""
    (records,) = data(specification(chart))
    found = []
    for record in records:
        long = [name for name, value in record.items() if isinstance(value, list)]
        same = {name: value for name, value in record.items() if name not in long}
        found += [same | dict(zip(long, row, strict=True)) for row in zip(*(record[n] for n in long), strict=True)]
    return found


def test_signals_are_those_of_the_recording(recording: Any) -> None:
    found = rows(figures.signals(recording, ["l0.f", "l0.c"], [4, 1], lane=1, steps=slice(10, 20), labels="x" * 50))
    assert len(found) == 2 * 2 * 10
    for row in found:
        unit = int(row["series"].removeprefix("unit "))
        assert row["value"] == pytest.approx(float(recording[row["signal"]][row["step"], 1, unit]), rel=1e-4)
    assert {row["step"] for row in found} == set(range(10, 20))
    assert {row["read"] for row in found} == {"x"}


def test_the_liveliest_units_are_drawn_if_none_are_named(recording: Any) -> None:
    spread = recording["l0.c"].flatten(0, 1).std(0)
    wanted = [int(k) for k in spread.argsort(descending=True)[:4]]
    assert figures.active_units(recording["l0.c"]) == wanted
    found = rows(figures.signals(recording, ["l0.f", "l0.c"]))
    assert {row["series"] for row in found} == {f"unit {k}" for k in wanted}
    ended = torch.full((3, 1, 2), torch.nan)
    assert figures.active_units(ended) == [0, 1]


def test_a_long_curve_keeps_its_extremes() -> None:
    values = np.sin(np.arange(100_000) / 3000)
    values[77_777] = 9.0
    steps, kept = style.thinned(values, 200)
    assert len(steps) <= 200
    assert kept.max() == 9.0
    assert values[steps] == pytest.approx(kept)
    assert kept.min() == values.min()
    assert list(steps) == sorted(set(steps))
    same, all_of = style.thinned(values[:200], 200)
    assert len(same) == len(all_of) == 200


def test_what_cannot_be_drawn_is_said(recording: Any) -> None:
    for units_, lane, message in (
        ([6], 0, "l0.c has units 0 to 5; got 6"),
        ([0], 2, "l0.c has 2 sequences, lanes 0 to 1; got 2"),
        ([], 0, "expected 1 to 7 units"),
        (range(6), 0, None),
    ):
        if message is None:
            figures.signals(recording, ["l0.c"], units_, lane=lane)
            continue
        with pytest.raises(sg.SoftgateError, match=message):
            figures.signals(recording, ["l0.c"], units_, lane=lane)
    with pytest.raises(ValueError, match="at least one name"):
        figures.signals(recording, [])


def test_distributions_are_numpys(recording: Any) -> None:
    found = rows(figures.distributions(recording, ["l0.i", "l0.g"]))
    gate = [row for row in found if row["signal"] == "l0.i"]
    want, edges = np.histogram(recording["l0.i"].numpy(), 50, (0, 1))
    assert [row["share"] for row in gate] == pytest.approx(want / want.sum(), rel=1e-4)
    assert [row["low"] for row in gate] == pytest.approx(edges[:-1], rel=1e-4)
    candidate = [row["low"] for row in found if row["signal"] == "l0.g"]
    assert (min(candidate), len(candidate)) == (-1.0, 50)


def test_saturation_has_a_dot_a_unit_and_the_median(recording: Any) -> None:
    shares = SimpleNamespace(shut=torch.tensor([0.0, 0.5, 1.0]), open=torch.tensor([1.0, 0.2, 0.0]))
    found = rows(figures.saturation({"l0.f": shares}))
    dots = {row["what"]: (row["shut"], row["open"]) for row in found}
    assert dots == {"unit 0": (0, 1), "unit 1": (0.5, 0.2), "unit 2": (1, 0), "median": (0.5, 0.2)}
    assert len(rows(figures.saturation(recording.saturation()))) == 3 * (6 + 1)


def test_half_lives_are_in_order_and_those_that_never_end_are_at_the_top() -> None:
    lives = {"l0.c": torch.tensor([40.0, torch.inf, 0.5, torch.nan])}
    found = rows(figures.half_lives(lives))
    assert [row["unit"] for row in found] == [2, 0, 1]
    assert [row["told"] for row in found] == ["0.5", "40", "inf"]
    assert [row["steps"] for row in found] == [0.5, 40, 1000]


def test_gradients_are_quantiles_over_units() -> None:
    torch.manual_seed(0)
    total = torch.randn(30, 2, 40, dtype=torch.float64)
    flow = {"l0.c": SimpleNamespace(total=total, cell_path=total * 0.25, hidden_path=total * 0)}
    found = rows(figures.gradients(flow, "l0.c"))
    for path, share in (("total", 1.0), ("cell path", 0.25)):
        seen = [(row["low"], row["middle"], row["high"]) for row in found if row["series"] == path]
        want = share * np.quantile(total.abs().numpy().reshape(30, -1), (0.1, 0.5, 0.9), axis=1).T
        np.testing.assert_allclose(np.array(seen), want, rtol=1e-4)
    assert all(row["middle"] is None for row in found if row["series"] == "hidden path")
    steps, _ = flows.quantiles(torch.randn(5000, 1, 3), (0.5,), 100)
    assert len(steps) == 100
    assert (steps[0], steps[-1]) == (0, 4999)


def test_names_by_layer() -> None:
    names = ["l0.f", "l0.c", "l0.pre.f", "enc.l1.reverse.h", "enc.l1.reverse.pre.i"]
    assert by_layer(names) == {"l0.": ["l0.f", "l0.c"], "enc.l1.reverse.": ["enc.l1.reverse.h"]}


def test_files_for_a_paper_and_for_a_browser(recording: Any, tmp_path: Path) -> None:
    chart = figures.half_lives(recording.horizon(), title="Half-lives & more")
    svg, png, page, spec = (
        figures.save(chart, tmp_path / f"f.{e}").read_bytes() for e in ("svg", "png", "html", "json")
    )
    texts = {"".join(e.itertext()) for e in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")}
    assert {"Half-lives & more", "half-life (steps)"} <= texts
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, _ = struct.unpack(">II", png[16:24])
    assert width > 1000
    assert b"<title>Half-lives &amp; more</title>" in page
    assert b"src=" not in page.partition(b'<script type="module">')[0]
    assert json.loads(spec)["$schema"].endswith(".json")
    with pytest.raises(sg.UnknownNameError, match=r"ending of a figure's file '\.gif'"):
        figures.save(chart, tmp_path / "f.gif")


def test_hostile_texts_stay_texts() -> None:
    values = {HOSTILE: torch.zeros(3, 1, 1)}
    chart = figures.signals(values, [HOSTILE], [0], labels=["<", "\u202e", HOSTILE], title=HOSTILE)
    assert "<" not in as_json(specification(chart))
    assert [row["read"] for row in rows(chart)] == ["<", "\ufffd", HOSTILE]
    assert "</script" not in program()


def test_categories_are_of_okabe_and_ito_and_differ_in_dashes_too(recording: Any) -> None:
    spec = specification(figures.signals(recording, ["l0.c"], range(6)))
    encoding = spec["spec"]["encoding"]
    assert encoding["color"]["scale"]["range"] == list(style.OKABE_ITO[:6])
    dashes = [tuple(d) for d in encoding["strokeDash"]["scale"]["range"]]
    assert len(set(dashes)) == 6
    surface = specification(sg.activations.product("tanh", "sigmoid").plot(points=5))
    (scale, *_) = [found["scale"] for found in encodings(surface, "color") if "scheme" in found.get("scale", {})]
    assert scale["scheme"] == "blueorange"
    assert scale["domainMid"] == 0
    assert scale["domain"][0] == -scale["domain"][1]


def encodings(spec: Any, channel: str) -> list[Any]:
    if isinstance(spec, list):
        return [found for part in spec for found in encodings(part, channel)]
    if not isinstance(spec, dict):
        return []
    own = [spec["encoding"][channel]] if channel in spec.get("encoding", {}) else []
    return [*own, *(found for part in spec.values() for found in encodings(part, channel))]


def test_every_axis_has_a_title_with_its_unit(recording: Any) -> None:
    charts = [
        figures.distributions(recording, ["l0.i"]),
        figures.saturation(recording.saturation()),
        figures.half_lives(recording.horizon()),
        sg.activations.describe("tanh").plot(),
    ]
    for chart in charts:
        for channel in ("x", "y"):
            titles = {found["title"] for found in encodings(specification(chart), channel) if "title" in found}
            assert titles
            assert all(
                any(unit in title for unit in ("(no unit)", "(%", "(steps", "share"))
                for title in titles
                if "(" in title
            )


@pytest.mark.parametrize("name", ["tanh", "hard_sigmoid", "exp", "relu", "thresholded_relu"])
def test_an_activation_is_drawn_as_torch_has_it(name: str) -> None:
    from equations.judges import TORCH

    spec = specification(sg.activations.describe(name).plot(-3, 3))
    (records,) = [found for found in data(spec) if "piece" in found[0]]
    for record in records:
        if record["series"] == "value":
            x = torch.tensor(record["x"][1:-1], dtype=torch.float64)
            np.testing.assert_allclose(record["y"][1:-1], TORCH[name](x), rtol=2e-4, atol=2e-4)
        assert record["x"][0] >= -3
        assert record["x"][-1] <= 3
    assert {record["series"] for record in records} == {"value", "slope", "curvature"}


@pytest.mark.parametrize(("package", "purpose"), [("altair", "a figure"), ("vl_convert", "a figure in a file")])
def test_without_the_extra_the_line_that_installs_it_is_said(
    package: str, purpose: str, recording: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chart = figures.half_lives(recording.horizon())
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(sg.MissingExtraError, match=rf"{purpose} needs .*pip install 'softgate\[plots\]'"):
        figures.save(figures.half_lives(recording.horizon()) if package == "altair" else chart, tmp_path / "f.svg")


def test_a_forecast_is_drawn_where_it_varies_and_over_dates() -> None:
    from softgate.figures.followed import overlaid

    lines = {"observed": 350 + np.arange(9.0), "LSTM": 351 + np.arange(9.0)}
    plain = overlaid(np.arange(9), lines, "co2").to_dict()
    assert plain["encoding"]["y"]["scale"] == {"zero": False}
    assert plain["encoding"]["x"]["type"] == "quantitative"
    dated = overlaid(np.datetime64("2001-01-01") + np.arange(9), lines, "co2")
    assert dated.to_dict()["encoding"]["x"]["type"] == "temporal"
    import vl_convert

    texts = [t.text for t in ET.fromstring(vl_convert.vegalite_to_svg(specification(dated))).iter() if t.text]
    assert "Tue 02" in texts
    assert "350" in texts
    assert "0" not in texts
