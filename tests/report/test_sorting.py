"""A table that sorts, and a story that is read screen by screen, in a browser."""

from __future__ import annotations

from typing import Any

import pytest

from softgate.report import blocks as b, to_html

pytestmark = pytest.mark.browser

TABLE = b.Table(("name", "score"), (("b", "10.00"), ("a", "9.50"), ("c", "-1.00")), ("score",), sortable=True)
FIRST = "return [...document.querySelectorAll('tbody tr')].map((row) => row.cells[0].textContent).join('')"


def test_a_press_sorts_by_number_and_another_turns_it_round(opened: Any) -> None:
    page = opened(to_html(b.Report("t", "s", (TABLE,))))
    name, score = page.find_elements("css selector", "th button")
    assert page.execute_script(FIRST) == "bac"
    score.click()
    assert page.execute_script(FIRST) == "cab"  # by number: 9.5 stands before 10
    score.click()
    assert page.execute_script(FIRST) == "bac"
    name.send_keys("\n")  # by the keyboard
    assert page.execute_script(FIRST) == "abc"
    assert page.find_element("css selector", "th").get_attribute("aria-sort") == "ascending"


def test_next_leads_to_the_next_screen(opened: Any) -> None:
    page = opened(to_html(b.Report("t", "s", (b.Heading("one"), b.Prose("x"), b.Heading("two")), story=True)))
    heights = page.execute_script("return [...document.querySelectorAll('section')].map((s) => s.offsetHeight)")
    assert min(heights) >= 0.9 * page.execute_script("return innerHeight")
    page.find_element("css selector", ".next a").click()
    assert page.current_url.endswith("#screen-2")
