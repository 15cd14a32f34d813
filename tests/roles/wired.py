"""Machines wired by hand from the table of definitions: inputs one-hot (rest, A, B), gates driven to K."""

from __future__ import annotations

import math
from typing import Any

import torch

import softgate as sg

K = 20.0
NAMES = ("rest", "A", "B")

COUNTER = {"i": [K, K, K], "f": [K, K, K], "g": [0, K, -K]}
LATCH = {"i": [-K, K, K], "f": [K, -K, -K], "g": [0, K, -K]}
TOGGLE = {"i": [-K, K, K], "f": [K, -K, -K], "g": [0, 0, 3 * K], "own g": -2 * K}
TIMER = {"i": [K, -K, K], "f": [K, -K, K], "g": [math.atanh(1 / 128)] * 3}
SENSOR = {"i": [K, K, K], "f": [-K, -K, -K], "g": [0, K, -K]}
DECAY = {"i": [-K, K, -K], "f": [math.log(7), -K, math.log(7)], "g": [0, K, 0]}
GUARDED = {"i": [-K, K, -K], "f": [K, K, K], "g": [0, K, 0], "i from": (0, K)}
"""Counts A while unit 0 is on: i is 2 K or 0 at A by itself, so it is given -K more and K from the other's h."""

ROLES = {"counter": COUNTER, "latch": LATCH, "toggle": TOGGLE, "timer": TIMER, "sensor": SENSOR}


def wire(*units: dict[str, Any], distractors: int = 0, seed: int = 0) -> sg.LSTM:
    """A layer of these units, then of some with random weights that see everything."""
    H, symbols = len(units) + distractors, len(units[0]["i"])
    layer = sg.LSTM(symbols, H)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in layer.parameters():
            p.copy_((torch.rand(p.shape, generator=generator) * 2 - 1) / math.sqrt(H))
        W, U = layer.weight_ih_l0.view(4, H, symbols), layer.weight_hh_l0.view(4, H, H)
        biases = layer.bias_ih_l0.view(4, H), layer.bias_hh_l0.view(4, H)
        for u, rows in enumerate(units):
            U[:, u] = 0
            for bias in biases:
                bias[:, u] = 0
            for n, gate in enumerate("ifgo"):
                W[n, u] = torch.tensor(rows.get(gate, [K] * symbols), dtype=torch.float32)
                if f"own {gate}" in rows:
                    U[n, u, u] = rows[f"own {gate}"]
                if f"{gate} from" in rows:
                    other, weight = rows[f"{gate} from"]
                    U[n, u, other] = weight
    return layer


def symbols(steps: int = 150, batch: int = 16, seed: int = 0) -> torch.Tensor:
    """Random symbols [T, B], rest as often as both events."""
    generator = torch.Generator().manual_seed(seed)
    return torch.multinomial(torch.tensor([2.0, 1.0, 1.0]), steps * batch, True, generator=generator).view(steps, batch)


def one_hot(ids: torch.Tensor) -> torch.Tensor:
    """[T, B, 3]."""
    return torch.nn.functional.one_hot(ids, 3).float()


class Shown(torch.nn.Module):
    """A layer, and a head that reads some of its units."""

    def __init__(self, layer: sg.LSTM, read: list[int]) -> None:
        super().__init__()
        self.lstm = layer
        self.read = read

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """[T, B, len(read)]."""
        return self.lstm(x)[0][..., self.read]
