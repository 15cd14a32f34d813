"""The README's Python runs, and starts early."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from policy.snippets import Block, blocks, read, unsourced
from policy.sources import ROOT

README = read(ROOT / "README.md")

# Public names that the README shows and that are still to come. The test below fails as soon as one has come.
AWAITED: set[str] = set()


@pytest.mark.xfail(bool(AWAITED), reason=f"not public yet: {AWAITED}", raises=AttributeError, strict=True)
def test_blocks_run_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "readme"}
    for block in blocks(README):
        block.run(names)


def test_first_block_begins_before_line_25() -> None:
    assert blocks(README)[0].line < 25


def test_a_number_names_its_row() -> None:
    """A factor of speed stands in a line that names the row of the ledger it is from."""
    problems = list(unsourced(README))
    assert not problems, f"README.md: {problems}"


# Tests of the test


def test_blocks_are_found_with_their_lines() -> None:
    found = blocks("# Title\n\n```python\nx = 1\n```\n\n```sh\nmake\n```\n\n```python\ny = x\n```\n")
    assert found == [Block(3, "x = 1\n"), Block(11, "y = x\n")]


def test_a_failure_points_into_the_readme() -> None:
    (block,) = blocks("# Title\n\n```python\nx = 1\nx.nothing\n```\n")
    with pytest.raises(AttributeError) as caught:
        block.run({})
    place = caught.traceback[-1]
    assert (Path(place.path).name, place.lineno + 1) == ("README.md", 5)


def test_a_number_without_a_row_is_seen() -> None:
    assert list(unsourced("about 3 times as fast\n2.5x (row `train/h256`)\n")) == [
        "line 1: name the row, as in (row `train/h256`)"
    ]
