"""What a layer was given and gave, kept while the fast path runs it; and the names of places in a model."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from softgate.equations import Cell
from softgate.errors import NotRecordedError
from softgate.layers import Layer
from softgate.taps import Call, Place


class Names:
    """The prefixes of a model's recurrences, as in a recording: ``"encoder.l0.reverse."``.

    Raises:
        NotRecordedError: the model has no softgate layer; ``who`` asks.
    """

    def __init__(self, model: torch.nn.Module, who: str) -> None:
        self.layers = {id(m): (path, m) for path, m in model.named_modules() if isinstance(m, Layer)}
        if not self.layers:
            came = type(model).__name__
            raise NotRecordedError(
                f"{who}: {came} has no softgate layer in it; if it has one of torch.nn's, first sg.open(model)"
            )

    def __contains__(self, owner: object) -> bool:
        return id(owner) in self.layers

    def prefix(self, place: Place) -> str:
        """What the names of a place's signals begin with."""
        path = self.layers[id(place.owner)][0]
        return f"{path + '.' if path else ''}l{place.layer}.{'reverse.' if place.reverse else ''}"


class Follower:
    """A tap that hands each call of a model's layers to :meth:`took`. It asks for the states, and keeps no signals."""

    def __init__(self, names: Names) -> None:
        self.places = names

    def watches(self, owner: object) -> bool:
        """Whether a layer is in this model."""
        return owner in self.places

    def wanted(self, place: Place, cell: Cell) -> tuple[str, ...]:
        """The states, from which all else is computed again."""
        return cell.states

    def take(self, place: Place, signals: Mapping[str, Tensor], batch_sizes: Tensor | None) -> None:
        """Nothing: the signals come with the call."""

    def follow(self, place: Place, call: Call) -> tuple[Tensor, tuple[Tensor, ...]]:
        """The outputs that the layer goes on with."""
        return call.y, call.finals
