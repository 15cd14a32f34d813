"""One node of an ONNX graph, as the operators see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Node:
    """A node.

    Attributes:
        kind: the operator.
        name: the node's, or the name of its first output.
        opset: the version of the operator set that the model asks for.
        inputs, outputs: names of values; an empty one is left out.
        attributes: numbers, strings, lists of them, tensors.
    """

    kind: str
    name: str
    opset: int
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]

    def get(self, attribute: str, default: Any = None) -> Any:
        """An attribute, or its default."""
        return self.attributes.get(attribute, default)

    def __str__(self) -> str:
        return f"{self.kind} node {self.name!r}"
