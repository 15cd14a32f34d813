"""The minimal gated unit."""

from __future__ import annotations

from typing import Any

from softgate.activations import sigmoid, tanh
from softgate.cells._factory import factory
from softgate.equations import Cell, Source, cell

__all__ = ["mgu"]

SOURCE = Source(
    "G.-B. Zhou, J. Wu, C.-L. Zhang, Z.-H. Zhou",
    "Minimal Gated Unit for Recurrent Neural Networks",
    2016,
    "International Journal of Automation and Computing 13(3), 226-234",
)


@factory
def mgu() -> Cell:
    """A GRU with one gate, which resets and updates; gates f g. The gate acts after the product, as in torch's GRU."""

    @cell(gates="f g", state="h", source=SOURCE, note="a GRU with one gate, to reset and to write")
    def mgu(z: Any, prev: Any) -> dict[str, Any]:
        f = sigmoid(z.f)
        g = tanh(z.g.x + f * z.g.h)
        return {"f": f, "g": g, "h": (1.0 - f) * prev.h + f * g}

    return mgu
