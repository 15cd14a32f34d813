"""The values of expressions: an interpreter over torch, of any dtype, on any device, with gradients by autograd."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from softgate.ops import OPS
from softgate.symbols import Expr, walk


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
            value: Any = e.attr
            done[id(e)] = torch.full((), value, dtype=like.dtype, device=like.device)
        elif e.op == "sym":
            done[id(e)] = values[str(e.attr)]
        else:
            done[id(e)] = _FUNCTIONS[e.op](*(done[id(a)] for a in e.args))
    return [done[id(r)] for r in roots]


def _softplus(x: Tensor) -> Tensor:
    # torch's own stops at 20, where float64 still tells softplus(x) and x apart.
    return torch.nn.functional.softplus(x, beta=1.0, threshold=40.0)


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
