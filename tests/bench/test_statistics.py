"""The statistics, against numpy and against arithmetic by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from softgate.bench.statistics import Spread, geometric_mean, percentile, ratios, spread

NUMBERS = st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=30)


@given(NUMBERS, st.floats(0, 1))
def test_percentiles_are_numpys(values: list[float], share: float) -> None:
    assert percentile(values, share) == pytest.approx(np.quantile(values, share), rel=1e-9)


@given(NUMBERS)
def test_geometric_mean_is_the_root_of_the_product(values: list[float]) -> None:
    assert geometric_mean(values) == pytest.approx(np.prod(np.array(values) ** (1 / len(values))), rel=1e-9)


def test_the_ratio_is_of_pairs_and_not_of_medians() -> None:
    # The machine is slow in the first pair and in the last, for both sides: the ratio is 2 in each pair.
    ours, other = [10.0, 1.0, 1.0, 30.0], [20.0, 2.0, 2.0, 60.0]
    assert ratios(ours, other) == [2.0] * 4
    assert spread(ratios(ours, other)) == Spread(2.0, 2.0, 2.0)


def test_twice_as_fast_and_half_as_fast_is_even() -> None:
    assert geometric_mean([2.0, 0.5]) == pytest.approx(1.0)


@pytest.mark.parametrize("values", [[], [1.0, math.nan], [math.inf]])
def test_what_is_no_number_is_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="finite"):
        percentile(values, 0.5)


@pytest.mark.parametrize("values", [[], [1.0, 0.0], [-1.0]])
def test_a_mean_of_ratios_wants_ratios(values: list[float]) -> None:
    with pytest.raises(ValueError, match="positive"):
        geometric_mean(values)
