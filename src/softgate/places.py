"""Where the signals of a model are: names of layers, directions and signals, and patterns that fit them.

Names are ``[prefix.]l<k>[.reverse].<signal>``: the path of the layer in the model (nothing for the model itself), which
of its layers, and the signal: a gate, a state, or ``pre.<gate>``, a gate before its activation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import torch

from softgate.equations import Cell
from softgate.errors import NotRecordedError, UnknownNameError
from softgate.layers import Layer


def signals(cell: Cell) -> tuple[str, ...]:
    """The names of what a cell can show: its signals, and each gate before its activation."""
    return (*cell.signals, *(f"pre.{gate}" for gate in cell.gates))


def matches(name: str, pattern: str) -> bool:
    """Whether a name fits a pattern; ``pre.f`` is one word, so that ``*.f`` is the gate alone."""
    return fnmatchcase(name.replace("pre.", "pre:"), pattern.replace("pre.", "pre:"))


@dataclass(frozen=True)
class Spot:
    """One signal of one layer and direction of a model."""

    owner: Any
    layer: int
    reverse: bool
    signal: str

    @property
    def key(self) -> tuple[int, int, bool]:
        """The layer object, by its identity, which of its layers, and the direction."""
        return id(self.owner), self.layer, self.reverse


def spots(model: torch.nn.Module, verb: str) -> dict[str, Spot]:
    """Every signal of a model's softgate layers by name, in the order of the model.

    Args:
        model: any module.
        verb: who asks, for the message.

    Raises:
        NotRecordedError: the model has no softgate layer.
    """
    found: dict[str, Spot] = {}
    for path, module in model.named_modules():
        if not isinstance(module, Layer):
            continue
        for k in range(module.num_layers):
            for reverse in (False, True)[: 1 + bool(module.bidirectional)]:
                prefix = f"{path + '.' if path else ''}l{k}.{'reverse.' if reverse else ''}"
                found |= {prefix + s: Spot(module, k, reverse, s) for s in signals(module.cell)}
    if not found:
        came = type(model).__name__
        raise NotRecordedError(
            f"{verb}: {came} has no softgate layer in it; if it has one of torch.nn's, first sg.open(model)"
        )
    return found


def chosen(pattern: str, names: Iterable[str]) -> list[str]:
    """The names that a pattern fits.

    Raises:
        UnknownNameError: it fits none.
    """
    known = list(names)
    found = [n for n in known if matches(n, pattern)]
    if not found:
        raise UnknownNameError("signal", pattern, known)
    return found
