"""Value, slope and curvature of every activation, against torch's own and against SymPy."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import sympy
import torch

import softgate as sg
from equations.judges import TORCH, through_a_process, to_sympy
from softgate import activations
from softgate.evaluate import evaluate_at
from softgate.symbols import to_text

ONNX = [
    *("sigmoid", "tanh", "relu", "affine", "leaky_relu", "thresholded_relu"),
    *("scaled_tanh", "hard_sigmoid", "elu", "softsign", "softplus"),
]
MORE = [
    *("identity", "gelu", "silu", "mish", "softsign", "exp", "erf", "arctan"),
    *("scaled_sigmoid", "hard_sigmoid", "hard_tanh"),
]
# Where these are not differentiable, and a hair to each side of it.
KINKS = [0.0, 1.0, -1.0, 2.5, -2.5]
POINTS = [-30.0, -5.3, -0.7, -0.01, 0.01, 0.3, 1.7, 4.9, 30.0, *(k + d for k in KINKS for d in (-1e-6, 1e-6))]


def column(points: list[float]) -> torch.Tensor:
    return torch.tensor(points, dtype=torch.float64)


def test_all_are_there() -> None:
    assert {*ONNX, *MORE} <= {*activations.names()}
    assert activations.names() == sorted(TORCH)


@pytest.mark.parametrize("name", activations.names())
def test_value_is_torchs(name: str) -> None:
    x = column([*POINTS, *KINKS])
    sg.testing.assert_close(activations.get(name)(x), TORCH[name](x), name=name, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("name", activations.names())
def test_slope_and_curvature_are_torchs(name: str) -> None:
    activation = activations.get(name)
    x = column(POINTS).requires_grad_()
    (slope,) = torch.autograd.grad(TORCH[name](x).sum(), x, create_graph=True)
    sg.testing.assert_close(
        evaluate_at(activation.slope, x.detach()), slope.detach(), name="slope", rtol=1e-12, atol=1e-14
    )
    curvature = torch.zeros_like(x)
    if slope.requires_grad:
        (found,) = torch.autograd.grad(slope.sum(), x, allow_unused=True, materialize_grads=True)
        curvature = found
    sg.testing.assert_close(
        evaluate_at(activation.curvature, x.detach()), curvature, name="curvature", rtol=1e-10, atol=1e-12
    )


@pytest.mark.parametrize("name", activations.names())
def test_slope_and_curvature_are_sympys(name: str) -> None:
    activation = activations.get(name)
    x = sympy.Symbol("x", real=True)
    value = to_sympy(activation.value, {"x": x})
    for order, derived in ((1, activation.slope), (2, activation.curvature)):
        exact = sympy.diff(value, x, order)
        for point in (-4.3, -0.6, 0.2, 1.9, 3.1):
            want = float(exact.subs(x, sympy.Rational(point)).evalf(40))
            assert evaluate_at(derived, point) == pytest.approx(want, rel=1e-11, abs=1e-13), f"order {order} at {point}"


@pytest.mark.parametrize("name", activations.names())
def test_at_the_kinks_the_slope_is_torchs(name: str) -> None:
    x = column(KINKS).requires_grad_()
    (slope,) = torch.autograd.grad(TORCH[name](x).sum(), x)
    found = evaluate_at(activations.get(name).slope, x.detach())
    if name == "hard_sigmoid":  # torch.clamp passes the gradient at the bounds; hardsigmoid, which this is, does not
        found, slope = found[:3], slope[:3]
    sg.testing.assert_close(found, slope, name="slope", rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", activations.names())
def test_extremes_give_no_nan_where_torch_gives_none(name: str, dtype: torch.dtype) -> None:
    points = torch.tensor([1e4, -1e4, 88.8, -88.8, 1e-30, torch.inf, -torch.inf, torch.nan], dtype=dtype)
    activation = activations.get(name)
    x = points.clone().requires_grad_()
    want = TORCH[name](x)
    (slope,) = torch.autograd.grad(want.sum(), x)
    (own,) = torch.autograd.grad(activation(y := points.clone().requires_grad_()).sum(), y)
    for what, found, wanted in (
        ("value", activation(points), want),
        ("slope", evaluate_at(activation.slope, points), slope),
        ("autograd", own, slope),
    ):
        bad = found.isnan() & ~wanted.isnan() & ~points.isnan()
        assert not bad.any(), f"{what} of {name} at {points[bad].tolist()} is NaN; torch has {wanted[bad].tolist()}"
    assert torch.isnan(activation(points)[-1]), "NaN must go through"


def test_hard_sigmoid_of_torch_has_another_slope() -> None:
    x = column(POINTS)
    torchs = sg.hard_sigmoid(x, alpha=1 / 6)
    sg.testing.assert_close(torchs, torch.nn.functional.hardsigmoid(x), name="alpha = 1/6", rtol=1e-13, atol=1e-15)


def test_the_squashing_functions_of_1997() -> None:
    g = activations.get("scaled_sigmoid", scale=4, offset=-2)
    h = activations.get("scaled_sigmoid", scale=2, offset=-1)
    x = column(POINTS)
    sg.testing.assert_close(g(x), 4 * torch.sigmoid(x) - 2, name="g")
    sg.testing.assert_close(h(x), torch.tanh(x / 2), name="h", rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", activations.names())
def test_softplus_and_the_like_keep_their_precision(name: str) -> None:
    """In float32 the error is within a few units of that of torch's own."""
    x = torch.linspace(-30, 30, 2001, dtype=torch.float32)
    sg.testing.numerics(activations.get(name)(x), TORCH[name](x), TORCH[name](x.double()), name=name)


