"""Vector functions as LLVM IR: one row for each operation of :data:`softgate.ops.OPS`, and ``fma``.

exp and its family come from one range reduction, x = n ln 2 + r with abs(r) <= ln 2 / 2, and a polynomial for
(e^r - 1) / r; keeping the 1 apart makes expm1 and tanh exact near 0. The polynomials are Chebyshev fits (mpmath
``chebyfit``). float32 is good to a few units in the last place; in float64 erf, arctan, sin and cos call the C
library lane by lane, which is slow and exact.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import llvmlite.ir as ll

from softgate.cpu.ir import I32, Code, Value

_EXPM1 = {
    32: (1.0, 0.5000000047146057, 0.16666666719028936, 0.04166635277111221, 0.00833329846980059, 0.0013941118895837,
         0.00019899285575896282),
    64: (1.0, 0.5, 0.1666666666666668, 0.04166666666666668, 0.008333333333319589, 0.0013888888888879073,
         0.00019841269890076403, 2.4801587336442236e-05, 2.755724088722987e-06, 2.75572632790885e-07,
         2.5110049204818658e-08, 2.0918137737642736e-09),
}  # fmt: skip
_ARCTAN = (0.9999999971605454, -0.3333327629198255, 0.19998075281148714, -0.14260016082820906, 0.10932341501303093,
           -0.08349724968301601, 0.05708955593030619, -0.030351864785781172, 0.010487649254949306,
           -0.0017011700640685973)  # fmt: skip
"""arctan(x) / x in x**2, for abs(x) <= 1."""
_ERF = (1.1283791670615435, -0.3761263846802871, 0.11283782495236845, -0.026865430727670243, 0.005221031807858023,
        -0.0008484080405535107, 0.00011265959025606609, -9.667044571486996e-06)  # fmt: skip
"""erf(x) / x in x**2, for abs(x) <= 1."""
_LOG_ERFC = (0.00032013804967769883, -1.130233434841994, -0.631826051559163, -0.11008008294882024,
             0.026421136005663898, -0.004759596293266265, 0.0005968056256607798, -4.605804268918978e-05,
             1.6371514145936436e-06)  # fmt: skip
"""ln(1 - erf(x)) for x in 1..4; above, erf is 1 in float32."""

_LN2_HIGH = {32: 0.693359375, 64: 0.6931471803691238}
_MANTISSA, _BIAS = {32: 23, 64: 52}, {32: 127, 64: 1023}


def polynomial(c: Code, x: Value, coefficients: tuple[float, ...]) -> Value:
    """Horner's scheme, the constant first in ``coefficients``."""
    total = c.splat(coefficients[-1])
    for k in reversed(coefficients[:-1]):
        total = c.fma(total, x, c.splat(k))
    return total


def _ordered(c: Code, mark: str, a: Value, b: Value) -> Value:
    return c.b.fcmp_ordered(mark, a, b)


def clamp(c: Code, x: Value, low: float, high: float) -> Value:
    """x cut to [low, high]; NaN stays NaN."""
    x = c.select(_ordered(c, ">", x, c.splat(high)), c.splat(high), x)
    return c.select(_ordered(c, "<", x, c.splat(low)), c.splat(low), x)


def _reduce(c: Code, x: Value) -> tuple[Value, Value]:
    """n (as integers) and e^r - 1, where x = n ln 2 + r."""
    bits = c.real.bits
    # Adding 1.5 * 2^mantissa leaves the rounded integer in the low bits: no rounding instruction needed.
    magic = 1.5 * 2.0 ** _MANTISSA[bits]
    shifted = c.fma(x, c.splat(math.log2(math.e)), c.splat(magic))
    n = c.b.fsub(shifted, c.splat(magic))
    high = _LN2_HIGH[bits]
    low = -2.12194440054690583e-4 if bits == 32 else 1.9082149292705877e-10
    r = c.fma(n, c.splat(-high), x)
    r = c.fma(n, c.splat(-low), r)
    whole = c.b.bitcast(shifted, c.int_vector)
    whole = c.b.sub(whole, c.b.bitcast(c.splat(magic), c.int_vector))
    return whole, c.b.fmul(r, polynomial(c, r, _EXPM1[bits]))


def _power_of_two(c: Code, n: Value) -> Value:
    """2^n, for n from the smallest normal exponent to one past the largest (infinity)."""
    biased = c.b.add(n, c.int_splat(_BIAS[c.real.bits]))
    return c.b.bitcast(c.b.shl(biased, c.int_splat(_MANTISSA[c.real.bits])), c.vector)


