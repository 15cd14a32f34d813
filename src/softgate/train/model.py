"""The character model: embedding, recurrent layers, one linear map to the logits of the next character."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from softgate.text.alphabet import BOUNDARY

__all__ = ["CharacterModel", "State", "recurrent"]

State = tuple[Tensor, Tensor]


def recurrent(input_size: int, hidden_size: int, num_layers: int) -> nn.LSTM:
    """The recurrent layers of the model, in one place."""
    return nn.LSTM(input_size, hidden_size, num_layers=num_layers)


class CharacterModel(nn.Module):
    """Logits of the next id from the ids so far. A `BOUNDARY` in the input starts a new document."""

    def __init__(self, size: int, hidden_size: int, layers: int = 1, embedding_size: int = 64, seed: int | None = None):
        super().__init__()
        with torch.random.fork_rng(devices=[], enabled=seed is not None):
            if seed is not None:
                torch.manual_seed(seed)
            self.embedding = nn.Embedding(size, embedding_size)
            self.lstm = recurrent(embedding_size, hidden_size, layers)
            self.head = nn.Linear(hidden_size, size)
        self._open_forget_gates()

    def _open_forget_gates(self) -> None:
        """A forget bias of 1, since a cell that forgets by default has no gradient to learn remembering from."""
        hidden = self.lstm.hidden_size
        with torch.no_grad():
            for layer in range(self.lstm.num_layers):
                getattr(self.lstm, f"bias_ih_l{layer}")[hidden : 2 * hidden] = 1.0
                getattr(self.lstm, f"bias_hh_l{layer}")[hidden : 2 * hidden] = 0.0

    def forward(self, ids: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """`ids` [T, B] to logits [T, B, size] and the state (h, c), each [layers, B, H], after the last step."""
        y, state = self.lstm(self.embedding(ids), state)
        return cast(Tensor, self.head(y)), cast(State, state)

    def loss(self, ids: Tensor, targets: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Mean cross-entropy in nats over the `targets` [T, B] that are characters, and the state afterwards."""
        logits, state = self(ids, state)
        return nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=BOUNDARY), state