def test_on_numbers_arrays_tensors_and_symbols() -> None:
    assert sg.softsign(3.0) == 0.75
    assert isinstance(sg.softsign(3.0), float)
    array = sg.tanh(np.array([0.0, 0.5]))
    assert isinstance(array, np.ndarray)
    assert array.tolist() == [0.0, pytest.approx(np.tanh(0.5))]
    half = sg.relu(torch.tensor([-1.0, 2.0], dtype=torch.float16))
    assert half.dtype == torch.float16
    assert half.tolist() == [0.0, 2.0]
    assert sg.identity(torch.ones(2, 3)).shape == (2, 3)


def test_one_of_your_own() -> None:
    @sg.activation
    def soft_clip(x, sharpness=1.0):
        """x / sqrt(1 + x^2)."""
        return x / sg.sqrt(1 + sharpness * x**2)

    assert soft_clip(2.0) == pytest.approx(2 / 5**0.5)
    assert soft_clip(2.0, sharpness=3.0) == pytest.approx(2 / 13**0.5)
    assert evaluate_at(soft_clip.slope, 2.0) == pytest.approx(5**-1.5)
    assert soft_clip.__doc__ == "x / sqrt(1 + x^2)."
    assert repr(soft_clip) == "<activation soft_clip[sharpness=1]: x -> x / sqrt(1 + x * x)>"
    cell = sg.cells.lstm(candidate=soft_clip)
    assert to_text(cell.signals["g"]) == "soft_clip[sharpness=1](z.g)"


def test_parameters() -> None:
    steep = activations.get("elu", alpha=0.5)
    assert str(steep) == "elu[alpha=0.5]"
    assert activations.get("ELU[alpha=0.5]") == steep
    assert activations.get("scaled_sigmoid[scale=4,offset=-2]").parameters == {
        "scale": 4.0,
        "slope": 1.0,
        "offset": -2.0,
    }
    assert steep != sg.elu
    assert steep.with_parameters(alpha=1.0) == sg.elu
    assert hash(steep) == hash(activations.get("elu", alpha=0.5))
    with pytest.raises(sg.UnknownNameError, match=r"unknown parameter of elu 'alhpa'; did you mean 'alpha'\?"):
        activations.get("elu", alhpa=0.5)
    with pytest.raises(sg.UnknownNameError, match=r"unknown activation 'sofsign'; did you mean 'softsign'"):
        activations.get("sofsign")


@pytest.mark.parametrize("copied", [copy.deepcopy, copy.copy, through_a_process])
def test_copies_are_equal(copied) -> None:
    own = sg.activation(lambda x, a=2.0: sg.exp(-a * x * x))
    for activation in (sg.tanh, activations.get("elu", alpha=0.5), own):
        again = copied(activation)
        assert again == activation
        assert again.value is activation.value
        assert str(again) == str(activation)


@pytest.mark.parametrize(
    ("define", "message"),
    [
        (lambda x: x if x > 0 else 1, r"sg\.where\(x > 0, a, b\)"),
        (lambda x: torch.tanh(x), r"torch's tanh takes arrays.*sg\.tanh"),
        (lambda x: np.tanh(x), r"numpy's tanh takes arrays.*sg\.tanh"),
        (lambda x: x**1.3, "whole or half-whole"),
        (lambda x: x**x, "whole or half-whole"),
        (lambda x: None, "made of symbols and numbers; got NoneType"),
        (lambda x: "x", "made of symbols and numbers; got str"),
        (lambda x: x > 0, "a comparison is not a number: write sg.where"),
        (lambda x: sg.where(x, 1.0, 0.0), "the condition of sg.where is a comparison"),
        (lambda x: float(x), "functions of `math` cannot take it"),
        (lambda: 1.0, "the first argument is the variable"),
        (lambda x, a: a * x, "parameter 'a' needs a default, as in a=1.0"),
        (lambda x: x + sg.cells.lstm().signals["i"], r"z\.i is not its variable"),
    ],
)
def test_a_wrong_formula_says_what_to_write(define, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        sg.activation(define)


def test_a_builtin_of_another_library_is_no_formula() -> None:
    with pytest.raises(TypeError, match="activation"):
        sg.activation(torch.tanh)


def test_a_numpy_number_is_a_number() -> None:
    activation = sg.activation(lambda x: np.float32(2) * x + np.float64(0.5) - x * np.float32(1))
    assert activation(3.0) == 3.5
