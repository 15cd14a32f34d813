"""``sg.LSTM``: torch.nn.LSTM, with the gates open, and any other cell in its place."""

from __future__ import annotations

from typing import Any

import torch

from softgate import cells
from softgate.equations import Cell
from softgate.layers.base import Layer
from softgate.layers.construct import in_place_of
from softgate.layers.parameters import ForgetBias

# By a name of our own, because people put ours in the place of torch.nn.LSTM.
TorchLSTM = torch.nn.LSTM


class LSTM(Layer, TorchLSTM):
    """A drop-in for torch.nn.LSTM: the same arguments, parameters, initial values, outputs and errors.

    Args:
        input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, proj_size, device, dtype: as for
            torch.nn.LSTM.
        cell: another cell with two states, or its name. States and weights are then as in :class:`softgate.Recurrent`.
        forget_bias: a number, the bias that the forget gate starts with (bias_ih has it, bias_hh is zero there); or
            ``"chrono"``, or ``("chrono", T_max)``: biases drawn for dependencies of up to T_max steps
            (Tallec and Ollivier, 2018, Can recurrent neural networks warp time?, section 3).

    ``forward(input, hx=None, *, reset=None)``: ``reset`` is a bool mask, [T, B] ([B, T] with batch_first, [T]
    unbatched): where it is true a new sequence begins at this step, and no state crosses the border.
    """

    softgate_kind = TorchLSTM

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
        *,
        cell: Cell | str | None = None,
        forget_bias: ForgetBias = None,
    ) -> None:
        standard = cells.lstm()
        options = (input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, proj_size)
        self._begin(in_place_of(cell, standard, "LSTM"), standard, forget_bias)
        self._construct(TorchLSTM, options, device, dtype)
