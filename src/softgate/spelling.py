"""Cells as text and back: how a compiled or exported program names the cell that it runs.

The text has the cell's key and its equations with every activation written out, so a program that was exported in one
process runs in another that never saw the definition. A cell that this process knows by its key is used as it is.
"""

from __future__ import annotations

import json
from functools import lru_cache

from softgate import cells
from softgate.calculus import expand
from softgate.equations import Cell
from softgate.errors import CellDefinitionError
from softgate.symbols import Expr, const, node, sym, walk

_known: dict[str, Cell] = {}


def spell(cell: Cell) -> str:
    """The cell as one line of text; made once for each cell, and remembered by this process."""
    text: str | None = getattr(cell, "_spelled", None)
    if text is None:
        _known.setdefault(cell.key, cell)
        text = _write(cell)
        object.__setattr__(cell, "_spelled", text)
    return text


@lru_cache(maxsize=256)
def read(text: str) -> Cell:
    """The cell that :func:`spell` wrote: this process's own where it has one, else the library's, else from the text.

    Raises:
        CellDefinitionError: the text gives other equations than its key says.
    """
    key = json.loads(text)["key"]
    if key not in _known:
        for name in cells.names():
            _known.setdefault(cells.get(name).key, cells.get(name))
    if key not in _known:
        made = _rebuild(text)
        if made.key != key:
            raise CellDefinitionError(f"cell {made.name}: its text was changed, or written by another version")
        _known[key] = made
    return _known[key]


def _write(cell: Cell) -> str:
    roots = expand(cell.signals.values())
    nodes = list(walk(roots))
    number = {id(e): n for n, e in enumerate(nodes)}
    return json.dumps(
        {
            "key": cell.key,
            "name": cell.name,
            "gates": cell.gates,
            "states": cell.states,
            "weights": cell.weights,
            "feedback": cell.feedback,
            "given": dict(cell.given),
            "through": dict(cell.through),
            "nodes": [[e.op, e.attr, *(number[id(a)] for a in e.args)] for e in nodes],
            "signals": [[name, number[id(e)]] for name, e in zip(cell.signals, roots, strict=True)],
        },
        separators=(",", ":"),
    )


def _rebuild(text: str) -> Cell:
    found = json.loads(text)
    nodes: list[Expr] = []
    for op, attr, *args in found["nodes"]:
        leaf = {"const": const, "sym": sym}.get(op)
        nodes.append(leaf(attr) if leaf else node(op, *(nodes[n] for n in args), attr=attr))  # type: ignore[operator]
    signals = {name: nodes[n] for name, n in found["signals"]}
    gates, states, weights, feedback = (tuple(found[part]) for part in ("gates", "states", "weights", "feedback"))
    return Cell(
        found["name"], gates, states, signals, weights, feedback, given=found["given"], through=found.get("through", {})
    )
