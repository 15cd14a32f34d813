"""Experiments on one place: begin where the net once was, give a unit another memory, read a word, see what it holds.

A trial is one row of a batch. Row by row another unit may be changed, to another value, before another word: the edit
is ``c * S + A`` with S and A [T, R, H], one and the same rewriting of the cell for every experiment there is, so it is
compiled once. The change is made at a step that the net really took, before the word begins, so h follows c through
the cell's own equations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from softgate.changes import add, scale
from softgate.edit import edit
from softgate.layers import Recurrent
from softgate.record import record
from softgate.roles.observe import Observed

__all__ = ["ROOM", "Spots", "respond", "states_at", "steer"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

ROOM = 1 << 23
"""Values of one signal that a call may make."""


@dataclass(frozen=True, eq=False)
class Spots:
    """Where trials begin, [R] each: before step ``t`` >= 1 of sequence ``b``."""

    t: Whole
    b: Whole


def respond(seen: Observed, spots: Spots, unit: Whole, value: Floats, words: Tensor) -> Floats:
    """What the unit of each trial holds after its memory was ``value`` and a word was read.

    Args:
        seen: the place.
        spots: where each trial begins.
        unit: which unit is changed, [R]; -1 changes none (then its column is unit 0's).
        value: to what, [R]; NaN leaves it.
        words: inputs of the steps that follow, [L, R, I].

    Returns:
        [L + 1, R]: the memory as it was set, and after each step.
    """
    L, R, H = words.shape[0], len(spots.t), seen.units
    each = max(1, ROOM // ((L + 1) * H))
    parts = [_chunk(seen, spots, unit, value, words, slice(k, min(k + each, R))) for k in range(0, R, each)]
    return np.concatenate(parts, 1) if parts else np.zeros((L + 1, 0))


def _chunk(seen: Observed, spots: Spots, unit: Whole, value: Floats, words: Tensor, rows: slice) -> Floats:
    t, b = torch.from_numpy(spots.t[rows]), torch.from_numpy(spots.b[rows])
    which, wanted = unit[rows], value[rows]
    R, H, L = len(t), seen.units, words.shape[0]
    x = torch.cat([seen.x[t - 1, b][None], words[:, rows]])
    start = states_at(seen, t - 2, b)
    real = np.flatnonzero((which >= 0) & ~np.isnan(wanted))
    S, A = torch.ones(L + 1, R, H, dtype=x.dtype), torch.zeros(L + 1, R, H, dtype=x.dtype)
    S[0, real, which[real]] = 0
    A[0, real, which[real]] = torch.as_tensor(wanted[real], dtype=x.dtype)
    found = steer(seen, x, start, S, A)
    columns = torch.from_numpy(np.maximum(which, 0))
    got: Floats = found[:, torch.arange(R), columns].double().numpy()
    return got


def steer(
    seen: Observed, x: Tensor, start: tuple[Tensor, ...], S: Tensor, A: Tensor, probe: Recurrent | None = None
) -> Tensor:
    """The memory [L, R, H] of the place's cell over inputs [L, R, I], where each step makes it ``c * S + A``.

    ``probe`` is another layer of the same cell, in the place's stead.
    """
    layer = probe or seen.probe
    name = f"l0.{seen.memory}"
    hx = start if len(start) > 1 else start[0]
    with (
        torch.no_grad(),
        edit(layer, {name: [scale(S), add(A)]}),
        record(layer, name) as rec,
    ):
        layer(x, hx)
    return rec[name]


def states_at(seen: Observed, t: Tensor, b: Tensor) -> tuple[Tensor, ...]:
    """The states after step t of sequence b, [1, R, ...] each; those of the start before the first step."""
    first, at = (t < 0)[:, None], t.clamp(min=0)
    names = seen.place.owner.cell.states
    return tuple(torch.where(first, seen.start[s][b], seen.states[s][at, b])[None].contiguous() for s in names)
