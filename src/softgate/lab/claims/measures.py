"""Measures that only the claims need; the others are in :mod:`softgate.lab.measures`."""

from __future__ import annotations

from typing import Any

import torch

from softgate.record import record
from softgate.roles.find import find_roles
from softgate.roles.words import VERDICTS

__all__ = ["lowest", "roles"]

SEQUENCES = 64
INDEX = 900
"""Of the test batch: none that a score is taken on."""


@torch.no_grad()
def lowest(net: Any, task: Any, seed: int) -> dict[str, float]:
    """The lowest value that any memory takes over test sequences (claim 3)."""
    batch = task.batch(seed, INDEX, SEQUENCES, test=True)
    with record(net.rnn, "*.c") as kept:
        net.rnn(torch.from_numpy(batch.x))
    return {"c": float(kept[kept.names[0]].min())}


def roles(net: Any, task: Any, seed: int) -> dict[str, float]:
    """How many units have a role that intervention shows, one that only correlates, or none (claim 11)."""
    batch = task.batch(seed, INDEX, 16, test=True)
    found = find_roles(net, torch.from_numpy(batch.x), targets=torch.from_numpy(batch.target), seed=seed)
    verdicts = [role.verdict for role in found]
    correlates = verdicts.count(VERDICTS[0])
    shown = sum(v in VERDICTS[1:] for v in verdicts)
    return {"shown": float(shown), "correlates": float(correlates), "none": float(len(verdicts) - shown - correlates)}
