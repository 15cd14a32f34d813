"""Puts what was seen into a folder: a page with interactive figures, and each figure as SVG and PNG."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from softgate.errors import SoftgateError
from softgate.figures.save import png_of, rendered
from softgate.look.pictures import Picture
from softgate.report import Report, to_html
from softgate.train.folder import write_atomically

PAGE = "index.html"


class FolderError(SoftgateError, OSError):
    """The folder for the figures cannot be made or written."""


def write(report: Report, pictures: Sequence[Picture], out: Path, say: Callable[[str], None] = lambda _: None) -> Path:
    """Write the files, each whole or not at all; the page comes last. What else is in the folder stays.

    Returns:
        The path of the page.

    Raises:
        FolderError: the folder cannot be made, or a file in it not be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        for picture in pictures:
            say(picture.stem)
            svg = rendered(picture.chart, "svg")
            write_atomically(out / f"{picture.stem}.svg", svg)
            write_atomically(out / f"{picture.stem}.png", png_of(svg.decode()))
        page = out / PAGE
        write_atomically(page, to_html(report).encode("utf-8", "replace"))
    except OSError as error:
        raise FolderError(
            f"{out}: expected a folder that exists or can be made, and written: {error.strerror or error}"
        ) from None
    return page
