"""Writes a layer, or a plain stack of modules, as ONNX: the standard operators, free T and B, checked before kept.

Which operator a cell is, :func:`softgate.interchange.onnx_cells.recognise` finds out; a model with a ``forward`` of its
own goes through :mod:`softgate.interchange.onnx_torch`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from softgate.errors import InterchangeError, MissingExtraError
from softgate.interchange.onnx_cells import DEFAULTS, PEEPHOLES, Operator, recognise, to_theirs
from softgate.interchange.squashes import to_onnx
from softgate.interchange.turned import Backwards
from softgate.layers import Layer

OPSET = 17
"""Old enough for every runtime in use, new enough for all that is written."""

# Modules without weights: operator and attributes. What only acts in training is left out.
_PLAIN: dict[type[nn.Module], str] = {
    nn.ReLU: "Relu",
    nn.Tanh: "Tanh",
    nn.Sigmoid: "Sigmoid",
    nn.Softplus: "Softplus",
    nn.Softsign: "Softsign",
}
_NOTHING = (nn.Identity, nn.Dropout)


def operator_attributes(operators: Sequence[Operator], where: str) -> dict[str, Any]:
    """The attributes of a node that has these operators as its directions.

    Raises:
        InterchangeError: an activation that ONNX does not have.
    """
    first = operators[0]
    rows = [to_onnx(squash, where) for op in operators for squash in op.squashes]
    found: dict[str, Any] = {}
    if tuple(name for name, _, _ in rows) != DEFAULTS[first.kind] * len(operators):
        found["activations"] = [name for name, _, _ in rows]
    for key, numbers in (("activation_alpha", [a for _, a, _ in rows]), ("activation_beta", [b for _, _, b in rows])):
        flat = list(itertools.chain.from_iterable(numbers))
        found |= {key: flat} if flat else {}
    found |= {"clip": first.clip} if first.clip is not None else {}
    found |= {"input_forget": 1} if first.coupled else {}
    found |= {"linear_before_reset": int(first.linear_before_reset)} if first.kind == "GRU" else {}
    return found


class Writer:
    """A graph in the making."""

    def __init__(self) -> None:
        try:
            import onnx
        except ImportError as error:
            raise MissingExtraError("onnx", "onnx", "writing an .onnx file") from error
        self.onnx = onnx
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.dtype: torch.dtype | None = None

    def add(self, kind: str, inputs: Sequence[str], name: str, outputs: Sequence[str] = (), **attributes: Any) -> str:
        """A node; returns its first output, which is named after it if not said otherwise."""
        outs = list(outputs) or [f"{name}.out"]
        self.nodes.append(self.onnx.helper.make_node(kind, list(inputs), outs, name=name, **attributes))
        return outs[0]

    def constant(self, name: str, value: Tensor) -> str:
        """A tensor of the file."""
        if value.is_floating_point():
            if self.dtype not in (None, value.dtype):
                raise InterchangeError(f"{name} is {value.dtype}, and what came before it {self.dtype}")
            self.dtype = value.dtype
        if value.dtype not in (torch.float32, torch.float64, torch.float16, torch.int64):
            raise InterchangeError(f"{name}: {value.dtype} cannot be written to ONNX; model.float() can")
        array = value.detach().cpu().contiguous().numpy()
        self.constants.append(self.onnx.numpy_helper.from_array(array, name))
        return name

    def layer(self, layer: Layer, x: str, name: str, starts: Sequence[str] = ()) -> tuple[str, list[str]]:
        """The nodes of a layer: its output in the layout of the layer, and its last states."""
        operator = recognise(layer.cell)
        if layer.proj_size:
            raise InterchangeError(f"{name}: proj_size={layer.proj_size}: ONNX's operators have no projection")
        if layer.batch_first:
            x = self.add("Transpose", [x], f"{name}.time_first", perm=[1, 0, 2])
        finals: list[list[str]] = []
        for k in range(layer.num_layers):
            x, last = self._one(layer, operator, k, x, f"{name}.l{k}", starts)
            finals.append(last)
        if layer.batch_first:
            x = self.add("Transpose", [x], f"{name}.batch_first", perm=[1, 0, 2])
        columns = [list(column) for column in zip(*finals, strict=True)]
        joined = [
            self.add("Concat", column, f"{name}.{state}_n", axis=0)
            for state, column in zip(layer.cell.states, columns, strict=True)
        ]
        return x, joined

    def _one(
        self, layer: Layer, operator: Operator, k: int, x: str, name: str, starts: Sequence[str]
    ) -> tuple[str, list[str]]:
        D, states = layer._directions, layer.cell.states
        inputs = [x, *self._weights(layer, operator, k, name), "", *[""] * len(states)]
        for n, start in enumerate(starts):
            bounds = self._span(f"{name}.{states[n]}_0.rows", k * D, (k + 1) * D)
            inputs[5 + n] = self.add("Slice", [start, *bounds], f"{name}.{states[n]}_0")
        if operator.peephole:
            zeros = torch.zeros(layer.hidden_size, dtype=self.dtype)
            rows = [torch.cat([getattr(layer, f"p_{g}_l{k}{end}", zeros) for g in PEEPHOLES]) for end in _ends(layer)]
            inputs = [*inputs, self.constant(f"{name}.P", torch.stack(rows))]
        attributes = operator_attributes([operator] * D, name) | {"hidden_size": layer.hidden_size}
        direction = "bidirectional" if D == 2 else "reverse" if isinstance(layer, Backwards) else "forward"
        outs = [f"{name}.Y", *(f"{name}.Y_{state}" for state in states)]
        while not inputs[-1]:
            inputs.pop()
        self.add(operator.kind, inputs, name, outs, direction=direction, **attributes)
        turned = self.add("Transpose", outs[:1], f"{name}.turned", perm=[0, 2, 1, 3])
        shape = self.constant(f"{name}.flat", torch.tensor([0, 0, D * layer.hidden_size]))
        return self.add("Reshape", [turned, shape], f"{name}.joined"), outs[1:]

    def _weights(self, layer: Layer, operator: Operator, k: int, name: str) -> list[str]:
        """W, R and B of one layer, all directions."""
        kind, gates = operator.kind, layer.cell.gates
        columns: dict[str, list[Tensor]] = {"W": [], "R": [], "B": []}
        for end in _ends(layer):
            w = layer._weights(k, bool(end))
            columns["W"].append(to_theirs(w.weight_ih, kind, gates))  # type: ignore[arg-type]
            columns["R"].append(to_theirs(w.weight_hh, kind, gates))  # type: ignore[arg-type]
            if w.bias_ih is not None and w.bias_hh is not None:
                columns["B"].append(torch.cat([to_theirs(b, kind, gates) for b in (w.bias_ih, w.bias_hh)]))
        return [self.constant(f"{name}.{n}", torch.stack(rows)) if rows else "" for n, rows in columns.items()]

    def _span(self, name: str, start: int, end: int) -> list[str]:
        return [
            self.constant(f"{name}.{n}", torch.tensor([value]))
            for n, value in (("from", start), ("to", end), ("axis", 0))
        ]

    def module(self, module: nn.Module, x: str, name: str) -> str:
        """The nodes of one module of a stack."""
        if isinstance(module, Layer):
            return self.layer(module, x, name)[0]
        if isinstance(module, nn.Embedding):
            return self.add("Gather", [self.constant(f"{name}.weight", module.weight), x], name, axis=0)
        if isinstance(module, nn.Linear):
            y = self.add("MatMul", [x, self.constant(f"{name}.weight", module.weight.T)], f"{name}.product")
            bias: Tensor | None = module.bias
            return y if bias is None else self.add("Add", [y, self.constant(f"{name}.bias", bias)], name)
        if isinstance(module, nn.Softmax) and module.dim is not None:
            return self.add("Softmax", [x], name, axis=module.dim)
        if type(module) in _PLAIN:
            return self.add(_PLAIN[type(module)], [x], name)
        if isinstance(module, _NOTHING):
            return x
        if isinstance(module, nn.RNNBase):
            raise InterchangeError(f"{name}: a layer of torch.nn is made one of softgate by sg.open(model)")
        raise InterchangeError(
            f"{name}: {type(module).__name__} has no row in the table of modules; write export_onnx(model, path, "
            "args=(x,)), which goes through torch.onnx"
        )

    def finish(self, inputs: Sequence[Any], outputs: Sequence[tuple[str, str, Sequence[Any]]]) -> Any:
        """The model, checked. ``outputs``: the value, the name it is to have, its sizes."""
        number = self.onnx.helper.np_dtype_to_tensor_dtype(torch.empty(0, dtype=self.dtype).numpy().dtype)
        results = []
        for value, name, sizes in outputs:
            self.add("Identity", [value], name, [name])
            results.append(self.onnx.helper.make_tensor_value_info(name, number, list(sizes)))
        graph = self.onnx.helper.make_graph(self.nodes, "softgate", list(inputs), results, self.constants)
        made = self.onnx.helper.make_model(
            graph,
            opset_imports=[self.onnx.helper.make_opsetid("", OPSET)],
            ir_version=8,
            producer_name="softgate",
        )
        self.onnx.checker.check_model(made, full_check=True)
        return made

    def input(self, name: str, sizes: Sequence[Any], integers: bool = False) -> Any:
        """A declared input; call it when the dtype of the weights is known."""
        if integers:
            return self.onnx.helper.make_tensor_value_info(name, self.onnx.TensorProto.INT64, list(sizes))
        number = self.onnx.helper.np_dtype_to_tensor_dtype(torch.empty(0, dtype=self.dtype).numpy().dtype)
        return self.onnx.helper.make_tensor_value_info(name, number, list(sizes))


def _ends(layer: Layer) -> list[str]:
    return ["", "_reverse"][: layer._directions]


def write_layer(layer: Layer, states: bool) -> Any:
    """A layer as a model: ``input``, and with ``states`` ``h_0`` ..., to ``output``, ``h_n`` ..."""
    w, names = Writer(), layer.cell.states
    starts = [f"{n}_0" for n in names] if states else []
    y, finals = w.layer(layer, "input", "layer", starts)
    n = layer.num_layers * layer._directions
    free = ["B", "T"] if layer.batch_first else ["T", "B"]
    inputs = [w.input("input", [*free, layer.input_size])]
    inputs += [w.input(start, [n, "B", layer.hidden_size]) for start in starts]
    results = [(y, "output", [*free, layer._directions * layer.hidden_size])]
    results += [(f, f"{s}_n", [n, "B", layer.hidden_size]) for s, f in zip(names, finals, strict=True)]
    return w.finish(inputs, results)


def write_stack(model: nn.Sequential) -> Any:
    """A stack, in which a recurrent layer hands on its output: ``input`` to ``output``."""
    w, x = Writer(), "input"
    modules = [m for m in model.modules() if not isinstance(m, nn.Sequential)]
    names = {id(m): name for name, m in model.named_modules()}
    for module in modules:
        x = w.module(module, x, names[id(module)])
    if w.dtype is None:
        raise InterchangeError("the stack has no weights, so it is not said what it takes")
    first = next(m for m in modules if not isinstance(m, (*_NOTHING, *_PLAIN)))
    layers = [m for m in modules if isinstance(m, Layer)]
    free = ["B", "T"] if not layers or layers[0].batch_first else ["T", "B"]
    if isinstance(first, nn.Embedding):
        inputs = [w.input("input", free, integers=True)]
    else:
        inputs = [w.input("input", [*free, getattr(first, "input_size", None) or getattr(first, "in_features", "I")])]
    return w.finish(inputs, [(x, "output", [*free, "F"])])
