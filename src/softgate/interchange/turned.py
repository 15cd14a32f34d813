"""A layer that files have and torch.nn does not: one that only goes backwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from softgate import taps
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