def exp(c: Code, x: Value) -> Value:
    """e^x, exact at both ends of the range."""
    # Beyond the limit it is 0 or infinity. Two factors, each in range, so that what is near these comes out right.
    limit = {32: 110.0, 64: 750.0}[c.real.bits]
    n, q = _reduce(c, clamp(c, x, -limit, limit))
    half = c.b.ashr(n, c.int_splat(1))
    grown = c.b.fmul(c.b.fadd(q, c.splat(1.0)), _power_of_two(c, half))
    return c.b.fmul(grown, _power_of_two(c, c.b.sub(n, half)))


def _exp_saturating(c: Code, x: Value) -> Value:
    """exp for use in 1 / (1 + exp(x)): infinity above the range, about 1e-38 (1e-308) below it."""
    low, high = {32: (-87.3, 88.8), 64: (-708.3, 709.9)}[c.real.bits]
    n, q = _reduce(c, clamp(c, x, low, high))
    return c.b.fmul(c.b.fadd(q, c.splat(1.0)), _power_of_two(c, n))


def expm1(c: Code, x: Value) -> Value:
    """e^x - 1, exact near 0."""
    low, high = {32: (-30.0, 88.8), 64: (-60.0, 709.9)}[c.real.bits]
    n, q = _reduce(c, clamp(c, x, low, high))
    # Half of it, doubled: 2^n itself may be out of range where the result is not.
    scale = _power_of_two(c, c.b.sub(n, c.int_splat(1)))
    half = c.fma(scale, q, c.b.fsub(scale, c.splat(0.5)))
    return c.select(_ordered(c, ">", x, c.splat(high)), c.splat(math.inf), c.b.fadd(half, half))


def sigmoid(c: Code, x: Value) -> Value:
    """1 / (1 + e^-x)."""
    return c.b.fdiv(c.splat(1.0), c.b.fadd(c.splat(1.0), _exp_saturating(c, c.b.fneg(x))))


def tanh(c: Code, x: Value) -> Value:
    """The hyperbolic tangent, exact near 0."""
    # expm1(2a) / (expm1(2a) + 2) of a = abs(x): no cancellation near 0.
    a = c.intrinsic("fabs", x)
    limit = {32: 10.0, 64: 20.0}[c.real.bits]
    a = c.select(_ordered(c, ">", a, c.splat(limit)), c.splat(limit), a)
    n, q = _reduce(c, c.b.fadd(a, a))
    scale = _power_of_two(c, n)
    e = c.fma(scale, q, c.b.fsub(scale, c.splat(1.0)))
    return c.intrinsic("copysign", c.b.fdiv(e, c.b.fadd(e, c.splat(2.0))), x)


def log(c: Code, x: Value) -> Value:
    """The natural logarithm."""
    bits, zero = c.real.bits, c.splat(0.0)
    mantissa, bias = _MANTISSA[bits], _BIAS[bits]
    tiny = _ordered(c, "<", x, c.splat(2.0 ** (1 - bias)))
    scaled = c.select(tiny, c.b.fmul(x, c.splat(2.0**mantissa)), x)
    raw = c.b.bitcast(scaled, c.int_vector)
    # Split at sqrt(1/2), so that the fraction lies in [0.707, 1.414) and the series converges fast.
    offset = c.b.sub(raw, c.b.bitcast(c.splat(math.sqrt(0.5)), c.int_vector))
    exponent = c.b.ashr(offset, c.int_splat(mantissa))
    fraction = c.b.bitcast(c.b.sub(raw, c.b.shl(exponent, c.int_splat(mantissa))), c.vector)
    n = c.b.sitofp(exponent, c.vector)
    n = c.select(tiny, c.b.fsub(n, c.splat(float(mantissa))), n)
    f = c.b.fsub(fraction, c.splat(1.0))
    s = c.b.fdiv(f, c.b.fadd(f, c.splat(2.0)))
    terms = tuple(2.0 / (2 * k + 3) for k in range(4 if bits == 32 else 10))
    s2 = c.b.fmul(s, s)
    # ln(1 + f) = 2s + s^3 (2/3 + ...) and 2s = f - s f: the large term f is exact.
    tail = c.b.fmul(s, c.b.fsub(f, c.b.fmul(s2, polynomial(c, s2, terms))))
    small = c.fma(n, c.splat(-2.12194440054690583e-4 if bits == 32 else 1.9082149292705877e-10), c.b.fneg(tail))
    result = c.fma(n, c.splat(_LN2_HIGH[bits]), c.b.fadd(f, small))
    result = c.select(_ordered(c, "==", x, c.splat(math.inf)), x, result)
    result = c.select(_ordered(c, "==", x, zero), c.splat(-math.inf), result)
    bad = c.b.fcmp_unordered("<", x, zero)
    return c.select(bad, c.splat(math.nan), result)


