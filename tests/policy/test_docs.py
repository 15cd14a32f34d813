"""The pages of docs/: their Python runs, their commands and links exist, and the generated one is up to date."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from policy.snippets import PAGES, blocks, broken_links, read, unsourced, wrong_commands
from policy.sources import ROOT

DOCS = PAGES[1:]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch's compiler, of torch itself
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.stem)
def test_blocks_run_one_after_the_other(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page from its top to its bottom, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": path.stem}
    for block in blocks(read(path), path.name):
        block.run(names)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_what_is_named_is_there(path: Path) -> None:
    text = read(path)
    problems = [*wrong_commands(text), *broken_links(text, path.parent), *unsourced(text)]
    assert not problems, "\n".join([path.name, *problems])


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.stem)
def test_the_readme_links_every_page(path: Path) -> None:
    assert f"(docs/{path.name})" in read(PAGES[0])


def test_the_page_of_cells_is_up_to_date() -> None:
    made = runpy.run_path(str(ROOT / "scripts" / "cells_page.py"))["page"]()
    assert made == read(ROOT / "docs" / "cells.md"), "the library has changed: run `make docs`"


# Tests of the test


def test_wrong_commands_are_seen() -> None:
    text = (
        "# T\n\n```sh\nsoftgate bench --targets  # --no such thing\nX=1 softgate cells --latx lstm\nsoftgate fly\n```\n"
    )
    assert list(wrong_commands(text)) == [
        "line 5: softgate cells has no option --latx",
        "line 6: there is no command 'fly'",
    ]


def test_broken_links_are_seen(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# A title: here\n")
    text = (
        "# Top\n[a](there.md#a-title-here) [b](there.md#gone) [c](gone.md) [d](https://example.org) [e](#top) [f](#no)"
    )
    assert [problem.partition(":")[0] for problem in broken_links(text, tmp_path)] == [
        "there.md#gone",
        "gone.md",
        "#no",
    ]
