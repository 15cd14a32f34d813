"""Keras's LSTM, GRU and SimpleRNN as softgate layers: activations by name, kernels turned to torch's order.

Keras keeps kernels as [I, G H], with gates i f c o and z r h; one bias, or two rows of it for a GRU with
``reset_after``. What only acts in training (dropout, regularizers, initializers, ``unit_forget_bias``) is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from softgate import cells
from softgate.equations import Cell
from softgate.errors import InterchangeError
from softgate.interchange.onnx_cells import Operator
from softgate.interchange.squashes import from_keras
from softgate.interchange.weights import Arrays

KINDS = ("LSTM", "GRU", "SimpleRNN")
_GATES = {"LSTM": "ifgo", "GRU": "zrn", "SimpleRNN": "a"}


def operator(kind: str, config: Mapping[str, Any], where: str) -> tuple[Operator, Cell]:
    """What a layer's configuration says that it computes."""
    squash = from_keras(config.get("activation", "tanh"), f"{where}, activation")
    if kind == "SimpleRNN":
        return Operator("RNN", (squash,)), cells.rnn(squash)
    gate = from_keras(config.get("recurrent_activation", "sigmoid"), f"{where}, recurrent_activation")
    if kind == "LSTM":
        return Operator("LSTM", (gate, squash, squash)), cells.lstm(gate, gate, gate, squash, squash)
    linear = bool(config.get("reset_after", True))
    found = Operator("GRU", (gate, squash), linear_before_reset=linear)
    return found, found.cell()


def arrays(kind: str, cell: Cell, config: Mapping[str, Any], found: Sequence[Tensor], where: str) -> Arrays:
    """The arrays of one direction under torch's names.

    Raises:
        InterchangeError: not the arrays, or not the shapes, that the configuration asks for.
    """
    H, bias = config.get("units"), bool(config.get("use_bias", True))
    G = len(_GATES[kind])
    if len(found) != 2 + bias:
        raise InterchangeError(f"{where}: {2 + bias} arrays were expected, and there are {len(found)}")
    kernel, recurrent = found[:2]
    if not isinstance(H, int) or kernel.dim() != 2 or kernel.shape[1] != G * H or recurrent.shape != (H, G * H):
        shapes = f"{list(kernel.shape)} and {list(recurrent.shape)}"
        raise InterchangeError(f"{where}: with units={H!r} kernels must be [I, {G} H] and [H, {G} H], got {shapes}")
    rows = {"weight_ih": _ours(kernel.T, kind, cell), "weight_hh": _ours(recurrent.T, kind, cell)}
    if bias:
        two = kind == "GRU" and bool(config.get("reset_after", True))
        if found[2].shape != ((2, G * H) if two else (G * H,)):
            raise InterchangeError(f"{where}: bias has the shape {list(found[2].shape)}")
        ih, hh = found[2] if two else (found[2], torch.zeros_like(found[2]))
        rows |= {"bias_ih": _ours(ih, kind, cell), "bias_hh": _ours(hh, kind, cell)}
    return rows


def _ours(rows: Tensor, kind: str, cell: Cell) -> Tensor:
    blocks = dict(zip(_GATES[kind], rows.chunk(len(_GATES[kind])), strict=True))
    return torch.cat([blocks[g] for g in cell.gates])
