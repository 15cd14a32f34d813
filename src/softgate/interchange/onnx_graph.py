"""An ONNX graph as a torch module: recurrent nodes are softgate layers, the others are rows of two tables.

Why an interpreter of our own and not ONNX's evaluator: that one computes with NumPy, so nothing behind it would have a
gradient, and a model that is opened to be looked at and edited needs them. Each row is one function of torch, and is
tested against ONNX Runtime.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import Module

from softgate.errors import InterchangeError, ShapeError, SoftgateError
from softgate.interchange import onnx_sizes as sizes
from softgate.interchange.guard import visible
from softgate.interchange.onnx_node import Node
from softgate.interchange.onnx_recurrent import Recurrence
from softgate.interchange.ops_shapes import SHAPES
from softgate.interchange.ops_values import VALUES
from softgate.interchange.ops_windows import WINDOWS

OPERATIONS: Mapping[str, Any] = VALUES | SHAPES | WINDOWS
BY_ELEMENT = 64
"""How many products of a matrix product take as long as one element of anything else, about."""
CONSTANT = re.compile(r"constant_\d+")
"""The names that constants of a graph have as attributes; no layer may have such a one."""
Step = tuple[Node, Recurrence | None]
Declared = tuple[torch.dtype | None, tuple[int | str, ...] | None]


class OnnxModel(Module):
    """What :func:`softgate.interchange.load` makes of an ``.onnx`` file.

    Called with the graph's inputs, in their order or by name, as tensors or NumPy arrays; gives the graph's outputs, a
    tuple if there are several. Layers are attributes under the names of their nodes, so ``sg.record`` names signals
    ``<node>.l0.f``. Floating-point initializers are parameters.

    Attributes:
        inputs, outputs: the names in the file.
        declared: by input, the dtype and the shape that the file gives it, a size that is open by its name; None for
            what the file does not say.
    """

    def __init__(
        self,
        inputs: Sequence[str],
        outputs: Sequence[str],
        steps: Sequence[Step],
        declared: Mapping[str, Declared] | None = None,
    ) -> None:
        super().__init__()
        self.inputs, self.outputs = tuple(inputs), tuple(outputs)
        self.declared = dict(declared or {})
        self._steps = list(steps)
        self._constants: dict[str, str] = {}
        self._numbers: dict[str, Any] = {}
        self._last = _last_uses(self._steps, self.outputs)

    def keep(self, name: str, value: Tensor, trainable: bool) -> None:
        """Makes a constant of the graph a parameter, or a buffer."""
        attribute = f"constant_{len(self._constants)}"
        self._constants[name] = attribute
        if trainable and value.is_floating_point() and value.dim() > 0:
            self.register_parameter(attribute, torch.nn.Parameter(value))
        else:
            self.register_buffer(attribute, value)
            if value.dtype in (torch.int64, torch.int32) and value.numel() <= sizes.MOST:
                self._numbers[name] = sizes.numbers(value.tolist())

    def forward(self, *inputs: Any, **named: Any) -> Any:
        """Run the graph.

        Raises:
            ShapeError: inputs that are missing, too many, or of a shape that a node does not take.
        """
        values = self._begin(inputs, named)
        modules, traced = dict(self.named_children()), not all(visible(values[name]) for name in self.inputs)
        values |= self._numbers if traced else {}
        for number, (node, recurrence) in enumerate(self._steps):
            given = [values[name] if name else None for name in node.inputs]
            try:
                got = sizes.step(node, given) if traced else None
                given = sizes.operands(node, given) if traced and got is None else given
                if got is None:
                    got = run(node, given) if recurrence is None else recurrence.run(modules, given)
            except SoftgateError:
                raise
            except (RuntimeError, IndexError, TypeError, ValueError) as error:
                shapes = ", ".join("-" if g is None else str(list(g.shape)) for g in given)
                raise ShapeError(f"{node}: it does not take inputs of shapes {shapes}: {error}") from error
            results = got if isinstance(got, (tuple, list)) else (got,)
            values.update({name: value for name, value in zip(node.outputs, results, strict=False) if name})
            for name in self._last.get(number, ()):
                values.pop(name, None)
        outs = tuple(sizes.operands(None, [values[name] for name in self.outputs]))
        return outs[0] if len(outs) == 1 else outs

    def _begin(self, inputs: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Tensor]:
        if len(inputs) > len(self.inputs):
            raise ShapeError(f"the model takes {len(self.inputs)} inputs ({', '.join(self.inputs)}), got {len(inputs)}")
        given = {**dict(zip(self.inputs, inputs, strict=False)), **named}
        wrong = [n for n in (*self.inputs, *given) if n not in given or n not in self.inputs]
        if wrong:
            raise ShapeError(f"the model takes the inputs {', '.join(self.inputs)}; not so: {', '.join(wrong)}")
        values = {name: getattr(self, attribute) for name, attribute in self._constants.items()}
        return values | {name: torch.as_tensor(value) for name, value in given.items()}

    @property
    def no_layer(self) -> str | None:
        """Why there is nothing to record, if so."""
        if any(recurrence is not None for _, recurrence in self._steps):
            return None
        return (
            "there is no LSTM, GRU or RNN node in its file. If the model had such layers, its exporter unrolled them: "
            "open the .keras file instead, or export with torch.onnx.export(..., dynamo=False), or with sg.export_onnx"
        )

    def extra_repr(self) -> str:
        """The inputs, the outputs, and how often each operator occurs."""
        counts = Counter(node.kind for node, _ in self._steps)
        nodes = ", ".join(f"{n} {kind}" for kind, n in sorted(counts.items()))
        return f"{', '.join(self.inputs)} -> {', '.join(self.outputs)}; {nodes}"


def run(node: Node, inputs: Sequence[Tensor | None]) -> Any:
    """One node that is not recurrent."""
    return OPERATIONS[node.kind](node, *inputs)


def work(node: Node, inputs: Sequence[Tensor | None]) -> int:
    """About how many products a node takes, its results not counted."""
    given = [x for x in inputs if x is not None]
    count = BY_ELEMENT * sum(x.numel() for x in given)
    if node.kind in ("MatMul", "Gemm") and len(given) > 1 and given[1].dim() > 1:
        columns = given[1].shape[-2 if node.get("transB", 0) else -1]
        batch = math.prod(given[1].shape[:-2]) if given[0].dim() < given[1].dim() else 1
        count += given[0].numel() * columns * batch
    if node.kind == "Conv" and len(given) > 1:
        count += given[0].numel() * given[1].numel()
    if node.kind == "Einsum":
        labels: dict[str, int] = {}
        for x, part in zip(
            given, node.get("equation", "").replace(" ", "").partition("->")[0].split(","), strict=False
        ):
            labels |= dict(zip(part, x.shape, strict=False))
        count += math.prod(labels.values())
    return count


def _last_uses(steps: Sequence[Step], outputs: Sequence[str]) -> dict[int, list[str]]:
    """By the number of a step, the values that nobody needs after it."""
    last: dict[str, int] = {}
    for number, (node, _) in enumerate(steps):
        last |= dict.fromkeys((*node.inputs, *node.outputs), number)
    found: dict[int, list[str]] = {}
    for name, number in last.items():
        if name and name not in outputs:
            found.setdefault(number, []).append(name)
    return found


def check_known(node: Node, domain: str) -> None:
    """Refuses an operator that has no row.

    Raises:
        InterchangeError: naming operator, node, domain and version.
    """
    if domain not in ("", "ai.onnx") or node.kind not in OPERATIONS:
        raise InterchangeError(
            f"operator {node.kind} (domain {domain or 'ai.onnx'!r}, opset {node.opset}) of node {node.name!r} is not "
            f"known; known: LSTM, GRU, RNN, {', '.join(sorted(OPERATIONS))}"
        )
