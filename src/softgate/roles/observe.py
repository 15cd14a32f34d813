"""What a net did on the data: the input, the states and the class of every step, at every place that runs a cell.

Place by place, since a role is about the recurrence: its inputs are what its layer reads, whatever is above and below.
Times run as the place reads them, so that a reversed direction is turned around here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from softgate.errors import ShapeError
from softgate.layers import Layer, Recurrent
from softgate.record import record
from softgate.recording.names import Catalogue, places
from softgate.taps import Place

__all__ = ["Observed", "Run", "memory_of", "observe", "output_of"]

Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Run:
    """One batch, as it was read: what the model took and gave, and which of its axes is time."""

    data: Tensor
    output: Tensor
    time: int

    @property
    def steps(self) -> int:
        """T."""
        return int(self.data.shape[self.time])

    @property
    def size(self) -> int:
        """B."""
        return int(self.data.shape[1 - self.time])

    def time_first(self, y: Tensor, T: int, R: int) -> Tensor:
        """An output of R sequences of T steps as [T, R, n]; with one value for a whole sequence, T is 1."""
        if y.dim() >= 2 and self.time == 1 and y.shape[:2] == (R, T):
            y = y.transpose(0, 1)
        if y.dim() >= 2 and y.shape[1] == R:
            return y.flatten(2) if y.dim() > 2 else y[..., None]
        if y.dim() == 0 or y.shape[0] != R:
            raise ShapeError(
                f"find_roles: model: expected an output for each step or each of {R} sequences, got {list(y.shape)}; "
                "effects=False does without, if there are no targets"
            )
        return y.reshape(1, R, -1)


@dataclass(frozen=True, eq=False)
class Observed:
    """One place over all batches.

    Attributes:
        prefix: what the names of its signals begin with, ``"encoder.l0."``.
        memory: the state that is judged: c where the cell has one, else h.
        probe: a layer of its own with the same cell and weights, for experiments that begin anywhere.
        x: what it reads, [T, B, I].
        states: by name, [T, B, H].
        start: by name, [B, H]: the states before the first step.
        classes: [T, B], -1 where there is no step.
    """

    prefix: str
    place: Place
    memory: str
    probe: Recurrent
    x: Tensor
    states: dict[str, Tensor]
    start: dict[str, Tensor]
    classes: Whole

    @property
    def units(self) -> int:
        """H."""
        return int(self.states[self.memory].shape[-1])

    @cached_property
    def c(self) -> NDArray[np.float64]:
        """The memory, [T, B, H]."""
        found: NDArray[np.float64] = self.states[self.memory].double().numpy()
        return found

    @cached_property
    def before(self) -> NDArray[np.float64]:
        """The memory before each step, [T, B, H]."""
        first = self.start[self.memory].double().numpy()[None]
        return np.concatenate([first, self.c[:-1]])


def memory_of(place: Place) -> str:
    """The state whose units are judged: the cell state, or the output of a cell that has no other."""
    states = place.owner.cell.states
    return "c" if "c" in states else str(states[0])


def output_of(given: Any) -> Tensor:
    """The output among what a model gives: the tensor, or the first of several."""
    while isinstance(given, tuple | list) and given:
        given = given[0]
    if isinstance(given, dict) and given:
        given = next(iter(given.values()))
    if not isinstance(given, Tensor):
        raise ShapeError(f"find_roles: expected a model that returns a tensor, or it first; got {type(given).__name__}")
    return given.detach()


def observe(model: torch.nn.Module, batches: Sequence[Tensor]) -> tuple[list[Run], list[Observed]]:
    """Runs a model over batches, in its present mode, and gathers what each place did; classes are -1 until set.

    Raises:
        NotRecordedError: the model has no softgate layer.
        ShapeError: a layer was not called once for each batch, or its steps are not those of the data.
    """
    known = Catalogue(model, "find_roles")
    runs: list[Run] = []
    parts: dict[str, list[_Part]] = {}
    for data in batches:
        inputs: dict[int, tuple[Tensor, Any]] = {}
        with torch.no_grad(), _listening(known, inputs), record(model, _states(known)) as rec:
            output = output_of(model(data))
        shape: tuple[int, int] | None = None
        for owner in known.layers:
            if id(owner) not in inputs:
                raise ShapeError(
                    "find_roles: a layer was not called with a dense [T, B, I] input; packed is not judged"
                )
            for place in places(owner):
                part = _at(place, known.prefix(place), *inputs[id(owner)], rec)
                shape = (int(part.x.shape[0]), int(part.x.shape[1]))
                parts.setdefault(known.prefix(place), []).append(part)
        assert shape is not None
        runs.append(Run(data, output, _time_axis(data, shape, known.layers[0])))
    return runs, [_joined(place, known.prefix(place), parts) for m in known.layers for place in places(m)]


def _states(known: Catalogue) -> list[str]:
    return [known.prefix(p) + s for m in known.layers for p in places(m) for s in m.cell.states]


class _listening:  # noqa: N801 - used as a with block
    """Keeps what each layer reads, time first."""

    def __init__(self, known: Catalogue, inputs: dict[int, tuple[Tensor, Any]]) -> None:
        self._known, self._inputs, self._hooks = known, inputs, list[Any]()

    def __enter__(self) -> None:
        for layer in self._known.layers:
            self._hooks.append(layer.register_forward_pre_hook(self._keep, with_kwargs=True))

    def _keep(self, layer: Any, args: tuple[Any, ...], others: dict[str, Any]) -> None:
        if others.get("reset") is not None:
            raise ShapeError("find_roles: a layer is called with reset=; give each sequence a column of its own")
        x = args[0] if args else None
        if isinstance(x, Tensor) and x.dim() == 3:
            if id(layer) in self._inputs:
                raise ShapeError("find_roles: a layer is called several times for one batch; judge it by itself")
            hx = args[1] if len(args) > 1 else others.get("hx")
            self._inputs[id(layer)] = (x.detach().transpose(0, 1) if layer.batch_first else x.detach(), hx)

    def __exit__(self, *error: object) -> None:
        for hook in self._hooks:
            hook.remove()


@dataclass(frozen=True, eq=False)
class _Part:
    """One batch of one place, in the order of its own time."""

    x: Tensor
    states: dict[str, Tensor]
    start: dict[str, Tensor]


def _at(place: Place, prefix: str, x: Tensor, hx: Any, rec: Any) -> _Part:
    owner: Layer = place.owner
    names = owner.cell.states
    states = {s: rec[prefix + s] for s in names}
    index = place.layer * (1 + bool(owner.bidirectional)) + place.reverse
    given = (hx,) if isinstance(hx, Tensor) else hx
    start = {
        s: torch.zeros_like(states[s][0]) if given is None else given[n].detach()[index] for n, s in enumerate(names)
    }
    if place.layer:
        below = [prefix.removesuffix("reverse.").removesuffix(f"l{place.layer}.") + f"l{place.layer - 1}."]
        below += [below[0] + "reverse."] * bool(owner.bidirectional)
        x = torch.cat([rec[name + names[0]] for name in below], -1)
    if place.reverse:
        return _Part(x.flip(0), {s: value.flip(0) for s, value in states.items()}, start)
    return _Part(x, states, start)


def _time_axis(data: Tensor, shape: tuple[int, int], layer: Any) -> int:
    if data.dim() < 2:
        raise ShapeError(f"find_roles: expected data [T, B] or [T, B, I], got {list(data.shape)}")
    if tuple(data.shape[:2]) == shape and not (shape[0] == shape[1] and layer.batch_first):
        return 0
    if tuple(data.shape[:2]) == shape[::-1]:
        return 1
    raise ShapeError(
        f"find_roles: expected data whose first two axes are steps and sequences, as the layers see them, "
        f"{list(shape)} or turned around; got {list(data.shape)}"
    )


def _joined(place: Place, prefix: str, parts: dict[str, list[_Part]]) -> Observed:
    found, names = parts[prefix], place.owner.cell.states
    T = max(part.x.shape[0] for part in found)
    x = torch.cat([_long(part.x, T) for part in found], 1)
    states = {s: torch.cat([_long(part.states[s], T) for part in found], 1) for s in names}
    start = {s: torch.cat([part.start[s] for part in found]) for s in names}
    empty = np.full((int(x.shape[0]), int(x.shape[1])), -1, np.int64)
    return Observed(prefix, place, memory_of(place), _probe(place), x, states, start, empty)


def _long(x: Tensor, T: int) -> Tensor:
    """[T', B, ...] with zeros behind it."""
    return x if x.shape[0] == T else torch.cat([x, x.new_zeros(T - x.shape[0], *x.shape[1:])])


def _probe(place: Place) -> Recurrent:
    """A layer that does what the place does, forwards."""
    owner = place.owner
    end = f"_l{place.layer}" + "_reverse" * place.reverse
    weights = {name.removesuffix(end): p for name, p in owner.named_parameters() if name.endswith(end)}
    ih = weights["weight_ih"]
    with torch.no_grad():
        probe = Recurrent(
            *(owner.cell, ih.shape[1], owner.hidden_size),
            bias="bias_ih" in weights,
            proj_size=owner.proj_size,
            dtype=ih.dtype,
            device=ih.device,
        )
        for name, own in probe.named_parameters():
            own.copy_(weights[name.removesuffix("_l0")])
            own.requires_grad_(False)
    return probe.eval()
