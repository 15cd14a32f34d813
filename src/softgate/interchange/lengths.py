"""Sequences of different lengths in one array, as files of other libraries have them: packed, run, laid out again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from softgate.errors import InterchangeError, ShapeError
from softgate.interchange.guard import visible

Run = Callable[[Any, Any], tuple[Any, Any]]
"""A layer, or what stands for one: from an input, time first or packed, and the first states to output and last."""


def run(layer: Run, x: Tensor, lengths: Tensor | None, states: Any) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run a layer over the first ``lengths[b]`` steps of each row.

    Args:
        layer: what to run.
        x: [T, B, I].
        lengths: integers [B], each from 0 to T; None: all T.
        states: initial states in the layer's form, or None.

    Returns:
        y [T, B, ...], zero behind the end of each row, and the last states; those of a row of length 0 are zero.

    Raises:
        ShapeError: lengths that do not fit.
    """
    if lengths is not None and not visible(lengths):
        raise InterchangeError(
            "sequences of different lengths (a mask, or sequence_lens) cannot be exported; call the model without"
        )
    if lengths is not None:
        T, B = x.shape[:2]
        if lengths.shape != (B,) or bool(((lengths < 0) | (lengths > T)).any()):
            raise ShapeError(f"sequence lengths: expected {B} of them, each from 0 to {T}, got {lengths.tolist()}")
    if lengths is None or bool((lengths == x.shape[0]).all()):
        y, last = layer(x, states)
        return y, (last,) if isinstance(last, Tensor) else tuple(last)
    some = lengths.long().cpu()
    if len(x) == 0:
        raise ShapeError("sequence lengths: the input has no step")
    packed = pack_padded_sequence(x, some.clamp(min=1), enforce_sorted=False)
    out, last = layer(packed, states)
    y, _ = pad_packed_sequence(out, total_length=len(x))
    there = (some > 0).to(x.device)[:, None]
    finals = (last,) if isinstance(last, Tensor) else tuple(last)
    return y * there, tuple(torch.where(there, s, torch.zeros_like(s)) for s in finals)


def run_masked(
    layer: Run, x: Tensor, mask: Tensor | None, turns: Sequence[bool], states: Any = None
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run a layer over the steps that a mask leaves, wherever they stand: one left out repeats what was before it.

    Args:
        layer: what to run.
        x: [T, B, I].
        mask: bool [T, B], true where there is a step; None: everywhere.
        turns: for each direction of the layer, whether it goes from the last step to the first.
        states: initial states in the layer's form, or None.

    Returns:
        y [T, B, ...], in which a step left out has the output of the one that came before it, in the order in which
        that direction goes, or zero; and the last states, of a row without a step the initial ones.
    """
    if mask is None:
        return run(layer, x, None, states)
    order = torch.argsort((~mask).int(), dim=0, stable=True)
    gathered = x.gather(0, order[:, :, None].expand_as(x))
    y, last = run(layer, gathered, mask.sum(0), states)
    if states is not None:
        starts = (states,) if isinstance(states, Tensor) else states
        some = mask.any(0)[:, None]
        last = tuple(torch.where(some, s, start) for s, start in zip(last, starts, strict=True))
    count = mask.long().cumsum(0)
    halves = []
    for part, turned in zip(y.chunk(len(turns), -1), turns, strict=True):
        place = count - mask.long() if turned else count - 1
        there = ((place >= 0) & (place < count[-1]))[:, :, None]
        spread = part.gather(0, place.clamp(0, len(x) - 1)[:, :, None].expand_as(part))
        halves.append(torch.where(there, spread, torch.zeros_like(spread)))
    return torch.cat(halves, -1), last
