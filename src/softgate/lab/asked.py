"""What measures are taken on: test sequences that no score is taken on, and the signals of a net on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from softgate.record import record

__all__ = ["Asked", "ask"]

SEQUENCES = 64
INDEX = 901
"""Of the test batch."""


@dataclass(frozen=True)
class Asked:
    """A net at work.

    Attributes:
        x: [T, B, I].
        target, mask: of the task, as tensors, [T, B, ...].
        counts: bool [T, B], the steps up to the last that counts; what stands behind it is filling.
        signals: by name without the layer's, ``"f"``, ``"pre.f"``, ``"c"``, each [T, B, H].
        y: [T, B, O].
        batch: as the task gave it.
    """

    x: Tensor
    target: Tensor
    mask: Tensor
    counts: Tensor
    signals: dict[str, Tensor]
    y: Tensor
    batch: Any

    def values(self, name: str) -> Tensor:
        """A signal at the steps that count, [steps, H]."""
        return self.signals[name][self.counts]


@torch.no_grad()
def ask(net: Any, task: Any, seed: int, sequences: int = SEQUENCES) -> Asked:
    """Run a net on test sequences and keep all its signals."""
    batch = task.batch(seed, INDEX, sequences, test=True)
    x, target, mask = (torch.from_numpy(np.ascontiguousarray(a)) for a in (batch.x, batch.target, batch.mask))
    with record(net, "rnn.*") as kept:
        y, _ = net(x)
    signals = {name.removeprefix("rnn.l0."): kept[name] for name in kept.names}
    counts = mask.flip(0).cummax(0).values.flip(0)
    return Asked(x, target, mask, counts, signals, y, batch)
