"""Every function of the table against long double, far out and close to zero, in units in the last place."""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import llvmlite.ir as ll
import numpy as np
import pytest

from softgate.cpu import compiler, isa as instruction_sets
from softgate.cpu.arguments import Arguments
from softgate.cpu.ir import FLOAT32, FLOAT64, PTR, Code, index
from softgate.cpu.math import EMIT
from softgate.ops import OPS

LONG = np.longdouble
REALS = {"float32": FLOAT32, "float64": FLOAT64}
ARGUMENTS = Arguments(["count", "a", "b", "c", "out"])
CONDITIONS = ("lt", "le")


def arity(op: str) -> int:
    return 3 if op == "fma" else OPS[op].arity


def probe(module: ll.Module, isa: Any, real: Any) -> None:
    """A function for each operation that applies it to whole arrays."""
    for op, emit in EMIT.items():
        c = Code(module, f"probe.{op}", [PTR], isa, real)
        (base,) = c.function.args
        with c.for_range(index(0), ARGUMENTS.number(c, base, "count"), c.lanes) as k:
            given = [c.load(c.at(ARGUMENTS.pointer(c, base, n), k)) for n in "abc"[: arity(op)]]
            if op == "where":
                given[0] = c.b.fcmp_unordered("!=", given[0], c.splat(0.0))
            value = emit(c, *given)
            if op in CONDITIONS:
                value = c.select(value, c.splat(1.0), c.splat(0.0))
            c.store(value, c.at(ARGUMENTS.pointer(c, base, "out"), k))
        c.ret()


@lru_cache(maxsize=8)
def kernel(isa: str, real: str) -> compiler.Kernel:
    vector = instruction_sets.choose(isa)
    names = [f"probe.{op}" for op in EMIT]
    return compiler.load(f"probe {isa} {real}", names, vector, lambda m: probe(m, vector, REALS[real]))


def compute(op: str, isa: str, real: str, *given: np.ndarray) -> np.ndarray:
    arrays = [np.ascontiguousarray(g) for g in given]
    count = len(arrays[0])
    assert count % 16 == 0
    out = np.full_like(arrays[0], 77)
    pointers = {n: a.ctypes.data for n, a in zip("abc", arrays, strict=False)}
    values = ARGUMENTS.new(count=count, out=out.ctypes.data, **pointers)
    kernel(isa, real)[f"probe.{op}"](ctypes.addressof(values))
    return out


def _sigmoid(x: Any) -> Any:
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e))


TRUTH: dict[str, Any] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "fma": lambda a, b, c: a * b + c,
    "neg": np.negative,
    "abs": np.abs,
    "sign": np.sign,
    "lt": np.less,
    "le": np.less_equal,
    "where": lambda k, a, b: np.where(k != 0, a, b),
    "maximum": np.maximum,
    "minimum": np.minimum,
    "sigmoid": _sigmoid,
    "softplus": lambda x: np.logaddexp(LONG(0), x),
    "erf": lambda x: np.array([math.erf(v) for v in x], dtype=LONG),
    **{n: getattr(np, n) for n in ("exp", "expm1", "log", "log1p", "sqrt", "tanh", "arctan", "sin", "cos")},
}


@dataclass(frozen=True)
class Bound:
    """Units in the last place in float32 and float64; errors below ``floor`` smallest normal numbers are let pass."""

    float32: float
    float64: float
    floor: float = 0.0


EXACT = Bound(0.5, 0.5)
BOUNDS: dict[str, Bound] = {
    **dict.fromkeys(
        ("add", "sub", "mul", "div", "neg", "abs", "sign", "lt", "le", "where", "maximum", "minimum"), EXACT
    ),
    "sqrt": EXACT,
    "exp": Bound(1.5, 1.5, 1e-3),
    "expm1": Bound(2.5, 2.5),
    "log": Bound(1.5, 1.5),
    "log1p": Bound(3.0, 3.0),
    "sigmoid": Bound(2.5, 2.5, 1.0),
    "tanh": Bound(2.5, 2.5),
    "softplus": Bound(3.0, 3.0, 1.2),
    "erf": Bound(4.0, 1.5),
    "arctan": Bound(3.0, 1.5),
    "sin": Bound(1.5, 1.5),
    "cos": Bound(1.5, 1.5),
}
"""What is promised. ``fma`` is rounded once or twice, as the machine can, and has a test of its own."""


