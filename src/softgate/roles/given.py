"""What ``find_roles`` is given: taken as it is meant, or refused with the name of the argument."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from softgate.errors import DtypeError, ShapeError, SoftgateError
from softgate.roles.classes import array_of, joined, series
from softgate.roles.labels import halves
from softgate.roles.observe import Run

__all__ = ["batches_of", "check", "labels_of", "remarks", "targets_of"]

Floats = NDArray[np.float64]

SHORTEST = 8
"""With fewer steps every unit is a timer: what moves has not had the time to come back."""
IGNORED = -100
"""The class that torch's cross entropy leaves out."""


def check(model: Any, labels: Any, names: Any, targets: Any, loss: Any, rate: Any, seed: Any) -> None:
    """Refuse what is of another kind than the argument asks for.

    Raises:
        DtypeError, ShapeError: naming the argument.
    """
    if not isinstance(model, torch.nn.Module):
        raise DtypeError(f"find_roles: model: expected a torch module, got {type(model).__name__}")
    if labels is not None and not isinstance(labels, Mapping):
        raise DtypeError(f"find_roles: labels: expected a dict from names to arrays, got {type(labels).__name__}")
    for name in labels or ():
        if not isinstance(name, str):
            raise DtypeError(f"find_roles: labels: expected names that are text, got {name!r}")
    if names is not None:
        if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
            raise DtypeError(f"find_roles: names: expected a list of text, one for each class, got {names!r}")
        twice = sorted({name for name in names if list(names).count(name) > 1})
        if twice:
            raise ShapeError(f"find_roles: names: expected a different name for each class, got {twice[0]!r} twice")
    if loss is not None and targets is None:
        raise ShapeError("find_roles: loss: expected targets= beside it, got none")
    if loss is not None and not callable(loss):
        raise DtypeError(f"find_roles: loss: expected a function, got {type(loss).__name__}")
    if isinstance(rate, bool) or not isinstance(rate, Real) or not 0 < float(rate) < 1:
        raise ShapeError(f"find_roles: rate: expected a number between 0 and 1, got {rate!r}")
    if isinstance(seed, bool) or not isinstance(seed, Integral) or int(seed) < 0:
        raise ShapeError(f"find_roles: seed: expected a whole number from 0, got {seed!r}")


def batches_of(data: Any) -> list[Tensor]:
    """The batches of data, one or more."""
    found = [_tensor(d, "data") for d in (data if isinstance(data, list | tuple) else [data])]
    if not found or any(b.dim() < 2 or 0 in b.shape[:2] for b in found):
        came = ", ".join(str(list(b.shape)) for b in found) or "nothing"
        raise ShapeError(f"find_roles: expected data [T, B] or [T, B, I] with steps in it, got {came}")
    return found


def labels_of(labels: Mapping[str, Any] | None, runs: Sequence[Run]) -> dict[str, Floats]:
    """By name, [T, B] of all batches, NaN where it is not known."""
    return {name: _label(name, given, runs) for name, given in (labels or {}).items()}


def remarks(labels: Mapping[str, Floats], seed: int) -> tuple[str, ...]:
    """Which labels cannot be judged, and why."""
    found = []
    for name, y in labels.items():
        parts = np.array_split(y, 2) if y.shape[1] == 1 else [y[:, part] for part in halves(y.shape[1], seed)]
        if not np.isfinite(y).any():
            found.append(f"label {name!r} is known at no step")
        elif not _varies(y):
            found.append(f"label {name!r} does not vary")
        elif not all(map(_varies, parts)):
            found.append(f"label {name!r} does not vary in one half of the data, so it is not judged")
    return tuple(found)


def targets_of(targets: Any, loss: Any, runs: Sequence[Run], effects: bool) -> list[Tensor] | None:
    """Targets of each batch, as they were given; None if there are none. For effects, outputs must be readable."""
    for run in runs if effects else ():
        run.time_first(run.output, run.steps, run.size)
    if targets is None:
        return None
    found = [_tensor(t, "targets") for t in series(targets, runs, "targets")]
    for target, run in zip(found, runs, strict=True):
        _fits(target, loss is not None, run)
    return found


def _varies(y: Floats) -> bool:
    values = y[np.isfinite(y)]
    return values.size > 1 and float(np.ptp(values)) > 0


def _tensor(given: Any, what: str) -> Tensor:
    found = given
    if not isinstance(found, Tensor):
        try:
            found = torch.from_numpy(np.asarray(given))
        except (TypeError, ValueError) as error:
            raise DtypeError(f"find_roles: {what}: expected arrays of numbers, got {type(given).__name__}") from error
    result: Tensor = found.detach() if found.is_floating_point() else found.to(torch.int64)
    return result


def _label(name: str, given: Any, runs: Sequence[Run]) -> Floats:
    what = f"label {name!r}"
    parts = [array_of(g, run, what) for g, run in zip(series(given, runs, what), runs, strict=True)]
    if any(p.dtype.kind not in "biuf" for p in parts):
        raise DtypeError(f"find_roles: {what}: expected bool or numbers, got {parts[0].dtype}")
    wrong = sum(int(np.isinf(p).sum()) for p in parts)
    if wrong:
        raise SoftgateError(f"find_roles: {what}: expected finite numbers, or NaN where unknown; got {wrong} infinite")
    return joined([p.astype(np.float64) for p in parts], math.nan)


def _fits(target: Tensor, any_numbers: bool, run: Run) -> None:
    steps, size, n = run.time_first(run.output, run.steps, run.size).shape
    shape = [steps, size] if run.time == 0 else [size, steps]
    whole = not target.is_floating_point()
    fits = list(target.shape[:2]) == shape
    if fits and not any_numbers:
        fits = target.dim() == 2 if whole else target.numel() == steps * size * n
    if not fits:
        raise ShapeError(
            f"find_roles: targets: expected classes {shape}, or numbers {[*shape, n]} as the model gives; "
            f"got {list(target.shape)}"
        )
    if whole and not any_numbers:
        wrong = target[((target < 0) & (target != IGNORED)) | (target >= n)]
        if wrong.numel():
            raise ShapeError(
                f"find_roles: targets: expected classes from 0 to {n - 1}, as many as the model gives numbers; "
                f"got {int(wrong[0])}"
            )
