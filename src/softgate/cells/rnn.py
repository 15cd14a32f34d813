"""The simple recurrent network, in torch's form."""

from __future__ import annotations

from typing import Any

from softgate.cells._factory import Squashed, factory
from softgate.equations import Cell, Source, cell

__all__ = ["rnn", "rnn_relu", "rnn_tanh"]

SOURCE = Source("J. L. Elman", "Finding Structure in Time", 1990, "Cognitive Science 14(2), 179-211")


@factory
def rnn(nonlinearity: Squashed = "tanh") -> Cell:
    """No gates: one pre-activation a, squashed."""

    @cell(gates="a", state="h", source=SOURCE, note=f"no gates: h = {nonlinearity}(W x + U h + b)")
    def rnn(z: Any, prev: Any) -> dict[str, Any]:
        return {"h": nonlinearity(z.a)}  # type: ignore[operator]

    return rnn


@factory
def rnn_tanh() -> Cell:
    """torch.nn.RNN with its default nonlinearity."""
    return rnn("tanh")


@factory
def rnn_relu() -> Cell:
    """torch.nn.RNN with nonlinearity="relu"."""
    return rnn("relu")
