"""The reference: an interpreter of a cell's equations over torch. Any dtype, any device, gradients by autograd.

It is slow and is meant to be: it shares nothing with the compiled kernels but the equations, and is itself held
against ``torch.nn`` and ONNX Runtime in float64. It also runs what has no kernel.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from softgate.calculus import expand
from softgate.equations import Cell
from softgate.ops import OPS
from softgate.symbols import Expr, sym, walk


def evaluate(roots: Sequence[Expr], values: Mapping[str, Any], like: Tensor) -> list[Any]:
    """The values of expressions, without activation calls, by walking their graph once.

    Args:
        roots: what to compute.
        values: tensor by symbol name; shapes broadcast.
        like: a tensor whose dtype and device constants take.
    """
    done: dict[int, Any] = {}
    for e in walk(roots):
        if e.op == "const":
            done[id(e)] = torch.tensor(e.attr, dtype=like.dtype, device=like.device)
        elif e.op == "sym":
            done[id(e)] = values[str(e.attr)]
        else:
            done[id(e)] = _FUNCTIONS[e.op](*(done[id(a)] for a in e.args))
    return [done[id(r)] for r in roots]


def _softplus(x: Tensor) -> Tensor:
    # torch's softplus becomes x above a threshold, which its gradient shows; this one is exact everywhere.
    return torch.logaddexp(x, torch.zeros_like(x))


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: _softplus if name == "softplus" else getattr(torch, op.torch) for name, op in OPS.items()
}


def evaluate_at(formula: Expr, x: Any) -> Any:
    """A formula in the symbol ``x``, at a number, a NumPy array or a tensor; the answer is of the same kind."""
    if isinstance(x, Tensor):
        (y,) = evaluate([formula], {"x": x}, x)
        return y.expand_as(x) if y.shape != x.shape else y
    y = evaluate_at(formula, torch.as_tensor(x, dtype=torch.float64))
    return y.item() if isinstance(x, (int, float)) else y.numpy()


@dataclass(frozen=True)
class Weights:
    """The parameters of one layer and direction, named as torch names them.

    Attributes:
        weight_ih: [len(cell.x_gates) * H, I].
        weight_hh: [len(cell.h_gates) * H, P], or None if no gate sees the hidden state.
        bias_ih, bias_hh: [len(x_gates) * H], [len(h_gates) * H], or None.
        weight_hr: projection [P, H], or None.
        weight_fb: feedback [F * H, F * H] with F = len(cell.feedback), rows and columns in that order, or None.
        units: the weights a unit by name, each [H].
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
        states: initial value of every state, [B, H] each ([B, P] for the first).
        weights: the parameters.
        lengths: active rows at each step (``PackedSequence.batch_sizes``).
        reset: bool [T, B] ([rows] if packed); where true the state is zeroed before the step.
        reverse: go from the last step to the first.
        signals: names of the signals to return, each [T, B, H] ([rows, H] if packed); ``pre.i`` is gate i before its
            activation.

    Returns:
        y shaped as x with P in place of I, the last states, the signals asked for.
    """
    steps = list(lengths) if lengths is not None else [x.shape[1]] * x.shape[0]
    rows = x if lengths is not None else x.reshape(sum(steps), x.shape[-1])
    mask = None if reset is None else reset.reshape(len(rows))
    starts = [0]
    for n in steps:
        starts.append(starts[-1] + n)
    carried, out, kept = list(states), [], {name: [None] * len(steps) for name in signals}
    out = [None] * len(steps)
    for t in reversed(range(len(steps))) if reverse else range(len(steps)):
        here = slice(starts[t], starts[t + 1])
        prev = [s[: steps[t]] for s in carried]
        if mask is not None:
            prev = [torch.where(mask[here, None], torch.zeros_like(s), s) for s in prev]
        values = step(cell, rows[here], prev, weights)
        out[t] = values[cell.states[0]]
        for name in signals:
            kept[name][t] = values[name]
        carried = [
            values[n] if steps[t] == len(s) else torch.cat([values[n], s[steps[t] :]])
            for n, s in zip(cell.states, carried, strict=True)
        ]
    H = carried[-1].shape[-1] if len(carried) > 1 else _units(cell, weights, carried[0])
    y = torch.cat(out) if out else rows.new_zeros(0, carried[0].shape[-1])
    stacked = {n: torch.cat(v) if v else rows.new_zeros(0, H) for n, v in kept.items()}
    if lengths is None:
        y = y.reshape(*x.shape[:2], y.shape[-1])
        stacked = {n: v.reshape(*x.shape[:2], v.shape[-1]) for n, v in stacked.items()}
    return Result(y, tuple(carried), stacked)


def _units(cell: Cell, weights: Weights, h: Tensor) -> int:
    if weights.weight_hr is not None:
        return weights.weight_hr.shape[1]
    return h.shape[-1]


def step(cell: Cell, x: Tensor, prev: Sequence[Tensor], weights: Weights) -> dict[str, Tensor]:
    """One step: ``x`` [B, I] and the previous states to every signal, ``pre.*`` included, [B, H] each."""
    values: dict[str, Any] = {f"prev.{n}": s for n, s in zip(cell.states, prev, strict=True)}
    values |= {f"w.{n}": p for n, p in zip(cell.weights, weights.units, strict=True)}
    parts = _products(cell, x, prev, weights)
    for gate in cell.gates:
        found = [parts[gate, p] for p in "xh" if (gate, p) in parts]
        values[f"z.{gate}"] = found[0] if len(found) == 1 else found[0] + found[1]
        values |= {f"z.{gate}.{p}": parts[gate, p] for p in "xh" if (gate, p) in parts}
    roots = expand(cell.signals.values())
    width = (len(x), prev[-1].shape[-1] if len(prev) > 1 else values[f"z.{cell.gates[0]}"].shape[-1])
    got = [torch.as_tensor(v).expand(width) for v in evaluate(roots, values, x)]
    result = dict(zip(cell.signals, got, strict=True))
    result |= {f"pre.{g}": values[f"z.{g}"] for g in cell.gates}
    if weights.weight_hr is not None:
        result[cell.states[0]] = result[cell.states[0]] @ weights.weight_hr.T
    return result


def _products(cell: Cell, x: Tensor, prev: Sequence[Tensor], weights: Weights) -> dict[tuple[str, str], Tensor]:
    """Each gate's input part and hidden part, [B, H] each."""
    parts: dict[tuple[str, str], Tensor] = {}
    if weights.weight_ih is not None and cell.x_gates:
        chunks = torch.nn.functional.linear(x, weights.weight_ih, weights.bias_ih).chunk(len(cell.x_gates), -1)
        parts |= {(g, "x"): c for g, c in zip(cell.x_gates, chunks, strict=True)}
    if weights.weight_hh is not None and cell.h_gates:
        chunks = torch.nn.functional.linear(prev[0], weights.weight_hh, weights.bias_hh).chunk(len(cell.h_gates), -1)
        parts |= {(g, "h"): c for g, c in zip(cell.h_gates, chunks, strict=True)}
    if weights.weight_fb is not None:
        fed = torch.cat([prev[cell.states.index(n)] for n in cell.feedback], -1)
        chunks = torch.nn.functional.linear(fed, weights.weight_fb).chunk(len(cell.feedback), -1)
        for g, c in zip(cell.feedback, chunks, strict=True):
            parts[g, "h"] = parts[g, "h"] + c
    return parts
