"""What was there before each step of a piece, as rows to look up."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from softgate.pieces import Piece


def previous(piece: Piece) -> Tensor:
    """For each row, [rows]: the row that held the state before it.

    ``rows + b`` is the state that sequence b began with, -1 where the state was zeroed.
    """
    found = _table(piece.sizes, piece.reverse)
    return found if piece.reset is None else torch.where(piece.reset.cpu(), -1, found)


@lru_cache(maxsize=64)
def _table(sizes: tuple[int, ...], reverse: bool) -> Tensor:
    starts = np.cumsum([0, *sizes])
    rows = int(starts[-1])
    parts = []
    for t, size in enumerate(sizes):
        other = t + 1 if reverse else t - 1
        there = sizes[other] if 0 <= other < len(sizes) else 0
        b = np.arange(size)
        parts.append(np.where(b < there, (starts[other] if there else 0) + b, rows + b))
    return torch.from_numpy(np.concatenate(parts))
