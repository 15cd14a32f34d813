"""The forecaster: recurrent layers over the rows, one linear map to the target."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from softgate.layers import LSTM

__all__ = ["SeriesModel", "State"]

State = tuple[Tensor, Tensor]


class SeriesModel(nn.Module):
    """The scaled target, from the rows so far."""

    def __init__(self, inputs: int, hidden_size: int, layers: int = 1, memory: int = 256, seed: int | None = None):
        super().__init__()
        with torch.random.fork_rng(devices=[], enabled=seed is not None):
            if seed is not None:
                torch.manual_seed(seed)
            # Units begin with memories of many lengths, up to that of a window.
            self.lstm = LSTM(inputs, hidden_size, layers, forget_bias=("chrono", max(3, memory)))
            self.head = nn.Linear(hidden_size, 1)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """`x` [T, B, I] to forecasts [T, B] and the state (h, c), each [layers, B, H], after the last row."""
        y, state = self.lstm(x, state)
        return self.head(y)[..., 0], cast(State, state)

    def loss(self, x: Tensor, wanted: Tensor) -> Tensor:
        """Mean squared error over the `wanted` [T, B] that are numbers."""
        known = wanted.isfinite()
        y, _ = self(x)
        return cast(Tensor, ((y - wanted.nan_to_num()).square() * known).sum() / known.sum().clamp(min=1))
