"""The interactive figures of a training report, if there is something that draws them."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np

from softgate import figures
from softgate.figures.save import specification
from softgate.report import blocks as b
from softgate.report.findings import Findings

__all__ = ["interactive"]

CELLS = 4
STEPS = 300


def interactive(found: Findings) -> list[b.Block]:
    """Signals of the first cells over the passage, and saturation unit by unit; a note, without the extra `plots`."""
    if find_spec("altair") is None or find_spec("vl_convert") is None:
        return [b.Note("With pip install 'softgate[plots]' this report has interactive figures of its signals here.")]
    cells, names = found.passage.cells[:CELLS], found.passage.signals
    drawn: list[b.Block] = [b.Heading("The same, to zoom into")]
    if cells:
        values = {
            name: np.array([cell.signals[k] for cell in cells]).T[:, None]  # [T, 1, cells]
            for k, name in enumerate(names)
        }
        chart = figures.signals(
            values,
            names,
            range(len(cells)),
            called=[cell.name for cell in cells],
            steps=slice(STEPS),
            labels=found.passage.text,
        )
        caption = (
            f"Of {found.passage.source}, the first {min(STEPS, len(found.passage.text))}. Drag to move, scroll to zoom."
        )
        drawn.append(b.Drawn("Signals over time.", caption, specification(chart)))
    gates = {f"l{part.layer}.{part.gate}": part for part in found.tracking.saturation}
    if gates:
        caption = "Point at a unit to see which it is. Top left: open at all steps; bottom right: shut at all steps."
        drawn.append(b.Drawn("How hard the gates are.", caption, specification(figures.saturation(gates))))
    return drawn
