"""Whether anything depends on a unit: what it holds is changed, once in a while, and everything else is watched."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from softgate.changes import add, scale
from softgate.edit import edit
from softgate.record import record
from softgate.roles.observe import Observed, Run, output_of

__all__ = ["reaches"]

STEPS, SEQUENCES = 24, 4
PUSH = 1.0


def reaches(model: torch.nn.Module, runs: Sequence[Run], seen: Observed, units: Sequence[int]) -> dict[int, bool]:
    """By unit, whether a push of its memory changes the model's output or another unit of its place."""
    run, H = runs[0], seen.units
    R, T = min(SEQUENCES, run.size), min(STEPS, run.steps)
    index = torch.arange(R).repeat(len(units) + 1)
    rows = run.data[:T, index] if run.time == 0 else run.data[index, :T]
    A = torch.zeros(T, len(index), H, dtype=seen.x.dtype)
    for j, u in enumerate(units):
        A[1::4, (j + 1) * R : (j + 2) * R, u] = PUSH
    name = seen.prefix + seen.memory
    with torch.no_grad(), edit(model, {name: [scale(torch.ones_like(A)), add(A)]}), record(model, name) as rec:
        y = output_of(model(rows))
    c = rec[name]
    axis = next(n for n, size in enumerate(y.shape) if size == len(index) and n == min(1 - run.time, y.dim() - 1))
    parts = y.movedim(axis, 0).reshape(len(units) + 1, -1)
    scale_of = float(parts[0].abs().max()) or 1.0
    found = {}
    for j, u in enumerate(units):
        others = np.delete(np.arange(H), u)
        rows_of = slice((j + 1) * R, (j + 2) * R)
        moved = float((c[:, rows_of][..., others] - c[:, :R][..., others]).abs().max()) if H > 1 else 0.0
        found[u] = float((parts[j + 1] - parts[0]).abs().max()) > 1e-5 * scale_of or moved > 1e-5
    return found
