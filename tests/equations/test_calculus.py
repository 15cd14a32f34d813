"""Derivatives: every row of the table against SymPy, and random expressions against torch's autograd."""

from __future__ import annotations

import inspect
from functools import partial

import pytest
import sympy
import torch
from hypothesis import assume, given, strategies as st

import softgate as sg
from equations.judges import SYMPY, to_sympy
from softgate.calculus import adjoint, derivative, expand
from softgate.evaluate import _FUNCTIONS, evaluate
from softgate.ops import OPS
from softgate.symbols import Expr, const, node, sym, symbols_in, walk

POINTS = {"a": 0.73, "b": 1.91, "c": -0.37}
CONDITIONS = ("lt", "le")


def test_no_table_lacks_a_row() -> None:
    assert set(SYMPY) == set(OPS)
    assert set(_FUNCTIONS) == set(OPS)


@pytest.mark.parametrize("op", OPS)
def test_a_row_is_complete(op: str) -> None:
    row = OPS[op]
    args = [sym(n) for n in "abc"[: row.arity]]
    assert all(f"{{{k}}}" in row.latex for k in range(row.arity))
    assert f"{{{row.arity}}}" not in row.latex.replace("{{", "").replace("}}", "")
    row.latex.format(*"abc")
    assert hasattr(torch, row.torch) or op == "softplus"
    partials = row.partials(node(op, *args), *args)
    assert len(partials) >= row.arity
    if "..." not in str(inspect.signature(row.partials)) and op not in ("lt", "le", "sign", "where"):
        assert all(isinstance(p, Expr) for p in partials[: row.arity])


@pytest.mark.parametrize("op", [op for op in OPS if op not in CONDITIONS])
def test_a_row_is_what_sympy_says(op: str) -> None:
    """Value and every partial derivative, at a point in the operation's domain."""
    args = [sym(n) for n in "abc"[: OPS[op].arity]]
    e = node(op, *args) if op != "where" else node("where", sym("a") < 1.0, *args[1:])
    symbols = {n: sympy.Symbol(n, real=True) for n in "abc"}
    exact = to_sympy(e, symbols)
    at = {symbols[n]: sympy.Rational(v) for n, v in POINTS.items()}
    values = {n: torch.tensor(v, dtype=torch.float64) for n, v in POINTS.items()}
    like = values["a"]
    assert evaluate([e], values, like)[0].item() == pytest.approx(float(exact.subs(at).evalf(30)), rel=1e-14)
    for name in symbols_in(e):
        want = float(sympy.diff(exact, symbols[name]).subs(at).evalf(30))
        (found,) = evaluate([derivative(e, sym(name))], values, like)
        assert found.item() == pytest.approx(want, rel=1e-13, abs=1e-15), f"d {op} / d {name}"
        gradient = adjoint({e: const(1.0)}, lambda call: call).get(name, const(0.0))
        assert evaluate([gradient], values, like)[0].item() == pytest.approx(want, rel=1e-13, abs=1e-15)


def test_ties_give_half_to_each_side() -> None:
    a = torch.tensor(2.0, requires_grad=True)
    b = torch.tensor(2.0, requires_grad=True)
    for op, function in (("maximum", torch.maximum), ("minimum", torch.minimum)):
        want = torch.autograd.grad(function(a, b), (a, b))
        e = node(op, sym("a"), sym("b"))
        gradient = adjoint({e: const(1.0)}, lambda call: call)
        got = evaluate([gradient["a"], gradient["b"]], {"a": a.detach(), "b": b.detach()}, a.detach())
        assert [g.item() for g in got] == [w.item() for w in want] == [0.5, 0.5]


SMOOTH = [op for op in OPS if OPS[op].arity == 1 and op not in ("log", "log1p", "sqrt", "sign", "exp", "expm1")]


def expressions() -> st.SearchStrategy[Expr]:
    """Random expressions over three symbols that stay in range."""
    leaves = st.sampled_from([sym(n) for n in POINTS]) | st.sampled_from([-2.0, 0.5, 3.0]).map(const)

    def grow(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
        unary = st.builds(node, st.sampled_from(SMOOTH), inner)
        named = st.builds(lambda a, x: a(x), st.sampled_from([sg.gelu, sg.silu, sg.elu, sg.softsign]), inner)
        guarded = st.builds(lambda x: sg.log1p(sg.exp(-abs(x))) + sg.sqrt(1 + x * x), inner)
        binary = st.builds(node, st.sampled_from(["add", "sub", "mul", "maximum", "minimum"]), inner, inner)
        quotient = st.builds(lambda p, q: p / (1 + q * q), inner, inner)
        choice = st.builds(lambda p, q, r, s: sg.where(p < q, r, s), inner, inner, inner, inner)
        return unary | named | guarded | binary | quotient | choice

    return st.recursive(leaves, grow, max_leaves=12)


@given(expressions(), st.lists(st.floats(-3, 3), min_size=3, max_size=3))
def test_random_expressions_have_torchs_gradient(e: Expr, at: list[float]) -> None:
    (plain,) = expand([e])
    leaves = {n: torch.tensor(v + 0.01 * k, dtype=torch.float64, requires_grad=True)
              for k, (n, v) in enumerate(zip(POINTS, at, strict=True))}  # fmt: skip
    like = torch.zeros((), dtype=torch.float64)
    (value,) = evaluate([plain], leaves, like)
    assume(value.requires_grad and value.isfinite() and abs(value) < 1e6)
    want = torch.autograd.grad(value, list(leaves.values()), allow_unused=True, materialize_grads=True)
    gradient = adjoint({e: const(1.0)}, lambda call: call.attr.slope_at(call.args[0]))
    values = {n: v.detach() for n, v in leaves.items()}
    for (name, _), w in zip(leaves.items(), want, strict=True):
        (reverse,) = evaluate(expand([gradient.get(name, const(0.0))]), values, like)
        (forward,) = evaluate([derivative(plain, sym(name))], values, like)
        scale = max(1.0, *(abs(v.item()) for v in want))
        assert reverse.item() == pytest.approx(w.item(), rel=1e-9, abs=1e-11 * scale), name
        assert forward.item() == pytest.approx(w.item(), rel=1e-9, abs=1e-11 * scale), name


@given(expressions())
def test_random_expressions_go_through_text(e: Expr) -> None:
    """What is printed is the expression again, where nothing in it would have been tidied."""
    assume(e.op != "const")
    for n in walk([e]):
        assume(not n.args or any(a.op != "const" for a in n.args))
        assume(n.op != "neg" or n.args[0].op != "neg")
    named = {n: getattr(sg, n) for n in ("where", "maximum", "minimum", "exp", "log1p", "sqrt", "sin", "cos")}
    named |= {n: getattr(sg, n) for n in ("gelu", "silu", "elu", "softsign")}
    named |= {n: partial(node, n) for n in ("tanh", "sigmoid", "softplus", "erf", "arctan", "sign", "abs")}
    assert eval(str(e), named | {n: sym(n) for n in POINTS}) is e


def test_a_branch_not_taken_does_not_spoil_the_gradient() -> None:
    """where(x > 0, x log x, 0) at 0: the infinite slope of the other branch must not become NaN."""
    x = sym("a")
    e = sg.where(x > 0, x * sg.log(x), 0.0 * x)
    gradient = adjoint({e: const(1.0)}, lambda call: call)["a"]
    (found,) = evaluate([derivative(e, x)], {"a": torch.tensor(0.0)}, torch.tensor(0.0))
    assert found.item() == 0.0
    assert "log" in str(gradient)
