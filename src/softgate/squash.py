"""The :class:`Activation`, the ``@activation`` decorator and the register in which the library keeps its own.

Part of :mod:`softgate.activations`, which has the rows.
"""

from __future__ import annotations

import inspect
import linecache
import math
import traceback
from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar, overload

from softgate.calculus import Differentiable, expand
from softgate.errors import ActivationError, UnknownNameError
from softgate.symbols import Expr, Operand, as_expr, check_kinds, node, substitute, sym, symbols_in, to_text

Formula = Callable[..., Operand]
T = TypeVar("T")

_X = sym("x")
_library: dict[str, Activation] = {}


class Activation(Differentiable):
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
            ActivationError: for one that is not a finite number.
        """
        for p, given in parameters.items():
            if p not in self.parameters:
                raise UnknownNameError(f"parameter of {self.name}", p, self.parameters)
            if not _finite(given):
                raise ActivationError(f"activation {self.name}: {p} is a finite number, as in {p}=0.5; got {given!r}")
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
            return x if self.value is _X else node("act", x, attr=self)
        from softgate.evaluate import evaluate_at

        return evaluate_at(self.value, x)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Activation) and str(self) == str(other) and self.value is other.value

    def __hash__(self) -> int:
        return hash((str(self), id(self.value)))

    def __str__(self) -> str:
        defaults = self._family.parameters if self._family else {}
        changed = [f"{k}={to_text(as_expr(v))}" for k, v in self.parameters.items() if defaults.get(k) != v]
        return f"{self.name}[{','.join(changed)}]" if changed else self.name

    @property
    def _family(self) -> Activation | None:
        """The library's activation of which this is one, with the same or with other parameters."""
        found = _library.get(self.name)
        return found if found is not None and found._define is self._define else None

    def __repr__(self) -> str:
        return f"<activation {self}: x -> {to_text(self.value)}>"

    def __reduce__(self) -> tuple[Any, ...]:
        if self._family is not None:
            return _from_library, (self.name, self.parameters)
        return _from_formula, (self.name, self.parameters, self.value, self.__doc__)


def _finite(value: object) -> bool:
    """Whether something can be a parameter."""
    try:
        return math.isfinite(float(value))  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return False


def activation(define: Formula) -> Activation:
    """Make an activation from a formula: ``@sg.activation def soft_clip(x): return x / sg.sqrt(1 + x**2)``.

    Parameters with defaults become the activation's parameters. Value, slope and curvature are derived; the
    compiled kernels fuse it like any other.

    Raises:
        ActivationError: if the first argument is missing, a parameter has no default, or the formula is not made of
            symbols, numbers and softgate's functions.
    """
    name = getattr(define, "__name__", type(define).__name__)
    title = f"activation {name}"
    try:
        declared = inspect.signature(define).parameters
    except ValueError as e:
        raise _wrong(define, f"{title}: {define!r} is not a formula in Python; `def {name}(x): return ...` is") from e
    if not declared:
        raise _wrong(define, f"{title}: the first argument is the variable, as in `def {name}(x):`")
    parameters = {p: declared[p].default for p in list(declared)[1:]}
    for p, default in parameters.items():
        if default is inspect.Parameter.empty:
            raise _wrong(define, f"{title}: parameter {p!r} needs a default, as in {p}=1.0")
        if not _finite(default):
            raise _wrong(define, f"{title}: the default of {p!r} is a finite number, as in {p}=1.0; got {default!r}")
    made = Activation(name, define, {p: float(v) for p, v in parameters.items()}, inspect.getdoc(define) or "")
    try:
        check_kinds([made.value])
    except TypeError as e:
        raise _wrong(define, f"{title}: {e}", e) from e
    foreign = [n for n in symbols_in(made.value) if n != "x"]
    if foreign:
        raise _wrong(define, f"{title}: {foreign[0]} is not its variable; an activation is a function of one variable")
    return made


def _wrong(define: Formula, message: str, cause: BaseException | None = None) -> ActivationError:
    """The error, to be raised, pointing at the line of the formula that ``cause`` comes from, or at its first."""
    code = getattr(define, "__code__", None)
    if code is None:
        return ActivationError(message)
    frames = traceback.extract_tb(cause.__traceback__ if cause else None)
    lines = [f.lineno for f in frames if (f.filename, f.name) == (code.co_filename, code.co_name) and f.lineno]
    line = (lines or [code.co_firstlineno])[-1]
    return ActivationError(message, code.co_filename, line, linecache.getline(code.co_filename, line) or None)


def get(name: str | Activation | Formula, **parameters: float) -> Activation:
    """The activation of that name, with parameters set; an activation or a formula is taken as it is.

    A name may carry parameters, as an activation prints them: ``"elu[alpha=0.5]"``.

    Raises:
        UnknownNameError: listing the near names.
        ActivationError: it is none of these.
    """
    if isinstance(name, str):
        family, _, settings = name.strip().rstrip("]").partition("[")
        if family.lower() not in _library:
            raise UnknownNameError("activation", family, _library)
        pairs = [s.partition("=") for s in settings.split(",") if s]
        written: dict[str, Any] = {k.strip(): v.strip() for k, _, v in pairs}
        parameters = {**written, **parameters}
        found = _library[family.lower()]
    elif isinstance(name, Activation) or callable(name):
        found = name if isinstance(name, Activation) else activation(name)
    else:
        raise ActivationError(
            f"an activation is a name, as 'tanh', an activation or a formula, as lambda x: x * x; got {name!r}"
        )
    return found.with_parameters(**parameters) if parameters else found


def names() -> list[str]:
    """The names of the library's activations."""
    return sorted(_library)


def builtin(define: Formula) -> Activation:
    """``@activation``, and into the library."""
    return _library.setdefault(define.__name__, activation(define))


def _from_library(name: str, parameters: dict[str, float]) -> Activation:
    return _library[name].with_parameters(**parameters)


def _from_formula(name: str, parameters: dict[str, float], value: Expr, doc: str) -> Activation:
    def define(x: Expr, **changed: float) -> Expr:
        if changed != parameters:
            raise TypeError(f"activation {name} was loaded with fixed parameters; define it again to change them")
        return substitute([value], {_X: x})[0]

    return Activation(name, define, parameters, doc)
