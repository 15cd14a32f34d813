"""The class of every step: the symbol that was read, a row of numbers that occurs again and again, or the user's event.

Where inputs are real numbers that hardly repeat and no events are given, there is one class, and roles are judged by
what the input adds (:mod:`softgate.roles.real`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from softgate.errors import DtypeError, ShapeError
from softgate.roles.observe import Run

__all__ = ["Classes", "classify", "joined", "series"]

MOST = 256
"""So many different rows of numbers are taken for symbols; with more, the input is a quantity."""


@dataclass(frozen=True, eq=False)
class Classes:
    """``of`` [T, B] numbers classes from 0, -1 behind the end of a sequence; ``names`` says what they are called.

    ``real`` where the input is a quantity, ``given`` where the user told the events.
    """

    of: NDArray[np.int64]
    names: tuple[str, ...]
    real: bool = False
    given: bool = False


def classify(runs: Sequence[Run], events: Any, names: Sequence[str] | None) -> Classes:
    """Classes of all batches beside each other, T as long as the longest.

    Args:
        runs: the batches.
        events: whole numbers [T, B], a list of such, a function of a batch that gives them, or None.
        names: what class k is called.

    Raises:
        ShapeError, DtypeError: events of another shape than the steps, or that are not whole numbers.
    """
    if events is not None:
        given = [_whole(e, run) for e, run in zip(series(events, runs, "events"), runs, strict=True)]
    elif all(not run.data.is_floating_point() and run.data.dim() == 2 for run in runs):
        given = [_time_first(run.data, run).numpy().astype(np.int64) for run in runs]
    else:
        found = _rows(runs)
        if found is None:
            return Classes(joined([np.zeros((run.steps, run.size), np.int64) for run in runs], -1), ("input",), True)
        given = found
    of = joined(given, -1)
    if of.size and of.min() < -1:
        raise ShapeError(f"find_roles: classes are whole numbers from 0, or -1 for none; got {of.min()}")
    called = dict(enumerate(names or ()))
    kinds = np.unique(of[of >= 0]).tolist()  # numbers that never come have no name and no map
    for k in kinds:
        called.setdefault(k, str(k))
    numbers = sorted(called)
    if len(set(called.values())) < len(numbers):
        raise ShapeError(f"find_roles: names: one of {list(names or ())} is the number of another class")
    of = np.where(of < 0, -1, np.searchsorted(numbers, of))
    return Classes(of, tuple(called[k] for k in numbers), given=events is not None)


def series(given: Any, runs: Sequence[Run], what: str) -> list[Any]:
    """One array for each batch, of an array, a list of arrays, or a function of a batch."""
    if callable(given) and not isinstance(given, Tensor):
        return [given(run.data) for run in runs]
    if len(runs) == 1 and not (isinstance(given, list | tuple) and len(given) == 1 and np.ndim(given[0]) == 2):
        return [given]
    if not isinstance(given, list | tuple) or len(given) != len(runs):
        came = f"{len(given)}" if isinstance(given, list | tuple) else type(given).__name__
        raise ShapeError(f"find_roles: {what}: expected a list of {len(runs)} arrays, one for each batch; got {came}")
    return list(given)


def joined(parts: Sequence[NDArray[Any]], empty: Any) -> NDArray[Any]:
    """Arrays [T, B] beside each other, the shorter ones filled up."""
    T = max(len(part) for part in parts)
    wide = [np.pad(part, ((0, T - len(part)), (0, 0)), constant_values=empty) for part in parts]
    return np.concatenate(wide, 1)


def array_of(given: Any, run: Run, what: str) -> NDArray[Any]:
    """An array [T, B], turned around if the model reads batches first."""
    found = given.detach().cpu().numpy() if isinstance(given, Tensor) else np.asarray(given)
    shape = (run.steps, run.size) if run.time == 0 else (run.size, run.steps)
    if found.shape != shape:
        raise ShapeError(
            f"find_roles: {what}: expected {list(shape)}, one value for each step; got {list(found.shape)}"
        )
    return found if run.time == 0 else found.T


def _whole(given: Any, run: Run) -> NDArray[np.int64]:
    found = array_of(given, run, "events")
    if found.dtype.kind not in "iub":
        raise DtypeError(f"find_roles: events: expected whole numbers, one class for each step; got {found.dtype}")
    return found.astype(np.int64)


def _time_first(data: Tensor, run: Run) -> Tensor:
    return data if run.time == 0 else data.transpose(0, 1)


def _rows(runs: Sequence[Run]) -> list[NDArray[np.int64]] | None:
    """Which of the different rows each step reads; None if there are too many."""
    flat = [_time_first(run.data, run).flatten(2).reshape(run.steps * run.size, -1) for run in runs]
    found, which = torch.unique(torch.cat(flat), dim=0, return_inverse=True)
    if len(found) > MOST:
        return None
    if len(found) and bool(((found == 0) | (found == 1)).all()) and bool((found.sum(-1) == 1).all()):
        which = found.argmax(-1)[which]  # one-hot: the class is the place of the one
    parts = which.split([len(f) for f in flat])
    return [p.reshape(run.steps, run.size).numpy() for p, run in zip(parts, runs, strict=True)]
