"""What a report says first, and its widest table: nothing is made better than it is, and nothing is cut off."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from softgate.report import blocks as b, story, to_html
from softgate.report.headline import facts
from softgate.report.tracking import LabelFinding
from softgate.text.corpus import read_corpus, user_files
from softgate.text.labels import LABELS
from softgate.track import Tracked

SCORES = {label.name: label for label in LABELS}


def finding(name: str, trained: float, twin: float, spread: float = 0.01) -> LabelFinding:
    def tracked(score: float) -> Tracked:
        return Tracked(7, 1, score, score, 0.5, 0.9, 1000, (7,), (score - spread, score + spread))

    return LabelFinding(SCORES[name], tracked(trained), tracked(twin))


def findings(*found: LabelFinding, folder: Path | None = None) -> Any:
    corpus = read_corpus(user_files([folder])) if folder else SimpleNamespace(whole_files=True)
    run = SimpleNamespace(
        progress=SimpleNamespace(characters=1000, seconds=10.0),
        settings=SimpleNamespace(layers=1, hidden_size=16),
        corpus=corpus,
    )
    tracking = SimpleNamespace(findings=found, untokenised=0, files=1, offered=1, searched=500)
    bits = {"best_k": 3, "kgram_bits": (3.0, 2.5, 2.0), "bits": 1.5, "held_out_characters": 100}
    return SimpleNamespace(run=run, tracking=tracking, equal_bits=2.1, equal_k=3, **bits)


def unit_tile(*found: LabelFinding) -> b.Fact | None:
    told = facts(findings(*found)).facts
    return told[3] if len(told) > 3 else None


def test_the_unit_with_the_largest_gain_over_the_twin_is_named() -> None:
    """Not the best score: the string's is higher, and the untrained twin does as well."""
    tile = unit_tile(finding("string", 0.95, 0.97), finding("comment", 0.70, 0.65), finding("depth", 0.60, 0.20))
    assert tile == b.Fact("unit 7, bracket depth", "0.600", "rank correlation; best unit of an untrained twin: 0.200")


def test_intervals_that_overlap_are_told() -> None:
    tile = unit_tile(finding("string", 0.95, 0.90, spread=0.1))
    assert tile is not None
    assert tile.remark == "AUC; best unit of an untrained twin: 0.900; the 95 % intervals overlap"


def test_no_gain_is_said_plainly() -> None:
    tile = unit_tile(finding("string", 0.80, 0.97), finding("comment", 0.70, 0.71), finding("column", math.nan, 0.1))
    assert tile == b.Fact(
        "units ahead of an untrained twin",
        "none",
        "closest on inside a comment: 0.700 (AUC), best unit of an untrained twin: 0.710",
    )


def test_without_labels_there_is_no_tile() -> None:
    assert unit_tile() is None


def test_a_cut_file_is_not_counted_as_held_out(tmp_path: Path) -> None:
    for name, letter in (("a", "x"), ("b", "y")):
        (tmp_path / f"{name}.txt").write_text("".join(f"{letter} = {k:04}\n" for k in range(400)))
    found = findings(finding("column", 0.6, 0.2), folder=tmp_path)
    assert found.run.corpus.sides.startswith("2 files to train on, the last 10 % of ")
    assert "characters at most of the last 10 % of" in story._read(found)


@pytest.mark.parametrize("width", [390, 920, 1280])
def test_the_widest_table_is_seen_whole(opened: Any, width: int) -> None:
    rows = [finding(label.name, 0.912, 0.654, spread=0.3) for label in LABELS]
    tables = [block for block in story._tracking(findings(*rows)) if isinstance(block, b.Table)]
    assert [table.columns[:3] for table in tables] == [("label", "unit", "meaning")]
    browser = opened("<title>none</title>")
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        opened(to_html(b.Report("title", "subtitle", tuple(tables))))
        inside, there = browser.execute_script(
            "const s = document.querySelector('.scroll'); return [s.scrollWidth, s.clientWidth]"
        )
        assert inside <= there
        shown = browser.execute_script("return [...document.querySelectorAll('td')].map(d => d.innerText)")
        assert shown == [cell for row in tables[0].rows for cell in row]
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
