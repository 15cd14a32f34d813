"""One step at a time: ``step = layer.stream(); y_t = step(x_t)``. The state is kept; no gradient, no dropout.

Everything that does not depend on the input is done beforehand: the weights of each layer are looked up and packed
once, and again only when a parameter's version counter, its memory, or the parameter itself has changed. A change that
torch does not count, through ``p.data``, is not seen; ``step = layer.stream()`` sees it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from softgate import composite, dispatch, reference, taps
from softgate.composite import Spec, flat
from softgate.errors import ShapeError
from softgate.functional import recurrence
from softgate.reference import Weights
from softgate.taps import Place

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
        for found, name, p, version, at in self._watched:
            if p._version != version or found.get(name) is not p or p.data_ptr() != at:
                self._prepare()
                break
        alone = x.shape == self._alone
        if alone:
            x = x.unsqueeze(0)
        elif x.shape != self._wanted:
            raise self._wrong(x)
        states, tap, edited = self._states, None, False
        if taps.anyone():  # asked first: it costs a tenth of what the rest does, and this is one step
            tap, edited = taps.watching(self._layer), taps.edited(self._layer)
            if tap is not None and not edited:
                self._show(tap, x)
        for k, step in enumerate(self._steps):
            states[k] = now = self._edited(k, x, tap) if edited else step(x, states[k])
            x = now[0]
        self._count += 1
        return x.squeeze(0) if alone else x

    def _show(self, tap: taps.Tap, x: Tensor) -> None:
        """Gives a recorder what the step to come computes: by the reference, so that the step itself is as ever."""
        layer = self._layer
        for k, states in enumerate(self._states):
            place, weights = Place(layer, k, False), layer._weights(k, False)
            with torch.no_grad():
                names = tap.wanted(place, layer.cell)
                done = reference.run(layer.cell, x.unsqueeze(0), states, weights, signals=names)
            if names:
                tap.take(place, done.signals, None)
            x = done.y[0]

    def _edited(self, k: int, x: Tensor, tap: Any) -> tuple[Tensor, ...]:
        """The next states of one layer, with the edits that are in force."""
        layer = self._layer
        with torch.no_grad():
            return recurrence(
                *(layer.cell, x.unsqueeze(0), self._states[k], layer._weights(k, False)),
                tap=tap,
                place=Place(layer, k, False),
                start=self._count,
            )[1]

    def __repr__(self) -> str:
        cell, size, n = self._layer.cell.name, self._layer.hidden_size, self._layer.num_layers
        return f"<stream of {cell}: {n} layer{'s' * (n > 1)} of {size} units, batch_size={self._batch}>"

    def reset(self) -> None:
        """Back to the beginning of a sequence: all states zero."""
        layer, like = self._layer, self._like
        widths = [layer.proj_size or layer.hidden_size, *(layer.hidden_size for _ in layer.cell.states[1:])]
        zeros = [[like.detach().new_zeros(self._batch, w) for w in widths] for _ in range(layer.num_layers)]
        self._states = [tuple(row) for row in zeros]
        self._count = 0

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

    def _prepare(self) -> None:
        layer = self._layer
        weights = [layer._weights(k, False) for k in range(layer.num_layers)]
        # Parametrized weights are computed from parameters of modules inside the layer.
        owned = [(m._parameters, n, p) for m in layer.modules() for n, p in m._parameters.items() if p is not None]
        self._watched = [(found, n, p, p._version, p.data_ptr()) for found, n, p in owned]
        self._like = next(t for t in flat(weights[0]) if t is not None)
        self._wanted = torch.Size((self._batch, layer.input_size))
        self._alone = self._wanted[1:] if self._batch == 1 else None
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
        with torch.no_grad():
            return composite.run(spec, x.unsqueeze(0), states, weights, None).finals

    return step
