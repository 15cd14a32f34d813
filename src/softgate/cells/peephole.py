"""The LSTM whose gates see the cell."""

from __future__ import annotations

from softgate.cells._factory import factory
from softgate.cells.lstm import lstm
from softgate.equations import Cell, Source

__all__ = ["peephole"]

SOURCE = Source(
    "F. A. Gers, N. N. Schraudolph, J. Schmidhuber",
    "Learning Precise Timing with LSTM Recurrent Networks",
    2002,
    "Journal of Machine Learning Research 3, 115-143",
)


@factory
def peephole() -> Cell:
    """A weight a unit from the cell to its gates: i and f see the old cell, o the new one; gates i f g o."""
    note = "gates see c: i and f the old, o the new"
    return lstm(peephole=True).with_name("peephole", source=SOURCE, note=note)
