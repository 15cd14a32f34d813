"""One layer, one direction, differentiable: the function every layer calls."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from softgate import reference
from softgate.equations import Cell
from softgate.reference import Weights


def recurrence(
    cell: Cell,
    x: Tensor,
    states: Sequence[Tensor],
    weights: Weights,
    *,
    lengths: Sequence[int] | None = None,
    reset: Tensor | None = None,
    reverse: bool = False,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """See :func:`softgate.reference.run`, whose arguments these are; returns y and the last states."""
    result = reference.run(cell, x, states, weights, lengths=lengths, reset=reset, reverse=reverse)
    return result.y, result.finals
