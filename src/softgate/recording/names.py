"""What there is to see in a model, and to edit, by name: ``[prefix.]l<k>[.reverse].<signal>``."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

import torch

from softgate.equations import Cell
from softgate.errors import NotRecordedError, UnknownNameError
from softgate.layers import Layer
from softgate.taps import Place


class Catalogue:
    """The softgate layers of a model and the names of their signals.

    Attributes:
        names: every name there is, in the order of the model.
        layers: the layers, in that order; held on to, so that an id stays one layer's.
        cells: the cell of each place, by its prefix.
    """

    def __init__(self, model: torch.nn.Module, verb: str = "record") -> None:
        self._paths = {id(m): path for path, m in model.named_modules() if isinstance(m, Layer)}
        self.layers = [m for m in model.modules() if isinstance(m, Layer)]
        self.cells: dict[str, Cell] = {self.prefix(p): m.cell for m in self.layers for p in places(m)}
        self.names = [name for m in self.layers for p in places(m) for name in self.names_at(p)]
        if not self.names:
            raise NotRecordedError(f"{verb}: {type(model).__name__} has no softgate layer in it; {advice(model)}")

    def find(self, name: str) -> tuple[Place, str]:
        """The place of a signal and its name there."""
        for layer in self.layers:
            for place in places(layer):
                if name in self.names_at(place):
                    return place, name.removeprefix(self.prefix(place))
        raise UnknownNameError("signal", name, self.names)

    def __contains__(self, owner: object) -> bool:
        return id(owner) in self._paths

    def prefix(self, place: Place) -> str:
        """``"encoder.l0.reverse."``: what the names at a place begin with."""
        path = self._paths[id(place.owner)]
        return f"{path + '.' if path else ''}l{place.layer}.{'reverse.' if place.reverse else ''}"

    def names_at(self, place: Place) -> list[str]:
        """The names of the signals of a place."""
        prefix = self.prefix(place)
        return [prefix + signal for signal in signals(place.owner.cell)]

    def fitting(self, patterns: str | Iterable[str]) -> list[str]:
        """The names that fit any of the patterns.

        Raises:
            UnknownNameError: a pattern fits none.
        """
        wanted = [patterns] if isinstance(patterns, str) else list(patterns)
        if wanted == ["*"]:
            return list(self.names)
        found: set[str] = set()
        for pattern in wanted:
            fit = [name for name in self.names if _matches(name, pattern)]
            if not fit:
                raise UnknownNameError("signal", pattern, self.names)
            found.update(fit)
        return [name for name in self.names if name in found]


def advice(model: torch.nn.Module) -> str:
    """What to do about a model without a layer: one from a file says itself why it has none (``no_layer``)."""
    said = (getattr(module, "no_layer", None) for module in model.modules())
    return next((text for text in said if isinstance(text, str)), "if it has one of torch.nn's, first sg.open(model)")


def signals(cell: Cell) -> tuple[str, ...]:
    """The names of what a cell can show: its signals, and each gate before its activation."""
    return (*cell.signals, *(f"pre.{gate}" for gate in cell.gates))


def places(layer: Any) -> list[Place]:
    """Where a layer runs its cell: its layers and directions, in the order in which they run."""
    ways = (False, True)[: 1 + bool(layer.bidirectional)]
    return [Place(layer, k, reverse) for k in range(layer.num_layers) for reverse in ways]


def _matches(name: str, pattern: str) -> bool:
    """Whether a name fits a pattern; ``pre.f`` is one word, so that ``*.f`` is the gate alone."""
    return fnmatchcase(name.replace("pre.", "pre:"), pattern.replace("pre.", "pre:"))
