"""A small model and corpus, for tests in this process and in others."""

from __future__ import annotations

from typing import Any

import torch

import softgate as sg

CLASSES = 7


class Characters(torch.nn.Module):
    """An embedding and two layers."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.embed = torch.nn.Embedding(CLASSES, 5)
        self.lstm = sg.LSTM(5, 19, num_layers=2)
        with torch.no_grad():
            for p in self.lstm.parameters():
                p.mul_(3)

    def forward(self, ids: torch.Tensor, state: Any = None) -> Any:
        return self.lstm(self.embed(ids), state)


def batches() -> list[torch.Tensor]:
    torch.manual_seed(2)
    return [torch.randint(CLASSES, (T, 3)) for T in (40, 17, 64, 33, 21)]


def same_number(ids: torch.Tensor) -> torch.Tensor:
    return ids


def count(chosen: list[torch.Tensor]) -> sg.Statistics:
    """What a worker does: the statistics of its share of the corpus."""
    torch.set_num_threads(1)
    return sg.stream_statistics(Characters(), chosen, "*", classes=same_number, steps=16)
