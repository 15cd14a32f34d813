"""What defines a training run: the numbers in `config.json`, and how far along a run is."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import Any

__all__ = ["Settings"]

WARM_UP = 0.02
LAST_RATE = 0.02


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that must be equal for a run to be continued, but for its length."""

    hidden_size: int = 384
    layers: int = 1
    embedding_size: int = 64
    batch_size: int = 16
    steps_per_chunk: int = 64
    learning_rate: float = 8e-3
    weight_decay: float = 0.01
    clip: float = 1.0
    seed: int = 0
    characters: int | None = None
    seconds: float = 165.0
    max_chunks: int | None = None
    """Stop after so many optimiser steps as well: a run whose length does not depend on the machine."""

    def fraction(self, seconds: float, chunks: int) -> float:
        """How much of the run is done, 0 to 1, by whichever limit comes first."""
        by_time = seconds / self.seconds if self.seconds > 0 else 1.0
        by_chunks = chunks / self.max_chunks if self.max_chunks else 0.0
        return min(1.0, max(by_time, by_chunks))

    def rate(self, fraction: float) -> float:
        """The learning rate at that point: a short rise, then half a cosine down, so every run ends annealed."""
        if fraction < WARM_UP:
            return self.learning_rate * (0.05 + 0.95 * fraction / WARM_UP)
        fall = 0.5 * (1 + math.cos(math.pi * (fraction - WARM_UP) / (1 - WARM_UP)))
        return self.learning_rate * (LAST_RATE + (1 - LAST_RATE) * fall)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Settings:
        """The inverse of `as_dict`; keys that this version does not know are an error."""
        return cls(**values)

    def differences(self, other: Settings, diverged: bool = False) -> list[str]:
        """What keeps a run with these settings from going on with `other`.

        The length of a run may change, and the learning rate of one that `diverged`.
        """
        free = {"seconds", "max_chunks"} | ({"learning_rate"} if diverged else set())
        return [
            f"{item.name} is {getattr(self, item.name)} there and {getattr(other, item.name)} here"
            for item in fields(self)
            if item.name not in free and getattr(self, item.name) != getattr(other, item.name)
        ]
