"""Where there is nothing to find: nets that nobody trained, labels of other sequences, labels that only rise.

Each function gives how many units were said to be or to track something, of how many.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from softgate.layers import LSTM
from softgate.roles.find import find_roles
from softgate.roles.words import SWITCHING

__all__ = ["shuffled", "trending", "untrained"]

STEPS, SEQUENCES = 200, 24
LABELLED = 16
"""Sequences where labels are searched, of as many steps."""
FEW = (1, 2, 4, 8, 16)
"""So many sequences there are beside labels that rise, of twice as many steps."""


def untrained(seed: int, k: int) -> tuple[int, int]:
    """Units of a switching role, of a net as it is drawn."""
    random = np.random.default_rng([seed, 99, k])
    symbols, units = int(random.integers(2, 9)), int(random.choice([4, 8, 16, 32, 64]))
    layer = _net(symbols, units, [None, 1.0, "chrono"][k % 3], int(random.integers(2**31)))
    ids = random.integers(symbols, size=(STEPS, SEQUENCES))
    found = find_roles(layer, _one_hot(ids, symbols), effects=False, seed=k)
    return len(found.of(*SWITCHING)), len(found)


def trending(seed: int, k: int) -> tuple[int, int]:
    """Units that track a count or a random walk that knows nothing of what slow, untrained units read."""
    random = np.random.default_rng([seed, 98, k])
    batch, least = FEW[k % len(FEW)], (0, -1)[k // len(FEW) % 2]
    layer = _net(3, 10, "chrono", int(random.integers(2**31)))
    label = random.integers(least, 2, size=(2 * STEPS, batch)).cumsum(0)
    ids = random.integers(3, size=label.shape)
    found = find_roles(layer, _one_hot(ids, 3), {"rising": label}, effects=False, seed=k)
    return sum(r.tracks for r in found), len(found)


def shuffled(machine: Any, k: int) -> tuple[int, int]:
    """Units that track a label of other sequences."""
    ids, others = (machine.sample(STEPS, LABELLED, 2 * k + j) for j in range(2))
    labels = machine.labels(others)
    found = find_roles(machine.model, ids, labels, names=machine.alphabet, effects=False, seed=k)
    return sum(r.tracks for r in found), len(found)


def _net(symbols: int, units: int, bias: Any, seed: int) -> LSTM:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return LSTM(symbols, units, forget_bias=bias)


def _one_hot(ids: Any, symbols: int) -> torch.Tensor:
    return torch.nn.functional.one_hot(torch.from_numpy(ids), symbols).float()
