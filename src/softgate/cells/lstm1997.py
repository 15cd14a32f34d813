"""The first LSTM."""

from __future__ import annotations

from softgate.activations import scaled_sigmoid
from softgate.cells._factory import factory
from softgate.cells.lstm import lstm
from softgate.equations import Cell, Source

__all__ = ["lstm1997"]

SOURCE = Source("S. Hochreiter, J. Schmidhuber", "Long Short-Term Memory", 1997, "Neural Computation 9(8), 1735-1780")


@factory
def lstm1997() -> Cell:
    """No forget gate; candidate in (-2, 2) and readout in (-1, 1), both scaled sigmoids; gates i g o."""
    candidate = scaled_sigmoid.with_parameters(scale=4.0, offset=-2.0)
    readout = scaled_sigmoid.with_parameters(scale=2.0, offset=-1.0)
    made = lstm(forget_gate=None, candidate=candidate, readout=readout)
    return made.with_name("lstm1997", source=SOURCE, note="no f; g and readout are scaled sigmoids")
