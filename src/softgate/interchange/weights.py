"""From arrays of a file to a layer: sizes are read off shapes, and each shape is held against the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from softgate import cells
from softgate.equations import Cell
from softgate.errors import InterchangeError
from softgate.interchange.turned import Backwards
from softgate.layers import GRU, LSTM, RNN, Layer, Recurrent

Arrays = Mapping[str, Tensor]
"""The parameters of one layer and direction, named without their suffix: ``{"weight_ih": [G H, I], ...}``."""

_FLOATS = (torch.float32, torch.float64, torch.float16, torch.bfloat16)


def build(cell: Cell, directions: Sequence[Sequence[Arrays]], reverse: bool, where: str, **options: Any) -> Layer:
    """A layer with the weights given.

    Args:
        cell: the equations.
        directions: for each layer, the arrays of each of its directions.
        reverse: one direction only, and that from the last step to the first.
        where: the file's own name for it, for errors.
        options: ``batch_first``, ``dropout``.

    Raises:
        InterchangeError: shapes or dtypes do not fit the cell or each other.
    """
    first = directions[0][0]
    matrix = first["weight_ih"]
    if matrix.dim() != 2 or matrix.dtype not in _FLOATS:
        raise InterchangeError(
            f"{where}: input weights must be a matrix of floats, got {matrix.dtype} {list(matrix.shape)}"
        )
    rows, G = matrix.shape[0], len(cell.x_gates)
    if rows == 0 or rows % G:
        raise InterchangeError(f"{where}: {rows} rows of input weights are not a multiple of the cell's {G} gates")
    H, I = rows // G, matrix.shape[1]  # noqa: E741
    if I == 0:
        raise InterchangeError(f"{where}: the input weights {list(matrix.shape)} say that there is no input")
    made = _empty(cell, I, H, len(directions), len(directions[0]) == 2, reverse, "bias_ih" in first, options, matrix)
    state: dict[str, Tensor] = {}
    for k, ways in enumerate(directions):
        for arrays, end in zip(ways, ("", "_reverse"), strict=False):
            state |= {f"{name}_l{k}{end}": value for name, value in arrays.items()}
    load_exactly(made, state, where)
    return made


def _empty(
    cell: Cell, I: int, H: int, layers: int, two: bool, reverse: bool, bias: bool, options: Any, like: Tensor  # noqa: E741
) -> Layer:  # fmt: skip
    arguments: dict[str, Any] = {"num_layers": layers, "bias": bias, "bidirectional": two, "dtype": like.dtype}
    arguments |= {"device": like.device, **options}
    if reverse:
        return Backwards(cell, I, H, **arguments)
    for own, kind in ((cells.lstm(), LSTM), (cells.gru(), GRU), (cells.rnn(), RNN)):
        if cell.key == own.key:
            return kind(I, H, **arguments)
    if cell.key == cells.rnn("relu").key:
        return RNN(I, H, nonlinearity="relu", **arguments)
    return Recurrent(cell, I, H, **arguments)


@torch.no_grad()
def load_exactly(module: torch.nn.Module, state: Arrays, where: str) -> None:
    """Copies every parameter and buffer from ``state``, which must have these and no others, each in its shape.

    Raises:
        InterchangeError: naming the array.
    """
    wanted = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    for name in [*wanted, *state]:
        if name not in state or name not in wanted:
            raise InterchangeError(f"{where}: {name} is {'missing' if name in wanted else 'one too many'}")
        if wanted[name].shape != state[name].shape:
            raise InterchangeError(f"{where}: {name} must be {list(wanted[name].shape)}, got {list(state[name].shape)}")
        if wanted[name].dtype != state[name].dtype:
            raise InterchangeError(f"{where}: {name} is {state[name].dtype}, and another one {wanted[name].dtype}")
        wanted[name].copy_(state[name])
