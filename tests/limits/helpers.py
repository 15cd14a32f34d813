"""Nets for the tests: one that was trained for a moment, and counters wired by hand whose limits are arithmetic."""

from __future__ import annotations

from functools import cache

import torch

from softgate.limits.nets import Counter, Protocol, Trained, train
from softgate.tasks.formal import get, solved


@cache
def trained(name: str = "anbn", train_to: int = 12, steps: int = 700) -> tuple[Trained, ...]:
    return tuple(train(get(name), range(3), Protocol(train_to=train_to, steps=steps)))


def wired(step: float, down: float | None = None, forget: float = 40.0) -> Counter:
    """a^n b^n by arithmetic: unit 0 goes up ``step`` at a and down at b from -step / 2; unit 1 says a or b.

    ``forget`` is the pre-activation of unit 0's forget gate, 40 for exactly 1.
    """
    net = Counter(("$", "a", "b"), 2)
    down = step if down is None else down
    K = 40.0
    gates = torch.full((4, 2, 3), K)  # i f g o, unit, symbol
    gates[1, 0] = forget
    gates[1, 1] = -1000.0
    gates[2, 0] = torch.atanh(torch.tensor([-step / 2, step, -down], dtype=torch.float64)).float().clamp(-K, K)
    gates[2, 1] = torch.tensor([K, K, -K])
    head = torch.tensor([[-400.0, -300.0], [0.0, 100.0], [400.0, 0.0]])
    bias = torch.tensor([-300 * 0.7615942, 0.0, 0.0])
    with torch.no_grad():
        for p in net.parameters():
            p.zero_()
        net.lstm.weight_ih_l0.copy_(gates.flatten(0, 1))
        net.head.weight.copy_(head)
        net.head.bias.copy_(bias)
    return net


def right(net: Counter, name: str, n: int) -> bool:
    """Whether a net is right about one string, read as a whole in one call."""
    language = get(name)
    ids = language.string(n)
    with torch.no_grad():
        y, _ = net(torch.tensor(ids).unsqueeze(1))
    return bool(solved(y[:, 0], torch.from_numpy(language.sets(ids))).all())
