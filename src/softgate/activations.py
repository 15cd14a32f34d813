"""Activations: each a formula of one variable; its value, slope and curvature follow from the formula.

What is here is also called nonlinearity, squashing function or transfer function. An activation may be called on a
symbol (in a cell's equations), on a number and on a tensor. The eleven of the ONNX LSTM operator carry ONNX's default
parameters; ``softgate.activations.get(name, **parameters)`` sets others.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar, Union, overload

from softgate.calculus import derivative, expand
from softgate.errors import UnknownNameError
from softgate.symbols import Expr, Operand, as_expr, node, substitute, sym, to_text

Formula = Callable[..., Operand]
T = TypeVar("T")

_X = sym("x")
_library: dict[str, Activation] = {}


class Activation:
    """A function of one variable, with parameters.

    Attributes:
        name: its name; of an activation with changed parameters, the name of the family.
        parameters: name to value, in the order of the definition.
    """

    def __init__(self, name: str, define: Formula, parameters: dict[str, float], doc: str = "") -> None:
        self.name, self.parameters, self._define = name, parameters, define
        self.__doc__ = doc

    @cached_property
    def value(self) -> Expr:
        """The formula in the symbol ``x``."""
        return expand([as_expr(self._define(_X, **self.parameters))])[0]

    @cached_property
    def slope(self) -> Expr:
        """The first derivative in the symbol ``x``."""
        return derivative(self.value, _X)

    @cached_property
    def curvature(self) -> Expr:
        """The second derivative in the symbol ``x``."""
        return derivative(self.slope, _X)

    def formula(self, x: Expr) -> Expr:
        """The formula with ``x`` put in."""
        return substitute([self.value], {_X: x})[0]

    def slope_at(self, x: Expr) -> Expr:
        """The slope with ``x`` put in."""
        return substitute([self.slope], {_X: x})[0]

    def with_parameters(self, **parameters: float) -> Activation:
        """The same family with other parameters.

        Raises:
            UnknownNameError: for a parameter that the family does not have.
        """
        for p in parameters:
            if p not in self.parameters:
                raise UnknownNameError(f"parameter of {self.name}", p, self.parameters)
        values = {k: float(parameters.get(k, v)) for k, v in self.parameters.items()}
        return self if values == self.parameters else Activation(self.name, self._define, values, self.__doc__ or "")

    @overload
    def __call__(self, x: Expr, **parameters: float) -> Expr: ...
    @overload
    def __call__(self, x: T, **parameters: float) -> T: ...
    def __call__(self, x: Any, **parameters: float) -> Any:
        """The activation of a symbol, a number, a NumPy array or a tensor of any shape."""
        if parameters:
            return self.with_parameters(**parameters)(x)
        if isinstance(x, Expr):
            # Without a fixed formula of its own, an identity would only add a name to the graph.
            return x if self.value is _X else node("act", x, attr=self)
        from softgate.reference import evaluate_at

        return evaluate_at(self.value, x)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Activation) and str(self) == str(other) and self.value is other.value

    def __hash__(self) -> int:
        return hash((str(self), id(self.value)))

    def __str__(self) -> str:
        defaults = _library[self.name].parameters if self.name in _library else {}
        changed = [f"{k}={v:g}" for k, v in self.parameters.items() if defaults.get(k) != v]
        return f"{self.name}[{','.join(changed)}]" if changed else self.name

    def __repr__(self) -> str:
        return f"<activation {self}: x -> {to_text(self.value)}>"

    def __reduce__(self) -> tuple[Any, ...]:
        if self.name in _library:
            return get, (self.name,), {"parameters": self.parameters}
        return super().__reduce__()  # type: ignore[return-value]

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


def activation(define: Formula) -> Activation:
    """Make an activation from a formula: ``@sg.activation def soft_clip(x): return x / sg.sqrt(1 + x**2)``.

    Parameters with defaults become the activation's parameters. Value, slope and curvature are derived; the
    compiled kernels fuse it like any other.

    Raises:
        TypeError: if the first argument is missing, a parameter has no default, or the formula is not made of
            symbols, numbers and softgate's functions.
    """
    first, *rest = inspect.signature(define).parameters.values()
    for p in rest:
        if p.default is inspect.Parameter.empty:
            raise TypeError(f"activation {define.__name__}: parameter {p.name!r} needs a default, as in {p.name}=1.0")
    made = Activation(define.__name__, define, {p.name: float(p.default) for p in rest}, define.__doc__ or "")
    _ = made.value
    return made


def get(name: Union[str, Activation, Formula], **parameters: float) -> Activation:
    """The activation of that name, with parameters set; an activation or a formula is taken as it is.

    Raises:
        UnknownNameError: listing the near names.
    """
    if isinstance(name, str):
        if name.lower() not in _library:
            raise UnknownNameError("activation", name, _library)
        found = _library[name.lower()]
    else:
        found = name if isinstance(name, Activation) else activation(name)
    return found.with_parameters(**parameters) if parameters else found


def names() -> list[str]:
    """The names of the library's activations."""
    return sorted(_library)


