"""One step at a time: ``step = layer.stream(); y_t = step(x_t)``. The state is kept; no gradient, no dropout.

Everything that does not depend on the input is done beforehand: the weights of each layer are looked up and packed
once, and again only when a parameter's version counter, its memory, or the parameter itself has changed. A change that
torch does not count, through ``p.data``, is not seen; ``step = layer.stream()`` sees it.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import index
from typing import Any

import torch
from torch import Tensor

from softgate import composite, dispatch, reference, taps
from softgate.composite import Spec, flat
from softgate.errors import DtypeError, ShapeError
from softgate.functional import recurrence
from softgate.layers import carried
from softgate.reference import Weights
from softgate.taps import Place

Step = Callable[[Tensor, tuple[Tensor, ...]], tuple[Tensor, ...]]
"""From x [B, I] and the states, [B, H] each, to the next states, of which the first is the output."""


class Stream:
    """Steps through a sequence of which the next element is not known yet.

    Call it with x_t [B, I], or [I] if the batch has one row; it returns y_t, [B, H] or [H]. A copy, by
    ``copy.deepcopy`` or ``pickle``, has its own layer and goes on from the same state.
    """

    def __init__(self, layer: Any, batch_size: int = 1) -> None:
        if layer.bidirectional:
            raise ShapeError(
                "stream: a bidirectional layer needs the end of a sequence before it gives its first output; "
                "build the layer with bidirectional=False"
            )
        self._layer, self._batch = layer, _size(batch_size)
        self._states: list[tuple[Tensor, ...]] = []
        self._like: Tensor
        self._watched: list[tuple[Any, str, Tensor, int, int]]
        self._prepare()
        self.reset()

    def __call__(self, x: Tensor) -> Tensor:
        """The output of the next step, [B, H] ([H]) for x [B, I] ([I]).

        It is also the state h that the step after it reads: change a copy.
        """
        for found, name, p, version, at in self._watched:
            if p._version != version or found.get(name) is not p or p.data_ptr() != at:
                self._prepare()
                break
        if type(x) is not Tensor:
            self._check(x)
        shape = x.shape
        alone = shape == self._alone
        if alone:
            x = x.unsqueeze(0)
        elif shape != self._wanted:
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
            after = recurrence(
                *(layer.cell, x.unsqueeze(0), self._states[k], layer._weights(k, False)),
                tap=tap,
                place=Place(layer, k, False),
                start=self._count,
            )[1]
        return tuple(carried.laid_out(s, self._like) for s in after)

    def __repr__(self) -> str:
        cell, size, n = self._layer.cell.name, self._layer.hidden_size, self._layer.num_layers
        return f"<stream of {cell}: {n} layer{'s' * (n > 1)} of {size} units, batch_size={self._batch}>"

    def reset(self) -> None:
        """Back to the beginning of a sequence: all states zero."""
        if self._changed():
            self._prepare()
        layer, like = self._layer, self._like
        carried.check_mode(like)
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
        if hx is None:
            self.reset()
            return
        if self._changed():
            self._prepare()
        names, like = [f"{s}_0" for s in self._layer.cell.states], self._states
        columns = carried.columns(hx, names, list(zip(*like, strict=True)))
        rows = zip(*columns, strict=True)
        self._states = [tuple(carried.laid_out(s, like[0][0]) for s in row) for row in rows]
        self._count = 0

    def __getstate__(self) -> dict[str, Any]:
        return {"layer": self._layer, "batch": self._batch, "states": list(self._states), "count": self._count}

    def __setstate__(self, found: dict[str, Any]) -> None:
        self._layer, self._batch, self._count = found["layer"], found["batch"], found["count"]
        self._states = found["states"]
        # A layer that keeps its stream is itself still being copied here, so the first step prepares.
        self._like = self._states[0][0]
        self._watched = [({}, "", self._like, -1, 0)]

    def _changed(self) -> bool:
        """Whether the weights are others than at the last preparation; a step asks the same, in fewer microseconds."""
        return any(
            p._version != version or found.get(name) is not p or p.data_ptr() != at
            for found, name, p, version, at in self._watched
        )

    def _prepare(self) -> None:
        layer = self._layer
        weights = [layer._weights(k, False) for k in range(layer.num_layers)]
        # Parametrized weights are computed from parameters of modules inside the layer.
        owned = [(m._parameters, n, p) for m in layer.modules() for n, p in m._parameters.items() if p is not None]
        self._watched = [(found, n, p, p._version, p.data_ptr()) for found, n, p in owned]
        self._like = like = next(t for t in flat(weights[0]) if t is not None)
        carried.check_mode(like)
        self._wanted = torch.Size((self._batch, layer.input_size))
        self._alone = self._wanted[1:] if self._batch == 1 else None
        self._steps = [_step(layer.cell, w, self._batch) for w in weights]
        self._states = [tuple(carried.laid_out(s, like) for s in row) for row in self._states]

    def _check(self, x: Any) -> None:
        """Whether x_t, which is no plain tensor, will do."""
        if not isinstance(x, Tensor):
            wanted, came = self._shapes(), type(x).__name__
            raise DtypeError(f"stream: x_t must be a tensor {wanted}, got {came}; write step(torch.as_tensor(x_t))")
        carried.check_real("stream: x_t", x, self._like)

    def _shapes(self) -> str:
        return f"{list(self._wanted)}" + (f" or [{self._wanted[1]}]" if self._batch == 1 else "")

    def _wrong(self, x: Tensor) -> ShapeError:
        shapes, came = self._shapes(), list(x.shape)
        return ShapeError(f"stream: x_t must be {shapes}, got {came}; another batch: layer.stream(batch_size)")


def _size(batch_size: Any) -> int:
    """The number of rows; anything that is a whole number will do."""
    try:
        size = index(batch_size)
    except TypeError:
        came = f"{type(batch_size).__name__}: {batch_size!r}"
        raise DtypeError(f"stream: batch_size must be a whole number, 1 or more, got {came}") from None
    if size < 1:
        raise ShapeError(f"stream: batch_size must be 1 or more, got {batch_size}")
    return size


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
        carried.check_device("stream: x_t", x, like)
        with torch.no_grad():
            return composite.run(spec, x.unsqueeze(0), states, weights, None).finals

    return step
