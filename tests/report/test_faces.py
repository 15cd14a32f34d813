"""One report, three faces: the text says what the page says, and no string becomes markup."""

from __future__ import annotations

import base64
import html.parser
import json
import math
import re
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, strategies as st

from softgate.report import blocks as b, faces, svg, to_html, to_json, to_text
from softgate.report.html import scaled

HOSTILE = (
    "</script><script>window.pwned=1</script>\"><img src=x onerror=window.pwned=2> ' & {{ 7*7 }} <!-- </pre></style>"
)


def chart(text: str, kind: type) -> b.Chart:
    charts: dict[type, b.Chart] = {
        b.Lines: b.Lines(text, text, ((text, ((0.0, 3.0), (5.0, 1.0), (9.0, math.nan))),), ((text, 2.0),)),
        b.Bars: b.Bars(text, ((text, 1.0), ("other", 2.5)), text),
        b.Dots: b.Dots(text, text, ((text, 0.1, 0.8), ("other", 1.0, 0.0))),
        b.Dumbbells: b.Dumbbells(text, (text, "p", "q", "r"), ((text, (0.9, 0.6, math.nan, 0.95)),)),
    }
    return charts[kind]


def report(text: str, passage: str = "a = 'b'\n") -> b.Report:
    """A report with every block, `text` wherever a string can be."""
    values = tuple(math.sin(k) for k in range(len(passage)))
    shares = tuple(abs(value) for value in values)
    signals = (shares, shares, values, shares, tuple(3 * value for value in values), values)
    cells = (b.CellView(text, text, signals), b.CellView("unit 1", "by lot", signals))
    numbers, truths = tuple(range(len(passage))), tuple(k % 2 == 0 for k in range(len(passage)))
    return b.Report(
        text,
        text,
        (
            b.Heading(text),
            b.Prose(text),
            b.Note(text),
            b.Facts((b.Fact(text, text, text), b.Fact("name", "value"))),
            b.Table((text, "number"), ((text, "1"), ("row", "22")), ("number",), sortable=True),
            b.Ruling(text, text),
            b.Links((b.Link(text, "other.html", text, text), b.Link("plain", "plain.html"))),
            b.Samples((b.Sample(text, text),)),
            b.Evidence(text, text, (text,), text, text, text, (0.5,) * len(text), b.Table((text,), ((text,),))),
            b.Figures(tuple(b.Figure(text, chart(text, kind), text) for kind in get_args(b.Chart))),
            b.Passage(text, passage, ("i", "f", "g", "o", "c", "h"), cells, ((text, numbers), ("inside", truths))),
        ),
    )


class Page(html.parser.HTMLParser):
    """What a page is made of, by a parser that is not ours."""

    def __init__(self, page: str):
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_no_string_moves_the_cursor() -> None:
    shown = to_text(report("a\x1b[31m\x9b2Jb\u202ec\td"))
    assert "a\ufffd[31m\ufffd2Jb\ufffdc\td" in shown
    assert not set(shown) & set("\x1b\x9b\u202e")


def test_every_block_has_every_face() -> None:
    here = {type(block) for block in report("x").blocks} | {b.Drawn}  # which brings a large script: see test_drawn.py
    assert set(faces._TEXT) == set(get_args(b.Block)) == here
    assert set(svg._DRAW) == set(get_args(b.Chart))
    assert [block["kind"] for block in json.loads(to_json(report("x")))["blocks"]] == [
        type(block).__name__.lower() for block in report("x").blocks
    ]


@pytest.mark.parametrize("text", [HOSTILE, "plain", "", "\u2028 \ud7ff \x1b[31m"])
def test_no_string_becomes_markup(text: str) -> None:
    plain, page = Page(to_html(report("plain"))), Page(to_html(report(text, "</script>" + text + "\n")))
    kinds = ("script", "style", "img", "meta", "svg", "table", "button", "pre")
    for kind in kinds:
        assert sum(tag == kind for tag, _ in page.tags) == sum(tag == kind for tag, _ in plain.tags), kind
    attributes = {name for tag, attrs in page.tags for name in attrs}
    assert not any(name.startswith("on") for name in attributes)
    assert "style" not in attributes


