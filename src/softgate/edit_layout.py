"""How a change fits the call that it changes: arrays [T, B, ...] as the rows of the call, masks of steps and rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from softgate.errors import DtypeError, ShapeError
from softgate.layers.packed import active
from softgate.taps import Call

Steps = int | slice | Sequence[int] | None
Where = Tensor | Callable[[Tensor], Tensor] | None


def whole_numbers(numbers: Any, name: str, what: str) -> list[int]:
    """Whole numbers from one or several, of any kind; ``steps`` are none below 0."""
    found = np.atleast_1d(numbers.detach().cpu().numpy() if isinstance(numbers, Tensor) else np.asarray(numbers))
    if found.size and (found.dtype.kind not in "iu" or found.ndim > 1):
        hint = "a bool mask of steps goes to where=" if found.dtype.kind == "b" else "as in [3, 17] or slice(5, 9)"
        raise DtypeError(f"edit: {name}: {what} are whole numbers, {hint}; got {numbers!r}")
    if what == "steps" and found.size and found.min() < 0:
        raise ShapeError(f"edit: {name}: steps are counted from the first one, 0; got {found.min()}")
    return [int(n) for n in found]


class Layout:
    """The layout of one call: sizes, and how arrays [T, B, ...] become rows."""

    def __init__(self, call: Call, unsorted: Tensor | None) -> None:
        self.x, self.units, self._unsorted = call.x, call.units, unsorted
        self.start, self._stream = call.start or 0, call.start is not None
        self.packed = call.lengths is not None
        self._sizes = torch.tensor(call.lengths, device="cpu") if call.lengths is not None else None
        self.T, self.B = (
            (len(call.lengths), max(call.lengths, default=0)) if call.lengths is not None else call.x.shape[:2]
        )

    def count(self, units: tuple[int, ...] | None) -> int:
        """How many units are changed."""
        return self.units if units is None else len(units)

    def rows_of(self, a: Tensor, name: str) -> Tensor:
        """An array [T or 1, B or 1, K], in the order of the batch, as the kernels read it: [T, B, K] or [rows, K]."""
        if self._stream and len(a) > 1:
            if self.start >= len(a):
                raise ShapeError(f"edit: {name}: {len(a)} steps were given, and the stream is at step {self.start}")
            a = a[self.start : self.start + 1]
        for at, axis, size in ((0, "T", self.T), (1, "B", self.B)):
            if a.shape[at] not in (1, size):
                raise ShapeError(
                    f"edit: {name}: expected [T, B, units] with {axis} = {size} as in this call, or 1; "
                    f"got {list(a.shape)}"
                )
        a = a.expand(self.T, self.B, a.shape[-1])
        if self._sizes is None:
            return a
        if self._unsorted is not None:
            a = a.index_select(1, torch.argsort(self._unsorted))
        return a[active(self._sizes).to(a.device)]

    def steps(self, steps: Steps, name: str) -> Tensor:
        """Which of the call's steps are meant, bool [T]."""
        numbers = torch.arange(self.start, self.start + self.T, device=self.x.device)
        if not isinstance(steps, slice):
            wanted = whole_numbers(steps, name, "steps")
            if not self._stream and self.T and wanted and max(wanted) >= self.T:
                raise ShapeError(f"edit: {name}: step {max(wanted)}, but this call has {self.T}: 0 to {self.T - 1}")
            return torch.isin(numbers, torch.tensor(wanted, device=self.x.device))
        begin, stop, stride = steps.start or 0, steps.stop, 1 if steps.step is None else steps.step
        if begin < 0 or stride < 1 or (stop is not None and stop < 0):
            raise ShapeError(f"edit: {name}: steps are counted upwards from the first one, 0; got {steps}")
        chosen = (numbers >= begin) & ((numbers - begin) % stride == 0)
        return chosen if stop is None else chosen & (numbers < stop)

    def where(self, where: Where, name: str) -> Tensor:
        """The mask as rows, [T, B, 1] or [rows, 1]."""
        mask: Any = where(self.x) if callable(where) else where
        if isinstance(mask, np.ndarray):
            mask = torch.from_numpy(mask)
        if not isinstance(mask, Tensor) or mask.dtype != torch.bool:
            came = mask.dtype if isinstance(mask, Tensor) else type(mask).__name__
            raise DtypeError(f"edit: {name}: where= is or gives a bool tensor [T, B], got {came}")
        if callable(where) and self.packed:
            if mask.shape != self.x.shape[:1]:
                raise ShapeError(
                    f"edit: {name}: where= expected [rows] = {list(self.x.shape[:1])}, got {list(mask.shape)}"
                )
            return mask[:, None]
        if mask.dim() == 1 and self.B == 1:
            mask = mask[:, None]
        if mask.dim() != 2:
            raise ShapeError(f"edit: {name}: where= expected [T, B] = {[self.T, self.B]}, got {list(mask.shape)}")
        return self.rows_of(mask[..., None].to(self.x.device), name)