def log1p(c: Code, x: Value) -> Value:
    """ln(1 + x), exact near 0."""
    # log(u) x / (u - 1) with u = 1 + x undoes the rounding of u.
    u = c.b.fadd(c.splat(1.0), x)
    step = c.b.fsub(u, c.splat(1.0))
    result = c.b.fmul(log(c, u), c.b.fdiv(x, step))
    result = c.select(_ordered(c, "==", step, c.splat(0.0)), x, result)
    return c.select(_ordered(c, "==", x, c.splat(math.inf)), x, result)


def softplus(c: Code, x: Value) -> Value:
    """ln(1 + e^x), without overflow."""
    a = c.intrinsic("fabs", x)
    above = c.select(c.b.fcmp_unordered(">", x, c.splat(0.0)), x, c.splat(0.0))
    return c.b.fadd(above, log1p(c, _exp_saturating(c, c.b.fneg(a))))


def _lanes_of_libm(c: Code, name: str, x: Value) -> Value:
    result = ll.Constant(c.vector, ll.Undefined)
    for lane in range(c.lanes):
        at = ll.Constant(I32, lane)
        y = c.external(name + ("f" if c.real.bits == 32 else ""), c.real.scalar, c.b.extract_element(x, at))
        result = c.b.insert_element(result, y, at)
    return result


def erf(c: Code, x: Value) -> Value:
    """The error function."""
    if c.real.bits == 64:
        return _lanes_of_libm(c, "erf", x)
    near = c.b.fmul(x, polynomial(c, c.b.fmul(x, x), _ERF))
    a = c.intrinsic("fabs", x)
    a_cut = c.select(_ordered(c, ">", a, c.splat(4.0)), c.splat(4.0), a)
    far = c.b.fsub(c.splat(1.0), _exp_saturating(c, polynomial(c, a_cut, _LOG_ERFC)))
    far = c.intrinsic("copysign", far, x)
    return c.select(_ordered(c, "<", a, c.splat(1.0)), near, far)


def arctan(c: Code, x: Value) -> Value:
    """The inverse tangent."""
    if c.real.bits == 64:
        return _lanes_of_libm(c, "atan", x)
    a = c.intrinsic("fabs", x)
    beyond = _ordered(c, ">", a, c.splat(1.0))
    t = c.select(beyond, c.b.fdiv(c.splat(1.0), a), a)
    y = c.b.fmul(t, polynomial(c, c.b.fmul(t, t), _ARCTAN))
    y = c.select(beyond, c.b.fsub(c.splat(math.pi / 2), y), y)
    return c.intrinsic("copysign", y, x)


def sign(c: Code, x: Value) -> Value:
    """-1, 0 or 1."""
    one = c.intrinsic("copysign", c.splat(1.0), x)
    return c.select(c.b.fcmp_unordered("!=", x, c.splat(0.0)), c.select(_ordered(c, "==", x, x), one, x), c.splat(0.0))


def _extreme(mark: str) -> Callable[..., Value]:
    def emit(c: Code, a: Value, b: Value) -> Value:
        better = c.select(_ordered(c, mark, b, a), b, a)
        return c.select(c.b.fcmp_unordered("!=", b, b), b, better)

    return emit


EMIT: dict[str, Callable[..., Value]] = {
    "add": lambda c, a, b: c.b.fadd(a, b),
    "sub": lambda c, a, b: c.b.fsub(a, b),
    "mul": lambda c, a, b: c.b.fmul(a, b),
    "div": lambda c, a, b: c.b.fdiv(a, b),
    "fma": lambda c, a, b, d: c.fma(a, b, d),
    "neg": lambda c, a: c.b.fneg(a),
    "abs": lambda c, a: c.intrinsic("fabs", a),
    "sign": sign,
    "lt": lambda c, a, b: _ordered(c, "<", a, b),
    "le": lambda c, a, b: _ordered(c, "<=", a, b),
    "where": lambda c, k, a, b: c.select(k, a, b),
    "maximum": _extreme(">"),
    "minimum": _extreme("<"),
    "exp": exp,
    "expm1": expm1,
    "log": log,
    "log1p": log1p,
    "sqrt": lambda c, a: c.intrinsic("sqrt", a),
    "sigmoid": sigmoid,
    "tanh": tanh,
    "softplus": softplus,
    "erf": erf,
    "arctan": arctan,
    "sin": lambda c, x: _lanes_of_libm(c, "sin", x),
    "cos": lambda c, x: _lanes_of_libm(c, "cos", x),
}
"""How each operation is emitted, on vectors."""
