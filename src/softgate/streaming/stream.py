"""The two functions that a user calls: watch a model while it runs, or run it over a corpus."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from softgate.errors import ShapeError
from softgate.layers import Layer
from softgate.recording.eager import not_compiled
from softgate.streaming.collect import Collecting
from softgate.streaming.store import Statistics

__all__ = ["collect", "stream_statistics"]

STEPS = 256
"""Steps of one call of the model."""


def collect(
    model: torch.nn.Module,
    names: Iterable[str] | str | None = None,
    *,
    classes: Callable[..., Any] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
) -> Collecting:
    """Statistics of every signal while a model runs: ``with sg.collect(model) as stats: model(x)``.

    Nothing is kept of the signals themselves, so memory does not depend on how much is read. Layers run in pieces of
    time whose signals stay in the caches; outputs are those of one call, within rounding. Packed sequences count as far
    as they go. Steps of a ``layer.stream()`` count too, without a signature. Beside a recording, another collection or
    a watch of the same layer, a call is made as a whole, and cut afterwards. What ``torch.compile`` made runs eagerly
    meanwhile.

    Args:
        model: any module with softgate layers in it (``sg.open(model)`` makes them), or such a layer.
        names: which signals, as patterns: ``["*.f", "encoder.l0.pre.*"]``; gates and states if not given, ``"*"`` for
            gates before their activation too. A state brings its half-life and signatures.
        classes: from the arguments of the model to the class of each step, whole numbers: ``classes=lambda ids: ids``.
            [T, B], or [B, T] where a layer has ``batch_first``; [T] or [B] if the other is 1; where the layer reads a
            PackedSequence, one of the same lengths, or padded. A layer that runs several times in a call of the model
            goes on where it was. Steps of classes below 0 are in no signature.
        ranges: by pattern of a signal, between what values its histogram has its 32 bins: ``{"*.c": (-50, 50)}``. If
            not given, the bounds that the equations give a signal, else -8 to 8.

    Raises:
        NotRecordedError: the model has no softgate layer.
        UnknownNameError: a pattern fits none of its signals.
        ShapeError: a range is empty; when the model runs: classes of another shape than the steps, or too many of them,
            or above 65535.
        DtypeError: when the model runs: classes that are not whole numbers, or a layer that was counted in another
            dtype.
        NotRecordedError: when the model runs: in ``torch.func.vmap``, where a tensor stands for many.
    """
    not_compiled("collect")
    return Collecting(model, names, classes, ranges)


def stream_statistics(
    model: torch.nn.Module,
    batches: Iterable[Any],
    names: Iterable[str] | str | None = None,
    *,
    classes: Callable[[Tensor], Any] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    steps: int = STEPS,
) -> Statistics:
    """Statistics of a model over a corpus, in one pass and in bounded memory, in ``eval`` mode and without gradients.

    Each batch is read from the zero state, ``steps`` steps at a time, the state carried along: ``model(x)`` first, then
    ``model(x, state)``; both return a pair, of which the second is the state. Only the piece at hand is taken from a
    batch, so it may be a memory map. To spread a corpus over processes, deal out its batches, and merge what comes
    back: the result has the same bits as that of one process.

    Args:
        model: reads [T, B, ...], time first. With a bidirectional layer, ``steps`` must not be less than T.
        batches: arrays [T, B, ...], of torch or numpy, or pairs of such an array and its classes [T, B].
        names, ranges: as of :func:`collect`.
        classes: from a piece of a batch to its classes, [T, B]; ``lambda ids: ids`` for characters.
        steps: steps of a call, by which memory is bounded. Other ``steps`` change sums within rounding.

    Raises:
        ShapeError: ``steps`` below 1; a batch that would have to be cut, of a model with a bidirectional layer; a layer
            that takes the first axis for the batch; classes of another shape than [T, B]; or as :func:`collect`.
    """
    not_compiled("stream_statistics", "call it outside")
    if steps < 1:
        raise ShapeError(f"stream_statistics: steps must be 1 or more, got {steps}")
    if isinstance(model, Layer) and model.batch_first:
        raise ShapeError(
            f"stream_statistics: time is the first axis of what it reads, [T, B, ...], and {type(model).__name__} has "
            f"batch_first=True; make one with batch_first=False (its state_dict fits), or call the layer yourself "
            f"inside sg.collect(layer)"
        )
    both_ways = next((n or type(m).__name__ for n, m in model.named_modules() if getattr(m, "bidirectional", 0)), None)
    now: Any = None
    watched = collect(model, names, classes=lambda *_, **__: now, ranges=ranges)
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad(), watched as stats:
            for number, batch in enumerate(batches):
                x, given = batch if isinstance(batch, tuple | list) else (batch, None)
                _check(number, x, given, steps, both_ways)
                state = None
                for start in range(0, len(x), steps):
                    piece = _tensor(x[start : start + steps])
                    watched.time_first = tuple(piece.shape[:2])
                    now = _classes(given, classes, piece, start)
                    out = model(piece) if state is None else model(piece, state)
                    state = out[1]
    finally:
        model.train(was_training)
    return stats


def _check(number: int, x: Any, given: Any, steps: int, both_ways: str | None) -> None:
    """Refuses a batch whose pieces would not be what they seem."""
    if both_ways is not None and len(x) > steps:
        raise ShapeError(
            f"stream_statistics: batch {number} has {len(x)} steps, steps={steps} would cut it, and layer {both_ways} "
            f"is bidirectional: its way back begins at the end, so it cannot be cut; give steps={len(x)} or more, or "
            f"shorter batches"
        )
    if given is not None and tuple(given.shape) != tuple(x.shape[:2]):
        raise ShapeError(
            f"stream_statistics: batch {number} is {list(x.shape)}, so expected classes [T, B] = {list(x.shape[:2])}, "
            f"got {list(given.shape)}"
        )


def _tensor(x: Any) -> Tensor:
    """A piece as the model takes it: small whole numbers as int64, for an embedding."""
    found = x if isinstance(x, Tensor) else torch.from_numpy(np.array(x))
    return found if found.is_floating_point() or found.is_complex() else found.to(torch.int64)


def _classes(given: Any, classes: Callable[[Tensor], Any] | None, piece: Tensor, start: int) -> Any:
    if given is not None:
        return given[start : start + len(piece)]
    return None if classes is None else classes(piece)
