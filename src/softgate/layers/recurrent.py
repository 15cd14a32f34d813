"""``sg.Recurrent``: a layer of any cell."""

from __future__ import annotations

from typing import Any

import torch

from softgate.equations import Cell
from softgate.layers.base import Layer
from softgate.layers.construct import as_cell
from softgate.layers.parameters import ForgetBias


class Recurrent(Layer, torch.nn.RNNBase):
    """Layers and directions of a cell, called like torch.nn.LSTM.

    Parameters, for layer k (suffix ``_reverse`` for the other direction), with G the gates that see the input or the
    hidden state, and P = proj_size or H: ``weight_ih_l<k>`` [G H, I], ``weight_hh_l<k>`` [G H, P], ``bias_ih_l<k>`` and
    ``bias_hh_l<k>`` [G H], ``weight_hr_l<k>`` [P, H], ``weight_fb_l<k>`` [F H, F H] for F states that are fed back, and
    ``<name>_l<k>`` [H] for each weight a unit that the cell declares. What a cell does not use is not there.

    Returns ``(y, h_n)`` for cells with one state, ``(y, (h_n, c_n, ...))`` in declared order otherwise.

    Args:
        cell: the cell, or the name of one: ``sg.cells.names()``.
        others: as in :class:`softgate.LSTM`.
    """

    def __init__(
        self,
        cell: Cell | str,
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
        forget_bias: ForgetBias = None,
    ) -> None:
        options = (input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, proj_size)
        self._begin(as_cell(cell, f"sg.Recurrent({{}}, {input_size}, {hidden_size})"), None, forget_bias)
        self._construct(torch.nn.RNNBase, options, device, dtype)
