"""Formulas with poles, ends, large and small constants: figures are those of mathematics, or are not established."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import softgate as sg
from softgate.activations import describe, product
from softgate.errors import ActivationError
from softgate.figures.style import FigureError

INF = math.inf


@pytest.mark.parametrize(
    ("formula", "domain", "spread", "steepest", "poles"),
    [
        (lambda x: sg.log(x), ((0, INF),), "(-inf, inf)", (INF, (0.0,)), (0.0,)),
        (lambda x: sg.log1p(x), ((-1, INF),), "(-inf, inf)", (INF, (-1.0,)), (-1.0,)),
        (lambda x: sg.sqrt(x), ((0, INF),), "[0, inf)", (INF, (0.0,)), ()),
        (lambda x: 1 / x, ((-INF, 0), (0, INF)), "(-inf, inf)", (INF, (0.0,)), (0.0,)),
        (lambda x: 1 / (x - 0.25) ** 2, ((-INF, 0.25), (0.25, INF)), "(0, inf)", (INF, (0.25,)), (0.25,)),
        (lambda x: x * sg.log(x), ((0, INF),), "[-0.367879, inf)", (INF, (0.0, INF)), ()),
        (lambda x: sg.sin(x) / x, ((-INF, INF),), "[-0.217234, 1)", (0.436182, (-2.081576, 2.081576)), ()),
        (lambda x: sg.log(x - 5), ((5, INF),), "(-inf, inf)", (INF, (5.0,)), (5.0,)),
        (lambda x: 1 / (1 + x * x), ((-INF, INF),), "(0, 1]", (0.6495191, (-0.57735, 0.57735)), ()),
        (lambda x: sg.where(x > 0, 1 / (1 + x), 1 - x), ((-INF, INF),), "(0, inf)", (1.0, ((-INF, 0.0),)), ()),
    ],
)
def test_poles_and_ends(formula: Any, domain: Any, spread: str, steepest: Any, poles: Any) -> None:
    said = describe(formula)
    assert said.domain == domain
    assert said.range == spread
    assert said.steepest.value == pytest.approx(steepest[0], rel=1e-6)
    places = [x for x in said.steepest.at if not math.isinf(x)] if math.isinf(steepest[0]) else list(said.steepest.at)
    wanted = [x for x in steepest[1] if x != INF]
    assert places == (wanted if isinstance(wanted[0], tuple) else pytest.approx(wanted, abs=1e-6))
    assert said.poles == poles


def test_where_there_is_no_value_nothing_is_said_of_it() -> None:
    log = describe(lambda x: sg.log(x))
    assert log.slope_tails == (None, pytest.approx(100.0))  # 1/x is under 0.01 there, and there is no left
    assert log.saturates == (None, None)
    assert "at 0       not defined" in repr(log)
    assert "under 0.01 right of 100" in repr(log)
    assert describe(lambda x: 1 / x).direction == "falls on each part"
    with pytest.raises(ActivationError, match="a value somewhere"):
        describe(lambda x: sg.log(-1 - x * x))


@pytest.mark.parametrize("centre", [5000.0, -3e5, 1e9])
def test_what_happens_far_from_zero_is_seen(centre: float) -> None:
    said = describe(lambda x: sg.sigmoid(x - centre))
    assert (said.range, said.direction) == ("(0, 1)", "rises")
    assert said.symmetry == f"odd about ({centre:g}, 0.5)"
    assert (said.steepest.value, said.steepest.at) == (pytest.approx(0.25), pytest.approx((centre,)))
    reach = math.log(199 + math.sqrt(199**2 - 1))  # sigmoid' = 0.0025 where cosh x = 199
    assert said.slope_tails == pytest.approx((centre - reach, centre + reach), rel=1e-9)


@pytest.mark.parametrize("factor", [1000.0, 1e-5, 1e7])
def test_what_happens_over_other_lengths_is_seen(factor: float) -> None:
    plain, said = describe("sigmoid"), describe(lambda x: sg.sigmoid(factor * x))
    assert said.steepest.value == pytest.approx(factor / 4)
    assert said.sharpest.value == pytest.approx(factor**2 * plain.sharpest.value)
    for of, wanted in ((said.slope_tails, plain.slope_tails), (said.curvature_tails, plain.curvature_tails)):
        assert [t * factor for t in of if t is not None] == pytest.approx(list(wanted), rel=1e-6)
    assert described_tails(factor) == pytest.approx(said.curvature_tails[1], rel=1e-3)


def described_tails(factor: float) -> float:
    """The last place where torch's curvature of sigmoid(factor x) is at least 1 % of its largest."""
    x = (torch.linspace(0, 20, 200_001, dtype=torch.float64) / factor).requires_grad_()
    (slope,) = torch.autograd.grad(torch.sigmoid(factor * x).sum(), x, create_graph=True)
    (curvature,) = torch.autograd.grad(slope.sum(), x)
    size, x = curvature.abs(), x.detach()
    return float(x[(size >= 0.01 * size.max()).nonzero().max()])


