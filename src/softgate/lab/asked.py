"""What measures are taken on: test sequences that no score is taken on, and the signals of a net on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

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


_latest: WeakKeyDictionary[Any, tuple[Any, Asked]] = WeakKeyDictionary()
"""Of each net, what it was asked last: several measures ask the same."""


def ask(net: Any, task: Any, seed: int, sequences: int = SEQUENCES) -> Asked:
    """Run a net on test sequences and keep all its signals."""
    mark = (task, seed, sequences, [(id(p), p._version) for p in net.parameters()])
    if net not in _latest or _latest[net][0] != mark:
        _latest[net] = mark, _ask(net, task, seed, sequences)
    return _latest[net][1]


@torch.no_grad()
def _ask(net: Any, task: Any, seed: int, sequences: int) -> Asked:
    batch = task.batch(seed, INDEX, sequences, test=True)
    x, target, mask = (torch.from_numpy(np.ascontiguousarray(a)) for a in (batch.x, batch.target, batch.mask))
    with record(net, "rnn.*") as kept:
        y, _ = net(x)
    signals = {name.removeprefix("rnn.l0."): kept[name] for name in kept.names}
    counts = mask.flip(0).cummax(0).values.flip(0)
    return Asked(x, target, mask, counts, signals, y, batch)
