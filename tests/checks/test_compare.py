"""The assert helpers: they raise, first for NaN, and say which tensor, where, which step or gate, and by how much."""

from __future__ import annotations

import inspect

import pytest
import torch

from softgate.testing import FLOORS, TOLERANCES, assert_close, assert_equal, compare, numerics


def values(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.arange(1.0, 1 + torch.Size(shape).numel(), dtype=dtype).reshape(shape)


def test_equal_is_close() -> None:
    x = values(2, 3, 4)
    x[0, 0, 0], x[0, 0, 1] = torch.nan, torch.inf
    assert_close(x, x.clone(), name="x")
    assert_equal(x, x.clone(), name="x")


def test_names_the_worst_place_of_a_sequence() -> None:
    want = values(4, 2, 3)
    got = want.clone()
    got[1, 0, 2] += 0.1
    got[3, 1, 0] -= 2.0
    with pytest.raises(AssertionError) as caught:
        assert_close(got, want, name="y of layer 2")
    assert str(caught.value).startswith(
        "y of layer 2: got 20, expected 22 at [3, 1, 0] (time step 3, batch 1, unit 0); off by 2, allowed 3.86e-05; "
        "2 of 24 values are wrong"
    )


def test_names_the_gate_of_a_parameter() -> None:
    want = values(12, 5)
    got = want.clone()
    got[7, 2] = 0
    with pytest.raises(AssertionError, match=r"weight_ih: got 0, expected 38 at \[7, 2\] \(gate g, unit 1\)"):
        assert_close(got, want, name="weight_ih", gates=("i", "f", "g", "o"))


def test_nan_fails_first() -> None:
    want = values(3, 2, 2)
    got = want.clone()
    got[0, 0, 0] = 1e30
    got[2, 1, 1] = torch.nan
    with pytest.raises(AssertionError, match=r"x: got nan, expected 12 at \[2, 1, 1\].*NaN on one side.* 1 of 12"):
        assert_close(got, want, name="x")
    with pytest.raises(AssertionError, match="got 12, expected nan"):
        assert_close(want, got, name="x", atol=1e40)


@pytest.mark.parametrize("bad", [torch.inf, -torch.inf, 1e38])
def test_infinities_are_never_close_to_anything_else(bad: float) -> None:
    for got, want in ((bad, 1.0), (1.0, torch.inf), (-torch.inf, torch.inf)):
        with pytest.raises(AssertionError, match="x: got"):
            assert_close(torch.tensor([got]), torch.tensor([want]), name="x")


def test_shape_and_dtype_come_before_values() -> None:
    with pytest.raises(AssertionError, match=r"x: shape \[2, 3\], expected \[3, 2\]"):
        assert_close(values(2, 3), values(3, 2), name="x")
    with pytest.raises(AssertionError, match=r"x: shape \[1\], expected \[\]"):
        assert_close(values(1), torch.tensor(1.0), name="x")
    with pytest.raises(AssertionError, match=r"x: dtype torch\.float64, expected torch\.float32"):
        assert_close(values(2).double(), values(2), name="x")


def test_empty_tensors_are_equal() -> None:
    assert_close(torch.zeros(0, 3), torch.zeros(0, 3), name="x")
    numerics(torch.zeros(0, 3), torch.zeros(0, 3), torch.zeros(0, 3, dtype=torch.float64), name="x")


def test_bits_are_bits() -> None:
    want = values(3)
    got = want.clone()
    got[1] = torch.nextafter(got[1], torch.tensor(9.0))
    assert_close(got, want, name="x")
    with pytest.raises(AssertionError, match="x: got"):
        assert_equal(got, want, name="x")


@pytest.mark.parametrize("dtype", TOLERANCES)
def test_tolerances_are_torchs(dtype: torch.dtype) -> None:
    relative, absolute = TOLERANCES[dtype]
    one = torch.ones(1, dtype=torch.float64)
    for factor, passes in ((0.9, True), (1.1, False)):
        off = one + factor * (relative + absolute)
        try:
            torch.testing.assert_close(off, one, rtol=relative, atol=absolute)
        except AssertionError:
            assert not passes
        else:
            assert passes
    torch.testing.assert_close(torch.ones(1, dtype=dtype), torch.ones(1, dtype=dtype))
    assert torch.testing._comparison.default_tolerances(dtype) == (relative, absolute)
    assert dtype in FLOORS


def test_the_numerics_rule() -> None:
    exact = values(100, dtype=torch.float64) / 7
    plain = exact.float() * (1 + 1e-4)
    error = (plain.double() - exact).abs().max().item()
    numerics(exact.float() + 1.9 * error, plain, exact, name="x")
    with pytest.raises(AssertionError, match="x: got"):
        numerics(exact.float() + 2.2 * error, plain, exact, name="x")


def test_the_floor_is_small() -> None:
    exact = torch.ones(4, dtype=torch.float64)
    numerics(torch.full((4,), 1 + 5e-7), torch.ones(4), exact, name="x")
    with pytest.raises(AssertionError, match=r"x: got 1\.000002"):
        numerics(torch.full((4,), 1 + 2e-6), torch.ones(4), exact, name="x")


def test_the_numerics_rule_sees_nan_and_overflow() -> None:
    exact = torch.tensor([1.0, 1e300], dtype=torch.float64)
    plain = exact.float()
    numerics(torch.tensor([1.0, torch.inf]), plain, exact, name="x")
    with pytest.raises(AssertionError, match="NaN on one side"):
        numerics(torch.tensor([torch.nan, torch.inf]), plain, exact, name="x")
    with pytest.raises(AssertionError, match=r"x: got 5"):
        numerics(torch.tensor([1.0, 5.0]), plain, exact, name="x")


def test_a_dropped_result_is_impossible() -> None:
    """Every helper raises; none has an answer that a caller could forget to look at."""
    helpers = [f for n, f in inspect.getmembers(compare, inspect.isfunction) if not n.startswith("_")]
    assert {f.__name__ for f in helpers} == {"assert_close", "assert_equal", "numerics"}
    for helper in helpers:
        assert inspect.signature(helper).return_annotation == "None"
        assert "Raises:" in (helper.__doc__ or "")
