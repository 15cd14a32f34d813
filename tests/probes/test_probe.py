"""`sg.probe`: what is hidden is found, what is noise is not, nothing that is judged was fitted on."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import softgate as sg
from softgate.errors import SoftgateError
from softgate.probes import probed
from softgate.probes.context import context
from softgate.probes.folds import split
from softgate.probes.judge import Judge, away_from_events
from softgate.probes.labels import Series
from softgate.probes.linear import fitted
from softgate.probes.table import adjusted
from softgate.probes.units import Watched


def label_of(values: np.ndarray, name: str = "label") -> Series:
    return Series(name, values.astype(float), len(np.unique(values)) == 2, np.ones(len(values), bool))


def units_of(values: np.ndarray, lengths: tuple[int, ...], **read: np.ndarray) -> Watched:
    named = tuple(("l0.c", unit) for unit in range(values.shape[1]))
    shapes, turned = tuple((n, 1) for n in lengths), (False,) * len(lengths)
    return Watched(values.astype(np.float32), named, lengths, shapes, turned, **read)


def slow(n: int, seed: int, rate: float = 0.02) -> np.ndarray:
    """A yes and no that seldom changes."""
    return np.cumsum(np.random.default_rng(seed).random(n) < rate) % 2


def toggle() -> sg.LSTM:
    """A unit 1 that adds its input up, among units that see nothing of it."""
    torch.manual_seed(0)
    layer = sg.LSTM(2, 4)
    with torch.no_grad():
        for weight in (layer.weight_ih_l0, layer.weight_hh_l0):
            weight[1::4] = 0
        layer.weight_ih_l0[9] = torch.tensor([0.0, 0.1])
        for bias in (layer.bias_ih_l0, layer.bias_hh_l0):
            bias[1::4] = torch.tensor([15.0, 15.0, 0.0, 15.0])
    return layer


@pytest.mark.parametrize("batch_first", [False, True])
def test_a_counter_is_found_and_the_last_inputs_do_not_know_it(batch_first: bool) -> None:
    layer = toggle()
    layer.batch_first = batch_first
    ticks = (torch.rand(120, 6, generator=torch.Generator().manual_seed(1)) < 0.1).float()
    x, count = torch.stack([1 - ticks, ticks], 2), ticks.cumsum(0)
    if batch_first:
        x, count = x.transpose(0, 1), count.T
    found = sg.probe(layer, x, {"count": count, "odd": count % 2, "now": x[..., 1]}, back=8, twin=sg.LSTM(2, 4))
    row = found["count"]
    assert (row.signal, row.unit, row.sign, row.agreed, row.binary) == ("l0.c", 1, 1, 1.0, False)
    assert row.best.value > 0.99
    assert row.best.p < 0.01
    assert row.beats_context
    assert row.context is not None
    assert row.context.value < 0.7
    assert found["odd"].binary
    assert found["now"].context is not None
    assert found["now"].context.value > 0.99
    assert not found["now"].beats_context
    assert found.judged == "judged on 5 folds of whole sequences"


def test_noise_is_not_found_and_chance_is_where_the_score_is() -> None:
    random = np.random.default_rng(3)
    walk = np.cumsum(random.normal(size=(500, 30)), 0)  # as autocorrelated as can be
    labels = [label_of(slow(500, seed), str(seed)) for seed in range(5)]
    found = probed(units_of(walk, (500,)), labels, gap=10)
    assert sum(row.q < 0.05 for row in found) == 0
    assert all(row.context is None for row in found)


def slope(values: np.ndarray, label: np.ndarray) -> float:
    """Of the ranks of values over those of a label, whose ties are shared."""
    return float(stats.linregress(stats.rankdata(label), stats.rankdata(values)).slope)


@pytest.mark.parametrize("binary", [True, False])
def test_a_unit_that_never_changes_is_no_discovery(binary: bool) -> None:
    label = np.cumsum(np.random.default_rng(0).normal(size=600))
    one = label_of(label > np.median(label) if binary else label, "y")
    (row,) = probed(units_of(np.zeros((600, 4)), (600,)), [one], gap=10)
    assert (row.best.value, row.best.p, row.q) == (0.5 if binary else 0, 1, 1)
    assert row.best.chance == row.best.value


def test_a_fold_without_a_score_makes_no_unit_better_than_chance() -> None:
    """Noise in one fold, a constant in four: no better than noise in that one, and a weaker score."""
    random = np.random.default_rng(3)
    label, how = np.cumsum(random.normal(size=500)), split((100,) * 5, 5, 0)
    judge = Judge(how.folds, label, False, how.pieces, np.ones(500, bool))
    first = np.cumsum(random.normal(size=100))
    score = judge.score([first, *[np.zeros(100)] * 4])
    alone = Judge(how.folds[:1], label, False, how.pieces, np.ones(500, bool)).score([first])
    assert score.value == pytest.approx(alone.value / 5)
    assert score.chance == pytest.approx(alone.chance / 5, abs=0.05)
    nowhere = Judge(how.folds, np.zeros(500), False, how.pieces, np.ones(500, bool)).score([first] * 5)
    assert np.isnan(nowhere.value)
    assert nowhere.p == 1


def test_scores_and_intervals_are_those_of_others() -> None:
    random = np.random.default_rng(0)
    label = slow(600, 1)
    values = label + random.normal(size=600)
    how = split((600,), 3, 20)
    judge = Judge(how.folds, label.astype(float), True, how.pieces, np.ones(600, bool))
    score = judge.score([values[fold.test] for fold in how.folds])
    wanted = np.mean([roc_auc_score(label[fold.test], values[fold.test]) for fold in how.folds])
    assert score.value == pytest.approx(wanted)
    assert score.away == pytest.approx(wanted)
    assert score.interval[0] < wanted < score.interval[1]
    level = Judge(how.folds, values + 5, False, how.pieces, np.ones(600, bool))
    wanted = np.mean([slope(label[f.test], values[f.test]) for f in how.folds])
    assert level.score([label[f.test].astype(float) for f in how.folds]).value == pytest.approx(wanted)


@pytest.mark.parametrize("binary", [True, False])
def test_a_shift_of_ranks_is_the_score_of_the_shifted_label(binary: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("softgate.probes.judge.SHIFTS", 1)
    values, other = np.random.default_rng(0).normal(size=90), np.random.default_rng(1).integers(5, size=90)
    label = (other % 2 if binary else other).astype(float)
    how = split((30, 30, 30), 2, 0)
    judge = Judge(how.folds, label, binary, how.pieces, np.ones(90, bool), seed=4)
    random, total = np.random.default_rng(5), 0.0
    for fold in how.folds:
        parts = np.split(label[fold.test], fold.ends[:-1])
        moved = np.concatenate([np.roll(part, random.integers(len(part))) for part in parts])
        mine = values[fold.test]
        score = roc_auc_score(moved, mine) if binary else slope(mine, moved)
        total += score * len(fold.test) / 90
    assert judge._shifts([values[f.test] for f in how.folds]).tolist() == [pytest.approx(total)]


LENGTHS = [((100,), 5), ((40, 60), 5), ((7, 30, 9, 20, 14, 50), 3), ((5, 5, 900), 3)]


@pytest.mark.parametrize(("lengths", "count"), LENGTHS)
def test_what_is_judged_was_never_near_what_was_fitted(lengths: tuple[int, ...], count: int) -> None:
    how = split(lengths, count, 4)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    assert sorted(np.concatenate([f.test for f in how.folds])) == list(range(sum(lengths)))
    for fold in how.folds:
        near = np.abs(fold.train[:, None] - fold.test) <= 4
        same = owner[fold.train][:, None] == owner[fold.test]
        assert not (near & same).any()
        assert (np.diff(fold.test) > 0).all()
        assert fold.ends[-1] == len(fold.test)


def test_the_linear_probe_is_scikit_learns() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(400, 5))
    y = (x @ [1, 2, 0, 0, -1] + random.normal(size=400) > 0).astype(float)
    mine = fitted(x[:300], y[:300], True, x[300:])
    machines = [make_pipeline(StandardScaler(), LogisticRegression(C=c, tol=1e-6)) for c in (1 / 3, 1 / 300, 100 / 3)]
    theirs = [machine.fit(x[:300], y[:300]).decision_function(x[300:]) for machine in machines]
    assert min(np.abs(mine - one).max() for one in theirs) < 1e-2
    assert roc_auc_score(y[300:], mine) > 0.8
    assert not fitted(x, np.ones(400), True, x[:3]).any()


def test_the_context_is_counted_on_what_is_fitted_and_ends_with_a_sequence() -> None:
    ids = np.array([0, 1, 1, 0, 1, 0])
    around = context(units_of(np.zeros((6, 1)), (3, 3), ids=ids), 2)
    assert around is not None
    assert around.title == "2-gram"
    one, two = around.codes
    assert len(set(one)) == 2
    same = [{tuple(pair) for pair in zip(two, [(2, 0), (0, 1), (1, 1), (2, 0), (0, 1), (1, 0)], strict=True)}]
    assert len(same[0]) == 4  # one number for each pair, the beginning of a sequence being an id of its own
    lags = context(units_of(np.zeros((6, 1)), (3, 3), inputs=np.arange(1.0, 7)[:, None]), 2)
    assert lags is not None
    assert lags.lags is not None
    assert lags.lags.tolist() == [[1, 0], [2, 1], [3, 2], [4, 0], [5, 4], [6, 5]]


def test_away_from_events_is_long_after_a_change() -> None:
    label = np.array([0, 0, 0, 1, 1, 1, 1, 1, 1], float)
    assert np.flatnonzero(away_from_events(label, (9,), 2)).tolist() == [2, 5, 6, 7, 8]
    assert np.flatnonzero(away_from_events(label, (6, 3), 2)).tolist() == [2, 5, 8]


def test_q_is_that_of_scipy() -> None:
    p = np.random.default_rng(0).random(30) ** 3
    np.testing.assert_allclose(adjusted(p), stats.false_discovery_control(p))


def test_several_batches_masks_functions_and_faces() -> None:
    layer = toggle()
    batches = [torch.eye(2)[torch.randint(2, (n, 2), generator=torch.Generator().manual_seed(n))] for n in (60, 80, 50)]
    found = sg.probe(layer, batches, lambda x: {"sum": x[..., 1].cumsum(0)}, folds=3)
    assert found[0].unit == 1
    again = sg.probe(layer, batches, {"sum": [x[..., 1].cumsum(0) for x in batches]}, folds=3)
    assert again.to_json() == found.to_json()
    holes = [x[..., 1].cumsum(0).masked_fill(x[..., 0] > 0, torch.nan) for x in batches]
    masked = sg.probe(layer, batches, {"sum": holes}, where=[x[..., 0] == 0 for x in batches], folds=3)
    assert masked[0].steps == int(sum((x[..., 0] == 0).sum() for x in batches))
    assert json.loads(found.to_json())["labels"][0]["unit"] == 1
    assert found.frame().loc["sum", "best_value"] == found[0].best.value
    assert max(map(len, found.table().splitlines())) <= 100
    with pytest.raises(sg.UnknownNameError, match="sum"):
        found["some"]


X = torch.zeros(9, 2, 2)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ({"a": torch.zeros(8, 2)}, r"label 'a': expected a number for every step, \[9, 2\], got \[8, 2\]"),
        ({"a": torch.zeros(9)}, r"got \[9\]"),
        ({"a": torch.ones(9, 2)}, "is 1 at all of 18 steps; nothing can be said of a constant"),
        (
            {"a": torch.arange(18.0).view(9, 2).log()},
            "1 of 18 steps have no finite number, the first is step 0",
        ),
        ({"a": torch.arange(18.0).view(9, 2) + 1j}, "got Tensor .complex numbers have two parts"),
        ({"a": np.arange(18).reshape(9, 2) == 7}, "label 'a' has 1 of one kind among 18 steps; with fewer than 5"),
        ({"a": "word"}, "expected an array of numbers, got str"),
        ({}, "expected at least one"),
    ],
)
def test_labels_that_do_not_fit(labels: object, words: str) -> None:
    with pytest.raises(sg.LabelError, match=words):
        sg.probe(sg.LSTM(2, 3), X, labels)


def test_a_mask_is_yes_and_no() -> None:
    label = np.random.default_rng(0).normal(size=(9, 2))
    with pytest.raises(sg.LabelError, match=r"where: expected a mask of yes and no, .* got 0\.3"):
        sg.probe(sg.LSTM(2, 3), X, {"a": label}, where=np.where(label > 0, 1, 0.3))


def test_a_twin_that_does_not_take_the_data_is_named() -> None:
    label = np.random.default_rng(0).normal(size=(9, 2))
    with pytest.raises(sg.SoftgateError, match=r"twin: expected a model that takes the same data, shaped \[9, 2, 2\]"):
        sg.probe(sg.LSTM(2, 3), X, {"a": label}, folds=2, twin=sg.LSTM(3, 3))


def test_what_happens_in_one_piece_has_no_interval() -> None:
    """Drawn anew, it is there or it is not: all draws with it say the same."""
    values, label = np.random.default_rng(0).normal(size=(400, 3)), np.zeros(400)
    label[131:140] = 1
    (found,) = probed(units_of(values, (100,) * 4), [label_of(label)], folds=4, gap=0)
    assert np.isfinite(found.best.value)
    assert np.isnan(found.best.interval).all()
    label[231:240] = 1
    (found,) = probed(units_of(values, (100,) * 4), [label_of(label)], folds=4, gap=0)
    assert np.isfinite(found.best.interval).all()


def test_a_label_that_changes_too_rarely() -> None:
    late = np.repeat([0, 1], [20, 80])
    values = np.random.default_rng(0).normal(size=(100, 3))
    with pytest.raises(sg.LabelError, match="changes too rarely for 5 folds of 100 steps"):
        probed(units_of(values, (100,)), [label_of(late)], gap=0)
    with pytest.raises(sg.SoftgateError, match="folds: expected at least 2, got 1"):
        probed(units_of(values, (100,)), [label_of(late)], folds=1)


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "nothing": ({"T": 0}, "label 'y': expected steps to judge, got none of 0"),
    "one step": ({"T": 1}, "at least two steps for each of 5 folds; the data has 3"),
    "back": ({"back": 0}, "back: expected at least 1, got 0"),
    "folds": ({"folds": 1}, "folds: expected at least 2, got 1"),
    "negative gap": ({"gap": -5}, "gap: expected at least 0, got -5"),
    "gap": ({"gap": 1000}, "gap: 1000 steps on either side .* nothing to fit on; the longest sequence has 50"),
    "input": ({"x": np.nan}, "no step has finite values in all units"),
    "label": ({"y": 1e308}, r"label 'y' has values up to .*e\+30., whose squares are beyond"),
}


@pytest.mark.parametrize(("how", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_judged_is_refused(how: dict[str, object], message: str) -> None:
    rest = {name: value for name, value in how.items() if name not in ("T", "x", "y")}
    T, x, y = how.get("T", 50), how.get("x", 1.0), how.get("y", 1.0)
    random = np.random.default_rng(0)
    label = random.uniform(-1, 1, size=(T, 3)) * y  # type: ignore[call-overload]
    with pytest.raises(SoftgateError, match=message):
        sg.probe(sg.LSTM(2, 4), torch.ones(T, 3, 2) * x, {"y": label}, **rest)  # type: ignore[arg-type, call-overload]
