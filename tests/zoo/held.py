"""Runs a machine's net beside its program, over every input or over random ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

import softgate as sg
from softgate.zoo.world import World

# Of a cell state, or of 1 if that is more: steps such as artanh(0.3) are rounded once for each count.
TOLERANCE = 2e-6


def largest_error(machine: sg.zoo.Machine, ids: np.ndarray, pieces: int = 1) -> float:
    """The largest error of a cell state over ids [T, B], of it or of 1; pieces carry the state on."""
    state, before = None, None
    worst = 0.0
    for piece in np.array_split(ids, pieces):
        with torch.no_grad(), sg.record(machine.model, ["lstm.l0.c"]) as run:
            _, state = machine.model(torch.from_numpy(piece), state)
        worst = max(worst, _error(machine, run["lstm.l0.c"].numpy(), machine.expected(piece, before)))
        before = {name: value[-1] for name, value in machine.trace(piece, before).items()}
    return worst


def every_input(machine: sg.zoo.Machine, longest: int = 10, merge: bool = True) -> Iterator[tuple[int, float]]:
    """At each length of input up to ``longest``: how many inputs there are, and the largest error over all of them.

    Inputs share their beginnings, so this walks the tree of them: one step from every node to each of its children.
    Beginnings that leave the net in the same state, bit for bit, and the program too, have the same future whatever
    follows, so only one of them is walked on, for all.
    """
    A, net, program = len(machine.alphabet), machine.model, machine.program
    h, c = net.start_h[None, None], net.start_c[None, None]
    before, inputs = program.start((1,)), np.ones(1, np.int64)
    for _ in range(longest):
        ids = np.tile(np.arange(A), len(inputs))
        before = {name: np.repeat(value, A) for name, value in before.items()}
        inputs = np.repeat(inputs, A)
        with torch.no_grad():
            state = (h.repeat_interleave(A, dim=1), c.repeat_interleave(A, dim=1))
            _, (h, c) = net(torch.from_numpy(ids)[None], state)
        after = program.step(ids, before)
        yield (
            int(inputs.sum()),
            _error(machine, c[0].numpy(), machine.wiring.cells(World(machine.alphabet, ids, before), after)),
        )
        before = after
        if merge:
            kept, inputs = _merged(h[0].numpy(), c[0].numpy(), before, inputs)
            h, c = h[:, kept], c[:, kept]
            before = {name: value[kept] for name, value in before.items()}


def _merged(h: np.ndarray, c: np.ndarray, values: dict[str, Any], inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One node of each kind, and for how many inputs it stands."""
    told = np.stack([np.asarray(value, np.int64) for value in values.values()], 1)
    bits = np.concatenate([np.ascontiguousarray(part).view(np.uint8) for part in (h, c, told)], 1)
    whole = np.ascontiguousarray(bits).view(f"V{bits.shape[1]}")[:, 0]
    _, kept, which = np.unique(whole, return_index=True, return_inverse=True)
    stands_for = np.zeros(len(kept), np.int64)
    np.add.at(stands_for, which, inputs)
    return kept, stands_for


def _error(machine: sg.zoo.Machine, cells: np.ndarray, expected: np.ndarray) -> float:
    known = np.array([unit.exact for unit in machine.units])
    assert np.isfinite(cells).all()
    assert np.array_equal(~np.isnan(expected), np.broadcast_to(known, expected.shape))
    error = np.abs(cells - expected) / np.maximum(np.abs(expected), 1)
    return float(error[..., known].max(initial=0.0))


def spelled(machine: sg.zoo.Machine, words: list[str]) -> np.ndarray:
    """Words of one length and of symbols of one letter as ids [T, B]."""
    return np.array([[machine.alphabet.index(letter) for letter in word] for word in words]).T


def weights_of(machine: sg.zoo.Machine) -> dict[str, Any]:
    return {name: value.numpy() for name, value in machine.model.state_dict().items()}
