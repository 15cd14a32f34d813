"""``sg.GRU``: torch.nn.GRU, with the gates open."""

from __future__ import annotations

from typing import Any

import torch

from softgate import cells
from softgate.equations import Cell
from softgate.layers.base import Layer
from softgate.layers.construct import in_place_of

# By a name of our own, because people put ours in the place of torch.nn.GRU.
TorchGRU = torch.nn.GRU


class GRU(Layer, TorchGRU):
    """A drop-in for torch.nn.GRU; ``cell`` and ``reset`` as in :class:`softgate.LSTM`."""

    softgate_kind = TorchGRU

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
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
        standard = cells.gru()
        options = (input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional)
        self._begin(in_place_of(cell, standard, "GRU"), standard)
        self._construct(TorchGRU, options, device, dtype, **others)
