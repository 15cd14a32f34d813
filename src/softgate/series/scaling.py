"""How the columns of a table become what a forecaster reads, and back; kept in the run."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from softgate.tables import Frame

__all__ = ["Scaling", "latest"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Scaling:
    """How columns become what the network reads, kept in `config.json`.

    Attributes:
        inputs: columns, in order.
        flagged: those of them that have a column of their own that says where they are missing.
        centre, spread: of the inputs.
        target, target_centre, target_spread: of what is forecast.
        horizon: rows ahead.
        changes: whether the target is read and forecast as changes from its last known value.
    """

    inputs: tuple[str, ...]
    flagged: tuple[str, ...]
    centre: tuple[float, ...]
    spread: tuple[float, ...]
    target: str
    target_centre: float
    target_spread: float
    horizon: int
    changes: bool = False

    @property
    def features(self) -> tuple[str, ...]:
        """What the network reads."""
        return (*self.inputs, *(f"{name} is missing" for name in self.flagged))

    def read(self, frame: Frame) -> NDArray[np.float32]:
        """The input of a table, [T, I]."""
        raw = np.stack([self.raw(frame, name) for name in self.inputs], axis=1)
        known = np.isfinite(raw)
        scaled = np.where(known, (raw - self.centre) / np.array(self.spread), 0.0)
        flags = [~known[:, self.inputs.index(name)] for name in self.flagged]
        return np.column_stack([scaled, *flags]).astype(np.float32)

    def raw(self, frame: Frame, name: str) -> Floats:
        """A column before it is scaled, [T]."""
        values = frame.column(name)
        if not (self.changes and name == self.target):
            return values
        filled = latest(values, 0.0)
        return np.where(np.isfinite(values), np.append(0.0, np.diff(filled)), np.nan)

    def unscaled(self, values: NDArray[Any]) -> Floats:
        """Forecasts as the network gives them, in the units of the target; changes where they are that."""
        return values.astype(np.float64) * self.target_spread + self.target_centre

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Scaling:
        """The inverse of `as_dict`."""
        plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
        return cls(**plain)


def latest(values: Floats, before: float) -> Floats:
    """The last known value at every row, [T]; `before` where there is none yet."""
    known = np.isfinite(values)
    last = np.maximum.accumulate(np.where(known, np.arange(len(known)), -1))
    return np.where(last >= 0, values[np.maximum(last, 0)], before)
