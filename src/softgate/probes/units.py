"""What the units of a model hold at every step of the data, and what the model had read by then."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from softgate.errors import ShapeError
from softgate.layers import Layer
from softgate.record import record


@dataclass(frozen=True)
class Watched:
    """The states of all units, sequences end to end.

    Attributes:
        values: [N, U]; NaN behind the end of a packed sequence.
        names: for each unit, its signal and its number there.
        lengths: T of each sequence, in order; they add up to N.
        shapes: (T, B) of each batch.
        turned: whether a batch came as [B, T].
        ids: [N], what was read, where that is whole numbers.
        inputs: [N, I], what was read, where that is real numbers.
    """

    values: NDArray[np.float32]
    names: tuple[tuple[str, int], ...]
    lengths: tuple[int, ...]
    shapes: tuple[tuple[int, int], ...]
    turned: tuple[bool, ...]
    ids: NDArray[np.int64] | None = None
    inputs: NDArray[np.float64] | None = None

    @property
    def ends(self) -> tuple[int, ...]:
        """Where each sequence ends."""
        return tuple(int(end) for end in np.cumsum(self.lengths))


def watch(model: torch.nn.Module, batches: Sequence[Any], names: str | Iterable[str] | None = None) -> Watched:
    """Run `model` on every batch, from its first state, and keep what its units hold.

    Args:
        model: with softgate layers in it.
        batches: what the model takes, one call each.
        names: signals, or patterns of them; the memory of each layer if None: c, or h where there is no c.
    """
    kept: list[dict[str, NDArray[np.float32]]] = []
    training = model.training
    model.eval()
    try:
        for batch in batches:
            with torch.no_grad(), record(model, ["*"] if names is None else names) as run:
                chosen = memory_names(run.names) if names is None else list(run.names)
            with torch.no_grad(), record(model, chosen) as run:
                model(batch)
            kept.append({name: run[name].float().numpy() for name in chosen})
    finally:
        model.train(training)
    return watched(kept, batches, _batch_first(model))


def watched(kept: Sequence[dict[str, NDArray[np.float32]]], batches: Sequence[Any], batch_first: bool) -> Watched:
    """The same from signals that were recorded already, by name [T, B, H] for each batch."""
    shapes = [next(iter(found.values())).shape[:2] for found in kept]
    values = np.concatenate([_flat(np.concatenate(list(found.values()), axis=2)) for found in kept])
    named = tuple((name, unit) for name, array in kept[0].items() for unit in range(array.shape[2]))
    read = [_read(batch, shape, batch_first) for batch, shape in zip(batches, shapes, strict=True)]
    arrays = [array for array, _ in read if array is not None]
    ids = inputs = None
    if len(arrays) == len(batches):
        joined = np.concatenate([_flat(array) for array in arrays])
        if np.issubdtype(joined.dtype, np.integer):
            ids = joined[:, 0].astype(np.int64)
        else:
            inputs = joined.astype(np.float64)
    return Watched(
        values,
        named,
        tuple(T for T, B in shapes for _ in range(B)),
        tuple((T, B) for T, B in shapes),
        tuple(turned for _, turned in read),
        ids,
        inputs,
    )


def memory_names(names: Iterable[str]) -> list[str]:
    """The state that carries the memory of each layer."""
    names = list(names)
    prefixes = dict.fromkeys(n.rpartition(".")[0] for n in names if not n.rpartition(".")[0].endswith("pre"))
    return [f"{p}.c" if f"{p}.c" in names else f"{p}.h" for p in prefixes]


def _batch_first(model: torch.nn.Module) -> bool:
    first = next((m for m in model.modules() if isinstance(m, Layer)), None)
    return bool(first is not None and first.batch_first)


def _flat(array: NDArray[Any]) -> NDArray[Any]:
    """[T, B, n] as [B * T, n]: one sequence after the other."""
    return np.ascontiguousarray(array.swapaxes(0, 1)).reshape(-1, array.shape[2])


def _read(batch: Any, shape: tuple[int, int], batch_first: bool) -> tuple[NDArray[Any] | None, bool]:
    """What was read as [T, B, n], and whether it came as [B, T]; None where that cannot be told."""
    if not isinstance(batch, Tensor):
        return None, False
    T, B = shape
    array = batch.detach().cpu().numpy() if batch.dtype != torch.bfloat16 else batch.detach().cpu().float().numpy()
    if array.shape[:1] == (T,) and B == 1 and array.ndim <= 2 and array.shape[1:2] != (1,):
        return array.reshape(T, 1, -1), False  # a sequence without a batch
    turned = array.shape[:2] == (B, T) and (batch_first or T != B)
    if turned:
        array = array.swapaxes(0, 1)
    if array.shape[:2] != (T, B):
        raise ShapeError(
            f"data: expected [T, B, ...] with T = {T} and B = {B}, as the layers ran, got {list(batch.shape)}"
        )
    return array.reshape(T, B, math.prod(array.shape[2:])), turned
