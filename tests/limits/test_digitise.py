"""Digitising: exact values, judged by torch.nn.LSTM, which knows nothing of it."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import cache
from importlib import import_module

import pytest
import torch
from torch import nn

import softgate as sg
from limits.helpers import trained, wired
from softgate.errors import SoftgateError
from softgate.limits.data import Judged
from softgate.limits.digitise import Digitised
from softgate.limits.nets import Counter
from softgate.tasks.formal import get, solved

LANGUAGE = get("anbn")


@cache
def digitised(k: int = 0) -> Digitised:
    return sg.digitise(trained()[k].net, LANGUAGE, train_to=12, most=200)


@pytest.mark.parametrize("k", range(3))
def test_counts_on_where_the_net_and_the_refitted_net_fail(k: int) -> None:
    found = digitised(k)
    assert found.reach_before is not None
    assert found.reach_after is not None
    assert found.reach_refitted is not None
    assert found.reach_before.longest < 100
    assert found.reach_refitted.longest < 100
    assert found.reach_after.n is None
    assert found.loss_after <= found.loss_before + 1e-3


def test_torch_counts_to_ten_thousand_with_the_weights_it_gives() -> None:
    model = digitised().model
    twin = torch.nn.LSTM(3, 3)
    twin.load_state_dict(model.lstm.state_dict())
    ids = LANGUAGE.string(10_000)
    with torch.no_grad():
        y, _ = twin(nn.functional.one_hot(torch.tensor(ids), 3).float())
        assert solved(model.head(y), torch.from_numpy(LANGUAGE.sets(ids))).all()


def test_what_is_recorded_is_exact() -> None:
    found = digitised()
    ids = torch.tensor(LANGUAGE.string(60)).unsqueeze(1)
    with torch.no_grad(), sg.record(found.model) as run:
        found.model(ids)
    f, written = run["lstm.l0.f"][:, 0], (run["lstm.l0.i"] * run["lstm.l0.g"])[:, 0]
    assert {c.kind for c in found.changes} & {"counter"}
    for change in found.changes:
        assert set(change.after) == set("$ab")
        for symbol, (hold, step) in change.after.items():
            here = ids[:, 0] == LANGUAGE.alphabet.index(symbol)
            assert (f[here, change.unit] == hold).all()
            if hold == 1:
                assert 2 * step == round(2 * step)
                assert (written[here, change.unit] == step).all()


def test_the_given_model_is_untouched_and_the_new_one_is_another() -> None:
    net = trained()[1].net
    before = copy.deepcopy(net.state_dict())
    found = digitised(1)
    assert found.model is not net
    for name, value in net.state_dict().items():
        assert torch.equal(value, before[name]), name
        assert value.requires_grad == before[name].requires_grad


def test_what_would_harm_is_left_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    net = wired(0.5, 0.51, 9.0)
    monkeypatch.setattr(Judged, "within", lambda *_: False)
    found = sg.digitise(net, LANGUAGE, train_to=4, most=10)
    assert [c.kind for c in found.changes] == ["left"] * 2
    assert "allowed are" in found.table()
    assert found.loss_after == found.loss_before
    for a, b in zip(net.parameters(), found.model.parameters(), strict=True):
        assert torch.equal(a, b)


def test_no_position_more_is_wrong_whatever_the_tolerance() -> None:
    with pytest.warns(UserWarning, match="counts less far"):  # it counted to 12; the data goes to 6
        found = sg.digitise(trained()[2].net, LANGUAGE, tolerance=100.0, train_to=6, most=12)
    assert found.reach_after is not None
    assert found.reach_after.longest >= 6


def test_a_drifting_counter_becomes_the_one_it_was_meant_to_be() -> None:
    found = sg.digitise(wired(0.5, 0.51, 9.0), LANGUAGE, train_to=8, most=100)
    (counter,) = (c for c in found.changes if c.kind == "counter" and c.unit == 0)
    assert counter.scale == pytest.approx(0.51, rel=1e-3)
    assert {s: w for s, (_, w) in counter.after.items() if s != "$"} == {"a": 1.0, "b": -1.0}
    assert found.reach_before is not None
    assert found.reach_before.longest < 60
    assert found.reach_after is not None
    assert found.reach_after.n is None


class Embedded(nn.Module):
    """Another model: a learned embedding, next symbols as targets."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(3, 4)
        self.lstm = sg.LSTM(4, 2)
        self.head = nn.Linear(2, 3)

    def forward(self, ids: torch.Tensor, state: object = None) -> tuple[torch.Tensor, object]:
        y, state = self.lstm(self.embed(ids), state)
        return self.head(y), state


def test_any_model_with_a_head_and_next_ids_as_targets() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Embedded()
    ids = torch.tensor([LANGUAGE.string(n)[:7] for n in (3, 4, 5)]).T
    targets = torch.cat([ids[1:], torch.full((1, 3), -1)])
    found = sg.digitise(model, (ids, targets), tolerance=5.0)
    assert found.reach_after is None
    assert len(found.changes) == 2
    assert all(set(c.before) == {"0", "1", "2"} for c in found.changes)
    assert "longest" not in found.table()


