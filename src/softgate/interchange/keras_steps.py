"""The layers of a Keras model as modules and steps, and the module that runs them one after the other.

A step takes values, batch first as in Keras, and a mask, [B, T] or None, and gives both on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any, NamedTuple, Protocol, runtime_checkable

import torch
from torch import Tensor
from torch.nn import Module

from softgate.errors import ShapeError, SoftgateError
from softgate.interchange import lengths
from softgate.interchange.guard import visible
from softgate.layers import Layer

Passed = tuple[Tensor, Tensor | None]
One = Callable[[Mapping[str, Module], Tensor, Tensor | None], Passed]
Key = tuple[str, int, int]
"""A value of a model: the path of the layer that makes it, which of its calls, which of its outputs."""


@runtime_checkable
class Many(Protocol):
    """A step with several arrays to take or to give."""

    def of(self, modules: Mapping[str, Module], given: Sequence[Passed]) -> list[Passed]:
        """What comes, each array with its mask, to what goes on."""


Step = One | Many


class Run(NamedTuple):
    """One call of a layer: its name, what it does, what it takes, and where its outputs go."""

    name: str
    step: Step
    inputs: tuple[Key, ...]
    key: str
    node: int


@dataclass(frozen=True)
class Recurrence:
    """LSTM, GRU, SimpleRNN, and Bidirectional around one of them.

    Attributes:
        module: the name of the layer that runs it.
        turns: for each direction, whether it goes from the last step to the first.
        sequences, zero_masked: Keras's ``return_sequences`` and ``zero_output_for_mask``.
        states: Keras's ``return_state``: how many states each direction gives on beside its output, 0 for none.
        merge: ``concat``, ``sum``, ``mul`` or ``ave`` of the two directions; None with one.
    """

    module: str
    turns: tuple[bool, ...]
    sequences: bool
    zero_masked: bool
    merge: str | None
    states: int = 0

    def of(self, modules: Mapping[str, Module], given: Sequence[Passed]) -> list[Passed]:
        """x [B, T, I], and initial states if there are any, [B, H] each, by direction; to output and last states."""
        (x, mask), starts, D = given[0], [value for value, _ in given[1:]], len(self.turns)
        hx: Any = None
        if starts:
            if len(starts) % D:
                raise ShapeError(f"{self.module}: {len(starts)} initial states for {D} directions")
            each = [starts[k :: len(starts) // D] for k in range(len(starts) // D)]
            joined = [torch.stack(ways) for ways in each]
            hx = joined[0] if len(joined) == 1 else tuple(joined)
        y, last = self._run(modules, x, mask, hx)
        return [y, *((s[d], None) for d in range(D) for s in last[: self.states])]

    def _run(self, modules: Mapping[str, Module], x: Tensor, mask: Tensor | None, hx: Any) -> tuple[Passed, Any]:
        """The output, [B, T, H], or [B, H] without ``sequences``, with its mask, and the last states."""
        if x.dim() != 3 or x.shape[1] == 0:
            raise ShapeError(f"{self.module}: expected [B, T, I] with T > 0, got {list(x.shape)}")
        x, there = x.transpose(0, 1), None if mask is None else mask.T
        y, last = lengths.run_masked(modules[self.module], x, there, self.turns, hx)
        if self.zero_masked and there is not None:
            y = y * there[:, :, None]
        parts = y.chunk(len(self.turns), -1)
        if not self.sequences:
            return (self._merged([p[0 if t else -1] for p, t in zip(parts, self.turns, strict=True)]), None), last
        if len(parts) == 1 and self.turns[0]:
            parts = (parts[0].flip(0),)  # Keras leaves the order in which it went
        return (self._merged(parts).transpose(0, 1), mask), last

    def _merged(self, parts: Sequence[Tensor]) -> Tensor:
        if len(parts) == 1:
            return parts[0]
        a, b = parts
        table = {"sum": lambda: a + b, "mul": lambda: a * b, "ave": lambda: (a + b) / 2}
        return table.get(self.merge or "concat", lambda: torch.cat([a, b], -1))()


@dataclass(frozen=True)
class Merge:
    """Add, Concatenate and the others that make one array of several."""

    kind: str
    axis: int = -1

    def of(self, modules: Mapping[str, Module], given: Sequence[Passed]) -> list[Passed]:
        """Arrays of shapes that go together."""
        values, masks = [value for value, _ in given], [mask for _, mask in given]
        if self.kind == "Concatenate":
            return [(torch.cat(values, self.axis), self._joined(values, masks))]
        table: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
            "Add": torch.add, "Average": torch.add, "Subtract": torch.sub, "Multiply": torch.mul,
            "Maximum": torch.maximum, "Minimum": torch.minimum,
        }  # fmt: skip
        if self.kind in ("Maximum", "Minimum"):
            return [reduce(partial(_of_what_is_there, table[self.kind]), given)]
        if self.kind == "Multiply":  # Keras: what is masked counts as 1, and where nothing is there the product is 0
            values = [v if m is None else torch.where(m[..., None], v, 1.0) for v, m in given]
        made = reduce(table[self.kind], values)
        there = [mask for mask in masks if mask is not None]
        mask = reduce(torch.logical_or, there) if len(there) == len(masks) else None
        if self.kind == "Multiply" and mask is not None:
            made = made * mask[..., None]
        return [(made / len(values) if self.kind == "Average" else made, mask)]

    def _joined(self, values: Sequence[Tensor], masks: Sequence[Tensor | None]) -> Tensor | None:
        """A step is there that is there in any; of arrays without a mask every step is."""
        if all(mask is None for mask in masks):
            return None
        whole = [
            torch.ones_like(v, dtype=torch.bool) if m is None else m[..., None].expand(v.shape)
            for v, m in zip(values, masks, strict=True)
        ]
        return torch.cat(whole, self.axis).any(-1)


def _of_what_is_there(function: Callable[[Tensor, Tensor], Tensor], one: Passed, other: Passed) -> Passed:
    """The larger or smaller of two, as Keras has it: what is masked in one of them is the other's."""
    (a, a_mask), (b, b_mask) = one, other
    b = b if b_mask is None else torch.where(b_mask[..., None], b, a)
    a = a if a_mask is None else torch.where(a_mask[..., None], a, b)
    return function(a, b), None if a_mask is None or b_mask is None else a_mask | b_mask


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

    With several outputs it gives a tuple. Layers are attributes under their Keras names, so ``sg.record`` names signals
    ``<layer>.l0.f``, [T, B, H]. It computes what Keras does in inference; dropout is left out.
    """

    def __init__(self, modules: Mapping[str, Module], runs: Sequence[Run], inputs: int, outputs: Sequence[Key]) -> None:
        super().__init__()
        for name, module in modules.items():
            self.add_module(name, module)
        self._runs, self._inputs, self._outputs = list(runs), inputs, tuple(outputs)

    @property
    def no_layer(self) -> str | None:
        """Why there is nothing to record, if so."""
        return None if any(isinstance(m, Layer) for m in self.modules()) else "its file has no recurrent layer"

    def forward(self, input: Any, mask: Any = None) -> Any:  # noqa: A002
        """Run the model.

        Args:
            input: [B, T] of indices or [B, T, I], as the first layer takes it; a tensor or a NumPy array. A list of
                such, where the model has several inputs.
            mask: bool [B, T], true where there is a step; what Keras takes as ``mask``.

        Raises:
            ShapeError: a layer does not take what comes to it.
        """
        given = list(input) if isinstance(input, (list, tuple)) and self._inputs != 1 else [input]
        if len(given) != self._inputs:
            raise ShapeError(f"the model takes {self._inputs} inputs, as a list; got {len(given)}")
        there = None if mask is None else torch.as_tensor(mask).bool()
        values: dict[Key, Passed] = {("", 0, k): (torch.as_tensor(x), there) for k, x in enumerate(given)}
        modules = dict(self.named_children())
        for run in self._runs:
            came = [values[key] for key in run.inputs]
            try:
                got = run.step.of(modules, came) if isinstance(run.step, Many) else [run.step(modules, *came[0])]
            except SoftgateError:
                raise
            except (RuntimeError, IndexError, TypeError, ValueError) as error:
                shapes = " and ".join(f"{list(x.shape)} {x.dtype}" for x, _ in came)
                raise ShapeError(f"layer {run.name!r} does not take {shapes}: {error}") from error
            values |= {(run.key, run.node, k): passed for k, passed in enumerate(got)}
        outs = tuple(values[key][0] for key in self._outputs)
        return outs[0] if len(outs) == 1 else outs
