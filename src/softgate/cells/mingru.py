"""The minimal GRU: a gate that sees the input only."""

from __future__ import annotations

from typing import Any

from softgate.activations import sigmoid
from softgate.cells._factory import factory
from softgate.cells.minlstm import SOURCE
from softgate.equations import Cell, cell

__all__ = ["mingru"]


@factory
def mingru() -> Cell:
    """A leaky integrator whose leak is a gate; no hidden weights; gates z n."""

    @cell(gates="z n", state="h", source=SOURCE, note="no hidden weights; z writes; n linear")
    def mingru(z: Any, prev: Any) -> dict[str, Any]:
        write, n = sigmoid(z.z.x), z.n.x
        return {"z": write, "n": n, "h": (1.0 - write) * prev.h + write * n}

    return mingru
