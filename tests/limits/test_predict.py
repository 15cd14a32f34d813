"""Limits: measured against whole strings, predicted against measured, both against arithmetic."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

import softgate as sg
from limits.helpers import right, trained, wired
from softgate.limits.drift import _affine, by_drift
from softgate.limits.inside import inside
from softgate.limits.nets import Counter
from softgate.limits.predict import _after, predicted
from softgate.limits.reach import measured
from softgate.tasks.formal import get

LANGUAGE = get("anbn")


@pytest.mark.parametrize("k", range(3))
def test_measured_is_the_first_whole_string_that_is_wrong(k: int) -> None:
    net = trained()[k].net
    wanted = next(n for n in itertools.count(1) if not right(net, "anbn", n))
    found = measured(inside(net), LANGUAGE, 200)
    assert found.n == wanted
    assert found.longest == wanted - 1


@pytest.mark.parametrize(
    ("k", "dtype"), [(0, "float32"), (1, "float32"), (2, "float64"), (0, "bfloat16"), (1, "float16")]
)
def test_the_map_says_what_is_measured(k: int, dtype: str) -> None:
    net = inside(trained()[k].net, dtype)
    truth, guess = measured(net, LANGUAGE, 200), predicted(net, LANGUAGE, 200)
    assert truth.n is not None
    assert (guess.n, guess.phase, guess.at) == (truth.n, truth.phase, truth.at)


def by_arithmetic(step: float, down: float, forget: float) -> int:
    """The first n at which a counter in float64 is not above zero after n - 1 b and below zero after n."""
    f = 1 / (1 + math.exp(-forget))
    for n in itertools.count(1):
        c = -step / 2
        for _ in range(n):
            c = f * c + step
        seen = []
        for _ in range(n):
            c = f * c - down
            seen.append(c)
        if seen[-1] >= 0 or (n > 1 and seen[-2] <= 0):
            return n
    raise AssertionError


@pytest.mark.parametrize(
    ("step", "down", "forget"),
    [(0.5, 0.5025, 40.0), (0.5, 0.4985, 40.0), (0.5, 0.5, 9.0), (0.25, 0.2502, 10.0)],
    ids=["drifts down", "drifts up", "leaks", "both"],
)
def test_drift_and_leak_give_the_limit_of_arithmetic(step: float, down: float, forget: float) -> None:
    wanted = by_arithmetic(step, down, forget)
    net = inside(wired(step, down, forget))
    assert 30 < wanted < 700
    assert predicted(net, LANGUAGE, 1000).n == pytest.approx(wanted, abs=1)
    assert measured(net, LANGUAGE, 1000).n == pytest.approx(wanted, abs=1)
    assert by_drift(net, LANGUAGE, 1000, 24).n == pytest.approx(wanted, abs=2)


@pytest.mark.parametrize(("dtype", "bits"), [("bfloat16", 8), ("float16", 11)])
@pytest.mark.parametrize("step", [1.0, 0.5])
def test_sixteen_bits_count_as_far_as_their_significand(dtype: str, bits: int, step: float) -> None:
    """c is an odd multiple of step / 2, exact below 2^bits of them: n steps end at (2 n - 1) halves."""
    wanted = 2 ** (bits - 1) + 1
    net = inside(wired(step), dtype)
    assert predicted(net, LANGUAGE, wanted + 1, wanted - 2).n == wanted
    assert measured(net, LANGUAGE, wanted + 1, wanted - 2).n == wanted


def test_float32_goes_on_where_sixteen_bits_end_and_most_is_jumped_over() -> None:
    found = predicted(inside(wired(0.5)), LANGUAGE, 100_000, 100_000)
    assert found.n is None
    assert str(found) == "> 100000"
    assert found.iterated < 400


def test_prediction_reads_weights_and_not_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    net = inside(trained()[0].net)
    wanted = predicted(net, LANGUAGE, 100)

    def forward(*_: object, **__: object) -> None:
        raise AssertionError("the net was run")

    monkeypatch.setattr(Counter, "forward", forward)
    monkeypatch.setattr(sg.LSTM, "forward", forward)
    assert predicted(net, LANGUAGE, 100) == wanted
    by_drift(net, LANGUAGE, 100, 12)


def test_other_shapes_of_model_are_refused_with_what_is_missing() -> None:
    headless = torch.nn.Sequential(sg.LSTM(3, 2))
    with pytest.raises(sg.ShapeError, match="needs a module 'head'"):
        inside(headless)
    with pytest.raises(sg.ShapeError, match="exactly one softgate layer, Linear has 0"):
        inside(torch.nn.Linear(2, 2))
    net = Counter("$ab", 2)
    net.lstm = sg.LSTM(3, 2, num_layers=2)
    with pytest.raises(sg.ShapeError, match="num_layers=2"):
        inside(net)
    with pytest.raises(sg.DtypeError, match="float64, float32, float16, bfloat16, got int8"):
        inside(Counter("$ab", 2), "int8")


def test_the_closed_forms_are_the_loop() -> None:
    f = torch.tensor([[1.0, 0.9999, 0.97, 0.5, 0.0]], dtype=torch.float64)
    w = torch.tensor([[0.5, -0.25, 1.0, 0.125, 0.75]], dtype=torch.float64)
    c = before = torch.tensor([[3.0, 20.0, -1.0, 8.0, 2.0]], dtype=torch.float64)
    for _ in range(73):
        c = f * c + w
    m = torch.tensor([73])
    torch.testing.assert_close(_affine(m, before, f, w), c)
    torch.testing.assert_close(_after(m, before, f, w, f * before + w - before, f == 1), c)
