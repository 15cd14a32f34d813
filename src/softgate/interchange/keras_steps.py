"""The layers of a Keras stack as modules and steps, and the module that runs them one after the other.

A step takes values, batch first as in Keras, and a mask, [B, T] or None, and gives both on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import Module

from softgate.errors import ShapeError, SoftgateError
from softgate.interchange import lengths
from softgate.interchange.guard import visible
from softgate.layers import Layer

Passed = tuple[Tensor, Tensor | None]
Step = Callable[[Mapping[str, Module], Tensor, Tensor | None], Passed]


@dataclass(frozen=True)
class Recurrence:
    """LSTM, GRU, SimpleRNN, and Bidirectional around one of them.

    Attributes:
        module: the name of the layer that runs it.
        turns: for each direction, whether it goes from the last step to the first.
        sequences, zero_masked: Keras's ``return_sequences`` and ``zero_output_for_mask``.
        merge: ``concat``, ``sum``, ``mul`` or ``ave`` of the two directions; None with one.
    """

    module: str
    turns: tuple[bool, ...]
    sequences: bool
    zero_masked: bool
    merge: str | None

    def __call__(self, modules: Mapping[str, Module], x: Tensor, mask: Tensor | None) -> Passed:
        """x [B, T, I] to [B, T, H], or [B, H] without ``sequences``."""
        if x.dim() != 3 or x.shape[1] == 0:
            raise ShapeError(f"{self.module}: expected [B, T, I] with T > 0, got {list(x.shape)}")
        x, there = x.transpose(0, 1), None if mask is None else mask.T
        y = lengths.run_masked(modules[self.module], x, there, self.turns)
        if self.zero_masked and there is not None:
            y = y * there[:, :, None]
        parts = y.chunk(len(self.turns), -1)
        if not self.sequences:
            return self._merged([p[0 if t else -1] for p, t in zip(parts, self.turns, strict=True)]), None
        if len(parts) == 1 and self.turns[0]:
            parts = (parts[0].flip(0),)  # Keras leaves the order in which it went
        return self._merged(parts).transpose(0, 1), mask

    def _merged(self, parts: Sequence[Tensor]) -> Tensor:
        if len(parts) == 1:
            return parts[0]
        a, b = parts
        table = {"sum": lambda: a + b, "mul": lambda: a * b, "ave": lambda: (a + b) / 2}
        return table.get(self.merge or "concat", lambda: torch.cat([a, b], -1))()


@dataclass(frozen=True)
class Plain:
    """A layer that computes each value, or each step, by itself.

    Attributes:
        module: the name of a module with weights, if it has any.
        function: what is applied after it.
        keeps_mask: whether the mask goes on.
    """

    module: str | None = None
    function: Callable[[Tensor], Tensor] | None = None
    keeps_mask: bool = True

    def __call__(self, modules: Mapping[str, Module], x: Tensor, mask: Tensor | None) -> Passed:
        """x of any shape."""
        y = x if self.module is None else modules[self.module](x)
        y = y if self.function is None else self.function(y)
        return y, mask if self.keeps_mask else None


@dataclass(frozen=True)
class Embedding:
    """Rows of a table; ``mask_zero`` masks where the index is 0."""

    module: str
    mask_zero: bool

    def __call__(self, modules: Mapping[str, Module], x: Tensor, mask: Tensor | None) -> Passed:
        """Indices [B, T] to [B, T, I]."""
        table: Any = modules[self.module]
        indices = x.long()
        if visible(indices) and bool(((indices < 0) | (indices >= table.num_embeddings)).any()):
            raise ShapeError(f"{self.module}: an index is not from 0 to {table.num_embeddings - 1}")
        return table(indices), indices != 0 if self.mask_zero else None


@dataclass(frozen=True)
class Masking:
    """Masks the steps whose every value is ``value``, and zeroes them."""

    value: float

    def __call__(self, modules: Mapping[str, Module], x: Tensor, mask: Tensor | None) -> Passed:
        """x [B, T, I]."""
        there = (x != self.value).any(-1)
        return x * there[..., None], there


class KerasModel(Module):
    """What :func:`softgate.interchange.load` makes of a ``.keras`` file; called with [B, T] or [B, T, I], as in Keras.

    Layers are attributes under their Keras names, so ``sg.record`` names signals ``<layer>.l0.f``, [T, B, H]. It
    computes what Keras does in inference; dropout is left out.
    """

    def __init__(self, modules: Mapping[str, Module], steps: Sequence[tuple[str, Step]]) -> None:
        super().__init__()
        for name, module in modules.items():
            self.add_module(name, module)
        self._steps = list(steps)

    @property
    def no_layer(self) -> str | None:
        """Why there is nothing to record, if so."""
        return None if any(isinstance(m, Layer) for m in self.modules()) else "its file has no recurrent layer"

    def forward(self, input: Any, mask: Any = None) -> Tensor:  # noqa: A002
        """Run the stack.

        Args:
            input: [B, T] of indices or [B, T, I], as the first layer takes it; a tensor or a NumPy array.
            mask: bool [B, T], true where there is a step; what Keras takes as ``mask``.

        Raises:
            ShapeError: a layer does not take what comes to it.
        """
        x = torch.as_tensor(input)
        there = None if mask is None else torch.as_tensor(mask).bool()
        modules = dict(self.named_children())
        for name, step in self._steps:
            try:
                x, there = step(modules, x, there)
            except SoftgateError:
                raise
            except (RuntimeError, IndexError, TypeError, ValueError) as error:
                raise ShapeError(f"layer {name!r} does not take {list(x.shape)} {x.dtype}: {error}") from error
        return x
