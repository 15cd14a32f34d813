"""Signals as a recording keeps them: [T, B, H], in the batch's own order, in memory of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import torch
from torch import Tensor

from softgate.cpu import workspace
from softgate.errors import NotRecordedError
from softgate.layers.packed import active
from softgate.taps import Place

_DONE = {"record": "recorded", "collect": "collected"}


def laid_out(value: Tensor, place: Place, batch_sizes: Tensor | None) -> Tensor:
    """[T, B, H] as it is; packed rows [rows, H] as [T, B, H], NaN behind each sequence's end."""
    if batch_sizes is None:
        return value
    there = active(batch_sizes)
    padded = value.new_full((*there.shape, value.shape[-1]), float("nan"))
    padded[there.to(value.device)] = value
    return padded if place.unsorted is None else padded.index_select(1, place.unsorted)


def plain(values: Mapping[str, Tensor], verb: str = "record") -> dict[str, Tensor]:
    """The values under the wrappers of ``torch.func.grad`` and ``jvp``, which do not outlive the transform.

    Raises:
        NotRecordedError: under ``vmap``, where a tensor stands for many.
    """
    if not torch._C._are_functorch_transforms_active():
        return dict(values)
    return {name: _unwrapped(value, verb) for name, value in values.items()}


def _unwrapped(value: Tensor, verb: str) -> Tensor:
    wrapped = torch._C._functorch
    while wrapped.is_functorch_wrapped_tensor(value):
        if wrapped.is_batchedtensor(value):
            raise NotRecordedError(
                f"{verb}: inside torch.func.vmap nothing can be {_DONE[verb]}; {verb} the call for a batch"
            )
        value = wrapped.get_unwrapped(value)
    return value


def owned(values: Mapping[str, Tensor], output: Tensor | None) -> dict[str, Tensor]:
    """The values, copied where they would keep more memory alive than they are, or change when the model's output does.

    A kernel writes all signals into one block: kept whole it is as it is, of a part the part is copied.

    Args:
        values: signals by name.
        output: the output state, which shares the memory of what the layer returned; whoever called it may change it.
    """
    blocks = {name: value.untyped_storage() for name, value in values.items()}
    places = {name: block.data_ptr() for name, block in blocks.items()}
    returned = None if output is None else output.untyped_storage().data_ptr()
    used: dict[int, int] = defaultdict(int)
    for name, value in values.items():
        used[places[name]] += value.nbytes
    return {
        name: _copy(value) if places[name] == returned or used[places[name]] < blocks[name].nbytes() else value
        for name, value in values.items()
    }


def _copy(value: Tensor) -> Tensor:
    """A copy; of large values in memory that is kept for the next one, since fresh pages cost more than the copy."""
    if not value.is_cpu or value.dtype not in (torch.float32, torch.float64):
        return value.clone()
    return workspace.lasting(value.shape, value.dtype).copy_(value)


def size_of(values: Mapping[str, Tensor]) -> int:
    """Bytes of the values."""
    return sum(v.nbytes for v in values.values())


def sizes(lengths: tuple[int, ...] | None) -> Tensor | None:
    """``PackedSequence.batch_sizes`` as a tensor."""
    return None if lengths is None else torch.tensor(lengths, device="cpu")
