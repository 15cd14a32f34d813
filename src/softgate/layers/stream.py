"""One step at a time: ``step = layer.stream(); y_t = step(x_t)``. The state is kept; no gradient, no dropout.

Everything that does not depend on the input is done beforehand: the weights of each layer are looked up and packed
once, and again only when their version counters, or the parameters themselves, have changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from softgate import composite, dispatch
from softgate.composite import Spec, flat
from softgate.errors import ShapeError
from softgate.reference import Weights

Step = Callable[[Tensor, tuple[Tensor, ...]], tuple[Tensor, ...]]
"""From x [B, I] and the states, [B, H] each, to the next states, of which the first is the output."""


class Stream:
    """Steps through a sequence of which the next element is not known yet.

    Call it with x_t [B, I], or [I] if the batch has one row; it returns y_t, [B, H] or [H].
    """

    def __init__(self, layer: Any, batch_size: int = 1) -> None:
        if layer.bidirectional:
            raise ShapeError(
                "stream: a bidirectional layer needs the end of a sequence before it gives its first output; "
                "build the layer with bidirectional=False"
            )
        if batch_size < 1:
            raise ShapeError(f"stream: batch_size must be 1 or more, got {batch_size}")
        self._layer, self._batch = layer, batch_size
        self._prepare()
        self.reset()

    def __call__(self, x: Tensor) -> Tensor:
        """The output of the next step, [B, H] ([H]) for x [B, I] ([I])."""
        if self._marks() != self._seen:
            self._prepare()
        shape = x.shape
        if shape != self._wanted:
            if shape != self._wanted[1:] or self._batch != 1:
                raise self._wrong(x)
            return self(x.unsqueeze(0)).squeeze(0)
        with torch.no_grad():
            for k, step in enumerate(self._steps):
                self._states[k] = now = step(x, self._states[k])
                x = now[0]
        return x

    def reset(self) -> None:
        """Back to the beginning of a sequence: all states zero."""
        layer, like = self._layer, self._params[0]
        widths = [layer.proj_size or layer.hidden_size, *(layer.hidden_size for _ in layer.cell.states[1:])]
        zeros = [[like.detach().new_zeros(self._batch, w) for w in widths] for _ in range(layer.num_layers)]
        self._states = [tuple(row) for row in zeros]

    @property
    def state(self) -> Any:
        """The states after the last step, in the form of ``hx``: [layers, B, H] each; may be set, None is zero."""
        rows = [torch.stack([s.clone() for s in column]) for column in zip(*self._states, strict=True)]
        return rows[0] if len(rows) == 1 else tuple(rows)

    @state.setter
    def state(self, hx: Any) -> None:
        self.reset()
        if hx is None:
            return
        columns = [hx] if isinstance(hx, Tensor) else list(hx)
        for column, zeros in zip(columns, zip(*self._states, strict=True), strict=True):
            if column.shape != (len(zeros), *zeros[0].shape):
                raise ShapeError(f"state: expected {[len(zeros), *zeros[0].shape]}, got {list(column.shape)}")
        rows = zip(*columns, strict=True)
        self._states = [tuple(s.detach().clone() for s in row) for row in rows]

    def _marks(self) -> list[int]:
        """What changes when a weight does."""
        found = self._layer._parameters
        return [p._version if found.get(n) is p else -1 for n, p in self._named]

    def _prepare(self) -> None:
        layer = self._layer
        weights = [layer._weights(k, False) for k in range(layer.num_layers)]
        names = [n for row in layer._slots for n in row if n is not None]
        self._named = [(n, layer._parameters[n]) for n in names if n in layer._parameters]
        self._params = [t for w in weights for t in flat(w) if t is not None]
        self._seen = [p._version for _, p in self._named]
        self._wanted = torch.Size((self._batch, layer.input_size))
        self._steps = [_step(layer.cell, w, self._batch) for w in weights]

    def _wrong(self, x: Tensor) -> ShapeError:
        shapes = f"{list(self._wanted)}" + (f" or [{self._wanted[1]}]" if self._batch == 1 else "")
        return ShapeError(f"stream: x_t must be {shapes}, got {list(x.shape)}; another batch: layer.stream(batch_size)")


def _step(cell: Any, weights: Weights, batch: int) -> Step:
    """The fastest step there is for these weights."""
    like = next(t for t in flat(weights) if t is not None)
    size = weights.weight_ih.shape[1] if weights.weight_ih is not None else 0
    if dispatch.refusal(cell, like.detach().new_empty(1, batch, size), weights) is None:
        stepper = getattr(dispatch.kernels(), "Stepper", None)
        if stepper is not None:
            made: Step = stepper(cell, weights, batch)
            return made
    spec = Spec(cell, None, False)

    def step(x: Tensor, states: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return composite.run(spec, x.unsqueeze(0), states, weights, None).finals

    return step
