"""Activations: each a formula of one variable; its value, slope and curvature follow from the formula.

What is here is also called nonlinearity, squashing function or transfer function. An activation may be called on a
symbol (in a cell's equations), on a number and on a tensor. The eleven of the ONNX LSTM operator carry ONNX's default
parameters; ``softgate.activations.get(name, **parameters)`` sets others. ``describe(name)`` and ``product(a, b)`` say,
in figures and as a plot, what one does and what two of them make.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from softgate.functions import cos, exp, expm1, log, log1p, maximum, minimum, sin, sqrt, where
from softgate.squash import Activation, activation, builtin, get, names
from softgate.symbols import Expr, Operand, node

if TYPE_CHECKING:
    from softgate.describe.activation import Description, describe
    from softgate.describe.product import Product, product

__all__ = [
    "Activation",
    "Description",
    "Product",
    "activation",
    "affine",
    "arctan",
    "cos",
    "describe",
    "elu",
    "erf",
    "exp",
    "expm1",
    "gelu",
    "get",
    "hard_sigmoid",
    "hard_tanh",
    "identity",
    "leaky_relu",
    "log",
    "log1p",
    "maximum",
    "minimum",
    "mish",
    "names",
    "product",
    "relu",
    "scaled_sigmoid",
    "scaled_tanh",
    "sigmoid",
    "silu",
    "sin",
    "softplus",
    "softsign",
    "sqrt",
    "tanh",
    "thresholded_relu",
    "where",
]

_ELSEWHERE = {"Description": "activation", "describe": "activation", "Product": "product", "product": "product"}


def __getattr__(name: str) -> Any:
    """What needs torch is loaded when it is asked for: cells are listed without it."""
    if name in _ELSEWHERE:
        return getattr(import_module(f"softgate.describe.{_ELSEWHERE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


builtin(exp)


@builtin
def identity(x: Expr) -> Operand:
    """x, unchanged."""
    return x


@builtin
def sigmoid(x: Expr) -> Operand:
    """1 / (1 + exp(-x)); range (0, 1), slope 1/4 at 0. ONNX Sigmoid."""
    return node("sigmoid", x)


@builtin
def tanh(x: Expr) -> Operand:
    """Range (-1, 1), slope 1 at 0. ONNX Tanh."""
    return node("tanh", x)


@builtin
def relu(x: Expr) -> Operand:
    """max(x, 0). ONNX Relu."""
    return where(x <= 0, 0.0, x)


@builtin
def leaky_relu(x: Expr, alpha: float = 0.01) -> Operand:
    """x above 0, alpha x below. ONNX LeakyRelu."""
    return where(x > 0, x, alpha * x)


@builtin
def thresholded_relu(x: Expr, alpha: float = 1.0) -> Operand:
    """x above alpha, else 0. ONNX ThresholdedRelu."""
    return where(x <= alpha, 0.0, x)


@builtin
def affine(x: Expr, alpha: float = 1.0, beta: float = 0.0) -> Operand:
    """alpha x + beta. ONNX Affine."""
    return alpha * x + beta


@builtin
def scaled_tanh(x: Expr, alpha: float = 1.0, beta: float = 1.0) -> Operand:
    """alpha tanh(beta x). ONNX ScaledTanh."""
    return alpha * node("tanh", beta * x)


@builtin
def scaled_sigmoid(x: Expr, scale: float = 1.0, slope: float = 1.0, offset: float = 0.0) -> Operand:
    """scale sigmoid(slope x) + offset; 4 sigmoid(x) - 2 is the squashing function of the cell of 1997."""
    return scale * node("sigmoid", slope * x) + offset


@builtin
def hard_sigmoid(x: Expr, alpha: float = 0.2, beta: float = 0.5) -> Operand:
    """alpha x + beta, cut to [0, 1]. ONNX HardSigmoid; torch's has alpha = 1/6."""
    y = alpha * x + beta
    return where(y <= 0, 0.0, where(y >= 1, 1.0, y))


@builtin
def hard_tanh(x: Expr) -> Operand:
    """x, cut to [-1, 1]."""
    return where(x <= -1, -1.0, where(x >= 1, 1.0, x))


@builtin
def elu(x: Expr, alpha: float = 1.0) -> Operand:
    """x above 0, alpha (exp(x) - 1) below. ONNX Elu."""
    return where(x > 0, x, alpha * expm1(where(x > 0, 0.0, x)))


@builtin
def softsign(x: Expr) -> Operand:
    """x / (1 + |x|). ONNX Softsign."""
    return x / (1 + abs(x))


@builtin
def softplus(x: Expr) -> Operand:
    """log(1 + exp(x)). ONNX Softplus."""
    return node("softplus", x)


@builtin
def gelu(x: Expr) -> Operand:
    """x times the normal distribution function at x: x (1 + erf(x / sqrt 2)) / 2."""
    return x * (0.5 + 0.5 * node("erf", 0.7071067811865476 * x))


@builtin
def silu(x: Expr) -> Operand:
    """x sigmoid(x), also called swish."""
    return x * node("sigmoid", x)


@builtin
def mish(x: Expr) -> Operand:
    """x tanh(softplus(x))."""
    return x * node("tanh", node("softplus", x))


@builtin
def erf(x: Expr) -> Operand:
    """The error function; range (-1, 1), slope 2/sqrt(pi) at 0."""
    return node("erf", x)


@builtin
def arctan(x: Expr) -> Operand:
    """The inverse tangent; range (-pi/2, pi/2), slope 1 at 0."""
    return node("arctan", x)
