"""How far a loss reaches back: of the loss at one step alone, what arrives at each other step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from softgate.errors import ShapeError
from softgate.figures import flows
from softgate.flow.linear import States
from softgate.flow.sweep import back, named, within
from softgate.flow.trace import Trace, injected, pull

_ROOM = 1 << 25
"""Numbers that a sweep may hold at once; more sources are taken in several sweeps."""


@dataclass(frozen=True, repr=False)
class Horizon:
    """For the loss at step t alone, what arrives at step s: [T] for one t, else [K, T], a row for each t.

    Attributes:
        name: the state, ``"l0.c"``.
        sources: the steps t.
        norms: the norm of dL_t/ds_s over batch and units. Zero where s is after t (before it, in a reverse direction).
        forget: the product of what the state is multiplied by on the way from s to t, f_{s+1} ... f_t for an LSTM, its
            mean over batch and units; None where there is no such factor.
        cell_path: what ``norms`` would be if the gradient came back by those factors alone; None likewise.
    """

    name: str
    sources: tuple[int, ...]
    norms: Tensor
    forget: Tensor | None
    cell_path: Tensor | None

    def chart(self) -> Any:
        """An Altair chart: of one source a curve beside the product of the gates, of several a heat map.

        Raises:
            MissingExtraError: Altair is not installed.
        """
        return flows.horizon(self.name, self.sources, self.norms, self.forget)

    def __repr__(self) -> str:
        steps = ", ".join(map(str, self.sources[:4])) + (" ..." if len(self.sources) > 4 else "")
        return f"<horizon of {self.name} from step {steps}: {list(self.norms.shape)}>"


@dataclass(frozen=True)
class Sources:
    """Where the loss at one step comes from: single losses [T], outputs of the layers above, or the call's own."""

    target: Trace
    losses: Tensor | None
    above: Sequence[Trace]

    @property
    def tops(self) -> list[Trace]:
        """The calls through whose output the loss sees the target."""
        every = [*self.above]
        return every or [self.target]

    @property
    def steps(self) -> int:
        """How many steps there are to choose from."""
        return len(self.losses) if self.losses is not None else self.target.linear.shape[0]

    def inject(self, t: int) -> States:
        """What the loss at step ``t`` brings to each step of the target, by state [T, B, N]."""
        if self.losses is not None:
            seed = torch.zeros_like(self.losses)
            seed[t] = 1.0
            (found,) = pull([self.losses], [seed], [self.target], keep=True)
        elif not self.above:
            found = self.target.at(t)
        else:
            outputs = [e for top in self.tops for e in top.edges]
            seeds = [s for top in self.tops for s in top.at(t)]
            (found,) = pull(outputs, seeds, [self.target], keep=True)
        return injected(self.target.linear, found)


def horizon(sources: Sources, name: str, state: str, t: int | Iterable[int] | None) -> Horizon:
    """See :meth:`softgate.gradient_flow.GradientFlow.horizon`."""
    linear, T = sources.target.linear, sources.steps
    for top in sources.tops:
        if sources.losses is None and top.linear.shape[0] != T:
            raise ShapeError(
                f"horizon: {name} has {T} steps, the layers above it {top.linear.shape[0]}; "
                "have run() return the loss of each step, [T]"
            )
    chosen = range(T) if t is None else [t] if isinstance(t, int) else list(t)
    for step in chosen:
        if not -T <= step < T:
            raise ShapeError(f"horizon: step {step} of a loss with {T} steps, 0 to {T - 1}")
    picked = tuple(step % T for step in chosen)
    size = max(1, sum(v.numel() for v in sources.target.inject.values()))
    found = [_rows(sources, state, block) for block in _blocks(picked, max(1, _ROOM // size))]
    norms, forget, cell = (
        None if column[0] is None else torch.cat(column) for column in zip(*found, strict=True)
    ) if found else (linear.values[f"prev.{state}"].new_zeros(0, linear.shape[0]), None, None)  # fmt: skip
    if isinstance(t, int):
        norms, forget, cell = (None if v is None else v[0] for v in (norms, forget, cell))
    assert norms is not None
    return Horizon(name, picked, norms, forget, cell)


def _blocks(steps: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    return (steps[k : k + size] for k in range(0, len(steps), size))


@torch.no_grad()
def _rows(sources: Sources, state: str, steps: Sequence[int]) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """Norms, mean factors and norms by those factors, [K, T] each."""
    linear = sources.target.linear
    each = [sources.inject(t) for t in steps]
    inject = {s: torch.stack([e[s] for e in each]) for s in linear.cell.states}
    hold = linear.hold(state)
    norms = inject[state].new_zeros(len(steps), linear.shape[0])
    forget, cell = norms.clone(), norms.clone()
    same = sources.steps == linear.shape[0]
    product = inject[state].new_zeros(len(steps), *linear.shape[1:])
    alone = torch.zeros_like(product)
    for s, got in back(linear, inject):
        norms[:, s] = got[state].flatten(1).norm(dim=1)
        if hold is None:
            continue
        if same:
            product[[k for k, t in enumerate(steps) if t == s]] = 1.0
        here = torch.ones_like(product[0]) if linear.there is None else linear.there[s][:, None].expand_as(product[0])
        product = torch.where(here.bool(), product, 0.0)
        alone = alone + named(linear, within(linear, s, {n: v[:, s] for n, v in inject.items()}))[state]
        forget[:, s] = product.abs().sum((1, 2)) / here.sum()
        cell[:, s] = torch.where(here.bool(), alone, 0.0).flatten(1).norm(dim=1)
        factor = hold[s] if linear.cut is None else torch.where(linear.cut[s][:, None], 0.0, hold[s])
        product, alone = product * factor, alone * factor
    return norms, forget if hold is not None and same else None, cell if hold is not None else None
