"""What a symbol answers to code that takes it for a number: a message that says what to write instead."""

from __future__ import annotations

import operator
from typing import Any, NoReturn

_ARITHMETIC = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
}


class Opaque:
    """Something without a value, yet: no truth value, no number, no operand of another library's functions."""

    __slots__ = ()

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "an equation is run once, on symbols, and has no truth value: instead of `a if x > 0 else b` "
            "write `sg.where(x > 0, a, b)`; `min` and `max` are sg.minimum and sg.maximum"
        )

    def __float__(self) -> NoReturn:
        raise TypeError("a symbol is not a number: functions of `math` cannot take it; softgate's can, as sg.exp(x)")

    def __array_ufunc__(self, function: Any, method: str, *inputs: Any, **_: Any) -> Any:
        # A NumPy number times a symbol comes here; it is as good as any other number.
        if function.__name__ not in _ARITHMETIC or not all(isinstance(a, Opaque) or a.ndim == 0 for a in inputs):
            _refuse("numpy", function)
        return _ARITHMETIC[function.__name__](*(a if isinstance(a, Opaque) else float(a) for a in inputs))

    @classmethod
    def __torch_function__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> NoReturn:
        _refuse("torch", function)


def _refuse(library: str, function: Any) -> NoReturn:
    name = function.__name__.strip("_")
    raise TypeError(
        f"{library}'s {name} takes arrays, and an equation is run on symbols: use softgate's own, as sg.{name}"
    )
