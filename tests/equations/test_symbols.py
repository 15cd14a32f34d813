"""The language of equations: nodes are shared, nothing is rearranged, text is Python again."""

from __future__ import annotations

import copy
import math
import threading

import pytest

import softgate as sg
from equations.judges import through_a_process
from softgate.symbols import Expr, check_kinds, const, node, rewrite, substitute, sym, symbols_in, to_text, walk

x, y, c = sym("x"), sym("y"), sym("c")


def test_equal_expressions_are_one_object() -> None:
    assert x * y + 1 is x * y + 1.0
    assert sg.tanh(x) is sg.tanh(x)
    assert x + y is not y + x, "the order of the author is kept"
    assert (x + y) + c is not x + (y + c)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (x + 0, x),
        (0 + x, x),
        (x - 0, x),
        (0 - x, -x),
        (x * 1, x),
        (1 * x, x),
        (x * -1, -x),
        (x / 1, x),
        (-1 * -x, x),
        (x**1, x),
        (x**2, x * x),
        (x**3, x * (x * x)),
        (x**-1, 1 / x),
        (x**0.5, sg.sqrt(x)),
        (x**1.5, x * sg.sqrt(x)),
        (x**0, const(1)),
        (const(2) * 3 + 1, const(7)),
    ],
)
def test_what_is_tidied(written: Expr, kept: Expr) -> None:
    assert written is kept


@pytest.mark.parametrize("written", [0 * x, x - x, x / x, x + (-y), (x + y) - y, sg.log(sg.exp(x)), 1 / const(0)])
def test_what_is_not(written: Expr) -> None:
    """0 * inf is NaN, and x + y - y is not x: the author's formula is what is computed."""
    assert written.args, f"{written} was simplified"


def test_zeros_of_both_signs_and_nan_are_kept_apart() -> None:
    assert const(0.0) is not const(-0.0)
    assert math.copysign(1, const(-0.0).attr) == -1
    assert const(math.nan) is const(math.nan)
    assert const(math.inf) is not const(-math.inf)


@pytest.mark.parametrize(
    "text",
    [
        "x + y * c",
        "(x + y) * c",
        "x - (y - c)",
        "x - y - c",
        "x / (y * c)",
        "x * (y / c)",
        "-x * y",
        "-(x * y)",
        "-(x + y)",
        "x - (-y)",
        "x * (-2)",
        "2.5e-11 * x",
        "where(x < y, x, -(c * y))",
        "maximum(x, exp(-y)) * tanh(x)",
        "x <= y",
    ],
)
def test_text_is_python_again(text: str) -> None:
    names = {n: getattr(sg, n) for n in ("where", "maximum", "exp", "tanh")}
    e = eval(text, {**names, "x": x, "y": y, "c": c})
    assert eval(to_text(e), {**names, "x": x, "y": y, "c": c}) is e


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, through_a_process])
def test_a_copy_is_the_same_object(copied) -> None:
    e = sg.where(x > 0, sg.gelu(x) * y, -2.0)
    assert copied(e) is e


def test_threads_get_the_same_object() -> None:
    found: list[list[Expr]] = []
    barrier = threading.Barrier(4)

    def build() -> None:
        barrier.wait()
        found.append([sym("thread") * k + const(k + 0.123) for k in range(300)])

    threads = [threading.Thread(target=build) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert all(a is b for row in found[1:] for a, b in zip(row, found[0], strict=True))


def test_walk_gives_each_node_once_and_arguments_first() -> None:
    shared = x * y
    order = list(walk([shared + shared, shared - c]))
    assert len(order) == len(set(order)) == 6
    assert all(order.index(a) < order.index(e) for e in order for a in e.args)


def test_walk_is_not_stopped_by_depth() -> None:
    e = x
    for _ in range(20_000):
        e = e + 1.0 if e.op == "mul" else e * y
    assert sum(1 for _ in walk([e])) > 20_000


def test_substitute_and_rewrite() -> None:
    (e,) = substitute([x * y + sg.tanh(x)], {x: c})
    assert e is c * y + sg.tanh(c)
    (e,) = rewrite([x * (y + c)], lambda n: n.args[0] if n.op == "add" else None)
    assert e is x * y
    assert symbols_in(x * y, c + x) == ["x", "y", "c"]


def test_symbols_have_no_truth_value() -> None:
    with pytest.raises(TypeError, match=r"has no truth value.*sg\.where"):
        bool(x > 0)
    with pytest.raises(TypeError, match=r"min.*sg.minimum"):
        min(x, y)


def test_only_gates_have_parts() -> None:
    assert sym("z.n").x is sym("z.n.x")
    for e in (sym("prev.c"), sym("z.n").x, x * y):
        with pytest.raises(TypeError, match="is not a gate"):
            _ = e.h


def test_comparisons_are_conditions_and_nothing_else() -> None:
    check_kinds([sg.where(x < y, x, y)])
    for e in (x < y, (x < y) * x, sg.where(x, y, c), sg.where(sg.where(x < y, x, y), x, y), sg.tanh(x <= y)):
        with pytest.raises(TypeError, match="comparison"):
            check_kinds([e])


def test_true_is_not_a_number() -> None:
    with pytest.raises(TypeError, match="got bool"):
        node("add", x, True)
