"""The sides of a case: layers with the same weights, and how each is run and asked for its results."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

import softgate as sg
from softgate import reference
from softgate.bench.cases import TRAINING, Case
from softgate.equations import Cell
from softgate.reference import Weights

Results = dict[str, Tensor]
Call = Callable[[Any], Any]


@dataclass(frozen=True)
class Side:
    """One side of a case: ``run`` is timed, ``results`` is what it computes, by name."""

    run: Callable[[], object]
    results: Callable[[], Results]


def data(case: Case) -> Any:
    """The input: [T, B, I], or packed."""
    x = torch.randn(case.T, case.B, case.I, dtype=torch.float64).to(getattr(torch, case.dtype))
    return pack_padded_sequence(x, torch.tensor(case.lengths)) if case.packed else x


def ours(case: Case) -> torch.nn.Module:
    """Our layer: the named one for torch's cells, ``sg.Recurrent`` for others."""
    made = {"lstm": sg.LSTM, "gru": sg.GRU, "rnn": sg.RNN}.get(case.cell)
    return sg.Recurrent(case.made, **_options(case)) if made is None else made(**_options(case))


def theirs(case: Case) -> torch.nn.Module:
    """torch's layer."""
    made: Any = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}[case.cell]
    layer: torch.nn.Module = made(**_options(case))
    return layer


def _options(case: Case) -> dict[str, Any]:
    return {
        "input_size": case.I,
        "hidden_size": case.H,
        "num_layers": case.layers,
        "bidirectional": case.directions == 2,
        "dtype": getattr(torch, case.dtype),
    } | ({"proj_size": case.projection} if case.projection else {})


class Loop(torch.nn.Module):
    """A cell as a loop in Python: the reference, with the parameters of one of our layers."""

    def __init__(self, cell: Cell, parameters: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.cell = cell
        for name, value in parameters.items():
            self.register_parameter(name, torch.nn.Parameter(value.detach().clone()))

    def forward(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """x [T, B, I] to y [T, B, H] and the last states, [1, B, H] each."""
        own = self._parameters
        matrices = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr", "weight_fb")
        found: dict[str, Any] = {name: own.get(f"{name}_l0") for name in matrices}
        weights = Weights(**found, units=tuple(getattr(self, f"{name}_l0") for name in self.cell.weights))
        like = next(iter(own.values()))
        assert like is not None
        units = len(like) // len(self.cell.x_gates)
        done = reference.run(self.cell, x, [x.new_zeros(x.shape[1], units) for _ in self.cell.states], weights)
        return done.y, tuple(s.unsqueeze(0) for s in done.finals)


def side(case: Case, module: torch.nn.Module, x: Any, call: Call | None = None) -> Side:
    """A module (``call`` instead of calling it, if given) as a side."""
    call = call or module
    module.train(case.mode == TRAINING)
    if case.mode != TRAINING:
        return _inference(call, x)
    if case.dx:
        x = x.detach().clone().requires_grad_()
    generator = torch.Generator().manual_seed(1)
    width = (case.projection or case.H) * case.directions
    shape = (case.rows, width) if case.packed else (case.T, case.B, width)
    dy = torch.randn(shape, generator=generator, dtype=torch.float64).to(_tensor(x).dtype)

    def run() -> Any:
        module.zero_grad(set_to_none=True)
        if case.dx:
            x.grad = None
        out = call(x)
        _tensor(out[0]).backward(dy)  # type: ignore[no-untyped-call]
        return out

    def results() -> Results:
        found = _outputs(run())
        found |= {f"gradient of {n}": _there(p.grad, n) for n, p in module.named_parameters()}
        if case.dx:
            found["gradient of x"] = _there(x.grad, "x")
        module.zero_grad(set_to_none=True)
        return found

    return Side(run, results)


def _inference(call: Call, x: Any) -> Side:
    @torch.no_grad()
    def run() -> Any:
        return call(x)

    return Side(run, lambda: _outputs(run()))


def _there(gradient: Tensor | None, name: str) -> Tensor:
    if gradient is None:
        raise AssertionError(f"gradient of {name}: there is none")
    return gradient.clone()


def _tensor(value: Any) -> Tensor:
    found: Tensor = value.data if isinstance(value, PackedSequence) else value
    return found


def _outputs(out: Any) -> Results:
    """``y`` and the last states, without the axis of layers where there is one of them."""
    y, finals = out
    states = finals if isinstance(finals, tuple) else (finals,)
    named = {"y": _tensor(y)} | {f"final state {k}": s.squeeze(0) for k, s in enumerate(states)}
    return {n: t.detach() for n, t in named.items()}


def double(module: torch.nn.Module) -> torch.nn.Module:
    """A copy of a module in float64."""
    return copy.deepcopy(module).double()


def stepping(module: torch.nn.Module, x: Tensor, *, one: bool = False) -> Side:
    """A side that carries the state by hand, through x [T, B, I]: an nn.LSTM, or an nn.LSTMCell if ``one``."""

    @torch.no_grad()
    def step(x: Tensor, hx: Any) -> Any:
        if one:
            return module(x, hx)
        return module(x.unsqueeze(0), hx)[1]

    hx, now = None, x[0]

    def run() -> None:
        nonlocal hx
        hx = step(now, hx)

    def results() -> Results:
        carried, found = None, []
        for row in x:
            carried = step(row, carried)
            found.append(carried[0].reshape(len(row), -1))
        return {"y": torch.stack(found)}

    return Side(run, results)
