"""What a net is judged on while it is made exact: strings of a language, or ids and targets of somebody else."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from softgate.errors import DtypeError, ShapeError, SoftgateError
from softgate.tasks.formal import Language, get, solved


class Judged(NamedTuple):
    """A net on the data: mean loss a position in nats, and positions at which it is wrong."""

    loss: float
    mistakes: int

    def within(self, allowed: Judged) -> bool:
        """Whether neither figure is above what is allowed."""
        return self.loss <= allowed.loss and self.mistakes <= allowed.mistakes


@dataclass(frozen=True)
class Data:
    """Ids int64 [T, B], targets (sets bool [T, B, A] or next ids [T, B]), and which places are real, bool [T, B].

    A column begins with a zero state and the symbol ``begins``.
    """

    ids: Tensor
    targets: Tensor
    real: Tensor
    symbols: tuple[str, ...]
    language: Language | None = None
    begins: int = 0

    @torch.no_grad()
    def judged(self, model: nn.Module) -> Judged:
        """How good a net is."""
        logits = model(self.ids)[0][self.real]
        targets = self.targets[self.real]
        right = logits.argmax(-1) == targets if targets.dtype == torch.int64 else solved(logits, targets)
        return Judged(float(self.loss(model)), int((~right).sum()))

    def loss(self, model: nn.Module) -> Tensor:
        """Mean cross-entropy of the positions, in nats, with a graph."""
        logits = model(self.ids)[0]
        if self.targets.dtype == torch.int64:
            return nn.functional.cross_entropy(logits[self.real], self.targets[self.real])
        wanted = self.targets[self.real].to(logits.dtype)
        each = nn.functional.binary_cross_entropy_with_logits(logits[self.real], wanted, reduction="none")
        return each.sum(-1).mean()


def check_options(model: Any, tolerance: Any, train_to: Any, most: Any) -> None:
    """Refuse a model that is none, and options out of range.

    Raises:
        DtypeError: the model is no torch module.
        SoftgateError: an option; the message names it.
    """
    if not isinstance(model, nn.Module):
        raise DtypeError(f"digitise: model: expected a torch module, got {type(model).__name__}")
    number = isinstance(tolerance, Real) and not isinstance(tolerance, bool)
    if not (number and math.isfinite(tolerance) and tolerance >= 0):
        raise SoftgateError(f"digitise: tolerance: expected nats a position, from 0, as in 1e-3; got {tolerance!r}")
    for name, value in (("train_to", train_to), ("most", most)):
        if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
            raise SoftgateError(f"digitise: {name}: expected a whole number from 1, got {value!r}")


def data_of(model: nn.Module, data: Any, train_to: int, symbols: int) -> Data:
    """The data as a language, the name of one, or a pair says; the model knows so many symbols.

    Raises:
        ShapeError: it is none of these, or its shapes do not fit.
        UnknownNameError: there is no such language.
    """
    if isinstance(data, str):
        data = get(data)
    if isinstance(data, Language):
        rows = data.rows(data.words(range(1, train_to + 1)), width=0)
        return Data(rows.ids, rows.sets, rows.real, data.alphabet, data)
    if not (isinstance(data, tuple | list) and len(data) == 2 and all(isinstance(d, Tensor) for d in data)):
        raise ShapeError(
            "digitise: data: expected a language, the name of one, or a pair (ids [T, B], targets), as in "
            f"sg.digitise(model, 'anbn'); got {type(data).__name__}"
        )
    ids, targets = data
    if ids.dim() != 2 or targets.shape[:2] != ids.shape or targets.dim() != (2 if targets.dtype == torch.int64 else 3):
        raise ShapeError(
            f"digitise: targets: expected next ids int64 {list(ids.shape)} or bool sets {[*ids.shape, 'A']}, "
            f"got {list(targets.shape)}"
        )
    _check_ids(ids, targets, symbols)
    real = targets >= 0 if targets.dtype == torch.int64 else torch.ones_like(ids, dtype=torch.bool)
    names = getattr(model, "alphabet", None) or tuple(map(str, range(int(ids.max()) + 1)))
    return Data(ids, targets, real, tuple(names), None, int(ids[0, 0]))


def _check_ids(ids: Tensor, targets: Tensor, symbols: int) -> None:
    """See that there are ids, that the model knows them, and that something is to be told."""
    if not ids.numel():
        raise ShapeError(f"digitise: ids: expected at least one step of one sequence, got {list(ids.shape)}")
    told = targets if targets.dtype == torch.int64 else targets.new_zeros(1, dtype=torch.int64)
    for name, found in (("ids", ids), ("targets", told[told >= 0])):
        if not found.numel():
            raise ShapeError("digitise: targets: expected at least one next id; all are below 0, which means none")
        low, high = int(found.min()), int(found.max())
        if low < 0 or high >= symbols:
            raise ShapeError(
                f"digitise: {name}: expected 0 to {symbols - 1}, which the model knows, got {low} to {high}"
            )
