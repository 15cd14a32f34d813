"""Derivatives of expressions, forward (one variable) and reverse (the adjoint of a step).

Forward mode serves the activations, whose slope and curvature are functions of one variable. Reverse mode serves
the cells: one sweep over the graph of a step gives the gradient with respect to every leaf. Both take their rules
from :data:`softgate.ops.OPS`; neither simplifies beyond dropping exact zeros and ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

from softgate.ops import OPS
from softgate.symbols import Expr, const, is_const, node, rewrite, sym, walk


def expand(roots: Iterable[Expr]) -> list[Expr]:
    """``roots`` with every activation call replaced by the activation's formula."""

    def inline(e: Expr) -> Expr | None:
        if e.op != "act":
            return None
        activation: Any = e.attr
        formula: Expr = activation.formula(e.args[0])
        return formula

    return rewrite(roots, inline)


def derivative(e: Expr, variable: Expr) -> Expr:
    """d ``e`` / d ``variable``, of an expression without activation calls (see :func:`expand`)."""
    slope: dict[int, Expr] = {}
    for n in walk([e]):
        if n is variable:
            slope[id(n)] = const(1.0)
        elif n.op == "where":
            c, a, b = n.args
            slope[id(n)] = _where(c, slope[id(a)], slope[id(b)])
        elif n.op in ("const", "sym") or all(is_const(slope[id(a)], 0) for a in n.args):
            slope[id(n)] = const(0.0)
        else:
            total = const(0.0)
            for argument, partial in zip(n.args, OPS[n.op].partials(n, *n.args), strict=False):
                if partial is not None:
                    total = total + times(slope[id(argument)], partial)
            slope[id(n)] = total
    return slope[id(e)]


class Differentiable:
    """Something with a ``value`` in the symbol ``x``: its derivatives, each derived when it is asked for."""

    value: Any  # an Expr, as a field of a dataclass or a property that computes it

    @classmethod
    def of(cls, value: Expr) -> Differentiable:
        """An expression with its derivatives."""
        made = Differentiable()
        made.value = value
        return made

    @cached_property
    def slope(self) -> Expr:
        """The first derivative in the symbol ``x``."""
        return derivative(self.value, sym("x"))

    @cached_property
    def curvature(self) -> Expr:
        """The second derivative in the symbol ``x``."""
        return derivative(self.slope, sym("x"))

    def derivatives(self) -> tuple[Expr, Expr, Expr]:
        """Value, slope and curvature."""
        return self.value, self.slope, self.curvature


def _where(c: Expr, a: Expr, b: Expr) -> Expr:
    return a if a is b else node("where", c, a, b)


def times(adjoint: Expr, partial: Expr) -> Expr:
    """``adjoint * partial`` where a zero means "no influence": 0 times infinity is then 0, as in a textbook sum."""
    if is_const(adjoint, 0) or is_const(partial, 0):
        return const(0.0)
    if partial.op == "where" and all(is_const(a) for a in partial.args[1:]):
        c, a, b = partial.args
        return node("where", c, times(adjoint, a), times(adjoint, b))
    return adjoint * partial


def adjoint(outputs: Mapping[Expr, Expr], slope: Callable[[Expr], Expr]) -> dict[str, Expr]:
    """The gradient of ``sum(seed * output)`` with respect to every symbol under the outputs.

    Args:
        outputs: each output expression with its incoming gradient.
        slope: the derivative of an activation call with respect to its argument.

    Returns:
        Gradient by symbol name; symbols without influence are absent.
    """
    total: dict[int, Expr] = {}
    for output, seed in outputs.items():
        total[id(output)] = total.get(id(output), const(0.0)) + seed
    gradient: dict[str, Expr] = {}
    for n in reversed(list(walk(outputs))):
        seed = total.get(id(n), const(0.0))
        if is_const(seed, 0) or n.op == "const":
            continue
        if n.op == "sym":
            gradient[str(n.attr)] = seed
            continue
        partials = (slope(n),) if n.op == "act" else OPS[n.op].partials(n, *n.args)
        for argument, partial in zip(n.args, partials, strict=False):
            if partial is not None:
                total[id(argument)] = total.get(id(argument), const(0.0)) + times(seed, partial)
    return gradient
