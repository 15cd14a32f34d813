"""The README's Python runs, and starts early."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from policy.sources import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Block:
    """A fenced block of Python: the line of the fence, from 1, and what is inside."""

    line: int
    code: str

    def run(self, names: dict[str, Any]) -> None:
        """Run it so that a traceback points into the README."""
        exec(compile("\n" * self.line + self.code, "README.md", "exec"), names)


def blocks(text: str) -> list[Block]:
    fences = re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [Block(text.count("\n", 0, fence.start()) + 1, fence[1]) for fence in fences]


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
    for number, line in enumerate(README.splitlines(), 1):
        if re.search(r"\d(\.\d+)? ?(x|times)\b", line):
            assert re.search(r"\(row `[\w./-]+`\)", line), (
                f"README.md, line {number}: name the row, as in (row `train/h256`)"
            )


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
