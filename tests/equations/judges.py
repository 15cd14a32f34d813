"""Independent judges of a formula: the same expression in SymPy, and torch's own activations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from multiprocessing.reduction import ForkingPickler
from typing import Any

import sympy
import torch
from torch.nn import functional as F

from softgate.symbols import Expr, walk

SYMPY: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda a: -a,
    "abs": sympy.Abs,
    "sign": sympy.sign,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "where": lambda c, a, b: sympy.Piecewise((a, c), (b, True)),
    "maximum": lambda a, b: sympy.Piecewise((a, a >= b), (b, True)),
    "minimum": lambda a, b: sympy.Piecewise((a, a <= b), (b, True)),
    "exp": sympy.exp,
    "expm1": lambda x: sympy.exp(x) - 1,
    "log": sympy.log,
    "log1p": lambda x: sympy.log(1 + x),
    "sqrt": sympy.sqrt,
    "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)),
    "tanh": sympy.tanh,
    "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
    "erf": sympy.erf,
    "arctan": sympy.atan,
    "sin": sympy.sin,
    "cos": sympy.cos,
}
"""Every operation in SymPy, written from its mathematical definition."""


def to_sympy(e: Expr, symbols: Mapping[str, Any]) -> Any:
    """An expression without activation calls, in SymPy, exact: constants become the rationals that they are."""
    done: dict[Expr, Any] = {}
    for n in walk([e]):
        if n.op == "const":
            done[n] = sympy.Rational(n.attr)
        elif n.op == "sym":
            done[n] = symbols[str(n.attr)]
        else:
            done[n] = SYMPY[n.op](*(done[a] for a in n.args))
    return done[e]


TORCH: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "affine": lambda x: 1.0 * x + 0.0,
    "arctan": torch.arctan,
    "elu": F.elu,
    "erf": torch.erf,
    "exp": torch.exp,
    "gelu": F.gelu,
    "hard_sigmoid": lambda x: torch.clamp(0.2 * x + 0.5, 0, 1),
    "hard_tanh": F.hardtanh,
    "identity": lambda x: x,
    "leaky_relu": F.leaky_relu,
    "mish": F.mish,
    "relu": F.relu,
    "scaled_sigmoid": torch.sigmoid,
    "scaled_tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "silu": F.silu,
    "softplus": lambda x: F.softplus(x, threshold=40.0),
    "softsign": F.softsign,
    "tanh": torch.tanh,
    "thresholded_relu": lambda x: F.threshold(x, 1.0, 0.0),
}
"""Every activation of the library, as torch has it."""


def through_a_process(value: Any) -> Any:
    """What comes out at the other side when a value is sent to a worker process."""
    return ForkingPickler.loads(ForkingPickler.dumps(value))