def test_fixed_points_and_widths_of_scaled_formulas() -> None:
    (point,) = describe("scaled_tanh", alpha=1e6, beta=1e-6).fixed_points
    assert (point.at, point.kind) == (0.0, "attracts")
    tiny = describe(lambda x: 1e-20 * sg.tanh(x))
    assert (tiny.range, tiny.symmetry) == ("(-1e-20, 1e-20)", "odd")
    narrow = describe(lambda x: 1 / (1 + 1e6 * x * x))
    assert narrow.steepest.value == pytest.approx(1000 * 3 * math.sqrt(3) / 8)
    assert describe(lambda x: 1 / (x - 0.3) ** 2).symmetry == "even about x = 0.3"
    both = describe(lambda x: sg.sigmoid(x + 5000) - sg.sigmoid(x - 5000))
    assert both.steepest.at == pytest.approx((-5000, 5000))


@pytest.mark.parametrize("formula", [lambda x: x * sg.sin(x), lambda x: sg.arctan(sg.log(1 + x * x))])
def test_what_is_not_established_is_said_so(formula: Callable[..., Any]) -> None:
    said = describe(formula)
    assert math.isnan(said.highest.value)
    assert "not established" in repr(said)
    assert "nan" not in repr(said)


def test_a_product_with_a_pole() -> None:
    open_end = product(lambda x: sg.arctan(sg.log(1 + x * x)), "relu")
    assert str(open_end.value) == "not established"
    surface = product(lambda x: 1 / x, "sigmoid")
    assert str(surface.value) == "-inf to inf"
    assert (surface.dx.low, surface.dx.high) == (-INF, 0.0)
    assert "-100" not in repr(surface)
    assert product(lambda x: sg.sqrt(x), "sigmoid").value.low == 0.0


def test_the_kind_of_a_limit_does_not_depend_on_the_side() -> None:
    right, left = describe(lambda x: sg.log(x)), describe(lambda x: sg.log(-x))
    assert left.domain == ((-INF, 0),)
    assert left.slope_tails == (pytest.approx(-100.0), None)
    assert (left.range, right.range) == ("(-inf, inf)", "(-inf, inf)")
    assert left.direction == "falls"


@pytest.mark.parametrize("value", [math.nan, INF, -INF, "x", None])
def test_a_parameter_is_a_finite_number(value: Any) -> None:
    for name in ("elu", "affine"):
        with pytest.raises(ActivationError, match=f"activation {name}: alpha is a finite number, as in alpha=0.5; got"):
            describe(name, alpha=value)
    with pytest.raises(ActivationError, match="alpha is a finite number"):
        describe(f"elu[alpha={value}]")
    with pytest.raises(ActivationError, match="the default of 'a' is a finite number"):
        sg.activation(lambda x, a=value: a * x)


@pytest.mark.parametrize("wrong", [None, 3, 2.5, ["tanh"]])
def test_what_is_no_activation_is_said(wrong: Any) -> None:
    with pytest.raises(ActivationError, match="an activation is a name, as 'tanh'"):
        describe(wrong)
    with pytest.raises(ActivationError, match="an activation is a name, as 'tanh'"):
        product("tanh", wrong)


@pytest.mark.parametrize(
    ("ends", "message"),
    [
        ((5, -5), "low is below high, as in plot(-3, 3); got 5, -5"),
        ((2, 2), "low is below high"),
        ((math.nan, 3), "low and high are finite numbers"),
        ((0, INF), "low and high are finite numbers"),
        (("a", 3), "low and high are finite numbers"),
    ],
)
def test_a_plot_from_nowhere_to_nowhere(ends: Any, message: str) -> None:
    with pytest.raises(FigureError, match=message.replace("(", r"\(").replace(")", r"\)")):
        describe("tanh").plot(*ends)


@pytest.mark.parametrize(("reach", "points"), [(0, 33), (-3, 33), (math.nan, 33), (INF, 33), (4, 1), (4, 0), (4, 2.5)])
def test_a_map_of_nothing(reach: Any, points: Any) -> None:
    with pytest.raises(FigureError, match=r"plot: (reach|points) is a"):
        product("tanh", "sigmoid").plot(reach, points)


def test_a_plot_shows_what_happens_wherever_it_does() -> None:
    for formula, inside in ((lambda x: sg.sigmoid(x - 5000), 5000), (lambda x: sg.sigmoid(1000 * x + 3), -0.003)):
        spec = describe(formula).plot().to_dict()
        found = [r for rows in spec["datasets"].values() for r in rows if r.get("series") == "value" and "piece" in r]
        x, y = np.concatenate([r["x"] for r in found]), np.concatenate([r["y"] for r in found])
        assert x.min() < inside < x.max()
        assert (y.min(), y.max()) == pytest.approx((0, 1), abs=0.01)
        assert (np.diff(x) >= 0).all()
        np.testing.assert_allclose(y, [formula_at(formula, float(v)) for v in x], atol=2e-3)


def formula_at(formula: Any, x: float) -> float:
    return float(sg.activation(formula)(torch.tensor(x, dtype=torch.float64)))
