"""Many small nets of the same equations and sizes, trained at once: a net is a row of one table of numbers.

What costs time in training a small net is not its arithmetic but the way there: modules, the graph, an optimiser's
loops. A fleet has none of these. Its kernels are launched for many nets by one call, on buffers that stay where they
are; head, loss, clipping and Adam are a few operations on stacked arrays. Each net is what it would be alone.

On one thread: to fill the cores, run as many processes. One step costs a few microseconds a net beyond the arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor

from softgate import autograd, composite, dispatch
from softgate.composite import Spec
from softgate.dispatch import Path
from softgate.equations import Cell
from softgate.errors import DtypeError, ShapeError
from softgate.lab.fleet_adam import Adam
from softgate.lab.fleet_batch import stack
from softgate.lab.fleet_chain import Chained
from softgate.lab.fleet_engine import Engine, Reference
from softgate.lab.fleet_loss import check_kind
from softgate.lab.initial import HEAD, HEAD_BIAS, Layout, Sizes, initial
from softgate.lab.net import Net
from softgate.layers.construct import as_cell
from softgate.layers.parameters import ForgetBias
from softgate.limits.nets import one_thread


class Fleet:
    """N nets, N = len(seeds); net k has the first weights of seeds[k] and the learning rate rates[k].

    Args:
        cell: of every net: a cell, or the name of one.
        inputs, hidden_size, outputs: I, H and O.
        seeds, rates: one a net.
        forget_bias: as of :class:`softgate.lab.net.Net`.
        kind: of task: ``"classes"`` (integer targets, cross entropy), ``"bits"`` (binary cross entropy of each output)
            or ``"numbers"`` (mean squared error); the mean over outputs and over the steps that count.
        clip: the largest norm of a net's gradient, as torch.nn.utils.clip_grad_norm_ has it; None is no bound.
        betas, eps: of Adam.
        dtype: float32 or float64.

    Attributes:
        path: which kernel runs, and if it is not the fast one, why.
        parameters: [N, P]; ``layout.views(fleet.parameters)`` are those of each name, [N, ...].
        frozen_at: the step, from 0, at which a net's loss or gradient was not finite; -1 of those that are well. A
            frozen net keeps the weights it had before that step.

    Raises:
        ShapeError: not as many rates as seeds, or no net.
        UnknownNameError: an unknown cell or kind; a forget bias for a cell without a gate f.
    """

    def __init__(
        self,
        cell: Cell | str,
        inputs: int,
        hidden_size: int,
        outputs: int,
        seeds: Sequence[int],
        rates: Sequence[float],
        *,
        forget_bias: ForgetBias = None,
        kind: str = "classes",
        clip: float | None = 1.0,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        if len(seeds) != len(rates) or not len(seeds):
            raise ShapeError(f"seeds and rates: expected one of each a net, got {len(seeds)} and {len(rates)}")
        if dtype not in (torch.float32, torch.float64):
            raise DtypeError(f"dtype: a fleet is torch.float32 or torch.float64, got {dtype}")
        self.cell = as_cell(cell, f"lab.Fleet({{}}, {inputs}, {hidden_size}, {outputs}, seeds, rates)")
        self.layout = Layout(self.cell, Sizes(inputs, hidden_size, outputs))
        self.seeds, self.rates, self.kind = tuple(seeds), tuple(rates), check_kind(kind)
        self._bias = forget_bias
        first = {seed: initial(self.layout, seed, forget_bias) for seed in dict.fromkeys(seeds)}
        self.parameters = torch.stack([first[seed] for seed in seeds]).to(dtype)
        self._gradient = torch.zeros_like(self.parameters)
        self._adam = Adam(self.parameters.new_tensor(rates), self.layout.count, clip, betas, eps)
        self.frozen_at = torch.full((len(seeds),), -1, dtype=torch.int64)
        self.path = self._path()
        self._engine = self._chosen()

    def __len__(self) -> int:
        return len(self.seeds)

    @property
    def frozen(self) -> Tensor:
        """Which nets are frozen, bool [N]."""
        return self.frozen_at >= 0

    @property
    def steps(self) -> int:
        """Steps that were made."""
        return self._adam.steps

    def _path(self) -> Path:
        x = self.parameters.new_zeros(1, 1, self.layout.sizes.inputs)
        why = dispatch.refusal(self.cell, x, self.layout.weights(self.parameters[0]))
        if why is not None:
            return Path("reference", why)
        return Path("cpu", f"compiled for cell {self.cell.name}, many nets a call", dispatch.isa())

    def _chosen(self) -> Engine:
        given = (self.layout, self.kind, self.parameters, self._gradient)
        return Chained(*given) if self.path.fast else Reference(*given)

    def step(self, batches: Any) -> Tensor:
        """One step of the optimiser for every net that is not frozen.

        Args:
            batches: one a net, each with x [T, B, I], target (integers [T, B] of ``"classes"``, else [T, B, O]) and
                mask bool [T, B], the steps that count; T may differ, B may not. Or one with all stacked, [N, T, B ...].

        Returns:
            The loss of each net before the step, [N]; NaN of those that were frozen before.

        Raises:
            ShapeError: naming what does not fit.
        """
        with torch.no_grad(), _alone():
            given = stack(batches, len(self), self.layout.sizes, self.kind, self.parameters.dtype)
            alive = None if bool((self.frozen_at < 0).all()) else ~self.frozen
            losses = self._engine.losses(given, alive)
            norms = torch.linalg.vector_norm(self._gradient, dim=1)
            good = losses.isfinite() & norms.isfinite()
            if alive is not None:
                good &= alive
            if not bool(good.all()):
                self.frozen_at[~good & (self.frozen_at < 0)] = self._adam.steps
                alive = good
            self._adam(self.parameters, self._gradient, norms, alive)
            return losses

    @torch.no_grad()
    def __call__(self, x: Any) -> Tensor:
        """What the nets say: x [N, T, B, I] ([1, T, B, I]: the same for all) to y [N, T, B, O].

        Raises:
            ShapeError: x has another shape.
        """
        x = torch.as_tensor(x).to(self.parameters.dtype)
        if x.dim() != 4 or x.shape[0] not in (1, len(self)) or x.shape[3] != self.layout.sizes.inputs:
            wanted = f"[{len(self)}, T, B, {self.layout.sizes.inputs}]"
            raise ShapeError(f"x: expected {wanted}, got {list(x.shape)}")
        x = x.expand(len(self), *x.shape[1:])
        found = self.layout.views(self.parameters)
        with _alone():
            return torch.stack([
                torch.nn.functional.linear(self._run(n, x[n]), found[HEAD][n], found[HEAD_BIAS][n])
                for n in range(len(self))
            ])  # fmt: skip

    def _run(self, n: int, x: Tensor) -> Tensor:
        """The recurrent layer of a net: x [T, B, I] to y [T, B, H]."""
        states = [x.new_zeros(1, x.shape[1], self.layout.sizes.hidden) for _ in self.cell.states]
        weights = self.layout.weights(self.parameters[n])
        if self.path.fast:
            return autograd.run(Spec(self.cell, None, False), x, tuple(states), weights, None)[0]
        return composite.run(Spec(self.cell, None, False), x, states, weights, None).y

    def net(self, k: int) -> Net:
        """A net with the weights of the k-th, a copy."""
        sizes = self.layout.sizes
        net = Net(self.cell, sizes.inputs, sizes.hidden, sizes.outputs, forget_bias=self._bias, seed=self.seeds[k])
        net.to(self.parameters.dtype).set(self.parameters[k])
        return net

    def state(self) -> dict[str, Tensor]:
        """All that a fleet of the same arguments needs to go on: copies."""
        return {name: value.clone() for name, value in self._stateful().items()} | {"steps": torch.tensor(self.steps)}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a state of :meth:`state`.

        Raises:
            ShapeError: it is of a fleet with other nets or sizes.
        """
        own = self._stateful()
        for name, value in own.items():
            if name not in state or state[name].shape != value.shape:
                came = f"{list(state[name].shape)}" if name in state else "nothing"
                raise ShapeError(f"state: expected {name} {list(value.shape)}, got {came}")
        for name, value in own.items():
            value.copy_(state[name])
        self._adam.steps = int(state["steps"])

    def _stateful(self) -> dict[str, Tensor]:
        adam = self._adam
        return {
            "parameters": self.parameters,
            "first": adam.first,
            "second": adam.second,
            "frozen_at": self.frozen_at,
        }


def _alone() -> AbstractContextManager[None]:
    return nullcontext() if torch.get_num_threads() == 1 else one_thread()
