"""Options that come out of arrays: the task of a NumPy number is that of the same number in Python."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import softgate as sg
from softgate.native import native, whole
from softgate.tasks import TaskError


@pytest.mark.parametrize("two", [np.int64(2), np.uint8(2), np.float32(2), np.float64(2), 2.0, Fraction(2)])
def test_a_whole_number_is_an_int(two: Any) -> None:
    task, plain = sg.tasks.get("anbn", strings=two), sg.tasks.get("anbn", strings=2)
    assert task == plain
    assert json.dumps(task.spec) == json.dumps(plain.spec)
    np.testing.assert_array_equal(task.batch(0, 0, 3).x, plain.batch(0, 0, 3).x)
    for given in (task, plain):
        harder = given.batch(np.int64(0), np.int64(1), np.int64(3), test=True, n=type(two)(90))
        np.testing.assert_array_equal(harder.x, plain.batch(0, 1, 3, test=True, n=90).x)


@pytest.mark.parametrize("value", [np.float32(0.5), np.float64(0.5), Fraction(1, 2)])
def test_a_real_number_is_a_float(value: Any) -> None:
    found = sg.tasks.get("flipflop", pulses=value)
    assert type(found.options["pulses"]) is float
    assert found == sg.tasks.get("flipflop", pulses=0.5)


@pytest.mark.parametrize(
    "value", [2.5, np.float64(2.5), np.float32("nan"), np.bool_(True), True, np.array([2]), "2", None]
)
def test_what_is_no_whole_number_is_refused(value: Any) -> None:
    with pytest.raises(TaskError, match="anbn: strings: expected int, as 1, got "):
        sg.tasks.get("anbn", strings=value)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.bool_(True), True),
        (np.int8(-3), -3),
        (np.float32(0.1), float(np.float32(0.1))),
        ({"a": [np.int64(1), (np.float64(2.0),)]}, {"a": [1, (2.0,)]}),
        (np.arange(3), [0, 1, 2]),
    ],
)
def test_native(value: Any, plain: Any) -> None:
    assert native(value) == plain
    assert json.dumps(native(value)) == json.dumps(plain)
    assert type(native(value)) is type(plain)


def test_what_has_no_equal_stays() -> None:
    for value in (Fraction(1, 3), Fraction(10**400), np.longdouble(1) / 3, object(), "a", None, 1j):
        assert native(value) is value
    assert [whole(v) for v in (3.0, 3.5, True)] == [3, 3.5, True]
    assert np.isnan(native(np.float32("nan")))


def test_a_cell_takes_them() -> None:
    assert sg.cells.lstm(peephole=np.bool_(True)) is sg.cells.lstm(peephole=True)
