"""Writes docs/cells.md from the library: `make docs`. A test compares the page with what `page()` gives.

Equations are the cell's own; nothing on the page is written by hand but its head.
"""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

from softgate import cells, latex
from softgate.equations import Cell

PLACE = Path(__file__).resolve().parents[1] / "docs" / "cells.md"

HEAD = """\
# The cells of the library

This page is made from the equations by `make docs`; a change belongs into `src/softgate/cells/`. In a terminal,
`softgate cells NAME` shows the same and the gradient derived from it, `softgate cells NAME --explain` every step on the
way to a kernel.

$x_t$ is the input of a step, $h_{t-1}$ the output of the step before; $\\odot$ multiplies unit by unit, $\\sigma$ is
the sigmoid. $z^{(i)}$ is gate $i$ before its activation; $z^{(n, x)}$ and $z^{(n, h)}$ are the two parts of a gate
where they are used apart. Where they are summed, $b$ is the sum of `bias_ih` and `bias_hh`. Gates are listed in the
order in which their weights are stacked.
"""


def page() -> str:
    """The whole page."""
    made = {name: cells.get(name) for name in cells.names()}
    first: dict[str, str] = {}
    sections = [_section(name, cell, first.setdefault(cell.key, name)) for name, cell in made.items()]
    return "\n".join([HEAD, *_table(made), "", *sections]).rstrip() + "\n"


def _table(made: dict[str, Cell]) -> list[str]:
    rows = [
        f"| [{name}](#{name}) | {_words(cell.gates)} | {_words(cell.states)} | {_year(cell)} | {cell.note} |"
        for name, cell in made.items()
    ]
    return ["| cell | gates | state | year | what differs |", "|---|---|---|---|---|", *rows]


def _section(name: str, cell: Cell, same: str) -> str:
    options = ", ".join(f"`{n}={default!r}`" for n, default in cells.options(name).items())
    facts = [
        f"* what differs: {cell.note}",
        f"* source: {cell.source}",
        f"* gates: {_words(cell.gates)}; state: {_words(cell.states)}",
        f"* parameters: {', '.join(_parameters(cell))}",
        *([f"* options: {options}"] if options else []),
    ]
    if same != name:
        equations = f"The equations are those of [{same}](#{same}).\n"
    else:
        # GitHub refuses \operatorname.
        formulas = latex.equations(cell).replace(r"\operatorname{", r"\mathrm{")
        equations = "\n".join(["```text", *cell.text.splitlines()[1:], "```", "", "$$", formulas, "$$", ""])
    return "\n".join([f"## {name}", "", *map(_wrapped, facts), "", equations])


def _wrapped(line: str) -> str:
    return textwrap.fill(line, 120, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def _parameters(cell: Cell) -> list[str]:
    """Names and shapes for the first layer, as in :class:`softgate.Recurrent`."""
    matrices = [("weight_ih", cell.x_gates, "I"), ("weight_hh", cell.h_gates, "H")]
    rows = [f"`{name}_l0` [{_times(gates)}H, {width}]" for name, gates, width in matrices if gates]
    rows += [f"`{name.replace('weight', 'bias')}_l0` [{_times(gates)}H]" for name, gates, _ in matrices if gates]
    if cell.feedback:
        rows.append(f"`weight_fb_l0` [{_times(cell.feedback)}H, {_times(cell.feedback)}H]")
    return rows + [f"`{name}_l0` [H]" for name in cell.weights]


def _times(names: tuple[str, ...]) -> str:
    return str(len(names)) if len(names) > 1 else ""


def _words(names: tuple[str, ...]) -> str:
    return " ".join(names)


def _year(cell: Cell) -> str:
    return str(cell.source.year) if cell.source else ""


if __name__ == "__main__":
    PLACE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"wrote {PLACE}\n")
