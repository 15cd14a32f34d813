"""A cell with weights, states and data to run it on, and everything that comes out of it, gradients included."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from softgate import reference
from softgate.equations import Cell
from softgate.errors import UnknownNameError
from softgate.reference import Weights
from softgate.symbols import symbols_in

Runner = Callable[..., tuple[Tensor, tuple[Tensor, ...]]]
"""A backend: takes what :func:`softgate.functional.recurrence` takes, returns y and the last states."""


def random_weights(
    cell: Cell,
    input_size: int,
    hidden_size: int,
    dtype: torch.dtype = torch.float32,
    seed: int = 0,
    proj_size: int | None = None,
    bias: bool = True,
) -> Weights:
    """Weights of every kind that the cell has, uniform in +-1 / sqrt(H) as torch draws them, of the seed alone.

    The values are drawn in float64 and rounded, so those of two dtypes are as close as their dtypes allow.
    """
    H, P = hidden_size, proj_size or hidden_size
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> Tensor:
        values = torch.rand(*shape, generator=generator, dtype=torch.float64)
        return ((2 * values - 1) / math.sqrt(max(H, 1))).to(dtype)

    x, h, F = len(cell.x_gates) * H, len(cell.h_gates) * H, len(cell.feedback) * H
    return Weights(
        weight_ih=draw(x, input_size) if x else None,
        weight_hh=draw(h, P) if h else None,
        bias_ih=draw(x) if x and bias else None,
        bias_hh=draw(h) if h and bias else None,
        weight_hr=draw(P, H) if proj_size else None,
        weight_fb=draw(F, F) if F else None,
        units=tuple(draw(H) for _ in cell.weights),
    )


def can_project(cell: Cell) -> bool:
    """Whether the output state may be projected: only matrix products may see the one of the step before.

    Nor has a cell with full gate recurrence a projection; nobody has said what it would be.
    """
    return f"prev.{cell.states[0]}" not in symbols_in(*cell.signals.values()) and not cell.feedback


@dataclass(frozen=True)
class Problem:
    """What a backend is asked to compute; the fields are the arguments of ``recurrence``."""

    cell: Cell
    x: Tensor
    states: tuple[Tensor, ...]
    weights: Weights
    lengths: tuple[int, ...] | None = None
    reset: Tensor | None = None
    reverse: bool = False

    def to(self, dtype: torch.dtype) -> Problem:
        """The same numbers in another dtype."""
        return self._with(self.leaves(dtype))

    def leaves(self, dtype: torch.dtype | None = None) -> dict[str, Tensor]:
        """Everything with a gradient, by name, as fresh leaves."""
        found = {"x": self.x} | {f"initial {n}": s for n, s in zip(self.cell.states, self.states, strict=True)}
        found |= {name: w for name, w in self.weights._asdict().items() if isinstance(w, Tensor)}
        found |= dict(zip(self.cell.weights, self.weights.units, strict=True))
        return {n: v.detach().to(dtype or v.dtype).clone() for n, v in found.items()}

    def _with(self, leaves: dict[str, Tensor]) -> Problem:
        matrices = {name: leaves.get(name) for name in Weights._fields if name != "units"}
        weights = Weights(**matrices, units=tuple(leaves[n] for n in self.cell.weights))
        states = tuple(leaves[f"initial {n}"] for n in self.cell.states)
        return replace(self, x=leaves["x"], states=states, weights=weights)

    def forward(self, run: Runner) -> dict[str, Tensor]:
        """``y`` and the final states, by name."""
        y, finals = run(
            self.cell, self.x, self.states, self.weights, lengths=self.lengths, reset=self.reset, reverse=self.reverse
        )
        return {"y": y} | {f"final {n}": s for n, s in zip(self.cell.states, finals, strict=True)}

    def everything(self, run: Runner) -> dict[str, Tensor]:
        """What :meth:`forward` gives, and the gradient of a random sum of it with respect to every leaf."""
        leaves = {n: v.requires_grad_() for n, v in self.leaves().items()}
        out = self._with(leaves).forward(run)
        generator = torch.Generator().manual_seed(1)
        total = torch.zeros((), dtype=torch.float64)
        for value in out.values():
            seed = torch.randn(value.shape, generator=generator, dtype=torch.float64).to(self.x.dtype)
            total = total + (value * seed).double().sum()
        inputs = list(leaves.values())
        gradients = torch.autograd.grad(total, inputs, allow_unused=True, materialize_grads=True)
        named = {f"gradient of {n}": g for n, g in zip(leaves, gradients, strict=True)}
        return {n: v.detach() for n, v in {**out, **named}.items()}

    def gates_of(self, name: str) -> tuple[str, ...]:
        """The gates stacked along the first axis of what has this name."""
        parameter = name.removeprefix("gradient of ")
        if parameter in ("weight_ih", "bias_ih"):
            return self.cell.x_gates
        if parameter in ("weight_hh", "bias_hh"):
            return self.cell.h_gates
        return self.cell.feedback if parameter == "weight_fb" else ()


def make(
    cell: Cell,
    T: int,
    B: int,
    inputs: int,
    H: int,
    *,
    dtype: torch.dtype = torch.float32,
    seed: int = 0,
    proj_size: int | None = None,
    bias: bool = True,
    scale: float = 1.0,
) -> Problem:
    """A problem with random data [T, B, inputs], and initial states that the cell really gets into.

    ``scale`` multiplies the input. The states come from three steps on other data, because not every state is free: a
    normaliser, for one, is never negative.
    """
    weights = random_weights(cell, inputs, H, torch.float64, seed, proj_size, bias)
    generator = torch.Generator().manual_seed(seed + 1)
    x = scale * torch.randn(T, B, inputs, generator=generator, dtype=torch.float64)
    before = torch.randn(3, B, inputs, generator=generator, dtype=torch.float64)
    zeros = [torch.zeros(B, (proj_size or H) if k == 0 else H, dtype=torch.float64) for k in range(len(cell.states))]
    states = reference.run(cell, before, zeros, weights).finals
    return Problem(cell, x, states, weights).to(dtype)


def run_reference(
    cell: Cell,
    x: Tensor,
    states: Sequence[Tensor],
    weights: Weights,
    *,
    lengths: Sequence[int] | None = None,
    reset: Tensor | None = None,
    reverse: bool = False,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """The reference as a backend."""
    result = reference.run(cell, x, states, weights, lengths=lengths, reset=reset, reverse=reverse)
    return result.y, result.finals


def runner(backend: str | Runner) -> Runner:
    """The function that a backend's name stands for; see :func:`softgate.testing.check`."""
    from softgate import dispatch
    from softgate.functional import recurrence

    def compiled(cell: Cell, x: Tensor, states: Sequence[Tensor], weights: Weights, **options: Any) -> Any:
        reason = dispatch.refusal(cell, x, weights, states)
        if reason is not None:
            raise AssertionError(f"the compiled kernel did not run: {reason}")
        return recurrence(cell, x, states, weights, **options)

    known: dict[str, Runner] = {"auto": recurrence, "cpu": compiled, "reference": run_reference}
    if not isinstance(backend, str):
        return backend
    if backend not in known:
        raise UnknownNameError("backend", backend, known)
    return known[backend]
