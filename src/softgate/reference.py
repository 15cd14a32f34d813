"""The reference: an interpreter of a cell's equations over torch. Any dtype, any device, gradients by autograd.

It is slow and is meant to be: it shares nothing with the compiled kernels but the equations, and is itself held
against ``torch.nn`` and ONNX Runtime in float64. It also runs what has no kernel.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import Tensor

from softgate.calculus import expand
from softgate.equations import Cell
from softgate.evaluate import evaluate
from softgate.symbols import Expr


class Weights(NamedTuple):
    """The parameters of one layer and direction, named as torch names them.

    Attributes:
        weight_ih: [len(cell.x_gates) * H, I].
        weight_hh: [len(cell.h_gates) * H, P], or None if no gate sees the hidden state.
        bias_ih, bias_hh: [len(x_gates) * H], [len(h_gates) * H], or None.
        weight_hr: projection [P, H], or None.
        weight_fb: feedback [F * H, F * H] with F = len(cell.feedback), rows and columns in that order, or None.
        units: the weights a unit, each [H], in the order of ``cell.weights``; then what ``cell.given`` names.
    """

    weight_ih: Tensor | None
    weight_hh: Tensor | None
    bias_ih: Tensor | None = None
    bias_hh: Tensor | None = None
    weight_hr: Tensor | None = None
    weight_fb: Tensor | None = None
    units: tuple[Tensor, ...] = ()


@dataclass(frozen=True)
class Result:
    """What a run gives: ``y`` [rows, P] in the order of the input rows, the last states, signals on request."""

    y: Tensor
    finals: tuple[Tensor, ...]
    signals: dict[str, Tensor]


def run(
    cell: Cell,
    x: Tensor,
    states: Sequence[Tensor],
    weights: Weights,
    *,
    lengths: Sequence[int] | None = None,
    reset: Tensor | None = None,
    reverse: bool = False,
    signals: Sequence[str] = (),
) -> Result:
    """One layer in one direction.

    Args:
        cell: the equations.
        x: [T, B, I]; or [rows, I], the rows of a packed sequence, if ``lengths`` is given.
        states: initial value of every state, [B, H] each ([B, P] for the first), or [1, B, H] as a layer of torch's
            has them.
        weights: the parameters.
        lengths: active rows at each step (``PackedSequence.batch_sizes``).
        reset: bool [T, B] ([rows] if packed); where true the state is zeroed before the step.
        reverse: go from the last step to the first.
        signals: names of the signals to return, each [T, B, H] ([rows, H] if packed); ``pre.i`` is gate i before its
            activation.

    Returns:
        y shaped as x with P in place of I, the last states in the form of ``states``, the signals asked for.
    """
    steps = list(lengths) if lengths is not None else [x.shape[1]] * x.shape[0]
    starts = [0, *itertools.accumulate(steps)]
    rows = x if lengths is not None else x.reshape(starts[-1], x.shape[-1])
    mask = None if reset is None else reset.reshape(starts[-1], 1)
    wanted = (cell.states[0], *signals)
    kept: dict[int, dict[str, Tensor]] = {}
    carried = [s.reshape(s.shape[-2:]) for s in states]
    for t in reversed(range(len(steps))) if reverse else range(len(steps)):
        here, n = slice(starts[t], starts[t + 1]), steps[t]
        prev = [s[:n] for s in carried]
        if mask is not None:
            prev = [torch.where(mask[here], torch.zeros_like(s), s) for s in prev]
        values = step(cell, rows[here], prev, at_step(cell, weights, t, here, lengths is None))
        kept[t] = {name: values[name] for name in wanted}
        # Sequences of a packed batch that are over, or have not begun, keep what they have.
        carried = [
            values[name] if n == len(s) else torch.cat([values[name], s[n:]])
            for name, s in zip(cell.states, carried, strict=True)
        ]
    stacked = {name: _stack([kept[t][name] for t in range(len(steps))], x, carried[0], lengths) for name in wanted}
    finals = tuple(c.reshape(s.shape) for c, s in zip(carried, states, strict=True))
    return Result(stacked[cell.states[0]], finals, {name: stacked[name] for name in signals})


def at_step(cell: Cell, weights: Weights, t: int, here: slice, dense: bool) -> Weights:
    """The weights of step t, whose rows are ``here``: of what is given from outside, that step's own."""
    if not cell.given:
        return weights
    kinds = ["unit"] * len(cell.weights) + list(cell.given.values())
    pairs = zip(weights.units, kinds, strict=True)
    return weights._replace(units=tuple(u if kind == "unit" else u[t] if dense else u[here] for u, kind in pairs))


