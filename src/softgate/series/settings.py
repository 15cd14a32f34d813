"""What defines a forecasting run: the numbers in its `config.json`."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import Any

__all__ = ["SeriesSettings"]

WARM_UP = 0.05
LAST_RATE = 0.02


@dataclass(frozen=True, slots=True)
class SeriesSettings:
    """Everything that must be equal for a run to be continued."""

    target: str
    inputs: tuple[str, ...]
    horizon: int = 1
    hidden_size: int = 32
    layers: int = 1
    updates: int = 1000
    steps: int = 256
    """Length of the windows that are trained on; the first quarter of each only fills the memory."""
    batch_size: int = 16
    learning_rate: float = 5e-3
    weight_decay: float = 1e-3
    clip: float = 1.0
    seed: int = 0
    changes: bool = False
    """Read and forecast the target as changes from its last known value: for a series with a trend."""
    period: int = 0
    """Rows a season; 0 to find it."""
    test_share: float = 0.25
    validation_share: float = 0.15

    def rate(self, update: int) -> float:
        """The learning rate of an update: a short rise, then half a cosine down."""
        done = update / max(1, self.updates)
        if done < WARM_UP:
            return self.learning_rate * (0.1 + 0.9 * done / WARM_UP)
        fall = 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))
        return self.learning_rate * (LAST_RATE + (1 - LAST_RATE) * fall)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self) | {"inputs": list(self.inputs)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> SeriesSettings:
        """The inverse of `as_dict`; keys that this version does not know are an error."""
        return cls(**{**values, "inputs": tuple(values["inputs"])})

    def differences(self, other: SeriesSettings) -> list[str]:
        """What keeps a run with these settings from going on with `other`."""
        return [
            f"{item.name} is {getattr(self, item.name)} there and {getattr(other, item.name)} here"
            for item in fields(self)
            if getattr(self, item.name) != getattr(other, item.name)
        ]
