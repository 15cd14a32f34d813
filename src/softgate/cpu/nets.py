"""What a chain is told: where the parameters of many nets are, what data they see, and the room that it works in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from softgate.cpu import workspace
from softgate.reference import Weights

Numbers = npt.NDArray[np.int64]


class Layer(NamedTuple):
    """The parameters of a net: of its recurrent layer, and weight [O, H] and bias [O] of its head."""

    weights: Weights
    head: Tensor
    bias: Tensor


class Nets(NamedTuple):
    """The parameters of N nets and the places of their gradients: those of the first one, and the bytes between two."""

    parameters: Layer
    gradients: Layer
    many: int
    apart: int


class Given(NamedTuple):
    """The data of one step of all nets.

    Attributes:
        x: [N, T, B, I].
        target: int64 [N, T, B] of classes, else [N, T, B, O].
        lengths: [N], the steps of each net.
        chosen: the rows that count, of all nets one after the other: t B + b.
        counts: [N], how many of these are of each net.
        share: [N], one over that.
    """

    x: Tensor
    target: Tensor
    lengths: Numbers
    chosen: Numbers
    counts: Numbers
    share: Tensor


def rooms(dtype: torch.dtype, **counts: int) -> tuple[dict[str, int], Tensor]:
    """Room for so many values of each name: its addresses, and what to hold on to."""
    room = workspace.empty((sum(map(_rounded, counts.values())),), dtype)
    found, place = {}, room.data_ptr()
    for name, count in counts.items():
        found[name] = place
        place += _rounded(count) * dtype.itemsize
    return found, room


def _rounded(count: int) -> int:
    return -(-count // 64) * 64


def runs(order: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Gates whose slots follow each other: the first gate, its slot, how many."""
    gate = 0
    while gate < len(order):
        count = 1
        while gate + count < len(order) and order[gate + count] == order[gate] + count:
            count += 1
        yield gate, order[gate], count
        gate += count
