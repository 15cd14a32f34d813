"""The scalar LSTM of xLSTM: exponential gates, kept in range by two more states."""

from __future__ import annotations

from typing import Any

from softgate.activations import Activation, exp, maximum, sigmoid, softplus, tanh, where
from softgate.cells._factory import Squashed, factory
from softgate.equations import Cell, Source, cell
from softgate.errors import UnknownNameError

__all__ = ["slstm"]

SOURCE = Source(
    "M. Beck, K. Poeppel, M. Spanring, A. Auer, O. Prudnikova, M. Kopp, G. Klambauer, J. Brandstetter, S. Hochreiter",
    "xLSTM: Extended Long Short-Term Memory",
    2024,
    "NeurIPS 2024",
)


@factory
def slstm(forget_gate: Squashed = "sigmoid") -> Cell:
    """n normalises c, m is the logarithm by which both are scaled; gates i f g o, one head (dense hidden weights).

    Args:
        forget_gate: ``"sigmoid"`` or ``"exp"``, the two of the publication.
    """
    assert isinstance(forget_gate, Activation)
    if forget_gate.name not in ("sigmoid", "exp"):
        raise UnknownNameError("forget gate of slstm", forget_gate.name, ("sigmoid", "exp"))

    @cell(gates="i f g o", state="h c n m", source=SOURCE, note="i = exp; n normalises, m is the log scale")
    def slstm(z: Any, prev: Any) -> dict[str, Any]:
        kept = prev.m + z.f if forget_gate.name == "exp" else prev.m - softplus(-z.f)
        # n = 0: nothing is stored yet, and the first input sets the scale. So n >= 1 ever after, and c / n is safe.
        empty = prev.n <= 0.0
        m = where(empty, z.i, maximum(kept, z.i))
        i, f = exp(z.i - m), exp(where(empty, 0.0, kept - m))
        g, o = tanh(z.g), sigmoid(z.o)
        c, n = f * prev.c + i * g, f * prev.n + i
        return {"m": m, "i": i, "f": f, "g": g, "o": o, "c": c, "n": n, "h": o * (c / n)}

    return slstm
