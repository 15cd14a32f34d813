"""A machine: a net whose every unit's function is known, because it was wired and not trained.

:class:`Machine` has the net and the truth about it, :class:`Net` is one softgate layer between an embedding and a head.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from softgate.errors import ShapeError
from softgate.layers import LSTM
from softgate.zoo.conditions import Array, Values
from softgate.zoo.encode import decode
from softgate.zoo.program import Program
from softgate.zoo.variables import Switch
from softgate.zoo.wiring import UnitFunction, Wiring

__all__ = ["Machine", "Net"]


class Net(nn.Module):
    """``net(ids, state=None) -> (y, state)``: an embedding, one LSTM layer called `lstm`, and a linear head.

    ids are whole numbers [T, B]; y is [T, B, n]; the state is (h, c), each [1, B, H]. Without one the layer begins
    where the program begins, which is not always at zero: a latch that is off stands at -1.
    """

    start_h: Tensor
    start_c: Tensor

    def __init__(self, wiring: Wiring):
        super().__init__()
        A, D = wiring.embedding.shape
        H, n = wiring.size, len(wiring.columns)
        self.embedding = nn.Embedding(A, D)
        self.lstm = LSTM(D, H)
        self.head = nn.Linear(H, n)
        # What the layer is given for symbol s is row s of the embedding, so x holds for its one-hot: x = W embedding^T.
        into = wiring.x @ np.linalg.pinv(wiring.embedding).T if not _one_hot(wiring.embedding) else wiring.x
        with torch.no_grad():
            _put(self.embedding.weight, wiring.embedding)
            _put(self.lstm.weight_ih_l0, into.reshape(4 * H, D))
            _put(self.lstm.weight_hh_l0, wiring.h.reshape(4 * H, H))
            _put(self.lstm.bias_ih_l0, wiring.bias.reshape(4 * H))
            _put(self.lstm.bias_hh_l0, np.zeros(4 * H))
            _put(self.head.weight, wiring.head)
            _put(self.head.bias, wiring.head_bias)
        c = torch.tensor(wiring.start, dtype=torch.float32)
        self.register_buffer("start_c", c)
        self.register_buffer("start_h", torch.tanh(c))

    def forward(self, ids: Tensor, state: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Any]:
        """Run the net on ids [T, B]."""
        if state is None:
            B = ids.shape[1]
            state = (self.start_h.expand(1, B, -1).contiguous(), self.start_c.expand(1, B, -1).contiguous())
        out, after = self.lstm(self.embedding(ids), state)
        return self.head(out), after


class Machine:
    """A net with its truth.

    Attributes:
        name, seed, options: what :func:`softgate.zoo.build` was asked for.
        program: what it computes.
        alphabet: the symbols, in the order of their numbers.
        units: the function of each of the H units, in order.
        wiring: the weights, with the truth they were made from.
    """

    def __init__(self, name: str, wiring: Wiring, seed: int = 0, options: Mapping[str, Any] | None = None):
        self.name, self.wiring, self.seed, self.options = name, wiring, seed, dict(options or {})

    @property
    def program(self) -> Program:
        """What the machine computes."""
        return self.wiring.program

    @property
    def alphabet(self) -> tuple[str, ...]:
        """The symbols, in the order of their numbers."""
        return self.program.alphabet

    @property
    def units(self) -> tuple[UnitFunction, ...]:
        """The function of each unit."""
        return self.wiring.units

    @cached_property
    def model(self) -> Net:
        """The net, made when it is first asked for; ``model.lstm`` is its layer."""
        return Net(self.wiring)

    def sample(self, steps: int, batch: int, seed: int = 0) -> Tensor:
        """Symbols to run it on, int64 [T, B]."""
        return torch.from_numpy(self.program.sample(steps, batch, seed).astype(np.int64))

    def trace(self, ids: Any, before: Values | None = None) -> dict[str, Array]:
        """The value of every variable after each of ids [T, B], by the program and without the net.

        `before` goes on from values of an earlier piece: the last of each, [B].

        Raises:
            ShapeError: for ids that are not [T, B], or not numbers of symbols.
        """
        return self.program.run(self._checked(ids), before)

    def expected(self, ids: Any, before: Values | None = None) -> Array:
        """What the cell states must be, [T, B, H]; NaN for units of which that is not known."""
        return self.wiring.expected(self._checked(ids), before)

    def labels(self, ids: Any) -> dict[str, Array]:
        """The trace as labels: bool for what is on or off, whole numbers else."""
        return {
            name: value > 0 if isinstance(v := self.program.variable(name), Switch) and v.start else value
            for name, value in self.trace(ids).items()
        }

    def readout(self, y: Tensor | Array) -> dict[str, Array]:
        """The shown variables, decoded from the output y [T, B, n]; a count as far as tanh lets it through."""
        values = np.asarray(y.detach() if isinstance(y, Tensor) else y)
        names = np.array(self.wiring.columns)
        return {
            name: decode(self.program.variable(name), self.wiring.encodings[name], values[..., names == name])
            for name in dict.fromkeys(self.wiring.columns)
        }

    def _checked(self, ids: Any) -> Array:
        """ids as an array of symbol numbers."""
        array = ids.detach().cpu().numpy() if isinstance(ids, Tensor) else np.asarray(ids)
        if array.ndim != 2 or array.dtype.kind not in "iu":
            raise ShapeError(f"ids: expected whole numbers [T, B], got {array.dtype} {list(array.shape)}")
        low, high, A = array.min(initial=0), array.max(initial=0), len(self.alphabet)
        if low < 0 or high >= A:
            raise ShapeError(
                f"ids: expected numbers of the {A} symbols, from 0 to {A - 1}, got {array.min()} to {array.max()}"
            )
        return array

    def __repr__(self) -> str:
        said = "".join(f", {key}={value!r}" for key, value in self.options.items())
        return f"<Machine {self.name}: {len(self.units)} units, {len(self.alphabet)} symbols, seed={self.seed}{said}>"


def _one_hot(embedding: Array) -> bool:
    return embedding.shape[0] == embedding.shape[1] and bool(np.array_equal(embedding, np.eye(len(embedding))))


def _put(parameter: Any, value: Array) -> None:
    parameter.copy_(torch.from_numpy(np.ascontiguousarray(value)).to(parameter.dtype))
