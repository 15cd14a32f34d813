"""Runs a machine's net beside its program, over every input or over random ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

import softgate as sg
from softgate.zoo.variables import World


def largest_error(machine: Any, ids: np.ndarray, pieces: int = 1) -> float:
    """The largest distance of a cell state from what it must be, over ids [T, B]; NaN where a net gave one."""
    worst, state, before = 0.0, None, None
    for piece in np.array_split(ids, pieces):
        with torch.no_grad(), sg.record(machine.model, ["lstm.l0.c"]) as run:
            _, state = machine.model(torch.from_numpy(piece), state)
        expected = machine.expected(piece, before)
        error = np.abs(run["lstm.l0.c"].numpy() - expected)[..., known(machine)]
        assert not np.isnan(error).any()
        worst = max(worst, float(error.max(initial=0.0)))
        before = {name: value[-1] for name, value in machine.trace(piece, before).items()}
    return worst


def known(machine: Any) -> np.ndarray:
    return np.array([unit.exact for unit in machine.units])


def exhaustive_error(machine: Any, most: int) -> tuple[int, float]:
    """The largest error over every input, and the length they reach: at most 10, and `most` inputs in all.

    Inputs share their beginnings, so this walks the tree of them: one step from every node to all its children.
    """
    A, program = len(machine.alphabet), machine.program
    net = machine.model
    h, c = net.start_h[None, None], net.start_c[None, None]
    before = program.start((1,))
    worst, length = 0.0, 0
    while length < 10 and A ** (length + 1) <= most:
        length += 1
        ids = np.tile(np.arange(A), len(before[program.variables[0].name]))
        before = {name: np.repeat(value, A) for name, value in before.items()}
        h, c = (s.repeat_interleave(A, dim=1).contiguous() for s in (h, c))
        with torch.no_grad():
            _, (h, c) = net(torch.from_numpy(ids)[None], (h, c))
        after = program.step(ids, before)
        cells = machine.wiring.cells(World(machine.alphabet, ids, before), after)
        error = np.abs(c[0].numpy() - cells)[..., known(machine)]
        assert not np.isnan(error).any()
        worst, before = max(worst, float(error.max(initial=0.0))), after
    return length, worst