def points(real: str) -> np.ndarray:
    """Special values, every order of magnitude in both signs, and dense ranges where functions bend."""
    dtype = np.dtype(real)
    info = np.finfo(dtype)
    edge = math.log(float(info.max))
    rng = np.random.default_rng(0)
    special = [
        0.0,
        1.0,
        1e4,
        88.0,
        88.4,
        88.5,
        88.72,
        88.73,
        104.0,
        708.5,
        709.5,
        709.78,
        745.0,
        np.inf,
        0.5,
        2.0,
        3.9,
        4.1,
        20.0,
    ]
    special += [
        edge,
        edge - 0.2,
        edge + 0.2,
        info.tiny,
        info.smallest_subnormal,
        info.max,
        info.eps,
        math.pi,
        math.sqrt(0.5),
    ]
    orders = np.exp(rng.uniform(math.log(float(info.tiny)), edge, 4000))
    near_one = 1 + rng.uniform(-0.5, 0.5, 2000)
    wide = [rng.uniform(0, w, 2000) for w in (1.0, 5.0, 20.0, 110.0, 1.05 * edge)]
    positive = np.concatenate([special, orders, near_one, *wide])
    values = np.concatenate([positive, -positive, [np.nan]])
    return np.concatenate([values, np.full(-len(values) % 16, np.nan)]).astype(dtype)


def operands(op: str, real: str) -> list[np.ndarray]:
    """One to three arrays; the further ones are the first in another order."""
    first = points(real)
    rng = np.random.default_rng(1)
    return [first, *(rng.permutation(first) for _ in range(arity(op) - 1))]


def exact(op: str, given: list[np.ndarray]) -> np.ndarray:
    with np.errstate(all="ignore"):
        if op == "erf":
            return np.asarray(TRUTH[op](given[0].astype(np.float64)))
        return np.asarray(TRUTH[op](*(g.astype(LONG) for g in given)), dtype=LONG)


def judge(op: str, real: str, got: np.ndarray, given: list[np.ndarray]) -> float:
    """The largest error in units in the last place; NaN and infinity must be where they belong."""
    want = exact(op, given)
    with np.errstate(all="ignore"):
        rounded = want.astype(real)
        tiny = float(np.finfo(real).tiny)
        strange = np.isnan(got) != np.isnan(rounded)
        strange |= (np.isinf(got) | np.isinf(rounded)) & (got != rounded) & ~np.isnan(got)
        if strange.any():
            k = int(strange.argmax())
            raise AssertionError(f"{op}{tuple(float(g[k]) for g in given)}: got {got[k]}, expected {rounded[k]}")
        unit = np.spacing(np.maximum(np.abs(rounded), tiny)).astype(LONG)
        error = np.abs(got.astype(LONG) - want)
        error = np.where(error <= BOUNDS[op].floor * tiny if op in BOUNDS else False, 0, error / unit)
        error = np.where(np.isfinite(rounded), error, 0)
    k = int(error.argmax())
    worst = float(error[k])
    allowed = getattr(BOUNDS.get(op, EXACT), real) + 1e-3
    call = f"{op}{tuple(float(g[k]) for g in given)}"
    assert worst <= allowed, f"{call}: got {got[k]!r}, expected {rounded[k]!r}, {worst:.3g} ulp, allowed {allowed}"
    return worst


def test_no_table_lacks_a_row() -> None:
    assert set(EMIT) == set(OPS) | {"fma"}
    assert set(TRUTH) == set(EMIT)
    assert set(BOUNDS) == set(OPS)


@pytest.mark.parametrize("real", REALS)
@pytest.mark.parametrize("op", OPS)
def test_within_its_bound(op: str, real: str, isa: str, record_property: Any) -> None:
    given = operands(op, real)
    worst = judge(op, real, compute(op, isa, real, *given), given)
    record_property("ulp", worst)
    print(f"{op:10} {isa} {real}: {worst:.3f} ulp")


@pytest.mark.parametrize("real", REALS)
def test_fused_where_the_machine_can(real: str, isa: str) -> None:
    """a b + c, rounded once with a fused multiply-add and twice without: to the last bit either way."""
    rng = np.random.default_rng(2)
    a, b = (rng.uniform(0.5, 2, 4096).astype(real) for _ in range(2))
    c = -(a * b)  # what is left is the rounding error of the product
    got = compute("fma", isa, real, a, b, c)
    if instruction_sets.choose(isa).fma:
        left = a.astype(np.float64) * b.astype(np.float64) + c.astype(np.float64) if real == "float32" else None
        assert (got != 0).mean() > 0.5
        assert left is None or (got == left.astype(real)).all()
    else:
        assert (got == 0).all()


@pytest.mark.parametrize("real", REALS)
@pytest.mark.parametrize("op", ["exp", "tanh", "sigmoid", "log1p"])
def test_a_wrong_function_is_noticed(op: str, real: str) -> None:
    given = operands(op, real)
    with np.errstate(all="ignore"):
        good = exact(op, given).astype(real)
        off = np.where(np.isfinite(good), good + 8 * np.spacing(good), good)
        blind = np.where(np.isnan(good), 0, good)
    judge(op, real, good, given)
    with pytest.raises(AssertionError, match="ulp, allowed"):
        judge(op, real, off, given)
    with pytest.raises(AssertionError, match="expected nan"):
        judge(op, real, blind, given)