def test_the_page_asks_nothing_of_any_network() -> None:
    page = Page(to_html(report("x")))
    policy = next(attrs["content"] for tag, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not [attrs for _, attrs in page.tags if {"src", "srcset", "action"} & set(attrs)]
    links = [attrs["href"] for _, attrs in page.tags if "href" in attrs]  # to pages beside this one, and nowhere else
    assert links == ["other.html", "plain.html"]
    assert "@import" not in to_html(report("x"))
    assert not re.search(r"url\(", to_html(report("x")))


def test_the_text_says_what_the_page_says() -> None:
    text = to_text(report("The words."))
    assert text.count("The words.") > 15
    assert "[The words.]" in text
    assert re.search(r"row +22\n", text)
    assert "0.9 " in text


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=30))
def test_sixteen_bits_are_enough_for_a_signal(values: list[float]) -> None:
    found = scaled(tuple(values), "c")
    assert found.signed
    np.testing.assert_allclose(found.numbers / 32767 * found.scale, values, atol=found.scale / 60_000)
    assert abs(found.levels).max() <= 10


@pytest.mark.parametrize("name", ["i", "f", "o", "g", "c", "h"])
def test_what_is_a_share_is_known_by_its_name(name: str) -> None:
    found = scaled((0.25, 0.5), name)
    assert found.signed == (name in "gch")
    assert found.scale == (0.5 if found.signed else 1.0)


def test_no_string_acts_on_the_page() -> None:
    hostile = "a\u202eb\u2066c\x1bd\x07e\x7ff\u200bg\u00adh"
    page = to_html(report(hostile, hostile + "\n\tend\n"))
    assert not set(page) & set("\u202e\u2066\x1b\x07\x7f\u200b\u00ad")
    assert "a\ufffdb\ufffdc\u241bd\u2407e\u2421f\ufffdg\ufffdh" in page
    assert "<h1>" in page


def test_the_numbers_reach_the_page() -> None:
    block = report("x").blocks[-1]
    assert isinstance(block, b.Passage)
    page = to_html(report("x"))
    (data,) = re.findall(r'<script type="application/json">(.*?)</script>', page)
    found = json.loads(data)
    numbers = np.frombuffer(base64.b64decode(found["data"]), "<i2").reshape(2, 6, len(block.text)) / 32767
    for cell, values in zip(block.cells, numbers, strict=True):
        scales = np.array(found["cells"][0]["scale"])[:, None]
        np.testing.assert_allclose(values * scales, cell.signals, atol=1e-4)
    assert found["labels"][1]["values"][:2] == [True, False]


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [(0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]), (0, 5e6, [0, 1e6, 2e6, 3e6, 4e6, 5e6]), (1.9, 4.6, [2, 2.5, 3, 3.5, 4, 4.5])],
)
def test_ticks_are_round(low: float, high: float, wanted: list[float]) -> None:
    found = svg.ticks(low, high)
    assert low <= found[0] <= found[-1] <= high
    assert 3 <= len(found) <= 8
    assert len(wanted) >= 3
    steps = {round(float(step), 9) for step in np.diff(found)}
    assert len(steps) == 1


def test_two_curves_have_a_key_and_a_colour_each() -> None:
    """Curves that cross: no name stands on one, and each has a colour of its own."""
    lines = (("trained on", ((0.0, 3.0), (1.0, 1.0))), ("rows that choose", ((0.0, 1.0), (1.0, 3.0))))
    drawn = str(svg.draw(b.Lines("updates", "error", lines), ""))
    labels = re.findall(r'<text class="label (s\d) end" x="([\d.]+)" y="([\d.]+)">(.*?)<', drawn)
    assert [(cls, name) for cls, _, _, name in labels] == [("s0", "trained on"), ("s1", "rows that choose")]
    assert all(float(y) < 26 for _, _, y, _ in labels)
    assert float(labels[0][1]) + 8 * len("rows that choose") < float(labels[1][1]) == 390
    page = to_html(b.Report("", "", (b.Figures((b.Figure("", b.Lines("x", "y", lines)),)),)))
    colours = [re.search(rf"\.chart \.line{one} {{[^}}]*stroke: var\((.*?)\)", page) for one in ("", r"\.s1")]
    assert len({colour[1] for colour in colours if colour}) == 2
