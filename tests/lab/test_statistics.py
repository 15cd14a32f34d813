"""The statistics against SciPy, statsmodels and examples that were worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

from softgate.errors import ShapeError, UnknownNameError
from softgate.lab import pairs, statistics

# Darwin's maize: heights of crossed less self-fertilised plants, in eighths of an inch (Fisher, 1935, section 21). Of
# the 2^15 patterns of signs 863 have a sum as large, so he says; that is one tail.
DARWIN = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]


def test_darwins_maize_as_fisher_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "EXACT", 15)
    assert statistics.p_more(DARWIN) == 863 / 2**15
    monkeypatch.undo()
    assert statistics.p_more(DARWIN) == pytest.approx(863 / 2**15, abs=0.004)  # patterns are drawn from 15 pairs on
    assert statistics.p_more(DARWIN) == statistics.p_more(DARWIN)


@pytest.mark.parametrize("seed", range(6))
def test_sign_flips_as_scipy_has_them(seed: int) -> None:
    data = np.random.default_rng(seed).normal(0.3, 1, 4 + seed).round(1)
    found = stats.permutation_test(
        (data,), np.mean, permutation_type="samples", n_resamples=np.inf, alternative="greater"
    )
    assert statistics.p_more(data) == pytest.approx(found.pvalue, abs=1e-12)
    assert statistics.p_more(data, 0.2) == pytest.approx(statistics.p_more(data - 0.2), abs=1e-12)
    two = stats.permutation_test((data,), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert statistics.p_other(data) == pytest.approx(min(1, two.pvalue), abs=1e-12)


def test_p_at_its_ends() -> None:
    assert statistics.p_more([1.0] * 5) == 2**-5
    assert statistics.p_more([0.0] * 5) == 1
    assert statistics.p_more([-1.0] * 5) == 1
    assert statistics.p_other([1.0] * 5) == 2**-4


def test_p_falls_when_a_difference_grows() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        data = rng.normal(size=7).round(1)
        more = data.copy()
        more[rng.integers(7)] += rng.exponential()
        assert statistics.p_more(more) <= statistics.p_more(data)


@pytest.mark.parametrize("n", [10, 25])
def test_the_interval_is_scipys(n: int) -> None:
    data = np.random.default_rng(n).exponential(size=n)
    found = statistics.interval(data, 0.9, 2000, seed=3)
    wanted = stats.bootstrap(
        (data,), np.median, confidence_level=0.9, n_resamples=2000, method="BCa", rng=np.random.default_rng(3)
    ).confidence_interval
    assert (found.value, found.low, found.high) == (np.median(data), wanted.low, wanted.high)
    assert found.low < found.value < found.high


def test_the_interval_where_bca_has_none() -> None:
    assert statistics.interval([2.0, 2.0, 2.0]) == statistics.Interval(2, 2, 2)
    assert statistics.interval([5.0]) == statistics.Interval(5, 5, 5)
    tied = statistics.interval([0.0] * 9 + [1.0])
    assert (tied.value, tied.low) == (0, 0)
    assert math.isfinite(tied.high)


def test_rank_biserial_by_hand_and_by_wilcoxons_sums() -> None:
    # Kerby's formula by hand: ranks of |d| are 1 2.5 2.5 4 5, against it stands the rank 2.5 of -2.
    assert statistics.rank_biserial([1, -2, 2, 3, 4, 0]) == pytest.approx((12.5 - 2.5) / 15)
    data = np.random.default_rng(1).normal(0.5, 1, 12)
    total = 12 * 13 / 2
    against = stats.wilcoxon(data, alternative="less").statistic  # the sum of ranks of positive differences
    assert statistics.rank_biserial(data) == pytest.approx((2 * against - total) / total)
    assert statistics.rank_biserial([0, 0]) == 0


def test_cliffs_delta_by_mann_whitney() -> None:
    a, b = np.random.default_rng(2).normal(size=(2, 9)).round(1)
    u = stats.mannwhitneyu(a, b).statistic
    assert statistics.cliffs_delta(a, b) == pytest.approx(2 * u / 81 - 1)
    assert statistics.cliffs_delta([3, 4], [1, 2]) == 1


@pytest.mark.parametrize(("name", "method"), [("holm", "holm"), ("benjamini-hochberg", "fdr_bh")])
def test_corrections_are_those_of_statsmodels(name: str, method: str) -> None:
    p = [0.01, 0.04, 0.03, 0.005, 0.5]
    for values in (p, np.random.default_rng(0).uniform(size=20) ** 3, [0.3]):
        np.testing.assert_allclose(
            statistics.adjusted(values, name), multipletests(values, method=method)[1], rtol=1e-12
        )
    assert statistics.adjusted(p, "none").tolist() == p
    with pytest.raises(UnknownNameError, match="unknown correction 'holme'; did you mean 'holm'"):
        statistics.adjusted(p, "holme")


def test_holm_by_hand() -> None:
    """Sorted 0.005 0.01 0.03 0.04, times 4 3 2 1, each at least the one before."""
    assert statistics.adjusted([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_power_is_that_of_the_paired_t_test() -> None:
    # Cohen (1988), table 2.3.5 has n = 34 for d = 0.5, two-sided 0.05 and 80 %, for one sample.
    assert TTestPower().solve_power(0.5, power=0.8, alpha=0.05) == pytest.approx(33.4, abs=0.1)
    assert statistics.power(0.5, 34, sides=2) == pytest.approx(0.8, abs=0.01)
    assert statistics.power(0.5, 10) == pytest.approx(TTestPower().power(0.5, 10, 0.05, alternative="larger"))
    both = TTestPower().power(0.3, 10, 0.05, alternative="two-sided")
    assert statistics.power(0.3, 10, sides=2) == pytest.approx(both, rel=1e-9)
    for alpha in (0.05 / 6, 0.05 / 48):  # where the other side is NaN in SciPy
        found = [statistics.power(d / 10, 14, alpha, sides=2) for d in range(60)]
        assert found == sorted(found)
        assert found[-1] == pytest.approx(1.0)
    assert statistics.power(9.0, 4) == 0  # 2^-4 is over 0.05: no four pairs ever show anything
    assert statistics.power(9.0, 5) > 0.99


def test_the_smallest_effect_is_seen_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    data = rng.normal(size=10)
    smallest = statistics.smallest_effect(data)
    wanted = TTestPower().solve_power(nobs=10, power=0.8, alpha=0.05, alternative="larger") * np.std(data, ddof=1)
    assert smallest == pytest.approx(wanted, rel=1e-4)  # to which it is solved there
    assert statistics.smallest_effect([1.0, 2.0, 3.0]) == math.inf
    for pairs_, sides in ((5, 1), (6, 2), (40, 2)):
        assert 0 < statistics.smallest_effect(rng.normal(size=pairs_), sides=sides) < 5
    shift = statistics.smallest_effect(data) / np.std(data, ddof=1)
    seen = np.mean([statistics.p_more(rng.normal(shift, 1, 10)) <= 0.05 for _ in range(1000)])
    assert seen == pytest.approx(0.8, abs=0.04)  # sign flips have the power that is computed for t


@pytest.mark.parametrize("bad", [[], [1.0, math.nan], [[1.0]]])
def test_what_is_no_sample(bad: list[float]) -> None:
    with pytest.raises(ShapeError, match=r"expected finite numbers, \[n\] with n > 0; got"):
        statistics.p_more(bad)


# Pairs and rates


def table(scores: dict[str, list[list[float]]], task: str = "t", larger: bool = True) -> pd.DataFrame:
    """Rows of scores [seeds, rates 1, 2, ...] by variant."""
    return pd.DataFrame([
        {"variant": v, "task": task, "seed": s, "rate": float(r + 1), "score": score, "chance": 0.1,
         "higher_is_better": larger, "steps": 100.0, "loss": -score}
        for v, grid in scores.items() for s, row in enumerate(grid) for r, score in enumerate(row)
    ])  # fmt: skip


def test_a_rate_is_chosen_by_the_other_seeds() -> None:
    """Seed 2 alone likes rate 2, and for it alone the others decide for rate 1."""
    grid = [[0.5, 0.4], [0.6, 0.4], [0.0, 1.0]]
    found = pairs.at_best_rate(table({"a": grid}))
    assert found[["seed", "rate"]].to_numpy().tolist() == [[0, 2], [1, 2], [2, 1]]
    assert found["score"].tolist() == [0.4, 0.4, 0.0]
    less = pairs.at_best_rate(table({"a": grid}, larger=False))
    assert less["rate"].tolist() == [1, 1, 2]
    assert pairs.at_best_rate(table({"a": grid}), by="loss")["rate"].tolist() == found["rate"].tolist()


def test_a_choice_may_be_that_of_another_variant() -> None:
    frame = table({"a": [[0.9, 0.1]] * 3, "b": [[0.1, 0.9]] * 3})
    assert pairs.at_best_rate(frame)["score"].tolist() == [0.9] * 6
    shared = pairs.at_best_rate(frame, of="a")
    assert shared.groupby("variant")["score"].unique().map(list).to_dict() == {"a": [0.9], "b": [0.1]}
    with pytest.raises(UnknownNameError, match="unknown variant 'c'"):
        pairs.at_best_rate(frame, of="c")


def test_failures_count_as_what_is_said() -> None:
    frame = table({"a": [[math.nan, 0.05]] * 3})
    assert pairs.at_best_rate(frame)["rate"].tolist() == [1.0] * 3  # guessing is better than 0.05
    assert pairs.values(frame, "score", 7.0).tolist() == [7, 0.05] * 3
    unsolved = frame.assign(steps_to_solved=math.nan)
    never = pairs.values(unsolved, "steps_to_solved", "steps").tolist()
    assert [*map(math.isnan, never)] == [True, False] * 3  # a run without a score was not slow: it was not made
    assert never[1] == 100
    with pytest.raises(UnknownNameError, match="unknown column of the results 'scor'; did you mean 'score'"):
        pairs.values(frame, "scor")


def test_differences_are_paired_by_seed_and_task() -> None:
    frame = pd.concat([table({"a": [[1.0], [2.0]], "b": [[0.5], [4.0]]}), table({"a": [[9.0]], "b": [[1.0]]}, "u")])
    shuffled = frame.sample(frac=1, random_state=0)
    found = pairs.differences(shuffled, "a", "b", "score").sort_values(["task", "seed"])
    assert found["difference"].tolist() == [0.5, -2.0, 8.0]
    assert pairs.differences(frame, "a", 1.0, "score")["difference"].tolist() == [0, 1, 8]
    lone = pairs.differences(frame[~((frame["variant"] == "b") & (frame["seed"] == 1))], "a", "b", "score")
    assert lone["difference"].isna().sum() == 1


def test_what_a_rate_of_ones_own_is_worth() -> None:
    frame = table({"a": [[0.9, 0.2]] * 3, "b": [[0.3, 0.8]] * 3})
    found = pairs.rate_effects(frame, "a").set_index("variant")
    assert found.loc["b", ["best", "median", "at_common", "own_rate", "span"]].tolist() == pytest.approx(
        [2.0, 0.8, 0.3, 0.5, 0.5]
    )
    assert found.loc["a", "own_rate"] == 0
