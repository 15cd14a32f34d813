"""The table of operations: one row each, with its meaning in torch, its derivative and its LaTeX.

A backend keeps a table of its own with the same keys (:data:`softgate.cpu.math.EMIT`); a test checks that no table
lacks a row. Derivatives are written with the value wherever that is cheaper or safer: ``sigmoid' = v (1 - v)`` stays
finite where ``exp(-x) / (1 + exp(-x))**2`` overflows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from softgate.symbols import Expr, const, node

Partials = Callable[..., tuple[Expr | None, ...]]


@dataclass(frozen=True)
class Op:
    """A row.

    Attributes:
        arity: number of operands.
        torch: name of the function of ``torch`` (or of :mod:`softgate.reference`) that computes it.
        partials: ``(value, *args)`` to one derivative an operand; ``None`` where it is zero everywhere.
        latex: a format with ``{0}``, ``{1}`` ... for the operands.
        cost: rough price in multiply-adds a lane, for the choice between saving and computing again.
    """

    arity: int
    torch: str
    partials: Partials
    latex: str
    cost: int = 1


def _flat(*_: Any) -> tuple[None, ...]:
    return (None, None, None)


def _select(value: Expr, a: Expr, b: Expr, first: str) -> tuple[Expr, Expr]:
    # Ties give half to each side, as torch.maximum and torch.minimum do.
    winner = node("lt", b, a) if first == "greater" else node("lt", a, b)
    loser = node("lt", a, b) if first == "greater" else node("lt", b, a)
    one, half, zero = const(1.0), const(0.5), const(0.0)
    share = node("where", winner, one, node("where", loser, zero, half))
    return share, one - share


OPS: dict[str, Op] = {
    "add": Op(2, "add", lambda v, a, b: (const(1.0), const(1.0)), "{0} + {1}"),
    "sub": Op(2, "sub", lambda v, a, b: (const(1.0), const(-1.0)), "{0} - {1}"),
    "mul": Op(2, "mul", lambda v, a, b: (b, a), r"{0} {1}"),
    "div": Op(2, "div", lambda v, a, b: (1.0 / b, -v / b), r"\frac{{{0}}}{{{1}}}", 8),
    "neg": Op(1, "neg", lambda v, a: (const(-1.0),), "-{0}"),
    "abs": Op(1, "abs", lambda v, a: (node("sign", a),), r"\left|{0}\right|"),
    "sign": Op(1, "sign", _flat, r"\operatorname{{sgn}}\left({0}\right)"),
    "lt": Op(2, "lt", _flat, "{0} < {1}"),
    "le": Op(2, "le", _flat, r"{0} \le {1}"),
    "where": Op(
        3,
        "where",
        lambda v, c, a, b: (None, node("where", c, 1.0, 0.0), node("where", c, 0.0, 1.0)),
        r"\begin{{cases}} {1} & {0} \\ {2} & \text{{else}} \end{{cases}}",
    ),
    "maximum": Op(2, "maximum", lambda v, a, b: _select(v, a, b, "greater"), r"\max\left({0}, {1}\right)"),
    "minimum": Op(2, "minimum", lambda v, a, b: _select(v, a, b, "smaller"), r"\min\left({0}, {1}\right)"),
    "exp": Op(1, "exp", lambda v, x: (v,), r"e^{{{0}}}", 12),
    "expm1": Op(1, "expm1", lambda v, x: (v + 1.0,), r"\left(e^{{{0}}} - 1\right)", 16),
    "log": Op(1, "log", lambda v, x: (1.0 / x,), r"\ln\left({0}\right)", 14),
    "log1p": Op(1, "log1p", lambda v, x: (1.0 / (1.0 + x),), r"\ln\left(1 + {0}\right)", 16),
    "sqrt": Op(1, "sqrt", lambda v, x: (0.5 / v,), r"\sqrt{{{0}}}", 8),
    "sigmoid": Op(1, "sigmoid", lambda v, x: (v * (1.0 - v),), r"\sigma\left({0}\right)", 16),
    "tanh": Op(1, "tanh", lambda v, x: (1.0 - v * v,), r"\tanh\left({0}\right)", 18),
    "softplus": Op(1, "softplus", lambda v, x: (node("sigmoid", x),), r"\operatorname{{softplus}}\left({0}\right)", 24),
    "erf": Op(
        1,
        "erf",
        lambda v, x: (1.1283791670955126 * node("exp", -(x * x)),),
        r"\operatorname{{erf}}\left({0}\right)",
        20,
    ),
    "arctan": Op(1, "arctan", lambda v, x: (1.0 / (1.0 + x * x),), r"\arctan\left({0}\right)", 20),
    "sin": Op(1, "sin", lambda v, x: (node("cos", x),), r"\sin\left({0}\right)", 20),
    "cos": Op(1, "cos", lambda v, x: (-node("sin", x),), r"\cos\left({0}\right)", 20),
}
"""Every operation of an equation, apart from the leaves ``const`` and ``sym`` and the activation call ``act``."""
