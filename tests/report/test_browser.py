"""The page in a real browser: hostile text stays text, a character under the pointer shows its six signals."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By

from report.test_faces import HOSTILE, report
from softgate.report import to_html
from softgate.report.html import to_html as with_policy

pytestmark = [pytest.mark.browser]

PASSAGE = "def f(x):\n    return '" + HOSTILE + "'\n\nclass A:\n    pass\n"


def requests(browser: Any) -> list[str]:
    """Every address the page asked for."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]


def spans(browser: Any) -> list[Any]:
    found: list[Any] = browser.find_elements(By.CSS_SELECTOR, ".text span")
    return found


def values(browser: Any) -> list[str]:
    return [item.text for item in browser.find_elements(By.CSS_SELECTOR, ".signals output")]


def test_hostile_text_stays_text_and_nothing_is_asked_for(opened: Any) -> None:
    browser = opened(to_html(report(HOSTILE, PASSAGE)))
    assert browser.execute_script("return window.pwned") is None
    assert browser.find_elements(By.TAG_NAME, "img") == []
    assert browser.find_element(By.TAG_NAME, "h1").get_property("textContent") == HOSTILE
    assert browser.find_element(By.CSS_SELECTOR, ".text").get_property("textContent") == PASSAGE
    assert browser.find_element(By.CSS_SELECTOR, ".samples pre").get_property("textContent") == HOSTILE
    assert requests(browser) == [browser.current_url]
    assert browser.get_log("browser") == []


def test_the_policy_stops_what_escaping_would_have_let_through(opened: Any) -> None:
    """The second fence, tried with the first one down."""
    page = with_policy(report("MARK")).replace("MARK", HOSTILE + "<p onclick='window.pwned=3'>x</p>")
    browser = opened(page)
    assert browser.find_elements(By.TAG_NAME, "img") != []
    assert browser.execute_script("return window.pwned") is None
    assert all("Content Security Policy" in entry["message"] for entry in browser.get_log("browser"))
    assert [url for url in requests(browser) if not url.startswith("file:")] == []


def test_pointing_at_a_character_shows_its_six_signals(opened: Any) -> None:
    browser = opened(to_html(report("x", PASSAGE)))
    letters = spans(browser)
    for at in (4, 14, 7):
        ActionChains(browser).move_to_element(letters[at]).perform()
        wave = math.sin(at)
        wanted = [abs(wave), abs(wave), wave, abs(wave), 3 * wave, wave]
        shown = [float(value.replace("\u2212", "-")) for value in values(browser)]
        assert shown == pytest.approx(wanted, abs=0.006)
        assert browser.find_element(By.CSS_SELECTOR, ".glyph").text in (PASSAGE[at], "\u2423")
        assert "on" in letters[at].get_attribute("class").split()
        assert f"x {at}" in browser.find_element(By.CSS_SELECTOR, ".truth").text
    assert len(browser.find_elements(By.CSS_SELECTOR, ".traces polyline")) == 6
    assert browser.get_log("browser") == []


def test_the_keyboard_does_what_the_pointer_does(opened: Any) -> None:
    browser = opened(to_html(report("x", PASSAGE)))
    ActionChains(browser).move_to_element(spans(browser)[2]).perform()
    text = browser.find_element(By.CSS_SELECTOR, ".text")
    text.send_keys(Keys.ARROW_RIGHT)
    assert "x 3" in browser.find_element(By.CSS_SELECTOR, ".truth").text
    text.send_keys(Keys.ARROW_DOWN)
    assert "x 13" in browser.find_element(By.CSS_SELECTOR, ".truth").text
    text.send_keys(Keys.ARROW_UP, Keys.ARROW_UP, Keys.ARROW_LEFT, Keys.ARROW_LEFT, Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    assert "x 0" in browser.find_element(By.CSS_SELECTOR, ".truth").text


def colours(browser: Any) -> list[str]:
    """The class of each character, without those that are no colour."""
    script = "return [...document.querySelectorAll('.text span')].map(span => span.className)"
    names: list[str] = browser.execute_script(script)
    return [" ".join(part for part in name.split() if part not in ("nl", "on")) for name in names]


def test_the_colour_follows_the_chosen_signal_and_unit(opened: Any) -> None:
    browser = opened(to_html(report("x", PASSAGE)))
    full = float(np.quantile([abs(math.sin(at)) for at in range(len(PASSAGE))], 0.98))
    for at, name in enumerate(colours(browser)):
        level = max(-1.0, min(1.0, math.sin(at) / full)) * 10
        shown = 0 if not name else int(name[1:]) * {"p": 1, "n": -1}[name[0]]
        assert shown == pytest.approx(level, abs=0.6)
    browser.find_element(By.CSS_SELECTOR, "[data-signal='1']").click()
    for at, name in enumerate(colours(browser)):
        assert int(name[1:] if name else 0) == pytest.approx(abs(math.sin(at)) * 10, abs=0.6)
        assert name[:1] in ("", "s")
    browser.find_element(By.CSS_SELECTOR, "[data-cell='1']").click()
    pressed = browser.find_elements(By.CSS_SELECTOR, "[aria-pressed='true']")
    assert [item.get_attribute("data-cell") or item.get_attribute("data-signal") for item in pressed] == ["1", "1"]


def test_a_page_without_its_script_has_its_text_and_colour(opened: Any) -> None:
    page = to_html(report("x", PASSAGE))
    browser = opened(page[: page.rindex("<script>")])
    assert "".join(browser.find_element(By.CSS_SELECTOR, ".text").get_property("textContent")) == PASSAGE
    assert len(set(colours(browser))) > 10


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_telephone_and_can_be_read_in_light_and_dark(opened: Any, width: int, scheme: str) -> None:
    browser = opened("<title>none</title>")
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    )
    media = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
    browser = opened(to_html(report("words " * 12, PASSAGE)))
    try:
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
        assert contrast(browser, "body") > 7
        assert contrast(browser, ".note", "body") > 4.5
        ends = [browser.execute_script(WORST_TEXT, end) for end in ("p10", "n10", "s10")]
        assert min(ends) > 4.5, ends
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


CONTRAST = """
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
  const over = (...colours) => { for (const c of colours) { canvas.fillStyle = c; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3); };
  const bend = (v) => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = (rgb) => { const [r, g, b] = rgb.map(v => bend(v / 255));
    return .2126 * r + .7152 * g + .0722 * b; };
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + .05) / (y + .05); };
"""
WORST_TEXT = (
    CONTRAST
    + """
  const span = document.querySelector('.text span'); span.className = arguments[0];
  const card = getComputedStyle(document.querySelector('.read')).backgroundColor;
  const ink = getComputedStyle(span).color, paint = getComputedStyle(span).backgroundColor;
  return ratio(over(card, paint), over(ink));
"""
)


def contrast(browser: Any, text: str, ground: str = "") -> float:
    """The contrast ratio of WCAG between the ink of one element and the paper of another."""
    script = CONTRAST + "const s = (q) => getComputedStyle(document.querySelector(q));"
    script += "return ratio(over(s(arguments[0]).color), over(s(arguments[1]).backgroundColor));"
    found: float = browser.execute_script(script, text, ground or text)
    return found
