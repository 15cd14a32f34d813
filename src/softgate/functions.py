"""Functions for formulas and equations: plain operations on symbols and numbers, without a name in the graph."""

from __future__ import annotations

from softgate.symbols import Expr, Operand, node


def exp(x: Operand) -> Expr:
    """e to the power x."""
    return node("exp", x)


def expm1(x: Operand) -> Expr:
    """exp(x) - 1, exact near 0."""
    return node("expm1", x)


def log(x: Operand) -> Expr:
    """Natural logarithm."""
    return node("log", x)


def log1p(x: Operand) -> Expr:
    """log(1 + x), exact near 0."""
    return node("log1p", x)


def sqrt(x: Operand) -> Expr:
    """Square root."""
    return node("sqrt", x)


def sin(x: Operand) -> Expr:
    """Sine of x in radians."""
    return node("sin", x)


def cos(x: Operand) -> Expr:
    """Cosine of x in radians."""
    return node("cos", x)


def maximum(a: Operand, b: Operand) -> Expr:
    """The larger of two values."""
    return node("maximum", a, b)


def minimum(a: Operand, b: Operand) -> Expr:
    """The smaller of two values."""
    return node("minimum", a, b)


def where(condition: Operand, a: Operand, b: Operand) -> Expr:
    """``a`` where the condition holds, else ``b``."""
    return node("where", condition, a, b)
