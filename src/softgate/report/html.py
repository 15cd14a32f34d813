"""The face of a report for people: one file with everything in it, which asks nothing of any network.

Three fences stand between a hostile text and the reader. Jinja escapes whatever is put into the page; data for the
script travels as JSON in which `<` cannot occur, and is only ever put into the page as text; and the page's policy
allows just the one script and the one style sheet whose hashes it names, and no request to anywhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, get_args

import jinja2
import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from softgate.figures.save import as_json, program
from softgate.report import blocks as b
from softgate.report.faces import chart_table
from softgate.report.svg import draw

__all__ = ["to_html"]

LEVELS = 10
SHARES = frozenset({"i", "f", "o"})


def to_html(report: b.Report) -> str:
    """The report as one self-contained page."""
    style, script = _asset("page.css"), _asset("page.js")
    drawing = program() if any(isinstance(block, b.Drawn) for block in report.blocks) else ""
    scripts = " ".join(map(_hash, filter(None, (script, drawing))))
    return _template().render(
        report=report,
        style=Markup(style),
        script=Markup(script),
        drawing=Markup(drawing),
        policy=f"default-src 'none'; style-src {_hash(style)}; script-src {scripts}; base-uri 'none'; "
        "form-action 'none'",
    )


def _asset(name: str) -> str:
    return resources.files("softgate.report").joinpath("page", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """How a policy names an inline script or style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def visible(value: Any) -> Any:
    """Text in which every character that would act on the page (controls, marks of direction) is one to be seen."""
    if not isinstance(value, str) or value.isprintable():
        return value
    shown = "".join(map(_shown, value))
    return Markup(shown) if isinstance(value, Markup) else shown


def _shown(character: str) -> str:
    if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cf", "Cs"):
        return character
    return chr(0x2400 + ord(character)) if character < " " else "\u2421" if character == "\x7f" else "\ufffd"


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined, finalize=visible
    )
    environment.filters |= {
        "draw": draw,
        "numbers": chart_table,
        "data": passage_data,
        "spans": spans,
        "shades": shades,
    }
    environment.filters["specification"] = lambda block: Markup(as_json(block.specification))
    environment.tests |= {
        name: (lambda block, name=name: type(block).__name__ == name)
        for name in (kind.__name__ for kind in get_args(b.Block))
    }
    return environment.from_string(_asset("page.html.j2"))


@dataclass(frozen=True)
class Scaled:
    """A signal in 16 bits."""

    numbers: NDArray[np.int16]
    """-32767..32767, [T]."""
    scale: float
    """What 32767 stands for."""
    full: float
    """What has full colour: a few values may lie beyond it, so that they do not pale all others."""
    signed: bool

    @property
    def levels(self) -> NDArray[np.int64]:
        """The step of colour of each value, -10..10."""
        share = np.clip(self.numbers / 32767 * self.scale / self.full, -1, 1)
        return np.round(share * LEVELS).astype(np.int64)


def scaled(values: tuple[float, ...], name: str) -> Scaled:
    """Fit a signal into 16 bits. Shares of one, which some are by name, keep one as their scale and full colour."""
    array = np.nan_to_num(np.asarray(values, dtype=np.float64))
    size = np.abs(array)
    is_share = name in SHARES
    largest = float(size.max(initial=0.0)) or 1.0
    scale = 1.0 if is_share else largest
    full = 1.0 if is_share else max(float(np.quantile(size, 0.98)), largest / 1000)
    return Scaled(np.round(np.clip(array / scale, -1, 1) * 32767).astype("<i2"), scale, full, not is_share)


def passage_data(block: b.Passage) -> Markup:
    """What the script needs, as JSON that is safe inside a `<script>` element."""
    rows, cells = [], []
    for cell in block.cells:
        found = [scaled(values, name) for name, values in zip(block.signals, cell.signals, strict=True)]
        rows += [item.numbers for item in found]
        cells.append(
            {
                "scale": [float(f"{item.scale:.6g}") for item in found],
                "full": [float(f"{item.full:.6g}") for item in found],
                "signed": [item.signed for item in found],
            }
        )
    data = base64.b64encode(np.concatenate(rows).tobytes()).decode() if rows else ""
    labels = [{"title": title, "values": list(values)} for title, values in block.labels]
    shown = block.signals.index(block.shown)
    plain = {"signals": list(block.signals), "shown": shown, "cells": cells, "labels": labels, "data": data}
    text = json.dumps(plain, ensure_ascii=True, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def spans(block: b.Passage) -> list[tuple[str, str]]:
    """Each character with the class of its colour by the first cell: the page has colour before any script runs."""
    if not block.cells:
        return [(character, "") for character in block.text]
    return _coloured(block.text, block.cells[0].signals[block.signals.index(block.shown)], block.shown)


def shades(block: b.Evidence) -> list[tuple[str, str]]:
    """Runs of characters with the class of their colour."""
    found: list[tuple[str, str]] = []
    for character, colour in _coloured(block.text, block.values, "c") if block.text else ():
        if found and found[-1][1] == colour:
            found[-1] = (found[-1][0] + character, colour)
        else:
            found.append((character, colour))
    return found


def _coloured(text: str, values: tuple[float, ...], name: str) -> list[tuple[str, str]]:
    """Each character with the class of the colour of its value."""
    signal = scaled(values, name)
    found = []
    for character, level in zip(text, signal.levels, strict=True):
        colour = "" if level == 0 else f"{('p' if level > 0 else 'n') if signal.signed else 's'}{abs(level)}"
        found.append((character, f"{colour} nl".strip() if character == "\n" else colour))
    return found
