"""An ONNX graph as a torch module: recurrent nodes are softgate layers, the others are rows of two tables.

Why an interpreter of our own and not ONNX's evaluator: that one computes with NumPy, so nothing behind it would have a
gradient, and a model that is opened to be looked at and edited needs them. Each row is one function of torch, and is
tested against ONNX Runtime.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import Module

from softgate.errors import InterchangeError, ShapeError, SoftgateError
from softgate.interchange.onnx_node import Node
from softgate.interchange.onnx_recurrent import Recurrence
from softgate.interchange.ops_shapes import SHAPES
from softgate.interchange.ops_values import VALUES

OPERATIONS: Mapping[str, Any] = VALUES | SHAPES
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
        self._last = _last_uses(self._steps, self.outputs)

    def keep(self, name: str, value: Tensor, trainable: bool) -> None:
        """Makes a constant of the graph a parameter, or a buffer."""
        attribute = f"constant_{len(self._constants)}"
        self._constants[name] = attribute
        if trainable and value.is_floating_point() and value.dim() > 0:
            self.register_parameter(attribute, torch.nn.Parameter(value))
        else:
            self.register_buffer(attribute, value)

    def forward(self, *inputs: Any, **named: Any) -> Any:
        """Run the graph.

        Raises:
            ShapeError: inputs that are missing, too many, or of a shape that a node does not take.
        """
        values = self._begin(inputs, named)
        modules = dict(self.named_children())
        for number, (node, recurrence) in enumerate(self._steps):
            given = [values[name] if name else None for name in node.inputs]
            try:
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
        outs = tuple(values[name] for name in self.outputs)
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

    def extra_repr(self) -> str:
        """The inputs, the outputs, and how often each operator occurs."""
        counts = Counter(node.kind for node, _ in self._steps)
        nodes = ", ".join(f"{n} {kind}" for kind, n in sorted(counts.items()))
        return f"{', '.join(self.inputs)} -> {', '.join(self.outputs)}; {nodes}"


def run(node: Node, inputs: Sequence[Tensor | None]) -> Any:
    """One node that is not recurrent."""
    return OPERATIONS[node.kind](node, *inputs)


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
