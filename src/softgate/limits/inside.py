"""A model taken apart into what a prediction reads: the layer's weights, what each symbol feeds it, and the head.

The weights may be rounded to another dtype, in which every operation of a step is then rounded too: the equations are
interpreted in that dtype, operation by operation.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from softgate import cells, reference
from softgate.equations import Cell
from softgate.errors import DtypeError, ShapeError
from softgate.functional import recurrence
from softgate.layers.base import Layer
from softgate.reference import Weights

DTYPES = {str(t).removeprefix("torch."): t for t in (torch.float64, torch.float32, torch.float16, torch.bfloat16)}


@dataclass(frozen=True)
class Inside:
    """What one symbol does to a state, and what the head makes of it.

    Attributes:
        layer: the one recurrent layer of the model.
        head: from h [..., H] to logits [..., A].
        inputs: what each symbol feeds the layer, [A, I].
        weights: of the layer.
    """

    layer: Any
    head: nn.Module
    inputs: Tensor
    weights: Weights

    @property
    def cell(self) -> Cell:
        """The equations of the layer."""
        found: Cell = self.layer.cell
        return found

    @property
    def dtype(self) -> torch.dtype:
        """The dtype that a step is computed in."""
        return self.inputs.dtype

    def begin(self, lanes: int) -> tuple[Tensor, Tensor]:
        """States before anything was read: h and c, zeros [lanes, H]."""
        zeros = self.inputs.new_zeros(lanes, self.layer.hidden_size)
        return zeros, zeros.clone()

    def step(self, symbol: int, h: Tensor, c: Tensor) -> dict[str, Tensor]:
        """The cell's own map for a symbol: every signal of the step from h and c, [lanes, H] each."""
        x = self.inputs[symbol].expand(len(h), -1)
        return reference.step(self.cell, x, [h, c], self.weights)

    def run(self, symbol: int, steps: int, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        """A stretch of one symbol, as the net runs it: h and c of every step, [steps, lanes, H] each.

        float32 and float64 take the layer's kernel; 16 bits the reference, which rounds every operation.
        """
        from softgate.record import record

        x = self.inputs[symbol].expand(steps, len(h), -1)
        if self.dtype in (torch.float32, torch.float64) and self.dtype == self.layer.weight_hh_l0.dtype:
            with record(self.layer, "*.c") as kept:
                y, _ = self.layer(x, (h.unsqueeze(0), c.unsqueeze(0)))
            return y, kept[kept.names[0]]
        if self.dtype in (torch.float32, torch.float64):
            y, _ = recurrence(self.cell, x, [h, c], self.weights)
        done = reference.run(self.cell, x, [h, c], self.weights, signals=["c"])
        return done.y, done.signals["c"]


def inside(model: nn.Module, dtype: torch.dtype | str | None = None) -> Inside:
    """Take a model apart.

    Args:
        model: ids [T, B] to (logits [T, B, A], state), with one softgate LSTM in it, of one layer and one direction,
            and a module ``head`` from h to the logits.
        dtype: round weights and states to this one; the model's own if not given.

    Raises:
        ShapeError: the model is built in another way; the message says what is missing.
        DtypeError: a dtype that is not one of float64, float32, float16, bfloat16.
    """
    layer = only_layer(model)
    head = head_of(model)
    wanted = layer.weight_hh_l0.dtype if dtype is None else dtype_named(dtype)
    weights = [None if w is None else w.detach().to(wanted) for w in layer._weights(0, False)[:6]]
    rounded = copy.deepcopy(head).to(wanted)
    return Inside(layer, rounded, inputs(model, layer, head).to(wanted), Weights(*weights))  # type: ignore[arg-type]


def only_layer(model: nn.Module) -> Any:
    """The one plain LSTM of a model.

    Raises:
        ShapeError: there is none, or more than one, or one with layers, directions or equations that do not fit.
    """
    found = [m for m in model.modules() if isinstance(m, Layer)]
    if len(found) != 1:
        raise ShapeError(
            f"limits: the model must have exactly one softgate layer, {type(model).__name__} has {len(found)}"
        )
    (layer,) = found
    plain = cells.lstm()
    fits = layer.cell.states == plain.states and layer.cell.text == plain.text
    if layer.num_layers != 1 or layer.bidirectional or layer.proj_size or not fits:
        raise ShapeError(
            "limits: the layer must be a plain LSTM of one layer and one direction without projection, got "
            f"cell {layer.cell.name!r}, num_layers={layer.num_layers}, bidirectional={layer.bidirectional}, "
            f"proj_size={layer.proj_size}"
        )
    return layer


def head_of(model: nn.Module) -> nn.Module:
    """What makes logits of h.

    Raises:
        ShapeError: there is none.
    """
    head = getattr(model, "head", None)
    if not isinstance(head, nn.Module):
        raise ShapeError(f"limits: {type(model).__name__} needs a module 'head' from h to logits; it has none")
    return head


def inputs(model: nn.Module, layer: Any, head: nn.Module) -> Tensor:
    """What each symbol feeds the layer, [A, I]: the model is shown every symbol once, one step each."""
    with torch.no_grad():
        A = head(layer.weight_hh_l0.new_zeros(1, layer.hidden_size)).shape[-1]
        seen: list[Tensor] = []
        hook = layer.register_forward_pre_hook(lambda _, args: seen.append(args[0].detach().clone()))
        try:
            model(torch.arange(A).unsqueeze(0))
        finally:
            hook.remove()
    if len(seen) != 1 or seen[0].shape != (1, A, layer.input_size):
        raise ShapeError(f"limits: for ids [1, {A}] the layer must be called once, with x [1, {A}, {layer.input_size}]")
    return seen[0][0]


def dtype_named(dtype: torch.dtype | str) -> torch.dtype:
    """A dtype, or the name of one.

    Raises:
        DtypeError: one that is not float64, float32, float16 or bfloat16.
    """
    found = DTYPES.get(dtype) if isinstance(dtype, str) else dtype
    if found is None or found not in DTYPES.values():
        raise DtypeError(f"limits: dtype must be one of {', '.join(DTYPES)}, got {dtype}")
    return found
