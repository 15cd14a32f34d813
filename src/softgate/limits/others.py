"""Nets of other cells beside the LSTM: trained by the same protocol on the same strings, and measured on all of them.

Nothing is predicted of them. A GRU and a tanh RNN have no memory but their output, which tanh keeps between -1 and 1:
a count has to be a fraction of that, in steps that the dtype and the head can still tell apart (Weiss, Goldberg and
Yahav, 2018, On the practical computational power of finite precision RNNs for language recognition, ACL).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from softgate.limits.nets import Counter, Protocol, one_thread, train
from softgate.limits.reach import measured
from softgate.tasks.formal import Language

__all__ = ["Other", "Plain", "others"]

NAMES = ("gru", "rnn")


@dataclass(frozen=True)
class Other:
    """One net of another cell; columns as in :class:`softgate.limits.study.Row`."""

    cell: str
    language: str
    seed: int
    units: int
    train_to: int
    dtype: str
    learned: bool
    loss: float
    measured: int
    fails: bool
    phase: int
    symbol: int

    @property
    def longest(self) -> int:
        """The largest n up to which every string is right."""
        return self.measured - 1


@dataclass(frozen=True)
class Plain:
    """A net whose only state is its output, as :func:`softgate.limits.reach.measured` runs one."""

    net: Counter

    @property
    def head(self) -> nn.Module:
        """From h to logits."""
        return self.net.head

    def begin(self, lanes: int) -> tuple[Tensor, Tensor]:
        """Zeros [lanes, H], twice."""
        h = self.net.head.weight.new_zeros(lanes, self.net.head.in_features)
        return h, h

    def run(self, symbol: int, steps: int, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        """The state after each step of a stretch of one symbol, [steps, lanes, H], twice."""
        A = len(self.net.alphabet)
        x = nn.functional.one_hot(torch.tensor(symbol), A).to(h.dtype).expand(steps, len(h), A)
        y, _ = self.net.get_submodule(self.net.kind)(x, h.unsqueeze(0).contiguous())
        return y, y


def others(
    language: Language, seeds: Sequence[int], protocol: Protocol, names: Sequence[str], most: int
) -> tuple[Other, ...]:
    """Train and measure a net for each cell and seed.

    Args:
        language: what they learn.
        seeds: one a net.
        protocol: of the LSTMs beside which they stand.
        names: gru, rnn.
        most: the largest n that is looked at.
    """
    found = []
    for name in names:
        for t in train(language, seeds, replace(protocol, layer=name)):
            with one_thread():
                end = measured(Plain(t.net), language, most)
            found.append(
                Other(
                    *(name, language.name, t.seed, protocol.units, protocol.train_to, "float32", t.learned, t.loss),
                    *(end.longest + 1, end.n is not None, end.phase, end.at),
                )
            )
    return tuple(found)
