"""Interactive figures in a page: drawn by a real browser, under the page's policy, and asking nothing of a network."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

import softgate as sg
from report.test_browser import requests
from report.test_faces import HOSTILE
from softgate import figures
from softgate.figures.save import specification
from softgate.report import blocks as b, to_html, to_json, to_text
from softgate.report.drawn import interactive
from softgate.train.observe import Saturation


def report(title: str = "Signals") -> b.Report:
    torch.manual_seed(0)
    values = {HOSTILE: torch.randn(40, 1, 3).cumsum(0)}
    layer = sg.LSTM(3, 5)
    with sg.record(layer) as rec:
        layer(torch.randn(20, 2, 3))
    charts = [
        figures.signals(values, [HOSTILE], [0, 2], labels=HOSTILE[:40].ljust(40), title=HOSTILE),
        figures.distributions(rec, ["l0.i", "l0.f"]),
        figures.saturation(rec.saturation()),
        figures.half_lives(rec.horizon()),
        sg.activations.product("tanh", "sigmoid").plot(points=9),
    ]
    drawn = [b.Drawn(title, f"Caption {k}.", specification(c), (f"{k}.svg",)) for k, c in enumerate(charts)]
    return b.Report("Figures", "All of them.", tuple(drawn))


def test_the_other_faces_name_the_figure_and_its_files() -> None:
    text = to_text(report())
    assert "[Signals]\nCaption 0.\n0.svg" in text
    assert '"kind": "drawn"' in to_json(report())


def test_a_page_without_figures_does_not_carry_the_program_that_draws() -> None:
    assert len(to_html(b.Report("x", "y", (b.Prose("z"),)))) < 60_000


def findings(text: str = "ab") -> Any:
    """As much of the findings of a run as the interactive figures take."""
    signals = tuple(tuple(0.1 * k + t for t in range(len(text))) for k in range(2))
    cells = tuple(b.CellView(f"unit {u}", "by lot", signals) for u in (12, 3))
    gate = Saturation(0, "f", np.array([0.0, 0.25]), np.array([1.0, 0.5]), 10)
    passage = b.Passage("a.txt", text, ("f", "c"), cells)
    return SimpleNamespace(passage=passage, tracking=SimpleNamespace(saturation=[gate]))


def test_the_report_of_a_run_has_interactive_figures_of_its_passage_and_gates() -> None:
    heading, signals, gates = interactive(findings())
    assert isinstance(heading, b.Heading)
    assert isinstance(signals, b.Drawn)
    assert isinstance(gates, b.Drawn)
    (records,) = signals.specification["datasets"].values()
    assert [(r["signal"], r["series"], r["value"], r["read"]) for r in records] == [
        (name, unit, [k / 10, 1 + k / 10], ["a", "b"])
        for k, name in enumerate(("f", "c"))
        for unit in ("unit 12", "unit 3")
    ]
    ((record,),) = gates.specification["datasets"].values()
    assert (record["gate"], record["shut"][:2], record["open"][:2]) == ("l0.f", [0, 0.25], [1, 0.5])


def test_without_the_extra_the_report_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("softgate.report.drawn.find_spec", lambda name: None)
    (note,) = interactive(findings())
    assert "pip install 'softgate[plots]'" in str(note)


@pytest.mark.browser
def test_figures_are_drawn_under_the_policy_and_nothing_is_asked_for(opened: Any) -> None:
    page = to_html(report(HOSTILE))
    assert len(page) < 1_300_000
    assert "unsafe" not in page.partition("</head>")[0]
    browser = opened(page)
    WebDriverWait(browser, 20).until(lambda d: len(d.find_elements(By.CSS_SELECTOR, ".drawn svg.marks")) == 5)
    assert browser.execute_script("return window.pwned") is None
    assert browser.find_elements(By.TAG_NAME, "img") == []
    assert requests(browser) == [browser.current_url]
    assert browser.get_log("browser") == []
    shown = browser.find_element(By.CSS_SELECTOR, ".drawn svg.marks").get_property("textContent")
    assert HOSTILE[:20] in shown
    assert "time (steps)" in shown


@pytest.mark.browser
def test_pointing_at_a_unit_says_which_it_is(opened: Any) -> None:
    browser = opened(to_html(report()))
    dots = "[data-figure='figure-3'] .mark-symbol path"
    WebDriverWait(browser, 20).until(lambda d: d.find_elements(By.CSS_SELECTOR, dots))
    ActionChains(browser).move_to_element(browser.find_elements(By.CSS_SELECTOR, dots)[0]).perform()
    told = (
        WebDriverWait(browser, 5).until(lambda d: d.find_element(By.CSS_SELECTOR, "#vg-tooltip-element.visible")).text
    )
    assert "shut" in told
    assert "l0." in told


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_is_no_wider_than_a_telephone(opened: Any, width: int) -> None:
    browser = opened("<title>none</title>")
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        browser = opened(to_html(report()))
        WebDriverWait(browser, 20).until(lambda d: len(d.find_elements(By.CSS_SELECTOR, ".drawn svg.marks")) == 5)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.browser
def test_figures_fit_a_telephone_with_all_their_words(opened: Any) -> None:
    browser = opened("<title>none</title>")
    size = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        browser = opened(to_html(report("x")))
        wide = "return [...document.querySelectorAll('[data-figure]')].map(e => [e.scrollWidth, e.clientWidth])"
        WebDriverWait(browser, 20).until(lambda d: len(d.find_elements(By.CSS_SELECTOR, ".drawn svg.marks")) == 5)
        WebDriverWait(browser, 20).until(lambda d: all(a <= b for a, b in d.execute_script(wide)))
        # Every word of a figure is inside of it, and none of them is cut.
        outside = """return [...document.querySelectorAll('.drawn svg.marks')].flatMap(svg => {
          const box = svg.getBoundingClientRect();
          return [...svg.querySelectorAll('text')].filter(t => t.textContent && t.getAttribute('opacity') !== '0')
            .filter(t => { const b = t.getBoundingClientRect();
              return b.right > box.right + 1 || b.left < box.left - 1; })
            .map(t => t.textContent); })"""
        assert browser.execute_script(outside) == []
        words = "return [...document.querySelectorAll('.drawn text')].map(t => t.textContent)"
        cut = [text for text in browser.execute_script(words) if text.endswith("\u2026")]
        assert all(text.startswith(HOSTILE[:5]) for text in cut)  # the name of a signal as long as a line
        columns = """return new Set([...document.querySelectorAll("[data-figure='figure-2'] .mark-rect.role-mark")]
          .map(g => Math.round(g.getBoundingClientRect().left / 150))).size"""
        assert browser.execute_script(columns) == 1
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
