"""A net of the laboratory: one recurrent layer of any cell, and a linear head."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from softgate.equations import Cell
from softgate.lab.initial import HEAD, HEAD_BIAS, Layout, Sizes, initial
from softgate.layers.construct import as_cell
from softgate.layers.parameters import ForgetBias
from softgate.layers.recurrent import Recurrent


class Net(nn.Module):
    """``net(x, state=None)``: x [T, B, I] to y [T, B, O] and the last state, as of :class:`softgate.Recurrent`.

    ``net.rnn`` is the recurrent layer, so its signals are "rnn.l0.f" ...; ``net.head`` a Linear. The first weights
    depend on the seed alone, and are the same for every cell with the same shapes.

    Args:
        cell: the cell, or the name of one.
        inputs, hidden_size, outputs: I, H and O.
        forget_bias: None, a number, or ``"chrono:LAG"`` (Tallec and Ollivier, 2018) for lags up to so many steps.
        seed: of the first weights.

    Raises:
        UnknownNameError: an unknown cell; a forget bias for a cell without a gate f.
        ShapeError: LAG is under 3.
    """

    def __init__(
        self,
        cell: Cell | str,
        inputs: int,
        hidden_size: int,
        outputs: int,
        *,
        forget_bias: ForgetBias = None,
        seed: int,
    ) -> None:
        super().__init__()
        found = as_cell(cell, f"lab.Net({{}}, {inputs}, {hidden_size}, {outputs}, seed={seed})")
        self.layout = Layout(found, Sizes(inputs, hidden_size, outputs))
        with torch.random.fork_rng(devices=[]):  # what the layers draw is overwritten below
            self.rnn = Recurrent(found, inputs, hidden_size)
            self.head = nn.Linear(hidden_size, outputs)
        self.set(initial(self.layout, seed, forget_bias))

    def forward(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """See the class."""
        y, state = self.rnn(x, state)
        return self.head(y), state

    @torch.no_grad()
    def set(self, flat: Tensor) -> None:
        """Take the values of all parameters from the P numbers of a layout, [P]."""
        for name, value in self.layout.views(flat).items():
            self.parameter(name).copy_(value)

    @torch.no_grad()
    def flat(self) -> Tensor:
        """The values of all parameters as the P numbers of a layout, [P]."""
        return torch.cat([self.parameter(name).reshape(-1) for name in self.layout.places])

    def parameter(self, name: str) -> nn.Parameter:
        """The parameter that a layout calls so."""
        return self.get_parameter(name if name in (HEAD, HEAD_BIAS) else f"rnn.{name}_l0")
