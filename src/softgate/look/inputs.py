"""What a model says of its own inputs: whether it reads ids, and what it wants besides the data."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from softgate.interchange import OnnxModel
from softgate.tables import InputError

WHOLE = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)


def id_type(model: nn.Module) -> torch.dtype | None:
    """The dtype of the ids that a model reads; None if it reads features.

    An ONNX model declares it; of any other, the first module that has parameters is an embedding.
    """
    if isinstance(model, OnnxModel):
        kind, _ = model.declared.get(model.inputs[0], (None, None)) if model.inputs else (None, None)
        return kind if kind in WHOLE else None
    leaves = (m for m in model.modules() if next(m.parameters(recurse=False), None) is not None)
    return torch.int64 if isinstance(next(leaves, None), nn.Embedding) else None


def number_type(model: nn.Module) -> torch.dtype:
    """The dtype of the features that a model reads."""
    if isinstance(model, OnnxModel) and model.inputs:
        kind, _ = model.declared.get(model.inputs[0], (None, None))
        if kind is not None and kind.is_floating_point:
            return kind
    return next((p.dtype for p in model.parameters() if p.is_floating_point()), torch.float32)


def fixed_steps(model: nn.Module) -> int | None:
    """How many steps an ONNX model takes, where its file says one number, as exports without dynamic sizes do."""
    if not isinstance(model, OnnxModel) or not model.inputs:
        return None
    _, shape = model.declared.get(model.inputs[0], (None, None))
    sizes = [size for size in (shape or ())[:2] if isinstance(size, int) and size > 1]
    return sizes[0] if len(sizes) == 1 else None


def completed(model: nn.Module, x: Tensor) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """All further inputs of an ONNX model, such as first states: zeros, where their shape is known.

    Args:
        model: any model; only one from ONNX has further inputs.
        x: its first input, which says how large sizes with the same name are.

    Returns:
        The inputs by name, and what was done in sentences.

    Raises:
        InputError: an input that is not of real numbers, or of unknown shape.
    """
    if not isinstance(model, OnnxModel) or len(model.inputs) < 2:
        return {}, ()
    _, first = model.declared.get(model.inputs[0], (None, None))
    sizes: Mapping[int | str, int] = dict(zip(first, x.shape, strict=False)) if first is not None else {}
    found = {name: _zeros(model, name, sizes) for name in model.inputs[1:]}
    shapes = ", ".join(f"{name} {list(value.shape)}" for name, value in found.items())
    return found, (f"zeros for its further inputs: {shapes}",)


def _zeros(model: OnnxModel, name: str, sizes: Mapping[int | str, int]) -> Tensor:
    kind, declared = model.declared.get(name, (None, None))
    shape = [size if isinstance(size, int) else sizes.get(size, 0) if size else 0 for size in declared or (0,)]
    if kind is None or not kind.is_floating_point or 0 in shape:
        said = "of unknown shape" if declared is None else str([size or "?" for size in declared])
        raise InputError(
            f"the model has the further input {name!r}, {kind or 'of unknown type'} {said}: only zeros of real numbers "
            "in a known shape can be given; write a function that returns a model which takes the data alone, and name "
            "it as module:function"
        )
    return torch.zeros(shape, dtype=kind)
