"""The minimal LSTM: gates that see the input only."""

from __future__ import annotations

from typing import Any

from softgate.activations import sigmoid, softplus
from softgate.cells._factory import factory
from softgate.equations import Cell, Source, cell

__all__ = ["minlstm"]

SOURCE = Source(
    "L. Feng, F. Tung, M. O. Ahmed, Y. Bengio, H. Hajimirsadeghi", "Were RNNs All We Needed?", 2024, "arXiv:2410.01201"
)


@factory
def minlstm() -> Cell:
    """f and i share 1; nothing depends on h but h itself, so there are no hidden weights; gates f i g."""

    @cell(gates="f i g", state="h", source=SOURCE, note="no hidden weights; f + i = 1; g linear")
    def minlstm(z: Any, prev: Any) -> dict[str, Any]:
        # sigmoid(a) / (sigmoid(a) + sigmoid(b)), in the form that is not 0 / 0 where both are shut.
        gap = softplus(-z.i.x) - softplus(-z.f.x)
        f, i, g = sigmoid(gap), sigmoid(-gap), z.g.x
        return {"f": f, "i": i, "g": g, "h": f * prev.h + i * g}

    return minlstm