def test_what_is_refused() -> None:
    net = Counter(LANGUAGE.alphabet, 2)
    with pytest.raises(sg.UnknownNameError, match="unknown language 'abba'"):
        sg.digitise(net, "abba")
    with pytest.raises(sg.ShapeError, match=r"digitise: data: expected a language, .* got NoneType"):
        sg.digitise(net)
    with pytest.raises(sg.ShapeError, match=r"targets: .* got \[2, 2\]"):
        sg.digitise(net, (torch.zeros(3, 2, dtype=torch.int64), torch.zeros(2, 2, dtype=torch.int64)))
    narrow = Embedded()
    narrow.embed, narrow.lstm = nn.Embedding(3, 2), sg.LSTM(2, 2)
    with pytest.raises(sg.ShapeError, match=r"inputs \[3, 2\] that depend on each other"):
        sg.digitise(narrow, LANGUAGE, train_to=3)
    with pytest.raises(sg.ShapeError, match="3 symbols, the model 4"):
        sg.digitise(Counter("$abc", 2), LANGUAGE, train_to=3)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"tolerance": float("nan")}, "tolerance: expected nats a position, from 0, as in 1e-3; got nan"),
        ({"tolerance": -1}, "tolerance: .* got -1"),
        ({"train_to": 0}, "train_to: expected a whole number from 1, got 0"),
        ({"train_to": 2.5}, "train_to: .* got 2.5"),
        ({"most": 0}, "most: .* got 0"),
    ],
)
def test_options_out_of_range_are_named(options: dict[str, float], said: str) -> None:
    with pytest.raises(SoftgateError, match=said):
        sg.digitise(Counter(LANGUAGE.alphabet, 2), LANGUAGE, **options)  # type: ignore[arg-type]
    with pytest.raises(sg.DtypeError, match="model: expected a torch module, got NoneType"):
        sg.digitise(None, None)  # type: ignore[arg-type]


def test_a_net_that_is_worse_for_it_says_so() -> None:
    found = digitised()
    assert found.reach_before is not None
    assert found.reach_after is not None
    assert not found.worse
    assert "less far" not in found.table()
    other = replace(found, reach_before=found.reach_after, reach_after=found.reach_before)
    assert other.worse
    assert repr(other).endswith("worse than before>")
    assert "it counts less far than before" in str(other)
    assert "it counts less far than before" in other.table()


def test_a_net_that_is_worse_for_it_is_returned_with_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    found = digitised()
    other = replace(found, reach_before=found.reach_after, reach_after=found.reach_before)
    monkeypatch.setattr(import_module("softgate.limits.digitise"), "_digitise", lambda *_: other)
    with pytest.warns(UserWarning, match="counts less far than the one that was given: up to n = "):
        assert sg.digitise(trained()[0].net, LANGUAGE, train_to=3, most=5) is other


def test_print_shows_a_short_table_and_repr_is_a_line() -> None:
    found = digitised()
    lines = str(found).splitlines()
    assert lines[0] == found.table().splitlines()[0]
    assert [line.split()[:2] for line in lines[-len(found.changes) :]] == [[str(c.unit), c.kind] for c in found.changes]
    assert len(lines) == 5 + len(found.changes)
    assert max(map(len, lines)) <= 80
    assert "\n" not in repr(found)
    exact = sum(c.kind != "left" for c in found.changes)
    assert repr(found).startswith(f"<digitised: {exact} of 3 units made exact, longest correct n ")
    assert len(repr(found)) < 100


def test_what_would_fail_later_is_refused_at_once() -> None:
    net = Counter(LANGUAGE.alphabet, 2)
    none, some = torch.zeros(0, 0, dtype=torch.int64), torch.zeros(5, 2, dtype=torch.int64)
    with pytest.raises(sg.ShapeError, match="LSTM needs a module 'head'"):
        sg.digitise(sg.LSTM(3, 3), "anbn")
    with pytest.raises(sg.ShapeError, match=r"ids: expected at least one step of one sequence, got \[0, 0\]"):
        sg.digitise(net, (none, none))
    for wrong in (99, -1):
        with pytest.raises(sg.ShapeError, match=rf"ids: expected 0 to 2, which the model knows, got {wrong} to"):
            sg.digitise(net, (some + wrong, some))
    with pytest.raises(sg.ShapeError, match=r"targets: expected 0 to 2, .* got 7 to 7"):
        sg.digitise(net, (some, some + 7))
    with pytest.raises(sg.ShapeError, match="targets: expected at least one next id"):
        sg.digitise(net, (some, some - 1))
    with torch.no_grad():
        next(net.parameters()).fill_(float("nan"))
    with pytest.raises(SoftgateError, match="weights that are not finite"):
        sg.digitise(net, LANGUAGE, train_to=3)
