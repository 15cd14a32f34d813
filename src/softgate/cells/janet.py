"""The LSTM with nothing but the forget gate."""

from __future__ import annotations

from typing import Any

from softgate.activations import sigmoid, tanh
from softgate.cells._factory import factory
from softgate.equations import Cell, Source, cell

__all__ = ["janet"]

SOURCE = Source(
    "J. van der Westhuizen, J. Lasenby", "The unreasonable effectiveness of the forget gate", 2018, "arXiv:1804.04849"
)


@factory
def janet(beta: float = 0.0) -> Cell:
    """One gate, no readout; gates f g.

    Args:
        beta: the input is let in by 1 - sigmoid(z.f - beta), so that for beta > 0 more is written than forgotten. The
            paper arrives at beta = 1 with biases of the forget gate that start at the log of the expected lags.
    """

    @cell(gates="f g", state="h c", source=SOURCE, note="forget gate only; i = 1 - f; h = c")
    def janet(z: Any, prev: Any) -> dict[str, Any]:
        f = sigmoid(z.f)
        i = sigmoid(beta - z.f) if beta else 1.0 - f
        g = tanh(z.g)
        c = f * prev.c + i * g
        return {"f": f, "i": i, "g": g, "c": c, "h": c}

    return janet