def _builtin(define: Formula) -> Activation:
    made = activation(define)
    _library[made.name] = made
    return made


# Functions for use inside formulas. They are plain operations, not activations.


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


@_builtin
def identity(x: Expr) -> Operand:
    """x, unchanged."""
    return x


@_builtin
def sigmoid(x: Expr) -> Operand:
    """1 / (1 + exp(-x)); range (0, 1), slope 1/4 at 0. ONNX Sigmoid."""
    return node("sigmoid", x)


@_builtin
def tanh(x: Expr) -> Operand:
    """Range (-1, 1), slope 1 at 0. ONNX Tanh."""
    return node("tanh", x)


@_builtin
def relu(x: Expr) -> Operand:
    """max(x, 0). ONNX Relu."""
    return where(x <= 0, 0.0, x)


@_builtin
def leaky_relu(x: Expr, alpha: float = 0.01) -> Operand:
    """x above 0, alpha x below. ONNX LeakyRelu."""
    return where(x > 0, x, alpha * x)


@_builtin
def thresholded_relu(x: Expr, alpha: float = 1.0) -> Operand:
    """x above alpha, else 0. ONNX ThresholdedRelu."""
    return where(x <= alpha, 0.0, x)


@_builtin
def affine(x: Expr, alpha: float = 1.0, beta: float = 0.0) -> Operand:
    """alpha x + beta. ONNX Affine."""
    return alpha * x + beta


@_builtin
def scaled_tanh(x: Expr, alpha: float = 1.0, beta: float = 1.0) -> Operand:
    """alpha tanh(beta x). ONNX ScaledTanh."""
    return alpha * node("tanh", beta * x)


@_builtin
def scaled_sigmoid(x: Expr, scale: float = 1.0, slope: float = 1.0, offset: float = 0.0) -> Operand:
    """scale sigmoid(slope x) + offset; 4 sigmoid(x) - 2 is the squashing function of the cell of 1997."""
    return scale * node("sigmoid", slope * x) + offset


@_builtin
def hard_sigmoid(x: Expr, alpha: float = 0.2, beta: float = 0.5) -> Operand:
    """alpha x + beta, cut to [0, 1]. ONNX HardSigmoid; torch's has alpha = 1/6."""
    y = alpha * x + beta
    return where(y <= 0, 0.0, where(y >= 1, 1.0, y))


@_builtin
def hard_tanh(x: Expr) -> Operand:
    """x, cut to [-1, 1]."""
    return where(x <= -1, -1.0, where(x >= 1, 1.0, x))


@_builtin
def elu(x: Expr, alpha: float = 1.0) -> Operand:
    """x above 0, alpha (exp(x) - 1) below. ONNX Elu."""
    return where(x > 0, x, alpha * expm1(where(x > 0, 0.0, x)))


@_builtin
def softsign(x: Expr) -> Operand:
    """x / (1 + |x|). ONNX Softsign."""
    return x / (1 + abs(x))


@_builtin
def softplus(x: Expr) -> Operand:
    """log(1 + exp(x)). ONNX Softplus."""
    return node("softplus", x)


@_builtin
def gelu(x: Expr) -> Operand:
    """x times the normal distribution function at x: x (1 + erf(x / sqrt 2)) / 2."""
    return x * (0.5 + 0.5 * node("erf", 0.7071067811865476 * x))


@_builtin
def silu(x: Expr) -> Operand:
    """x sigmoid(x), also called swish."""
    return x * node("sigmoid", x)


@_builtin
def mish(x: Expr) -> Operand:
    """x tanh(softplus(x))."""
    return x * node("tanh", node("softplus", x))


@_builtin
def erf(x: Expr) -> Operand:
    """The error function; range (-1, 1), slope 2/sqrt(pi) at 0."""
    return node("erf", x)


@_builtin
def arctan(x: Expr) -> Operand:
    """The inverse tangent; range (-pi/2, pi/2), slope 1 at 0."""
    return node("arctan", x)


_library["exp"] = Activation("exp", exp, {}, "e to the power x; range (0, infinity).")
