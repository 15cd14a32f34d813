"""Puts the pages into a folder: the list, the page for beginners, the matrix, and one page a claim."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from softgate.errors import SoftgateError
from softgate.report import Report, to_html
from softgate.train.folder import write_atomically
from softgate.why.beginning import beginning_page
from softgate.why.index import index_page
from softgate.why.matrix import matrix_page
from softgate.why.page import claim_page
from softgate.why.results import Results

__all__ = ["PagesError", "write_page", "write_pages"]


class PagesError(SoftgateError, OSError):
    """The folder for the pages cannot be made or written."""


def write_pages(results: Results, folder: Path | str, say: Callable[[str], None] = lambda _: None) -> list[Path]:
    """Write all pages.

    Args:
        results: what they tell of.
        folder: where they go; files of the same names are replaced, what else is there stays.
        say: called with the name of each page.

    Returns:
        The paths, the list of claims first.

    Raises:
        PagesError: the folder cannot be made or written.
        MissingExtraError: without the extra ``plots``.
    """
    _made(Path(folder))  # to judge all claims takes a minute: who waits that long wants no error at its end
    pages: list[tuple[str, Callable[[], Report]]] = [
        ("index", lambda: index_page(results.all)),
        ("beginning", lambda: beginning_page(results.all)),
        ("matrix", lambda: matrix_page(results)),
        *((j.claim.slug, lambda j=j: claim_page(j)) for j in results.all),
    ]
    written = []
    for name, make in pages:
        written.append(write_page(make(), Path(folder) / f"{name}.html"))
        say(f"{name}.html")
    return written


def write_page(report: Report, path: Path) -> Path:
    """Write one page.

    Raises:
        PagesError: its folder cannot be made or written.
    """
    _made(path.parent)
    try:
        write_atomically(path, to_html(report).encode("utf-8", "replace"))
    except OSError as error:
        raise PagesError(f"{path}: cannot be written: {error.strerror or error}") from None
    return path


def _made(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise PagesError(f"{folder}: expected a folder that exists or can be made; this is a file")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PagesError(f"{folder}: expected a folder that exists or can be made: {error.strerror or error}") from None
