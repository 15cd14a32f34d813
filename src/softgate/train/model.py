"""The character model: embedding, recurrent layers, one linear map to the logits of the next character."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from softgate.errors import SoftgateError
from softgate.layers import LSTM
from softgate.text.alphabet import BOUNDARY

__all__ = ["CharacterModel", "ModelSizeError", "State"]

State = tuple[Tensor, Tensor]


class ModelSizeError(SoftgateError, MemoryError):
    """A model that there is no room for. The message has its parameters and the bytes they take."""


class CharacterModel(nn.Module):
    """Logits of the next id from the ids so far. A `BOUNDARY` in the input starts a new document, from a zero state."""

    def __init__(self, size: int, hidden_size: int, layers: int = 1, embedding_size: int = 64, seed: int | None = None):
        super().__init__()
        with torch.random.fork_rng(devices=[], enabled=seed is not None):
            if seed is not None:
                torch.manual_seed(seed)
            self.embedding = nn.Embedding(size, embedding_size)
            self.lstm = LSTM(embedding_size, hidden_size, layers, forget_bias=1.0)
            self.head = nn.Linear(hidden_size, size)

    @staticmethod
    def count(size: int, hidden_size: int, layers: int = 1, embedding_size: int = 64) -> int:
        """How many parameters such a model has, without making one."""
        h = hidden_size
        recurrent = 4 * h * (embedding_size + h + 2) + (layers - 1) * 4 * h * (2 * h + 2)
        return size * embedding_size + recurrent + (h + 1) * size

    def forward(self, ids: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """`ids` [T, B] to logits [T, B, size] and the state (h, c), each [layers, B, H], after the last step."""
        begins = ids == BOUNDARY
        y, state = self.lstm(self.embedding(ids), state, reset=begins if bool(begins.any()) else None)
        return cast(Tensor, self.head(y)), cast(State, state)

    def loss(self, ids: Tensor, targets: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Mean cross-entropy in nats over the `targets` [T, B] that are characters, and the state afterwards."""
        logits, state = self(ids, state)
        return nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=BOUNDARY), state
