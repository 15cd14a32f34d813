"""``sg.RNN``: torch.nn.RNN, opened."""

from __future__ import annotations

from typing import Any

import torch

from softgate import cells
from softgate.equations import Cell
from softgate.errors import CellDefinitionError
from softgate.layers.base import Layer
from softgate.layers.construct import in_place_of

# By a name of our own, because people put ours in the place of torch.nn.RNN.
TorchRNN = torch.nn.RNN


class RNN(Layer, TorchRNN):
    """A drop-in for torch.nn.RNN; ``cell`` and ``reset`` as in :class:`softgate.LSTM`.

    Args:
        nonlinearity: ``"tanh"`` or ``"relu"``; for any other, ``cell=sg.cells.rnn(nonlinearity)``.
    """

    softgate_kind = TorchRNN

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        cell: Cell | str | None = None,
        **others: Any,
    ) -> None:
        if cell is not None and nonlinearity != "tanh":
            raise CellDefinitionError(
                f"RNN: cell= has its own equations, so nonlinearity={nonlinearity!r} would mean nothing; leave one "
                "out, or write sg.Recurrent(cell, input_size, hidden_size)"
            )
        standard = cells.rnn("relu" if nonlinearity == "relu" else "tanh")
        options = (input_size, hidden_size, num_layers, nonlinearity, bias, batch_first, dropout, bidirectional)
        self._begin(in_place_of(cell, standard, "RNN"), standard)
        self._construct(TorchRNN, options, device, dtype, **others)
