"""What is said of an activation, against known values and against torch on a dense grid."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
import torch

import softgate as sg
from equations.judges import TORCH
from softgate import activations
from softgate.activations import Description, describe as described, product
from softgate.squash import Formula

DENSE = torch.linspace(-50, 50, 100_001, dtype=torch.float64)


@cache
def describe(name: str | Formula) -> Description:
    return described(name)


@cache
def derivatives(name: str) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Value, slope and curvature by torch's autograd."""
    x = DENSE.clone().requires_grad_()
    y = TORCH[name](x)
    (slope,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    curvature = torch.zeros_like(x)
    if slope.requires_grad:
        (curvature,) = torch.autograd.grad(slope.sum(), x, allow_unused=True, materialize_grads=True)
    return y.detach(), slope.detach(), curvature


@pytest.mark.parametrize("name", activations.names())
def test_extremes_are_those_of_a_dense_grid(name: str) -> None:
    said, (y, slope, curvature) = describe(name), derivatives(name)
    for extreme, seen, pick in (
        (said.lowest, y, torch.min),
        (said.highest, y, torch.max),
        (said.steepest, slope.abs(), torch.max),
        (said.sharpest, curvature.abs(), torch.max),
    ):
        found = float(pick(seen))
        if math.isfinite(extreme.value):
            # arctan and softsign are still far from their limits at 50.
            near = 0.03 if not extreme.attained else 1e-5
            assert extreme.value == pytest.approx(found, abs=near)
            assert (extreme.value >= found - 1e-12) if pick is torch.max else (extreme.value <= found + 1e-12)
        else:
            assert abs(found) >= 0.01 * 50
            assert math.copysign(1, found) == math.copysign(1, extreme.value)
        for place in extreme.at if extreme.attained else ():
            middle = place if isinstance(place, float) else float(np.clip(0.5, *np.clip(place, -50, 50)))
            nearest = int((DENSE - middle).abs().argmin())
            around = seen[max(0, nearest - 1) : nearest + 2]
            assert float((around - extreme.value).abs().min()) < 1e-3


@pytest.mark.parametrize("name", activations.names())
def test_beyond_its_tails_slope_and_curvature_are_small_and_before_them_they_are_not(name: str) -> None:
    said, (_, slope, curvature) = describe(name), derivatives(name)
    for tails, seen, most in (
        (said.slope_tails, slope, said.steepest.value),
        (said.curvature_tails, curvature, said.sharpest.value),
    ):
        floor = 0.01 * most if math.isfinite(most) else 0.01
        for side, tail in zip((-1, 1), tails, strict=True):
            outer = side * DENSE
            if tail is None:
                assert most == 0 or float(seen.abs()[outer > 49].max()) >= floor
                continue
            beyond, before = outer > side * tail + 1e-3, (outer <= side * tail) & (outer > side * tail - 2e-3)
            assert float(seen.abs()[beyond].max()) < floor
            assert float(seen.abs()[before].max()) >= floor * (1 - 3e-3)


@pytest.mark.parametrize("name", activations.names())
def test_fixed_points_are_those_of_torch(name: str) -> None:
    said = describe(name)
    for point in said.fixed_points:
        xs = [point.at] if isinstance(point.at, float) else [*np.linspace(*np.clip(point.at, -9, 9), 7)[1:-1]]
        x = torch.tensor(xs, dtype=torch.float64)
        torch.testing.assert_close(TORCH[name](x), x, rtol=0, atol=1e-12)
    # Between those there are none: the sign of f(x) - x changes at none of the others.
    gap = TORCH[name](DENSE) - DENSE
    gap = torch.where(gap.abs() <= 1e-13 * DENSE.abs(), 0.0, gap)
    turns = DENSE[1:][(gap[1:] * gap[:-1]) < 0]
    alone = [p.at for p in said.fixed_points if isinstance(p.at, float)]
    assert all(min((abs(float(t) - a) for a in alone), default=9) < 1e-3 for t in turns)


@pytest.mark.parametrize(
    ("name", "figure", "value", "places"),
    [
        ("sigmoid", "steepest", 1 / 4, [0.0]),
        ("sigmoid", "sharpest", 1 / (6 * math.sqrt(3)), [-math.log(2 + math.sqrt(3)), math.log(2 + math.sqrt(3))]),
        ("tanh", "steepest", 1.0, [0.0]),
        ("tanh", "sharpest", 4 / (3 * math.sqrt(3)), [-math.atanh(1 / math.sqrt(3)), math.atanh(1 / math.sqrt(3))]),
        ("erf", "steepest", 2 / math.sqrt(math.pi), [0.0]),
        ("erf", "sharpest", 2 * math.sqrt(2 / (math.pi * math.e)), [-math.sqrt(0.5), math.sqrt(0.5)]),
        ("arctan", "sharpest", 3 * math.sqrt(3) / 8, [-1 / math.sqrt(3), 1 / math.sqrt(3)]),
        ("softsign", "sharpest", 2.0, [0.0]),
        ("silu", "lowest", -0.2784645427610738, [-1.2784645427610738]),
        ("softplus", "sharpest", 1 / 4, [0.0]),
        ("hard_sigmoid", "steepest", 0.2, [(-2.5, 2.5)]),
        ("hard_tanh", "highest", 1.0, [(1.0, math.inf)]),
        ("elu[alpha=0.5]", "lowest", -0.5, [-math.inf]),
        ("exp", "steepest", math.inf, [math.inf]),
    ],
)
def test_known_values(name: str, figure: str, value: float, places: list[float]) -> None:
    extreme = getattr(describe(name), figure)
    assert extreme.value == pytest.approx(value, rel=1e-12)
    assert (
        list(extreme.at) == pytest.approx(places, abs=1e-7)
        if not isinstance(places[0], tuple)
        else [*extreme.at] == places
    )


def test_known_fixed_points_and_what_they_do() -> None:
    (point,) = describe("sigmoid").fixed_points
    assert point.at == pytest.approx(0.6590460684074066, abs=1e-12)  # the root of x = 1 / (1 + exp(-x))
    assert point.kind == "attracts"
    assert point.slope == pytest.approx(point.at * (1 - point.at))
    assert [(p.at, p.kind) for p in describe("tanh").fixed_points] == [(0.0, "attracts")]  # slope 1, and yet
    kinds = [(p.kind, round(p.at, 6)) for p in describe("scaled_tanh[alpha=2]").fixed_points]
    assert kinds == [("attracts", -1.915008), ("repels", 0.0), ("attracts", 1.915008)]
    assert [p.at for p in describe("hard_tanh").fixed_points] == [(-1.0, 1.0)]
    assert describe("softplus").fixed_points == describe("exp").fixed_points == ()
    logistic = describe(lambda x: 3.2 * x * (1 - x))
    assert [(p.kind, p.at) for p in logistic.fixed_points] == [
        ("repels", 0.0),
        ("repels", pytest.approx(1 - 1 / 3.2)),
    ]
    assert describe(lambda x: x + x**2).fixed_points[0].kind == "attracts from the left"
    assert describe(lambda x: -x).fixed_points[0].kind == "neutral"
    # It changes sides: f(f(x)) = x - 2 x^3 - x^4, nearer from either side.
    assert [(p.at, p.kind) for p in describe(lambda x: -x - x**2).fixed_points] == [(-2.0, "repels"), (0.0, "attracts")]


def test_symmetry_direction_and_sides() -> None:
    said = {n: describe(n) for n in ("tanh", "sigmoid", "relu", "gelu", "exp", "identity", "elu")}
    assert said["tanh"].symmetry == "odd"
    assert said["sigmoid"].symmetry == "odd about (0, 0.5)"
    assert said["relu"].symmetry == "none"
    assert describe(lambda x: sg.exp(-x * x)).symmetry == "even"
    directions = {n: s.direction for n, s in said.items()}
    assert directions == {
        "tanh": "rises",
        "sigmoid": "rises",
        "relu": "never falls",
        "gelu": "both ways",
        "exp": "rises",
        "identity": "rises",
        "elu": "rises",
    }
    assert describe(lambda x: -sg.tanh(x)).direction == "falls"
    assert describe(lambda x: 0 * x + 3).direction == "constant"
    assert said["sigmoid"].saturates == (0.0, 1.0)
    assert said["elu"].saturates == (-1.0, None)
    assert said["identity"].saturates == (None, None)
    assert (said["sigmoid"].range, said["relu"].range, said["elu"].range) == ("(0, 1)", "[0, inf)", "(-1, inf)")


def test_kinks_and_jumps() -> None:
    assert describe("hard_sigmoid").kinks == (-2.5, 2.5)
    assert describe("elu").kinks == ()  # its slope is 1 on both sides
    assert describe("elu[alpha=0.5]").kinks == (0.0,)
    assert describe("thresholded_relu").jumps == (1.0,)
    assert describe("tanh").kinks == describe("tanh").jumps == ()
    assert describe(lambda x: sg.maximum(x - 0.3, 0.1 * x)).kinks == (pytest.approx(1 / 3),)


def test_of_ones_own() -> None:
    @sg.activation
    def soft_clip(x, sharpness=1.0):
        return x / sg.sqrt(1 + sharpness * x**2)

    assert describe(soft_clip).range == "(-1, 1)"
    assert described(soft_clip, sharpness=4).highest.value == pytest.approx(0.5)
    assert describe(soft_clip).sharpest.at == pytest.approx((-0.5, 0.5))
    wave = describe(lambda x: sg.sin(x))
    assert wave.range == "[-1, 1]"
    assert "x = 0 and" in str(wave.steepest)
    with pytest.raises(sg.UnknownNameError, match="did you mean 'tanh'"):
        describe("tnah")


def test_it_reads_well_and_is_escaped() -> None:
    text = repr(describe("erf"))
    assert max(map(len, text.splitlines())) <= 80
    for wanted in ("erf: x -> erf(x)", "range      (-1, 1); rises", "0.617447 (attracts", "at most 1.12838 at x = 0"):
        assert wanted in text
    hostile = describe(sg.Activation("<script>alert(1)</script>", lambda x: x, {}))
    assert "<script>" not in hostile._repr_html_()
    assert "&lt;script&gt;" in hostile._repr_html_()
    assert "<script>" not in product(sg.Activation("<script>", lambda x: x, {}), "tanh")._repr_html_()


def test_the_product_of_two_and_its_slopes() -> None:
    surface = product("tanh", "sigmoid")
    x = torch.linspace(-3, 3, 13, dtype=torch.float64, requires_grad=True)
    y = torch.linspace(-4, 4, 13, dtype=torch.float64, requires_grad=True)
    z = torch.tanh(x) * torch.sigmoid(y)
    dx, dy = torch.autograd.grad(z.sum(), (x, y), create_graph=True)
    (mixed,) = torch.autograd.grad(dx.sum(), y)
    found = surface.at(x.detach(), y.detach())
    for name, want in (("value", z), ("dx", dx), ("dy", dy), ("mixed", mixed)):
        np.testing.assert_allclose(found[name], want.detach(), rtol=1e-13, atol=1e-15)
    assert (surface.value.low, surface.value.high) == (-1.0, 1.0)
    assert (surface.dx.low, surface.dx.high) == (0.0, 1.0)
    assert (surface.dy.low, surface.dy.high) == (-0.25, 0.25)
    assert (surface.mixed.low, surface.mixed.high) == (0.0, 0.25)
    assert surface.at(np.zeros((2, 1)), np.zeros((1, 3)))["dy"].shape == (2, 3)


def test_the_line_x_equals_y_is_another_function() -> None:
    line = product("tanh", "sigmoid").diagonal
    # tanh(x) sigmoid(x) is least where sinh(x) = -1, at (1 - sqrt 2) / 2.
    assert line.lowest.value == pytest.approx((1 - math.sqrt(2)) / 2, rel=1e-12)
    assert line.lowest.at == pytest.approx((-math.asinh(1),))
    assert line.slope_at_0 == pytest.approx(0.5)
    assert product("sigmoid", "sigmoid").value.low == 0.0  # a sigmoid alone can only count up
    assert product("relu", "identity").value.high == math.inf
