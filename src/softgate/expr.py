"""The nodes of an expression: how they are made and kept, their arithmetic, and how they read as text.

Part of :mod:`softgate.symbols`, which says what all this is for.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable, Hashable
from typing import Union

from softgate.opaque import Opaque

Number = int | float
Operand = Union["Expr", int, float]


class Expr(Opaque):
    """One node: an operation of :data:`softgate.ops.OPS`, its arguments, and an attribute for leaves.

    Attributes:
        op: name of the operation; ``"const"`` and ``"sym"`` are the leaves.
        args: the operands.
        attr: the number of a constant, the name of a symbol, the activation of an ``"act"`` node; else ``None``.
    """

    __slots__ = ("args", "attr", "op")
    op: str
    args: tuple[Expr, ...]
    attr: Hashable

    def __add__(self, other: Operand) -> Expr:
        return add(self, other)

    def __radd__(self, other: Operand) -> Expr:
        return add(other, self)

    def __sub__(self, other: Operand) -> Expr:
        return sub(self, other)

    def __rsub__(self, other: Operand) -> Expr:
        return sub(other, self)

    def __mul__(self, other: Operand) -> Expr:
        return mul(self, other)

    def __rmul__(self, other: Operand) -> Expr:
        return mul(other, self)

    def __truediv__(self, other: Operand) -> Expr:
        return div(self, other)

    def __rtruediv__(self, other: Operand) -> Expr:
        return div(other, self)

    def __neg__(self) -> Expr:
        return neg(self)

    def __abs__(self) -> Expr:
        return node("abs", self)

    def __pow__(self, exponent: Operand) -> Expr:
        return power(self, exponent)

    def __lt__(self, other: Operand) -> Expr:
        return node("lt", self, other)

    def __le__(self, other: Operand) -> Expr:
        return node("le", self, other)

    def __gt__(self, other: Operand) -> Expr:
        return node("lt", other, self)

    def __ge__(self, other: Operand) -> Expr:
        return node("le", other, self)

    @property
    def x(self) -> Expr:
        """Of a gate ``z.n``: its input part ``W x + b_ih``."""
        return _part(self, "x")

    @property
    def h(self) -> Expr:
        """Of a gate ``z.n``: its hidden part ``U h + b_hh``."""
        return _part(self, "h")

    def __reduce__(self) -> tuple[Callable[..., Expr], tuple[object, ...]]:
        return _intern, (self.op, self.args, self.attr)

    def __repr__(self) -> str:
        return to_text(self)


_interned: dict[tuple[str, tuple[int, ...], Hashable], Expr] = {}


def _intern(op: str, args: tuple[Expr, ...], attr: Hashable = None) -> Expr:
    # repr keeps 0.0 and -0.0, and NaN with itself, apart where == would not.
    key = (op, tuple(map(id, args)), repr(attr) if op == "const" else attr)
    found = _interned.get(key)
    if found is None:
        found = object.__new__(Expr)
        found.op, found.args, found.attr = op, args, attr
        found = _interned.setdefault(key, found)  # another thread may have been first
    return found


def const(value: Number) -> Expr:
    """A number."""
    return _intern("const", (), float(value))


def sym(name: str) -> Expr:
    """A named leaf, such as ``z.i``, ``prev.c`` or ``w.p_f``."""
    return _intern("sym", (), name)


def _part(e: Expr, part: str) -> Expr:
    if e.op != "sym" or not str(e.attr).startswith("z.") or str(e.attr).count(".") != 1:
        raise TypeError(f"only a gate has an input part .x and a hidden part .h; {to_text(e)} is not a gate")
    return sym(f"{e.attr}.{part}")


def as_expr(value: object) -> Expr:
    """The expression itself, or a number as a constant.

    Raises:
        TypeError: for anything else.
    """
    if isinstance(value, Expr):
        return value
    if not isinstance(value, bool) and isinstance(value, numbers.Real):
        return const(float(value))
    raise TypeError(f"an equation is made of symbols and numbers; got {type(value).__name__}: {value!r}")


def node(op: str, *args: Operand, attr: Hashable = None) -> Expr:
    """The node ``op(args)``, as it is."""
    return _intern(op, tuple(as_expr(a) for a in args), attr)


def is_const(e: Expr, value: Number | None = None) -> bool:
    """Whether ``e`` is a constant (equal to ``value``, if given)."""
    return e.op == "const" and (value is None or e.attr == value)


def _number(e: Expr) -> float:
    assert isinstance(e.attr, float)
    return e.attr


def add(a: Operand, b: Operand) -> Expr:
    """``a + b``."""
    a, b = as_expr(a), as_expr(b)
    if is_const(a) and is_const(b):
        return const(_number(a) + _number(b))
    if is_const(a, 0):
        return b
    return a if is_const(b, 0) else _intern("add", (a, b))


def sub(a: Operand, b: Operand) -> Expr:
    """``a - b``."""
    a, b = as_expr(a), as_expr(b)
    if is_const(a) and is_const(b):
        return const(_number(a) - _number(b))
    if is_const(a, 0):
        return neg(b)
    return a if is_const(b, 0) else _intern("sub", (a, b))


def mul(a: Operand, b: Operand) -> Expr:
    """``a * b``. Zero times something stays: the something may be infinite."""
    a, b = as_expr(a), as_expr(b)
    if is_const(a) and is_const(b):
        return const(_number(a) * _number(b))
    if is_const(a, 1):
        return b
    if is_const(b, 1):
        return a
    if is_const(a, -1):
        return neg(b)
    return neg(a) if is_const(b, -1) else _intern("mul", (a, b))


def div(a: Operand, b: Operand) -> Expr:
    """``a / b``."""
    a, b = as_expr(a), as_expr(b)
    if is_const(a) and is_const(b) and not is_const(b, 0):
        return const(_number(a) / _number(b))
    return a if is_const(b, 1) else _intern("div", (a, b))


def neg(a: Operand) -> Expr:
    """``-a``."""
    a = as_expr(a)
    if is_const(a):
        return const(-_number(a))
    return a.args[0] if a.op == "neg" else _intern("neg", (a,))


def power(base: Expr, exponent: Operand) -> Expr:
    """``base`` to a whole or half-whole power, as products, quotients and square roots."""
    if isinstance(exponent, Expr) or not float(exponent * 2).is_integer():
        raise TypeError(f"powers are whole or half-whole numbers (got {exponent!r}); else write sg.exp(p * sg.log(x))")
    if exponent < 0:
        return div(1.0, power(base, -exponent))
    if exponent != int(exponent):
        return mul(power(base, int(exponent)), node("sqrt", base))
    result, square, n = const(1.0), base, int(exponent)
    while n:
        result = mul(result, square) if n % 2 else result
        square, n = (mul(square, square), n // 2) if n > 1 else (square, 0)
    return result


_INFIX = {
    "add": (" + ", 1),
    "sub": (" - ", 1),
    "mul": (" * ", 2),
    "div": (" / ", 2),
    "lt": (" < ", 0),
    "le": (" <= ", 0),
}


def to_text(e: Expr, level: int = 0) -> str:
    """The expression as Python text; the canonical form, also used as a fingerprint."""
    if e.op == "const":
        value = _number(e)
        text = repr(int(value)) if abs(value) < 1e9 and value == int(value) else repr(value)
        return f"({text})" if value < 0 and level > 0 else text
    if e.op == "sym":
        return str(e.attr)
    if e.op in _INFIX:
        mark, rank = _INFIX[e.op]
        text = to_text(e.args[0], rank) + mark + to_text(e.args[1], rank + 1)
        return f"({text})" if level > rank else text
    if e.op == "neg":
        text = "-" + to_text(e.args[0], 3)
        return f"({text})" if level > 1 else text
    name = str(e.attr) if e.op == "act" else e.op
    return f"{name}({', '.join(to_text(a) for a in e.args)})"
