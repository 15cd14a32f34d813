"""Tables, cards, errors, the score."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import softgate as sg
from roles.wired import COUNTER, GUARDED, LATCH, NAMES, one_hot, symbols, wire
from softgate.cli import app
from softgate.roles.score import Rate, score
from softgate.roles.table import Roles
from softgate.roles.words import ROLES, VERDICTS, meaning


@pytest.fixture(scope="module")
def roles() -> Roles:
    ids = symbols(80, 12)
    labels = {"<b>count</b>": (ids == 1).int().cumsum(0) - (ids == 2).int().cumsum(0)}
    return sg.find_roles(wire(COUNTER, LATCH, GUARDED, distractors=2), one_hot(ids), labels, names=("<rest>", "A", "B"))


def test_all_faces_have_all_units(roles: Roles) -> None:
    assert len(roles) == len(roles.rows()) == len(json.loads(roles.to_json())["units"]) == len(roles.frame()) == 5
    assert roles.table().count("\n") == 3 + 5
    assert max(map(len, roles.table().splitlines())) <= 80
    assert list(roles.frame()["role"])[:2] == ["counter", "latch"]
    assert [r.unit for r in roles[1:3]] == [1, 2]
    assert [r.unit for r in roles.of("counter", "latch")] == [0, 1]
    assert sum(sum(n.values()) for n in roles.counts().values()) == 5


def test_cards_are_sentences_of_80_columns(roles: Roles) -> None:
    for role in roles:
        lines = role.why().splitlines()
        assert max(map(len, lines)) <= 80
        assert lines[2].startswith("Verdict: ")
    text = " ".join(roles[0].why().split())
    for said in ("is a counter", "mechanism shown", "A +1, B -1", "step 1,", "11 counts differ", "random units"):
        assert said in text


def test_never_is_below_the_third_verdict(roles: Roles) -> None:
    for role in roles:
        assert (" is a" in role.why().splitlines()[0]) <= (role.verdict in VERDICTS[2:])
    bare = sg.find_roles(wire(COUNTER), one_hot(symbols(40, 8)), effects=False)[0]
    assert bare.verdict == "correlates"
    assert bare.why().splitlines()[0] == "l0.c, unit 0 acts like a counter"


def test_what_came_from_outside_is_escaped(roles: Roles) -> None:
    page = roles.to_html("<script>")
    assert "<script>" not in page
    assert "<b>count" not in page
    assert "&lt;b&gt;count&lt;/b&gt;" in page
    assert "<rest>" not in page
    assert roles[0].card() in page


def test_every_role_has_a_meaning() -> None:
    assert all(meaning(role) for role in ROLES)
    assert VERDICTS == ("correlates", "necessary", "sufficient", "mechanism shown")


X = one_hot(symbols(10, 4))


class Summed(torch.nn.Module):
    """One number for everything."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = sg.LSTM(3, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.lstm(x)[0].sum()


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"data": torch.zeros(0, 4, 3)}, sg.ShapeError, "with steps in it"),
        ({"data": torch.zeros(4)}, sg.ShapeError, r"expected data \[T, B\]"),
        ({"data": "text"}, sg.DtypeError, "arrays of numbers"),
        ({"data": X * torch.nan}, sg.SoftgateError, "NaN or infinite"),
        ({"labels": {"y": np.zeros((3, 4))}}, sg.ShapeError, r"label 'y': expected \[10, 4\]"),
        ({"labels": {"y": np.full((10, 4), "a")}}, sg.DtypeError, "label 'y': expected bool or numbers"),
        ({"labels": {"y": [np.zeros((10, 4))] * 2}}, sg.ShapeError, r"label 'y'"),
        ({"events": torch.rand(10, 4)}, sg.DtypeError, "whole numbers"),
        ({"events": torch.full((10, 4), -2)}, sg.ShapeError, "from 0"),
        ({"events": torch.full((10, 4), -1)}, sg.ShapeError, "there are none"),
        ({"rate": 2}, sg.ShapeError, "between 0 and 1"),
        ({"model": torch.nn.LSTM(3, 2)}, sg.NotRecordedError, "sg.open"),
        ({"model": 3}, sg.DtypeError, "model: expected a torch module, got int"),
        ({"model": Summed()}, sg.ShapeError, r"model: expected an output for each step .* got \[\]"),
        ({"labels": X[..., 0]}, sg.DtypeError, "labels: expected a dict from names to arrays, got Tensor"),
        ({"labels": [X[..., 0]]}, sg.DtypeError, "labels: expected a dict .* got list"),
        ({"labels": {3: X[..., 0]}}, sg.DtypeError, "labels: expected names that are text, got 3"),
        ({"labels": {"y": X[..., 0] * torch.inf}}, sg.SoftgateError, "label 'y': expected finite numbers"),
        ({"rate": "a"}, sg.ShapeError, "rate: expected a number between 0 and 1, got 'a'"),
        ({"seed": -1}, sg.ShapeError, "seed: expected a whole number from 0, got -1"),
        ({"names": ["a", "a", "b"]}, sg.ShapeError, "names: expected a different name for each class, got 'a' twice"),
        ({"names": ["2"]}, sg.ShapeError, "names: .* number of another class"),
        ({"names": [1, 2, 3]}, sg.DtypeError, "names: expected a list of text"),
        ({"targets": "a"}, sg.DtypeError, "targets: expected arrays of numbers, got str"),
        ({"targets": torch.zeros(3, 3)}, sg.ShapeError, r"targets: expected .* \[10, 4, 2\] .* got \[3, 3\]"),
        ({"targets": torch.full((10, 4), 99)}, sg.ShapeError, "targets: expected classes from 0 to 1, .* got 99"),
        ({"loss": lambda y, t: y.sum((0, 2))}, sg.ShapeError, "loss: expected targets= beside it"),
        ({"targets": X, "loss": lambda y, t: y.sum()}, sg.ShapeError, r"loss: expected one loss .* got \[\]"),
        ({"data": X[:7]}, sg.ShapeError, "data: expected 8 steps or more, got 7"),
    ],
)
def test_errors(given: dict[str, Any], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        sg.find_roles(**{"model": sg.LSTM(3, 2), "data": X, **given})


def test_classes_that_never_come_cost_nothing() -> None:
    ids = symbols(40, 8)
    (role,) = sg.find_roles(wire(COUNTER), one_hot(ids), events=ids * 10**15, effects=False)
    assert (role.role, role.event) == ("counter", f"{10**15} +1, {2 * 10**15} -1")


@pytest.mark.parametrize(
    ("label", "said"),
    [
        (np.ones((40, 8)), "label 'a' does not vary"),
        (np.full((40, 8), np.nan), "label 'a' is known at no step"),
        (np.eye(8)[:1].repeat(40, 0), "label 'a' does not vary in one half of the data, so it is not judged"),
    ],
)
def test_labels_that_cannot_be_judged_are_named(label: Any, said: str) -> None:
    roles = sg.find_roles(wire(COUNTER), one_hot(symbols(40, 8)), {"a": label}, effects=False)
    assert roles[0].tracking is None
    assert f"Note: {said}." in roles.table()
    assert f"Note: {said}." in roles[0].why()
    assert said in json.loads(roles.to_json())["notes"]
    assert said.replace("'", "&#x27;") in roles.to_html()


def test_events_have_the_room_of_labels_where_there_are_none() -> None:
    (role,) = roles = sg.find_roles(wire(LATCH), one_hot(symbols(40, 8)), names=("rest", "first", "second"))
    assert role.event == "first set +1, second set -1"
    assert role.event in roles.table()
    (zero,) = sg.find_roles(wire({**LATCH, "g": [0, 20.0, 1e-9]}), one_hot(symbols(40, 8)), names=NAMES, effects=False)
    assert zero.event == "A set +1, B set 0"


def test_controls_of_everything(roles: Roles) -> None:
    """Specificity of other units is of what this unit stands for, and all faces but the short one show all figures."""
    effects = roles[0].effects
    assert effects is not None
    others = [effects.specific[u] for u in range(1, 5)]
    assert effects.random["specificity"] == pytest.approx(float(np.median(others)))
    assert effects.specificity == effects.specific[0] > max(others)
    assert "random units" in roles[0].why().split("Specific:")[1]
    assert "of the same variance" not in roles[0].why()
    page = roles.to_html()
    assert all(f"<th>{name}</th>" in page for name in roles.rows()[0])
    assert {"specificity_random", "specificity_peers", "score_null", "leak"} <= set(roles.frame().columns)


def test_small_inputs_work() -> None:
    torch.manual_seed(0)
    for T, B, H in ((8, 1, 1), (9, 2, 1), (8, 8, 3), (30, 1, 2)):
        x = one_hot(symbols(T, B))
        assert len(sg.find_roles(sg.LSTM(3, H), x, {"y": x[..., 1], "same": np.ones((T, B))})) == H
    x = one_hot(symbols(20, 4))
    assert len(sg.find_roles(sg.LSTM(3, 2), [x, x[:7]], {"y": lambda batch: batch[..., 1]})) == 2


def test_score_of_a_few() -> None:
    found = score(nets=48, untrained=4, shuffled=3, effects=2, processes=1)
    assert found.plain is not None
    assert found.disguised is not None
    assert found.plain.macro_f1 == 1
    assert found.disguised.macro_f1 > 0.95
    assert found.untrained is not None
    assert found.untrained.found == 0
    assert found.trending is not None
    assert (found.trending.found, found.trending.units) == (0, 40)
    assert found.shuffled is not None
    assert found.shuffled.found == 0
    assert found.unread is not None
    assert found.unread.found == 0


def test_the_score_command(tmp_path: Any) -> None:
    out = tmp_path / "score.json"
    options = ["--nets", "6", "--untrained", "1", "--shuffled", "1", "--effects", "0", "--processes", "1"]
    done = CliRunner().invoke(app, ["zoo", "score", *options, "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "macro-F1" in done.output
    assert json.loads(out.read_text())["plain"]["machines"] == 3


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--out", "/nowhere/at/all.json"], "cannot write"),
        (["--nets", "0", "--untrained", "0", "--shuffled", "0", "--effects", "0"], "nothing to do"),
    ],
)
def test_the_score_command_refuses_before_it_begins(options: list[str], said: str) -> None:
    done = CliRunner().invoke(app, ["zoo", "score", *options])
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())


def test_wilsons_interval() -> None:
    low, high = Rate(0, 100).interval  # Wilson (1927): z^2 / (n + z^2)
    assert low == 0
    assert high == pytest.approx(1.96**2 / (100 + 1.96**2))
    assert Rate(5, 10).interval == pytest.approx((0.2366, 0.7634), abs=1e-3)


def test_names_are_exported() -> None:
    assert "find_roles" in sg.__all__
    assert NAMES == ("rest", "A", "B")
