"""The scores of units, against their definitions, and a search that must find what was hidden and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy import stats

from softgate.track import Half, auc, graded, interval, ranks, track, weighted_score

few = st.integers(-3, 3)


@given(st.lists(st.tuples(few, st.booleans()), min_size=2, max_size=30))
def test_auc_is_the_share_of_pairs_in_the_right_order(pairs: list[tuple[int, bool]]) -> None:
    values, label = np.array([v for v, _ in pairs]), np.array([t for _, t in pairs])
    wins = [float(a > b) + 0.5 * float(a == b) for a in values[label] for b in values[~label]]
    found = auc(values, label)
    assert np.isnan(found) if not wins else found == pytest.approx(np.mean(wins))


@given(st.lists(few, max_size=20))
def test_ranks_count_what_is_smaller_and_half_of_what_is_equal(values: list[int]) -> None:
    wanted = [sum(b < a for b in values) + (1 + sum(b == a for b in values)) / 2 for a in values]
    assert ranks(np.array(values)).tolist() == wanted


@given(st.lists(st.tuples(few, few), min_size=2, max_size=30))
def test_a_number_is_scored_by_the_slope_of_the_ranks(pairs: list[tuple[int, int]]) -> None:
    a, b = (np.array(side) for side in zip(*pairs, strict=True))
    found = graded(a, b)
    if len(set(b)) == 1:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(stats.linregress(stats.rankdata(b), stats.rankdata(a)).slope, abs=1e-12)
        assert -1 - 1e-12 <= found <= 1 + 1e-12
    if len(set(b)) == 2 and len(set(a)) > 1:
        assert found == pytest.approx(stats.somersd(b, a).statistic, abs=1e-12)
    if len(set(a)) == len(a) > 2 and len(set(b)) == len(b):
        assert found == pytest.approx(stats.spearmanr(a, b).statistic)


def test_ties_of_the_label_cost_a_perfect_reader_nothing() -> None:
    """A label that is mostly zero, as depth is, and units that put its levels in order: Spearman gives 0.8."""
    random = np.random.default_rng(0)
    label = random.choice([0, 1, 2, 3], p=[0.67, 0.3, 0.025, 0.005], size=2000)
    sharp, soft = 5.0 * label, label + 0.1 * random.random(2000)
    weights = random.integers(0, 3, 2000).astype(float)
    for values in (sharp, soft):
        assert graded(values, label) == pytest.approx(1)
        assert graded(-values, label) == pytest.approx(-1)
        assert weighted_score(values, label, False)(weights) == pytest.approx(1)
    assert stats.spearmanr(soft, label).statistic < 0.85
    assert graded(np.zeros(2000), label) == 0
    assert abs(graded(random.permutation(soft), label)) < 0.05


def halves(units: int = 30, n: int = 4000, seed: int = 0) -> tuple[Half, Half, list[np.ndarray]]:
    """Noise in all units, and a label that changes slowly, as labels of text do."""
    random = np.random.default_rng(seed)
    label = [(np.repeat(random.random(n // 20), 20) < 0.3).astype(np.int16) for _ in range(2)]
    values = [random.normal(size=(n, units)).astype(np.float32) for _ in range(2)]
    return Half(values[0], [n // 2, n]), Half(values[1], [n // 2, n]), label


@pytest.mark.parametrize("sign", [1, -1])
def test_a_hidden_unit_is_found_with_its_sign(sign: int) -> None:
    search, judge, label = halves()
    for half, truth in zip((search, judge), label, strict=True):
        half.values[:, 17] += sign * 3 * truth
    found = track(search, judge, (label[0], label[1]), binary=True)
    assert found is not None
    assert (found.unit, found.sign, found.characters) == (17, sign, 4000)
    assert found.best[0] == 17
    assert found.score > 0.95
    assert found.chance < 0.6
    assert found.probe > 0.95
    level = track(search, judge, (label[0] * 2, label[1] * 2), binary=False)
    assert level is not None
    assert (level.unit, level.sign) == (17, sign)
    assert level.score > 0.5


def test_what_only_the_search_half_shows_is_not_believed() -> None:
    search, judge, label = halves()
    search.values[:, 5] += 3 * label[0]
    found = track(search, judge, (label[0], label[1]), binary=True)
    assert found is not None
    assert (found.unit, found.found > 0.95) == (5, True)
    assert found.score == pytest.approx(0.5, abs=0.05)


def test_noise_stays_at_chance() -> None:
    scores = []
    for seed in range(8):
        search, judge, label = halves(seed=seed)
        found = track(search, judge, (label[0], label[1]), binary=True)
        assert found is not None
        scores.append(found.score)
    assert np.mean(scores) == pytest.approx(0.5, abs=0.02)


def test_a_linear_fit_sees_what_no_unit_has_alone() -> None:
    search, judge, label = halves()
    for half, truth in zip((search, judge), label, strict=True):
        shared = half.values[:, 0].copy()
        half.values[:, 1] = 0.4 * truth + shared
    found = track(search, judge, (label[0], label[1]), binary=True)
    assert found is not None
    assert found.score < 0.7
    assert found.probe > 0.95


def test_a_label_that_never_changes_has_no_tracker() -> None:
    search, judge, label = halves()
    assert track(search, judge, (label[0], label[1] * 0), binary=True) is None


@pytest.mark.parametrize("binary", [True, False])
def test_weights_are_repetitions(binary: bool) -> None:
    """The bootstrap's scores are those of texts in which the drawn files are really repeated."""
    random = np.random.default_rng(0)
    values, label = random.integers(0, 9, 600), random.integers(0, 2 if binary else 6, 600)
    low, high = interval(values, label, list(range(100, 601, 100)), binary, seed=3)
    drawn, scores = np.random.default_rng(3), []
    for _ in range(100):
        place = np.concatenate([np.arange(100 * k, 100 * k + 100) for k in drawn.integers(6, size=6)])
        scores.append((auc if binary else graded)(values[place], label[place]))
    assert (low, high) == pytest.approx(tuple(np.quantile(scores, [0.025, 0.975])))


def test_an_interval_holds_the_score() -> None:
    search, judge, label = halves()
    for half, truth in zip((search, judge), label, strict=True):
        half.values[:, 17] += truth
    found = track(search, judge, (label[0], label[1]), binary=True)
    assert found is not None
    low, high = found.interval
    assert low < found.score < high < low + 0.2
