"""In wide layers effects are measured of some units: the strongest and the best on each label; of how many is said."""

from __future__ import annotations

import json
import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

import softgate as sg
from roles.wired import one_hot, symbols
from softgate.roles import beside
from softgate.roles.labels import track_labels
from softgate.roles.table import Roles
from softgate.roles.tracking import Standing, Tracking
from softgate.track import auc, graded

UNITS = 100


def tracked(unit: int, score: float, p: float = 0.0002, **others: tuple[float, float]) -> Any:
    standings = {name: Standing(found, 0.5 + found / 2, by_input) for name, (found, by_input) in others.items()}
    standings["x"] = Standing(2 * score - 1, score, 0.6)
    t = Tracking("x", True, score, (score, score), 0.5, p, p, 1, 0.6, "", standings)
    return SimpleNamespace(unit=unit, role="mixed", tracking=t)


def test_of_units_with_the_same_p_the_strongest_are_measured() -> None:
    roles = [tracked(u, 0.6 + u / 1000) for u in range(200)]
    chosen = beside._chosen(roles, seed=0)
    assert len(chosen) == 2 * beside.MOST
    assert set(range(200 - beside.MOST, 200)) <= set(chosen)


def test_the_best_on_each_label_is_measured_unless_the_input_says_as_much() -> None:
    roles = [tracked(u, 0.9, y=(0.1, 0.5), z=(0.1, 0.5)) for u in range(200)]
    seldom = {seed: set(beside._chosen(roles, seed)) for seed in range(4)}
    lot = next(u for u in range(199, 0, -1) if all(u not in chosen for chosen in seldom.values()))
    for by_input, kept in ((0.5, True), (0.95, False)):
        roles[lot] = tracked(lot, 0.61, p=0.5, y=(0.8, by_input), z=(0.05, 0.5))
        assert (lot in beside._chosen(roles, 0)) == kept


@pytest.fixture(scope="module")
def wide() -> tuple[Roles, dict[str, Any]]:
    """Units with random weights, which track what they read a little."""
    ids = symbols(30, 12)
    labels = {"a": (ids == 1).numpy().astype(float), "many": np.cumsum(ids.numpy() == 1, 0).astype(float)}
    torch.manual_seed(0)
    return sg.find_roles(sg.LSTM(3, UNITS), one_hot(ids), labels), labels


def test_of_how_many_units_effects_were_measured_is_said(wide: tuple[Roles, dict[str, Any]]) -> None:
    roles, _ = wide
    assert 0 < roles.measured < UNITS
    said = f"effects measured for {roles.measured} of {UNITS} units"
    assert said in roles.table()
    assert said in roles.to_html()
    assert json.loads(roles.to_json())["measured"] == roles.measured
    left = next(r for r in roles if r.effects is None and r.verdict == "correlates")
    assert f"for {roles.measured} of {UNITS} units, and this is not one" in " ".join(left.why().split())


def test_every_unit_has_a_standing_on_every_label(wide: tuple[Roles, dict[str, Any]]) -> None:
    roles, labels = wide
    assert all(set(r.tracking.standings) == set(labels) for r in roles if r.tracking)
    for r in roles:
        t = r.tracking
        assert t is not None
        assert t.standings[t.label].score == pytest.approx(t.score)
        assert t.standings[t.label].found == max(s.found for s in t.standings.values())


def test_standings_are_the_scores_of_the_library_for_one_unit() -> None:
    random = np.random.default_rng(0)
    c, y = random.standard_normal((40, 8, 3)), random.standard_normal((40, 8))
    labels = {"number": y, "sign": (c[..., 1] + y > 0).astype(float)}
    classes = random.integers(0, 3, (40, 8))
    found = track_labels(c, labels, classes, seed=0)
    order = np.random.default_rng(0).permutation(8)
    search, judge = np.sort(order[:4]), np.sort(order[4:])
    for u, one in enumerate(found):
        assert one is not None
        for name, score, scale, middle in (("number", graded, 1, 0.0), ("sign", auc, 2, 0.5)):
            first = score(c[:, search, u].ravel(), labels[name][:, search].ravel()) - middle
            second = score(c[:, judge, u].ravel(), labels[name][:, judge].ravel()) - middle
            assert one.standings[name].found == pytest.approx(abs(first) * scale)
            assert one.standings[name].score == pytest.approx(middle + math.copysign(1, first) * second)
