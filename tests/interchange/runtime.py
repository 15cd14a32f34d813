"""ONNX Runtime and small graphs: what the tests of ONNX share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import helper, numpy_helper

import softgate as sg

OPSET = 17


def graph(
    nodes: Sequence[Any],
    inputs: Mapping[str, np.ndarray],
    outputs: Sequence[str],
    constants: Any = (),
    opset: int = OPSET,
) -> Any:
    """A model whose inputs are declared like the arrays given, with free sizes."""
    typed = [
        helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(v.dtype), [None] * v.ndim)
        for n, v in inputs.items()
    ]
    results = [helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, None) for n in outputs]
    tensors = [numpy_helper.from_array(v, n) for n, v in dict(constants).items()]
    made = helper.make_graph(list(nodes), "tested", typed, results, tensors)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def untyped(model: Any, dtypes: Sequence[Any]) -> Any:
    """The model with these types of outputs."""
    for value, dtype in zip(model.graph.output, dtypes, strict=True):
        value.type.tensor_type.elem_type = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return model


def session(model: Any) -> Any:
    """ONNX Runtime with a model: a path or a proto."""
    source = str(model) if isinstance(model, (str, Path)) else model.SerializeToString()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


def runtime(model: Any, feeds: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """What ONNX Runtime makes of it; a path, a proto, or a session of it."""
    there = model if isinstance(model, onnxruntime.InferenceSession) else session(model)
    result: list[np.ndarray] = there.run(None, dict(feeds))
    return result


def save(model: Any, folder: Path, name: str = "model.onnx") -> Path:
    path = folder / name
    path.write_bytes(model.SerializeToString())
    return path


@torch.no_grad()
def ours(model: Any, feeds: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """What an opened model gives; or a file, once it is opened."""
    opened = sg.open(model) if isinstance(model, Path) else model
    got = opened(**{n: torch.from_numpy(v.copy()) for n, v in feeds.items()})
    return [g.numpy() for g in (got if isinstance(got, tuple) else (got,))]


def same(got: Sequence[np.ndarray], wanted: Sequence[np.ndarray], tolerance: float = 1e-5) -> None:
    """Raises where arrays differ in shape, type or value; NaN is no value."""
    assert len(got) == len(wanted)
    for number, (g, w) in enumerate(zip(got, wanted, strict=True)):
        assert (g.shape, g.dtype) == (w.shape, w.dtype), f"output {number}"
        assert np.isfinite(w).all()
        np.testing.assert_allclose(g, w, rtol=tolerance, atol=tolerance, err_msg=f"output {number}")
