"""A figure into a file: SVG or PNG for a paper, HTML that is interactive and asks nothing of any network."""

from __future__ import annotations

import html
import json
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from softgate.errors import MissingExtraError, UnknownNameError

FORMATS = ("svg", "png", "html", "json")

# The chart's formulas are read by an interpreter, so that the page needs no right to make code out of text.
_OPTIONS = {
    "mode": "vega-lite",
    "renderer": "svg",
    "ast": True,
    "defaultStyle": False,
    "tooltip": {"disableDefaultStyle": True},
    "actions": False,
}


def _vl_convert() -> Any:
    try:
        import vl_convert
    except ImportError:
        raise MissingExtraError("vl-convert-python", "plots", "a figure in a file") from None
    return vl_convert


def save(chart: Any, path: str | Path) -> Path:
    """Write a figure; the ending of ``path`` says how: ``.svg``, ``.png``, ``.html`` or ``.json``.

    PNG has two pixels a point. The HTML page is whole: about 0.9 MB of it are the program that draws.

    Args:
        chart: what a function of ``sg.figures``, or any chart of Altair, gave.
        path: the file; one that is there is replaced.

    Returns:
        The path.

    Raises:
        UnknownNameError: another ending.
        MissingExtraError: without the extra ``plots``.
    """
    path = Path(path)
    ending = path.suffix.lower().lstrip(".")
    if ending not in FORMATS:
        raise UnknownNameError("ending of a figure's file", path.suffix, [f".{f}" for f in FORMATS])
    path.write_bytes(rendered(chart, ending))
    return path


def rendered(chart: Any, ending: str) -> bytes:
    """A figure as the bytes of a file of one of :data:`FORMATS`."""
    spec = specification(chart)
    match ending:
        case "svg":
            text: str = _vl_convert().vegalite_to_svg(spec)
        case "png":
            return png_of(_vl_convert().vegalite_to_svg(spec))
        case "json":
            text = json.dumps(spec)
        case _:
            text = _PAGE.format(title=html.escape(_title(spec)), spec=as_json(spec), program=program())
    return text.encode()


def png_of(svg: str) -> bytes:
    """An SVG of ours as PNG, two pixels a point."""
    png: bytes = _vl_convert().svg_to_png(svg, scale=2)
    return png


def specification(chart: Any) -> dict[str, Any]:
    """The Vega-Lite of a chart, data inside."""
    spec: dict[str, Any] = chart.to_dict()
    return spec


def _title(spec: dict[str, Any]) -> str:
    title = spec.get("title", "")
    return str(title.get("text", "") if isinstance(title, dict) else title)


def as_json(spec: dict[str, Any]) -> str:
    """JSON that is safe inside a ``<script>`` element: no ``<`` can occur in it."""
    text = json.dumps(spec, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


@cache
def program() -> str:
    """The script that draws: Vega, Vega-Lite, vega-embed and ``draw.js`` in one; it starts on every ``[data-figure]``.

    ``data-figure`` is the id of a ``<script type="application/json">`` with the specification.
    """
    draw = resources.files("softgate.figures").joinpath("draw.js").read_text(encoding="utf-8")
    bundle: str = _vl_convert().javascript_bundle(draw.replace("OPTIONS", json.dumps(_OPTIONS)))
    return bundle.replace("</script", "<\\/script").replace("<!--", "<\\!--")


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body {{ font: 15px system-ui, sans-serif; margin: 16px; }}
#vg-tooltip-element {{ position: fixed; visibility: hidden;
padding: 6px 8px; border: 1px solid #ccc; background: white; font-size: 12px; pointer-events: none; z-index: 1; }}
#vg-tooltip-element.visible {{ visibility: visible; }}</style></head>
<body><div data-figure="figure" style="overflow-x: auto"></div>
<script type="application/json" id="figure">{spec}</script>
<script type="module">{program}</script></body></html>
"""
