"""The LSTM with coupled input and forget gate."""

from __future__ import annotations

from softgate.cells._factory import factory
from softgate.cells.lstm import lstm
from softgate.equations import Cell, Source

__all__ = ["cifg"]

SOURCE = Source(
    "K. Greff, R. K. Srivastava, J. Koutnik, B. R. Steunebrink, J. Schmidhuber",
    "LSTM: A Search Space Odyssey",
    2017,
    "IEEE Transactions on Neural Networks and Learning Systems 28(10), 2222-2232",
)


@factory
def cifg(peephole: bool = False) -> Cell:
    """f = 1 - i: what is written is forgotten to the same extent; gates i g o. The study's own has peepholes."""
    made = lstm(coupled=True, peephole=peephole)
    return made.with_name("cifg", source=SOURCE, note="coupled: f = 1 - i")
