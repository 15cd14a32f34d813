"""How far a net counts, measured: the smallest n whose string it gets wrong, by running it on every string.

Strings of different n begin alike, so each phase is run once for many n, from the states at which they leave the one
before. That is what the net computes on the whole strings, in the same order of operations; a test holds it to that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from softgate.tasks.formal import Language, solved

_STEPS = 1 << 19  # of one run: what is kept of it stays within some tens of megabytes


class Runs(Protocol):
    """A net as it is measured: what it is in the beginning, and what a stretch of one symbol makes of it.

    Both are pairs of a hidden state that the head reads, and of all else that is carried; of a net that has no other
    state the two are the same.
    """

    @property
    def head(self) -> nn.Module:
        """From h [..., H] to logits [..., A]."""

    def begin(self, lanes: int) -> tuple[Tensor, Tensor]:
        """States before anything was read, [lanes, H] each."""

    def run(self, symbol: int, steps: int, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        """The states of every step of a stretch of one symbol, [steps, lanes, H] each."""


@dataclass(frozen=True)
class Failure:
    """The smallest string that is wrong.

    Attributes:
        n: its size; None if every size up to ``most`` is right.
        most: the largest size that was looked at.
        phase: in which stretch of one symbol it first goes wrong, from 0; -1 for the symbol before the string.
        at: at which symbol of that stretch, from 1.
        iterated: steps of the cell's map that were computed for it.
    """

    n: int | None
    most: int
    phase: int = 0
    at: int = 0
    iterated: int = 0

    @property
    def longest(self) -> int:
        """The largest n up to which all is right."""
        return self.most if self.n is None else self.n - 1

    def __str__(self) -> str:
        return f"> {self.most}" if self.n is None else str(self.n)


@torch.no_grad()
def measured(net: Runs, language: Language, most: int = 1000, least: int = 1) -> Failure:
    """Run the net on the strings of sizes ``least`` to ``most``, until one is wrong.

    Args:
        net: the model, opened by :func:`softgate.limits.inside.inside`.
        language: its symbols are the model's ids.
        most: no string longer than this one.
        least: the first size.
    """
    h, c = net.run(0, 1, *net.begin(1))
    if not bool(solved(net.head(h[0]), language.mask(language.first)).all()):
        return Failure(least, most, -1, 1, 1)
    first = net.run(language.alphabet.index(language.phases[0].symbol), most, h[-1], c[-1])
    low, taken = least, 1 + most
    while low <= most:
        high = min(most, low + max(15, min(low, _STEPS // (2 * low))))
        sizes = torch.arange(low, high + 1)
        fails, steps = _block(net, language, sizes, first)
        taken += steps
        if fails:
            n, phase, at = fails[0]
            return Failure(n, most, phase, at, taken)
        low = high + 1
    return Failure(None, most, iterated=taken)


def _block(
    net: Runs, language: Language, sizes: Tensor, first: tuple[Tensor, Tensor]
) -> tuple[list[tuple[int, int, int]], int]:
    """What goes wrong for some sizes: (n, phase, symbol) by n; and the number of steps run."""
    wrong: dict[int, tuple[int, int]] = {}
    B, T, taken = len(sizes), int(sizes[-1]), 0
    h = c = first[0]
    for k, phase in enumerate(language.phases):
        if k == 0:
            hs, cs = (s[:T].expand(T, B, s.shape[-1]) for s in first)
        else:
            hs, cs = net.run(language.alphabet.index(phase.symbol), T, h, c)
            taken += T * B
        right = _right(net, language, k, hs, sizes)
        for b in (~right.all(0)).nonzero().flatten().tolist():
            wrong.setdefault(int(sizes[b]), (k, int((~right[:, b]).nonzero()[0]) + 1))
        h, c = (s[sizes - 1, torch.arange(B)] for s in (hs, cs))
    return [(n, *wrong[n]) for n in sorted(wrong)], taken


def _right(net: Runs, language: Language, k: int, hs: Tensor, sizes: Tensor) -> Tensor:
    """Bool [T, B]: what is predicted after each symbol of phase k is right, or is behind its end."""
    phase, logits = language.phases[k], net.head(hs)
    t = torch.arange(len(hs)).unsqueeze(1)
    inner = solved(logits, language.mask(phase.before)) | (t >= sizes - 1)
    return inner & (solved(logits, language.mask(phase.last)) | (t != sizes - 1))
