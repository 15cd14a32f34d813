"""Tensors and attributes of an ONNX file, checked; those kept in files beside it may only lie beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from softgate.errors import InterchangeError
from softgate.interchange.guard import MOST_BYTES, bounded
from softgate.interchange.onnx_node import Node
from softgate.interchange.ops_shapes import dtype


def tensor(proto: Any, folder: Path | None) -> Tensor:
    """A TensorProto as a tensor of its own.

    Raises:
        InterchangeError: its size or type is impossible, its data is not all there, or lies outside ``folder``.
    """
    from onnx import TensorProto, numpy_helper

    where = f"tensor {proto.name!r}"
    kind = dtype(proto.data_type, where)
    shape = bounded(proto.dims, where, kind.itemsize, MOST_BYTES)
    if proto.HasField("segment"):
        raise InterchangeError(f"{where}: it is cut into segments, which nobody reads")
    if proto.data_location == TensorProto.EXTERNAL:
        return _external(proto, shape, kind, folder, where)
    if proto.HasField("raw_data"):
        return _raw(proto.raw_data, shape, kind, where)
    array = numpy_helper.to_array(proto)
    if kind is torch.bfloat16:
        return torch.from_numpy(array.view(np.int16).copy()).view(kind)
    return torch.from_numpy(np.array(array, order="C", copy=True))


def _raw(data: bytes, shape: tuple[int, ...], kind: torch.dtype, where: str) -> Tensor:
    wanted = math.prod(shape) * kind.itemsize
    if len(data) != wanted:
        raise InterchangeError(f"{where}: {list(shape)} of {kind} are {wanted} bytes, and there are {len(data)}")
    if not wanted:
        return torch.empty(shape, dtype=kind)
    return torch.frombuffer(bytearray(data), dtype=kind).reshape(shape)


def _external(proto: Any, shape: tuple[int, ...], kind: torch.dtype, folder: Path | None, where: str) -> Tensor:
    """Data in a file beside the model's: a plain relative path that stays in the model's folder, links resolved."""
    said = {entry.key: entry.value for entry in proto.external_data}
    location = said.get("location", "")
    if folder is None or not location:
        raise InterchangeError(f"{where}: its data is in another file, and it is not said which")
    base = folder.resolve()
    path = (base / location).resolve()
    if Path(location).is_absolute() or "\\" in location or not path.is_relative_to(base) or path == base:
        raise InterchangeError(f"{where}: its data is said to be in {location!r}, which is not beside the model")
    if not path.is_file():
        raise InterchangeError(f"{where}: its data is said to be in {location!r}, which is not there")
    wanted = math.prod(shape) * kind.itemsize
    offset, length = int(said.get("offset", 0)), int(said.get("length", wanted))
    if length != wanted or offset < 0 or offset + length > path.stat().st_size:
        raise InterchangeError(
            f"{where}: {wanted} bytes were expected in {location!r}, and {length} are said to begin at {offset}"
        )
    with path.open("rb") as file:
        file.seek(offset)
        return _raw(file.read(length), shape, kind, where)


def check_kinds(node: Node, protos: Iterable[Any]) -> None:
    """Holds attributes against what ONNX says of the operator: a file says itself of what kind each is.

    Raises:
        InterchangeError: naming node and attribute.
    """
    from onnx import AttributeProto, defs

    if not defs.has(node.kind, node.opset, ""):
        return
    known: Any = defs.get_schema(node.kind, node.opset, "").attributes
    words = AttributeProto.AttributeType.Name
    for proto in protos:
        wanted = known[proto.name].type.name if proto.name in known else words(proto.type)
        if wanted != words(proto.type):
            raise InterchangeError(f"{node}: attribute {proto.name} must be {wanted}, got {words(proto.type)}")


def attribute(proto: Any, where: str, folder: Path | None) -> Any:
    """The value of an AttributeProto: a number, a string, a list of them, a tensor.

    Raises:
        InterchangeError: a kind that no operator here has, a graph above all.
    """
    from onnx import AttributeProto

    match proto.type:
        case AttributeProto.FLOAT:
            return proto.f
        case AttributeProto.INT:
            return proto.i
        case AttributeProto.STRING:
            return proto.s.decode("utf-8", "replace")
        case AttributeProto.FLOATS:
            return list(proto.floats)
        case AttributeProto.INTS:
            return list(proto.ints)
        case AttributeProto.STRINGS:
            return [s.decode("utf-8", "replace") for s in proto.strings]
        case AttributeProto.TENSOR:
            return tensor(proto.t, folder)
    raise InterchangeError(f"{where}: attribute {proto.name} is of a kind that cannot be used ({proto.type})")
