"""What a layer was given and gave, kept while the fast path runs it; and the names of places in a model."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

import torch
from torch import Tensor

from softgate.equations import Cell
from softgate.errors import NotRecordedError
from softgate.layers import Layer
from softgate.recording.names import advice
from softgate.taps import Call, Place


class Names:
    """The prefixes of a model's recurrences, as in a recording: ``"encoder.l0.reverse."``.

    Raises:
        NotRecordedError: the model has no softgate layer; ``who`` asks.
    """

    def __init__(self, model: torch.nn.Module, who: str) -> None:
        self.layers = {id(m): (path, m) for path, m in model.named_modules() if isinstance(m, Layer)}
        if not self.layers:
            raise NotRecordedError(f"{who}: {type(model).__name__} has no softgate layer in it; {advice(model)}")

    def __contains__(self, owner: object) -> bool:
        return id(owner) in self.layers

    def prefix(self, place: Place) -> str:
        """What the names of a place's signals begin with."""
        path = self.layers[id(place.owner)][0]
        return f"{path + '.' if path else ''}l{place.layer}.{'reverse.' if place.reverse else ''}"


class Follower:
    """A tap that hands each call of a model's layers to :meth:`took`, with its states."""

    def __init__(self, names: Names) -> None:
        self.places = names
        self._states: dict[tuple[int, int, bool], Mapping[str, Tensor]] = {}

    def watches(self, owner: object) -> bool:
        """Whether a layer is in this model."""
        return owner in self.places

    def wanted(self, place: Place, cell: Cell) -> tuple[str, ...]:
        """The states, from which all else is computed again."""
        return cell.states

    def take(self, place: Place, signals: Mapping[str, Tensor], batch_sizes: Tensor | None) -> None:
        """The states, for the call that comes next."""
        self._states[_key(place)] = signals

    def after(self, place: Place, call: Call, y: Tensor, finals: tuple[Tensor, ...]) -> None:
        """The call itself."""
        self.took(place, call, self._states.pop(_key(place)), (y, *finals))

    def took(self, place: Place, call: Call, states: Mapping[str, Tensor], outputs: tuple[Tensor, ...]) -> None:
        """What to do with a call: its states, and y and the last states with their graph."""
        raise NotImplementedError


@contextmanager
def with_gradients(names: Names) -> Iterator[None]:
    """Has a model run so that every output of its layers has a gradient: frozen weights too, for as long as it runs.

    Compiled code, which would not ask who is looking, runs uncompiled.
    """
    frozen = [p for _, layer in names.layers.values() for p in layer.parameters() if not p.requires_grad]
    with ExitStack() as stack:
        if "torch._dynamo" in sys.modules:
            stack.enter_context(torch.compiler.set_stance("force_eager"))
        stack.enter_context(torch.enable_grad())
        try:
            for p in frozen:
                p.requires_grad_()
            yield
        finally:
            for p in frozen:
                p.requires_grad_(False)


def _key(place: Place) -> tuple[int, int, bool]:
    return id(place.owner), place.layer, place.reverse
