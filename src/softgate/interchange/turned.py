"""Two layers that files have and torch.nn does not: one that only goes backwards, and a GRU that resets first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from softgate import taps
from softgate.activations import Activation
from softgate.equations import Cell
from softgate.errors import ShapeError
from softgate.layers import Recurrent
from softgate.layers.packed import active
from softgate.layers.stream import Stream
from softgate.taps import Place, Tap


class Backwards(Recurrent):
    """One layer of any cell, from the last step to the first: the second half of a bidirectional layer, alone.

    Called like :class:`softgate.Recurrent`; outputs and recorded signals stand at the steps of their inputs, and the
    last state is the one after step 0.
    """

    def forward(self, input: Any, hx: Any = None, *, reset: Any = None) -> Any:  # noqa: A002
        """As :meth:`softgate.Recurrent.forward`, without ``reset``."""
        if reset is not None:
            raise ShapeError("reset: a layer that only goes backwards takes no mask")
        tap = taps.current()
        if tap is None or not tap.watches(self):
            return self._turned(input, hx)
        with taps.instead(_Turned(tap)):
            return self._turned(input, hx)

    def _turned(self, x: Any, hx: Any) -> Any:
        if isinstance(x, PackedSequence):
            rows = turned_rows(x.batch_sizes).to(x.data.device)
            y, last = super().forward(PackedSequence(x.data[rows], *x[1:]), hx)
            return PackedSequence(y.data[rows], *y[1:]), last
        axis = 1 if self.batch_first and x.dim() == 3 else 0
        y, last = super().forward(x.flip(axis), hx)
        return y.flip(axis), last

    def stream(self, batch_size: int = 1) -> Stream:
        """Raises ShapeError: the last step comes first."""
        raise ShapeError("stream: a layer that goes backwards needs the end of a sequence first")


class _Turned:
    """A tap that is given the steps in the order of the input."""

    def __init__(self, tap: Tap) -> None:
        self.wanted, self.watches, self._tap = tap.wanted, tap.watches, tap

    def take(self, place: Place, signals: Mapping[str, Tensor], batch_sizes: Tensor | None) -> None:
        if batch_sizes is None:
            turned = {name: value.flip(0) for name, value in signals.items()}
        else:
            rows = turned_rows(batch_sizes)
            turned = {name: value[rows.to(value.device)] for name, value in signals.items()}
        self._tap.take(place, turned, batch_sizes)


def turned_rows(batch_sizes: Tensor) -> Tensor:
    """For the rows of a packed sequence, [rows], the row that stands there when each sequence is turned around."""
    there = active(batch_sizes)
    numbers = torch.zeros(there.shape, dtype=torch.long)
    numbers[there] = torch.arange(int(there.sum()))
    from_end = (there.sum(0) - 1 - torch.arange(len(there))[:, None]).clamp(min=0)
    return numbers.gather(0, from_end)[there]


class ResetBefore(torch.nn.Module):
    """A GRU whose reset gate acts before the matrix product: n = g(W x + U (r * h) + b). One layer and direction.

    ONNX's ``linear_before_reset=0``, Keras's ``reset_after=False``, the form of the publication (Cho et al., 2014).
    Equations have no product of something that the step computes, so this is a loop over torch: as exact, slower, and
    without signals to record. Parameters are those of torch.nn.GRU; called like it, time first.
    """

    weight_ih_l0: Tensor
    weight_hh_l0: Tensor
    bias_ih_l0: Tensor
    bias_hh_l0: Tensor

    def __init__(self, cell: Cell, squashes: tuple[Activation, Activation], input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.cell_name, self.squashes = cell.name, squashes
        self.input_size, self.hidden_size, self.reverse, self.clip = input_size, hidden_size, False, float("inf")
        for name, width in (("weight_ih_l0", input_size), ("weight_hh_l0", hidden_size)):
            self.register_parameter(name, Parameter(torch.zeros(3 * hidden_size, width)))
        for name in ("bias_ih_l0", "bias_hh_l0"):
            self.register_parameter(name, Parameter(torch.zeros(3 * hidden_size)))

    def forward(self, input: Any, hx: Tensor | None = None) -> tuple[Any, Tensor]:  # noqa: A002
        """x [T, B, I] or packed, h_0 [1, B, H] to y [T, B, H] or packed, and the last state [1, B, H]."""
        x, lengths = pad_packed_sequence(input) if isinstance(input, PackedSequence) else (input, None)
        h = x.new_zeros(x.shape[1], self.hidden_size) if hx is None else hx[0]
        xs = torch.nn.functional.linear(x, self.weight_ih_l0, self.bias_ih_l0)
        outs: list[Tensor] = [h] * len(x)
        for t in reversed(range(len(x))) if self.reverse else range(len(x)):
            new = self._step(xs[t], h)
            h = new if lengths is None else torch.where((t < lengths)[:, None].to(h.device), new, h)
            outs[t] = h
        y = torch.stack(outs) if outs else x.new_zeros(0, x.shape[1], self.hidden_size)
        if lengths is not None:
            y = pack_padded_sequence(y, lengths, enforce_sorted=False)
        return y, h.unsqueeze(0)

    def _step(self, x: Tensor, h: Tensor) -> Tensor:
        """x [B, 3H], its product with the input weights, and h [B, H] to the next h."""
        gate, candidate = self.squashes
        (xr, xz, xn), U, b = x.chunk(3, -1), self.weight_hh_l0, self.bias_hh_l0
        H, bound = self.hidden_size, self.clip
        hr, hz = torch.nn.functional.linear(h, U[: 2 * H], b[: 2 * H]).chunk(2, -1)
        r, z = gate((xr + hr).clamp(-bound, bound)), gate((xz + hz).clamp(-bound, bound))
        un = torch.nn.functional.linear(r * h, U[2 * H :], b[2 * H :])
        n = candidate((xn + un).clamp(-bound, bound))
        return (1 - z) * n + z * h

    def extra_repr(self) -> str:
        """The sizes."""
        return f"{self.input_size}, {self.hidden_size}, reset before the product{', backwards' if self.reverse else ''}"
