"""What of a signal is kept: which steps of each call, and in which dtype."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import index
from typing import Any

import torch
from torch import Tensor

from softgate.errors import DtypeError, ShapeError

Steps = slice | tuple[int, ...] | None


@dataclass(frozen=True)
class Choice:
    """Steps, counted along each call (None: all), and the dtype to keep values in (None: as they are)."""

    steps: Steps = None
    dtype: torch.dtype | None = None

    def count(self, T: int) -> int:
        """How many steps of a call with T steps are kept.

        Raises:
            ShapeError: a step is asked for that the call does not have.
        """
        if self.steps is None:
            return T
        if isinstance(self.steps, slice):
            return len(range(*self.steps.indices(T)))
        for s in self.steps:
            if not -T <= s < T:
                raise ShapeError(
                    f"record: steps has {s}, and a call has {T} steps, 0 to {T - 1}; steps are counted along each call"
                )
        return len(self.steps)

    def of(self, value: Tensor) -> Tensor:
        """What is kept of a signal [T, ...]; memory of its own if that is less than all, or another dtype."""
        kept = value
        if self.steps is not None:
            T = len(value)
            self.count(T)
            rows = range(*self.steps.indices(T)) if isinstance(self.steps, slice) else self.steps
            kept = value[torch.tensor(list(rows), dtype=torch.int64, device=value.device)]
        return kept if self.dtype is None else kept.to(self.dtype)


def choice(steps: Any, dtype: Any) -> Choice:
    """Reads the arguments of :func:`softgate.record`.

    Raises:
        DtypeError: the dtype is not one of torch's floating-point ones.
        ShapeError: steps are neither a slice nor integers.
    """
    if dtype is not None and not (isinstance(dtype, torch.dtype) and dtype.is_floating_point):
        raise DtypeError(f"record: dtype must be a floating-point dtype of torch, as torch.float16; got {dtype!r}")
    return Choice(_steps(steps), dtype)


def _steps(steps: Any) -> Steps:
    if steps is None:
        return None
    wrong = ShapeError(f"record: steps must be a slice or integers, as slice(0, 100, 10) or [0, 5]; got {steps!r}")
    try:
        if isinstance(steps, slice):
            parts = [None if p is None else index(p) for p in (steps.start, steps.stop, steps.step)]
            if parts[2] == 0:
                raise wrong
            return slice(*parts)
        if isinstance(steps, str | bytes | Mapping) or not isinstance(steps, Iterable):
            raise wrong
        found = list(steps)
        if any(isinstance(s, bool) or getattr(s, "dtype", None) == torch.bool for s in found):
            raise wrong
        return tuple(index(s) for s in found)
    except TypeError:
        raise wrong from None
