"""Opens an ``.onnx`` file: parse, check, fold constants, build layers. Nothing of the file is run but its operators."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import Module

from softgate.errors import InterchangeError, MissingExtraError, SoftgateError
from softgate.interchange import onnx_recurrent
from softgate.interchange.guard import MOST_COMPUTED, MOST_WORK, bounded, limited, read_bytes, reading
from softgate.interchange.onnx_graph import BY_ELEMENT, CONSTANT, Declared, OnnxModel, Step, check_known, run, work
from softgate.interchange.onnx_node import Node
from softgate.interchange.onnx_recurrent import Recurrence
from softgate.interchange.onnx_tensors import attribute, check_kinds, tensor
from softgate.interchange.ops_shapes import DTYPES, dtype

OPSETS = range(7, 27)
"""The versions of the operator set that are read. Rows say where versions differ."""


def read(path: str | os.PathLike[str]) -> OnnxModel:
    """The model in an ``.onnx`` file; its recurrent nodes are softgate layers under the names of the nodes.

    Raises:
        InterchangeError: the file is damaged, or has what cannot be represented: the operator, attribute and node.
        MissingExtraError: onnx is not installed.
    """
    with reading(path):
        return from_proto(_parse(read_bytes(path)), Path(path).parent)


def _parse(data: bytes) -> Any:
    try:
        import onnx
        from google.protobuf.message import DecodeError
    except ImportError as error:
        raise MissingExtraError("onnx", "onnx", "opening an .onnx file") from error
    try:
        model = onnx.load_model_from_string(data)
    except DecodeError as error:
        raise InterchangeError(f"it is not an ONNX file ({error})") from error
    if not model.HasField("graph") or not model.graph.output:
        raise InterchangeError("it is not an ONNX file: it has no graph with an output")
    return model


def from_proto(model: Any, folder: Path | None = None) -> OnnxModel:
    """The same for an ``onnx.ModelProto``; tensors kept in other files are looked for in ``folder``."""
    versions = [entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")]
    if len(versions) != 1 or versions[0] not in OPSETS:
        raise InterchangeError(f"opset {versions} cannot be read; {OPSETS.start} to {OPSETS.stop - 1} can")
    if model.functions:
        names = ", ".join(sorted({f.name for f in model.functions}))
        raise InterchangeError(
            f"it has functions of its own ({names}); onnx.inliner.inline_local_functions writes them out"
        )
    return _Reader(model.graph, versions[0], folder).model()


class _Reader:
    """Builds the module of one graph."""

    def __init__(self, graph: Any, opset: int, folder: Path | None) -> None:
        self.graph, self.opset, self.folder = graph, opset, folder
        if graph.sparse_initializer:
            raise InterchangeError("it has sparse initializers, which cannot be read")
        self.known: dict[str, Tensor] = {}
        for proto in graph.initializer:
            self._define(proto.name, tensor(proto, folder))
        self.initial = set(self.known)
        self.given, self.folded, self.work = sum(value.nbytes for value in self.known.values()), 0, 0
        self.inputs = [value.name for value in graph.input if value.name not in self.known]
        self.declared = {value.name: value for value in graph.input}
        self.there = {*self.known, *self.inputs, ""}
        self.modules: dict[str, Module] = {}
        self.steps: list[Step] = []
        self.taken = {*vars(OnnxModel((), (), ()))}

    def _define(self, name: str, value: Tensor) -> None:
        if name in self.known:
            raise InterchangeError(f"value {name!r} is given twice")
        self.known[name] = value

    def model(self) -> OnnxModel:
        for proto in self.graph.node:
            self._node(proto)
        outputs = [value.name for value in self.graph.output]
        for name in outputs:
            if name not in self.there:
                raise InterchangeError(f"output {name!r} is computed by no node")
        made = OnnxModel(self.inputs, outputs, self.steps, {n: _declared(self.declared[n]) for n in self.inputs})
        for name, module in self.modules.items():
            made.add_module(name, module)
        used = {name for node, _ in self.steps for name in node.inputs} | set(outputs)
        for name, value in self.known.items():
            if name in used:
                made.keep(name, value, name in self.initial)
        return made.eval()

    def _node(self, proto: Any) -> None:
        """Takes the next node: folded if all it needs is known, else a step of the model."""
        name = proto.name or (proto.output[0] if proto.output else "")
        attributes: dict[str, Any] = {}
        node = Node(proto.op_type, name, self.opset, tuple(proto.input), tuple(proto.output), attributes)
        recurrent = proto.op_type in onnx_recurrent.KINDS and proto.domain in ("", "ai.onnx")
        if not recurrent:
            check_known(node, proto.domain)
        for entry in proto.attribute:
            if entry.ref_attr_name or entry.name in attributes:
                raise InterchangeError(f"{node}: attribute {entry.name} is given twice, or by reference")
            attributes[entry.name] = attribute(entry, str(node), self.folder)
        check_kinds(node, proto.attribute)
        for missing in [i for i in node.inputs if i not in self.there]:
            raise InterchangeError(f"{node}: its input {missing!r} is not there yet: not computed, or in a circle")
        for made in [o for o in node.outputs if o]:
            if made in self.there:
                raise InterchangeError(f"{node}: value {made!r} is given twice")
        if recurrent:
            node, step = self._recurrent(node)
            self.steps.append((node, step))
        elif all(i in self.known or not i for i in node.inputs):
            self._fold(node)
        else:
            self.steps.append((node, None))
        self.there.update(node.outputs)

    def _fold(self, node: Node) -> None:
        given = [self.known.get(name) for name in node.inputs]
        most = MOST_COMPUTED + 4 * self.given - self.folded
        self.work += work(node, given)
        if self.work > MOST_WORK:
            raise InterchangeError(f"{node}: constants computed so far take {self.work} products")
        with torch.no_grad(), limited(most):
            try:
                got = run(node, given)
            except (RuntimeError, IndexError, TypeError, ValueError) as error:
                if isinstance(error, SoftgateError):
                    raise
                raise InterchangeError(f"{node}: it cannot be computed: {error}") from error
        results = got if isinstance(got, (tuple, list)) else (got,)
        for name, value in zip(node.outputs, results, strict=False):
            if name:
                bounded(value.shape, str(node), value.element_size(), most)
                self._define(name, value.contiguous())
                self.folded += value.nbytes
                self.work += BY_ELEMENT * value.numel()
                if any(i in self.initial for i in node.inputs):
                    self.initial.add(name)

    def _recurrent(self, node: Node) -> tuple[Node, Recurrence]:
        """The layers of an LSTM, GRU or RNN node, and how to call them."""
        inputs = [*node.inputs, *[""] * (8 - len(node.inputs))]
        places = (1, 2, 3, 7 if node.kind == "LSTM" else 8)
        names = [(*inputs, "")[k] for k in places]
        given = not all(name in self.known or not name for name in names)
        weights = [self.known.get(name) if not given else self._stand_in(node, name) for name in names]
        modules, recurrence = onnx_recurrent.read(node.kind, node.attributes, weights, str(node), given)
        ends = [""] if len(modules) == 1 else ["_forward", "_reverse"]
        called = [self._free(node.name, end) for end in ends]
        self.modules |= dict(zip(called, modules, strict=True))
        if not given:
            inputs = ["" if k in places else name for k, name in enumerate(inputs)]
        kept = Node(node.kind, node.name, node.opset, tuple(inputs), node.outputs, node.attributes)
        return kept, onnx_recurrent.named(recurrence, called)

    def _stand_in(self, node: Node, name: str) -> Tensor | None:
        """Zeros in the shape that a weight is declared with, for weights that are inputs of the model."""
        if not name or name in self.known:
            return self.known.get(name)
        value = self.declared.get(name)
        kind = None if value is None else value.type.tensor_type
        sizes: Sequence[int] = () if kind is None else [d.dim_value for d in kind.shape.dim]
        if kind is None or not sizes or 0 in sizes:
            raise InterchangeError(
                f"{node}: its weights {name!r} are computed from inputs, or have no fixed shape; they must be constants"
            )
        return torch.zeros(bounded(sizes, str(node), 8), dtype=dtype(kind.elem_type, str(node)))

    def _free(self, name: str, end: str) -> str:
        """A name for a module that is not taken: the node's, with what an attribute cannot have left out."""
        plain = re.sub(r"\W+", "_", name).strip("_") or "recurrent"
        plain = plain[:80] + end
        while plain in self.modules or hasattr(OnnxModel, plain) or plain in self.taken or CONSTANT.fullmatch(plain):
            plain += "_"
        return plain


def _declared(value: Any) -> Declared:
    """The dtype and the shape that an input is declared with."""
    kind = value.type.tensor_type
    shape = tuple(d.dim_value or d.dim_param for d in kind.shape.dim) if kind.HasField("shape") else None
    return DTYPES.get(kind.elem_type), shape
