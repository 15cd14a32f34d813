"""Fenced blocks of a page: Python that is run, and command lines that are held against the commands there are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer.main

from policy.sources import ROOT

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))


@dataclass(frozen=True)
class Block:
    """A fenced block: the line of the fence, from 1, what is inside, and the page it is from."""

    line: int
    code: str
    page: str = "README.md"

    def run(self, names: dict[str, Any]) -> None:
        """Run it so that a traceback points into the page."""
        exec(compile("\n" * self.line + self.code, self.page, "exec"), names)


def blocks(text: str, page: str = "README.md", language: str = "python") -> list[Block]:
    """The blocks in a language, in the order of the page."""
    fences = re.finditer(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [Block(text.count("\n", 0, fence.start()) + 1, fence[1], page) for fence in fences]


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def unsourced(text: str) -> Iterator[str]:
    """Lines with a factor of speed that do not name the row of the ledger it is from."""
    for number, line in enumerate(text.splitlines(), 1):
        if re.search(r"\d(\.\d+)? ?(x|times)\b", line) and not re.search(r"\(row `[\w./-]+`\)", line):
            yield f"line {number}: name the row, as in (row `train/h256`)"


def wrong_commands(text: str) -> Iterator[str]:
    """Calls of `softgate` in shell blocks that name a command or an option that is not there."""
    from softgate.cli import app

    group: Any = typer.main.get_command(app)
    for block in blocks(text, language="sh"):
        for number, line in enumerate(block.code.splitlines(), block.line + 1):
            call = re.search(r"(?:^|\s)softgate((?: +[^\s#]+)*)", line.partition("#")[0])
            if call is None:
                continue
            name, *words = [*call[1].split(), ""]
            command = group if name.startswith("-") else group.commands.get(name)
            if command is None:
                yield f"line {number}: there is no command {name!r}"
                continue
            if words[0] in getattr(command, "commands", {}):  # a group: `softgate zoo show`
                command = command.commands[words[0]]
            known = {option for p in command.params for option in p.opts} | {"-h", "--help"}
            for word in [name, *words]:
                option = word.partition("=")[0]
                if option.startswith("-") and option not in known:
                    yield f"line {number}: softgate {name} has no option {option}"


def broken_links(text: str, folder: Path) -> Iterator[str]:
    """Relative links to files or headings that are not there."""
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", prose(text))):
        if re.match(r"[a-z]+:", target):
            continue
        place, _, heading = target.partition("#")
        there = read(folder / place) if place and (folder / place).is_file() else text
        if place and not (folder / place).exists():
            yield f"{target}: there is no such file"
        elif heading and heading not in anchors(there):
            yield f"{target}: there is no such heading"


def prose(text: str) -> str:
    """The page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(text: str) -> set[str]:
    """The headings of a page as links name them."""
    titles = re.findall(r"^#+ (.*)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