def _stack(values: list[Tensor], x: Tensor, h: Tensor, lengths: Sequence[int] | None) -> Tensor:
    """One value of all steps: [T, B, *], or [rows, *] if packed."""
    rows = torch.cat(values) if values else h.new_zeros(0, h.shape[-1])
    return rows if lengths is not None else rows.reshape(*x.shape[:2], rows.shape[-1])


def step(cell: Cell, x: Tensor, prev: Sequence[Tensor], weights: Weights) -> dict[str, Tensor]:
    """One step: ``x`` [B, I] and the previous states to every signal, ``pre.*`` included, [B, H] each."""
    values = symbols(cell, x, prev, weights)
    width = (len(x), prev[-1].shape[-1] if len(prev) > 1 else values[f"z.{cell.gates[0]}"].shape[-1])
    got = [torch.as_tensor(v).expand(width) for v in evaluate(_program(cell), values, x)]
    result = dict(zip(cell.signals, got, strict=True))
    result = {f"pre.{g}": values[f"z.{g}"] for g in cell.gates} | result
    if weights.weight_hr is not None:
        result[cell.states[0]] = result[cell.states[0]] @ weights.weight_hr.T
    return result


def symbols(cell: Cell, x: Tensor, prev: Sequence[Tensor], weights: Weights) -> dict[str, Any]:
    """What the equations of a step are written in: previous states, weights a unit, gates and their parts."""
    values: dict[str, Any] = {f"prev.{n}": s for n, s in zip(cell.states, prev, strict=True)}
    values |= {f"w.{n}": p for n, p in zip((*cell.weights, *cell.given), weights.units, strict=True)}
    parts = _products(cell, x, prev, weights)
    for gate in cell.gates:
        found = [parts[gate, p] for p in "xh" if (gate, p) in parts]
        if found:
            values[f"z.{gate}"] = found[0] if len(found) == 1 else found[0] + found[1]
        values |= {f"z.{gate}.{p}": parts[gate, p] for p in "xh" if (gate, p) in parts}
    for signal in dict.fromkeys(cell.through.values()):
        (value,) = evaluate(_made(cell, signal), values, x)
        values |= products_of(cell, signal, value, values, weights)
    return values


def products_of(cell: Cell, signal: str, value: Tensor, values: dict[str, Any], weights: Weights) -> dict[str, Any]:
    """The gates whose product is of this signal of the step, and their hidden parts, [..., H]; see ``Cell.through``."""
    found: dict[str, Any] = {}
    for gate in (g for g, of in cell.through.items() if of == signal):
        k, count = cell.h_gates.index(gate), len(cell.h_gates)
        rows, bias = (None if w is None else w.chunk(count)[k] for w in (weights.weight_hh, weights.bias_hh))
        assert rows is not None
        part = torch.nn.functional.linear(value, rows, bias)
        found |= {f"z.{gate}.h": part, f"z.{gate}": values[f"z.{gate}.x"] + part if gate in cell.x_gates else part}
    return found


@lru_cache(maxsize=256)
def _made(cell: Cell, signal: str) -> list[Expr]:
    return expand([cell.step_signals[signal]])


@lru_cache(maxsize=256)
def _program(cell: Cell) -> list[Expr]:
    return expand(cell.signals.values())


def _products(cell: Cell, x: Tensor, prev: Sequence[Tensor], weights: Weights) -> dict[tuple[str, str], Tensor]:
    """Each gate's input part and hidden part, [B, H] each."""
    parts: dict[tuple[str, str], Tensor] = {}
    if weights.weight_ih is not None and cell.x_gates:
        chunks = torch.nn.functional.linear(x, weights.weight_ih, weights.bias_ih).chunk(len(cell.x_gates), -1)
        parts |= {(g, "x"): c for g, c in zip(cell.x_gates, chunks, strict=True)}
    if weights.weight_hh is not None and cell.h_gates:
        chunks = torch.nn.functional.linear(prev[0], weights.weight_hh, weights.bias_hh).chunk(len(cell.h_gates), -1)
        parts |= {(g, "h"): c for g, c in zip(cell.h_gates, chunks, strict=True) if g not in cell.through}
    if weights.weight_fb is not None:
        fed = torch.cat([prev[cell.states.index(n)] for n in cell.feedback], -1)
        chunks = torch.nn.functional.linear(fed, weights.weight_fb).chunk(len(cell.feedback), -1)
        for g, c in zip(cell.feedback, chunks, strict=True):
            parts[g, "h"] = parts[g, "h"] + c
    return parts
