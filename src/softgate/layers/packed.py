"""Reset masks and packed sequences, brought to the form that a recurrence takes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from softgate.errors import DtypeError, ShapeError


def dense_mask(reset: Any, x: Tensor, batch_first: bool) -> Tensor:
    """A reset mask as [T, B].

    Args:
        reset: bool, shaped like the input without its last axis: [T, B], [B, T] with batch_first, [T] unbatched.
        x: the input.
        batch_first: whether a batched input has its batch first.
    """
    shape = tuple(x.shape[:-1])
    _check(reset, x, shape, "[T]" if len(shape) == 1 else "[B, T]" if batch_first else "[T, B]")
    mask: Tensor = reset
    if len(shape) == 1:
        return mask[:, None]
    return mask.transpose(0, 1) if batch_first else mask


def packed_mask(reset: Any, x: PackedSequence, batch_first: bool) -> Tensor:
    """A reset mask for the rows of a packed sequence, [rows].

    Args:
        reset: bool; a packed sequence of the same lengths, or padded: [T, B], [B, T] with batch_first, in the order of
            the batch before it was sorted.
        x: the input.
        batch_first: how a padded mask is laid out.
    """
    if isinstance(reset, PackedSequence):
        _check(reset.data, x.data, tuple(x.data.shape[:1]), "[rows]")
        return reset.data
    T, B = len(x.batch_sizes), int(x.batch_sizes[0])
    _check(reset, x.data, (B, T) if batch_first else (T, B), "[B, T]" if batch_first else "[T, B]")
    mask: Tensor = reset.transpose(0, 1) if batch_first else reset
    if x.sorted_indices is not None:
        mask = mask.index_select(1, x.sorted_indices)
    return mask[active(x.batch_sizes).to(mask.device)]


def active(batch_sizes: Tensor) -> Tensor:
    """Which rows of each step there are, bool [T, B]; indexing a [T, B, ...] array by it gives packed rows."""
    return torch.arange(int(batch_sizes[0]), device=batch_sizes.device) < batch_sizes[:, None]


def for_reverse(mask: Tensor, batch_sizes: Tensor | None) -> Tensor:
    """The same borders for a run from the last step to the first.

    A mask that is true at step t says that a border lies between t - 1 and t. Coming from above, it is crossed on the
    way to t - 1: there the state is zeroed.

    Args:
        mask: [T, B], or [rows] with ``batch_sizes``.
    """
    if batch_sizes is None:
        return torch.cat([mask[1:], torch.zeros_like(mask[:1])])
    there = active(batch_sizes).to(mask.device)
    padded = torch.zeros_like(there).masked_scatter(there, mask)
    return for_reverse(padded, None)[there]


def _check(reset: Any, x: Tensor, shape: tuple[int, ...], layout: str) -> None:
    if not isinstance(reset, Tensor) or reset.dtype != torch.bool:
        came = reset.dtype if isinstance(reset, Tensor) else type(reset).__name__
        raise DtypeError(f"reset: expected a bool tensor, got {came}; write reset=mask.bool()")
    if tuple(reset.shape) != shape:
        raise ShapeError(f"reset: expected {layout} = {list(shape)} for this input, got {list(reset.shape)}")
    if reset.device != x.device:
        raise DtypeError(
            f"reset: expected a mask on {x.device}, as the input, got {reset.device}; write mask.to(x.device)"
        )
    if reset.layout != torch.strided:
        raise DtypeError(f"reset: expected a dense mask, got {reset.layout}; write reset=mask.to_dense()")
