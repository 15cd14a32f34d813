"""Rests told apart by where the text is, and whether a unit keeps what it follows, on nets that are known."""

from __future__ import annotations

import functools
import math
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import softgate as sg
from softgate.report import blocks as b, to_text
from softgate.report.began import trace
from softgate.report.cards import census_blocks
from softgate.report.census import Census, take
from softgate.report.counted import Reader, Rehearsal
from softgate.report.events import EVENTS, REFINED, events_of, refined
from softgate.report.held import said
from softgate.report.holding import AHEAD, Holder, Holding, Kept, Once
from softgate.report.known import Excerpts, excerpts, known
from softgate.report.searched import better
from softgate.report.tracking import Labelled
from softgate.roles.maps import Map
from softgate.roles.role import Role
from softgate.roles.table import Roles
from softgate.roles.words import SWITCHING
from softgate.text.alphabet import BOUNDARY, Alphabet
from softgate.text.corpus import Document
from softgate.text.labels import label_document
from softgate.train import CharacterModel
from softgate.train.stages import Stage

SIGNS = Alphabet('\nx"()')
LINE, X, QUOTE, OPENS, CLOSES = range(5)
QUOTED = "inside quotes on one line"
SIGNAL = "lstm.l0.c"
PLAIN, DRIFTS, FOLLOWS = range(3)
SLOW, FAST = -4.4, -2.0


def wired(drift: float = SLOW, rest: float = 0.5) -> CharacterModel:
    """Three units that are up inside quotes. 0 changes sides at quotes. 1 is set to a half and to -1 by them; it holds
    outside, and inside it moves towards ``rest`` by a share of sigma(drift) a character. 2 is written anew at every
    character, from what 0 shows."""
    model = CharacterModel(len(SIGNS), 3, 1, 5)
    with torch.no_grad():
        for p in model.parameters():
            p.zero_()
        model.embedding.weight[2:] = torch.eye(5)
        model.embedding.weight[BOUNDARY] = torch.eye(5)[LINE]  # a text begins as a line does
        W, U = model.lstm.weight_ih_l0.view(4, 3, 5), model.lstm.weight_hh_l0.view(4, 3, 3)
        i, f, g, o = range(4)
        W[o] = 20.0
        up = math.tanh(1.0)  # what unit 0 shows inside, and with the other sign outside
        W[i, PLAIN], W[f, PLAIN] = -20.0, 20.0
        W[i, DRIFTS], U[i, DRIFTS, PLAIN] = (drift - 20.0) / 2, (drift + 20.0) / 2 / up
        W[f, DRIFTS], U[f, DRIFTS, PLAIN] = -W[i, DRIFTS], -U[i, DRIFTS, PLAIN]
        W[g, DRIFTS] = math.atanh(rest) + 26.0 * up
        for unit, sign in product((PLAIN, DRIFTS), (LINE, QUOTE)):
            W[i, unit, sign], W[f, unit, sign] = 60.0, -60.0
        W[g, :, LINE], W[g, PLAIN, QUOTE], W[g, DRIFTS, QUOTE] = -60.0, 10.0, math.atanh(0.5) - 26.0 * up
        U[g, PLAIN, PLAIN] = U[g, DRIFTS, PLAIN] = -26.0
        W[i, FOLLOWS], W[f, FOLLOWS], W[g, FOLLOWS], U[g, FOLLOWS, PLAIN] = 20.0, -20.0, 0.0, 26.0
        model.head.weight[2 + QUOTE, DRIFTS] = 4.0
    return model


@functools.cache
def documents() -> tuple[Labelled, ...]:
    """Lines with long quotes full of brackets, and as long outside."""
    random, found = np.random.default_rng(0), []
    for k in range(12):
        lines = []
        for _ in range(40):
            before, inside = (int(n) for n in random.integers(30, 44, 2))
            lines.append("x" * before + '("' + "".join(random.choice(list("xx()"), inside)) + '")\n')
        text = "".join(lines)
        labels = label_document(text)
        assert labels is not None
        found.append(Labelled(Document(f"{k}.py", text), labels))
    return tuple(found)


@functools.cache
def stretches() -> Excerpts:
    found = excerpts(documents(), SIGNS)
    assert found is not None
    return found


def reader(model: CharacterModel) -> Reader:
    return Reader(model.embedding, model.lstm, model.head)


def classes(text: str) -> list[str]:
    labels = label_document(text)
    assert labels is not None
    series = known(Labelled(Document("a.py", text), labels))
    found = refined(events_of(text, labels)[:, None], {n: y[:, None].astype(float) for n, y in series.items()})
    return [REFINED[k] if k >= 0 else "none" for k in found[:, 0]]


def test_a_rest_is_named_by_where_the_character_before_it_is() -> None:
    code, brackets, quotes = "rest in code", "rest in brackets", "rest in quotes"
    opens, closes = "string on one line opens", "string on one line closes"
    first, comment, triple = "first character in quotes", "rest in a comment", "rest in triple quotes"
    line = "newline outside strings"
    assert classes("x('ab' 1)# c\nx\n") == [
        *(code, "opening bracket", opens, first, quotes, closes, brackets, brackets, "closing bracket"),
        *("#", comment, comment, line, code, line),
    ]
    assert classes("('',\n1)") == ["opening bracket", opens, closes, brackets, line, brackets, "closing bracket"]
    ends = ["none", "none", "triple-quoted string closes"]
    assert classes('"""a\n"b"""x') == [
        *("none", "none", "triple-quoted string opens", triple, triple, triple, triple),
        *(*ends, code),
    ]
    labels = {name: np.zeros((4, 1)) for name in known(documents()[0])}
    labels["inside a comment"][:, 0] = [np.nan, 1, 0, 0]  # what comes with a character does not count for it
    found = refined(np.array([[-1], [0], [0], [0]]), labels)[:, 0]
    assert [REFINED[k] for k in found[1:]] == [code, comment, code]
    assert sorted(set(REFINED) & set(EVENTS)) == sorted(EVENTS[1:])  # nothing but rest is told apart


def roles(model: CharacterModel, apart: bool, others: int = 0) -> Roles:
    """``others``: with the events of as many stretches further on."""
    found = stretches()
    assert found.events is not None
    of, names = (refined(found.events, found.labels), REFINED) if apart else (found.events, EVENTS)
    of = np.roll(of, others, axis=1)
    return sg.find_roles(reader(model), found.ids, found.labels, events=of, names=names, effects=False)


def test_a_latch_that_drifts_inside_is_one_only_where_rests_are_told_apart() -> None:
    before, after = roles(wired(), False), roles(wired(), True)
    assert [before[unit].role for unit in (PLAIN, DRIFTS)] == ["toggle", "mixed"]
    assert before[DRIFTS].maps["rest"].kind == "other"
    drifts = after[DRIFTS]
    assert [after[unit].role for unit in (PLAIN, DRIFTS)] == ["toggle", "latch"]
    assert drifts.event == (
        "string on one line opens set +0.5, string on one line closes set -1, newline outside strings set -1"
    )
    assert [check.passed for check in drifts.checks] == [True, True, True]
    share = 1 / (1 + math.exp(-SLOW))
    inside, outside = drifts.maps["rest in quotes"], drifts.maps["rest in code"]
    np.testing.assert_allclose([inside.a, inside.b, outside.a, outside.b], [1 - share, share / 2, 1, 0], atol=1e-5)


def test_one_that_loses_inside_what_it_holds_and_one_that_is_written_anew_are_none() -> None:
    lost = roles(wired(FAST), True)[DRIFTS]
    assert (lost.role, lost.maps["rest in quotes"].kind) == ("mixed", "decay")
    follower = roles(wired(), True)[FOLLOWS]
    assert follower.role not in ("latch", "toggle", "counter", "timer")
    assert {m.kind for m in follower.maps.values()} <= {"set", "other", "rare"}


def test_with_the_events_of_another_text_and_in_nets_that_nobody_trained_there_is_no_switch() -> None:
    assert not roles(wired(), True, others=1).of(*SWITCHING)
    for seed in range(6):
        assert not roles(CharacterModel(len(SIGNS), 16, 1, 5, seed=seed), True).of(*SWITCHING)


def test_steps_that_come_to_rest_inside_of_the_range_do_not_count() -> None:
    found = roles(wired(rest=0.95), True)[DRIFTS]
    assert (found.looked, found.role) == ("counter", "mixed")
    assert [check.what for check in found.checks if not check.passed] == [
        "steps at the ends of its range, how far apart as a share"
    ]


def test_events_make_no_sensor_since_they_know_more_than_the_present_input() -> None:
    maps = {"a": Map("set", n=10)}
    one = Role(0, "l0", SIGNAL, "mixed", "mixed", {}, {"a": Map("other", n=10)}, {}, verdict="correlates")
    two = Role(0, "l0", SIGNAL, "sensor", "sensor", {}, maps, {}, verdict="necessary")
    assert better(Roles([one]), Roles([two])).roles[0] is one


@pytest.fixture(scope="module")
def census() -> Census:
    start = CharacterModel(len(SIGNS), 3, 1, 5, seed=2)
    stages = [Stage(n, n, 1.0, model.state_dict()) for n, model in ((100, start), (200, wired(FAST)), (500, wired()))]
    twin = CharacterModel(len(SIGNS), 3, 1, 5, seed=1)
    return take(wired(), twin, SIGNS, documents(), characters=900, stages=stages)


def test_the_census_finds_it_and_the_follower_is_no_latch(census: Census) -> None:
    assert {role: sum(n.values()) for role, n in (census.trained or {}).items()} == {
        "toggle": 1,
        "latch": 1,
        "mixed": 1,
    }
    assert not {"latch", "toggle"} & set(census.twin or {})
    assert census.by_events[0] >= 1


def test_what_is_kept_is_what_the_wiring_keeps() -> None:
    found, share = stretches(), 1 / (1 + math.exp(-SLOW))
    holder = Holder(Rehearsal(reader(wired()), found))
    for unit, left in ((PLAIN, 1.0), (FOLLOWS, 0.0)):
        sides = holder.kept(SIGNAL, unit, found.labels[QUOTED])
        assert [kept.inside for kept in sides] == [True, False]
        for kept in sides:
            assert (kept.apart, kept.there, kept.places) == ((left,) * len(AHEAD), left, 200)
            assert kept.low == kept.high == left
    inside, outside = holder.kept(SIGNAL, DRIFTS, found.labels[QUOTED])
    assert (inside.apart[-1], outside.apart[-1]) == (1.0, 1.0)
    assert (1 - share) ** AHEAD[-1] > 0.5
    fast = Holder(Rehearsal(reader(wired(FAST)), found)).kept(SIGNAL, DRIFTS, found.labels[QUOTED])
    keeps = 1 - 1 / (1 + math.exp(-FAST))
    assert fast[0].apart == tuple(float(keeps**n >= 0.5) for n in AHEAD) == (1.0, 1.0, 0.0)
    assert fast[1].apart == (1.0, 1.0, 1.0)


def stepped(model: CharacterModel, ids: torch.Tensor, at: int, unit: int, value: float) -> tuple[np.ndarray, float]:
    """torch's cell in float64, with one unit put at one step: c after each step, and the chance of the last id."""
    cell = torch.nn.LSTMCell(5, 3).double()
    with torch.no_grad():
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(cell, name).copy_(getattr(model.lstm, f"{name}_l0"))
        h = c = torch.zeros(1, 3, dtype=torch.float64)
        cs = []
        for t, one in enumerate(ids[:-1]):
            x, before = model.embedding(one[None]).double(), h
            h, c = cell(x, (h, c))
            if t == at:
                gates = x @ cell.weight_ih.T + before @ cell.weight_hh.T + cell.bias_ih + cell.bias_hh
                c[:, unit] = value
                h = torch.sigmoid(gates[:, 9:]) * torch.tanh(c)
            cs.append(c[0, unit].item())
        chance = torch.softmax(h @ model.head.weight.double().T + model.head.bias.double(), -1)
    return np.array(cs), float(chance[0, ids[-1]])


def noisy() -> CharacterModel:
    """The wired net, with places that differ."""
    model = wired(FAST)
    with torch.no_grad(), torch.random.fork_rng():
        torch.manual_seed(1)
        for p in model.lstm.parameters():
            p.add_(torch.randn_like(p) * 0.8)
    return model


def drawn() -> CharacterModel:
    """A net in which every step leaves its trace."""
    model = CharacterModel(len(SIGNS), 3, 1, 5, seed=3)
    with torch.no_grad():
        for p in (*model.lstm.parameters(), *model.head.parameters()):
            p.mul_(2.0)
    return model


@pytest.mark.parametrize("model", [noisy(), drawn()], ids=["wired", "drawn"])
def test_both_trials_give_what_torch_gives_step_by_step(model: CharacterModel) -> None:
    found, unit = stretches(), DRIFTS
    rehearsal = Rehearsal(reader(model), found)
    holder = Holder(rehearsal)
    label = found.labels[QUOTED].copy()
    label[:, 10:] = np.nan  # a third will do
    c = holder.seen[SIGNAL].c[..., unit]
    levels = float(np.median(c[label == 0])), float(np.median(c[label == 1]))
    spots = holder._places(label == 1, unit)
    for t, column in zip(spots.t[:5], spots.b[:5], strict=True):
        assert (label[t - 1 : t + AHEAD[-1], column] == 1).all()
    share = []
    for t, column in zip(spots.t, spots.b, strict=True):
        ids = found.ids[: t + AHEAD[-1] + 1, column]
        low, high = (stepped(model, ids, t - 1, unit, level)[0][t - 1 :] for level in levels)
        share.append([(high[n] - low[n]) / (levels[1] - levels[0]) >= 0.5 for n in AHEAD])
    kept = holder.kept(SIGNAL, unit, label)[0]
    np.testing.assert_allclose(kept.apart, np.mean(share, 0), atol=1e-9)

    once = holder.once(SIGNAL, unit, QUOTED, label)
    assert [o.characters for o in once] == list(AHEAD)
    due = list(zip(*np.nonzero(rehearsal.due["closing quote"][:-1]), strict=True))
    for one, back in zip(once, AHEAD, strict=True):
        places = [(t, b) for t, b in due if t > back and (label[t - back : t + 1, b] == 1).all()]
        chances = [stepped(model, found.ids[: t + 2, b], t - back, unit, levels[0])[1] for t, b in places]
        assert one.places == len(chances) > 20
        assert one.after == pytest.approx(np.mean(chances), abs=1e-5)


def test_one_put_in_a_memory_is_felt_when_the_quote_is_due_and_in_a_follower_it_is_not() -> None:
    found = stretches()
    holder = Holder(Rehearsal(reader(wired()), found))
    latch = holder.once(SIGNAL, DRIFTS, QUOTED, found.labels[QUOTED])
    assert all(one.after < one.before - 0.3 for one in latch)
    assert all(one.peers == pytest.approx(0, abs=0.35) for one in latch)
    follower = holder.once(SIGNAL, FOLLOWS, QUOTED, found.labels[QUOTED])
    assert all(one.after == pytest.approx(one.before, abs=1e-6) for one in follower)
    assert holder.once(SIGNAL, DRIFTS, "inside a comment", found.labels["inside a comment"]) == []


def test_since_when_it_is_kept_is_told_from_the_stages(census: Census) -> None:
    assert [past.characters for past in census.past] == [100, 200, 500, 900]
    place = next(k for k, one in enumerate(census.holding) if one.label == QUOTED)
    assert len(census.past[0].then) == len(census.holding)
    assert census.past[-1].then[place].inside == census.past[-2].then[place].inside == 1.0
    asked = [Holding(QUOTED, SIGNAL, DRIFTS, "latch", 1.0, (), ())]
    stages = [Stage(200, 200, 1.0, wired(FAST).state_dict()), Stage(500, 500, 1.0, wired().state_dict())]
    past = trace(wired(), 900, stages, stretches(), asked)
    assert [moment.then[0].inside for moment in past] == [0.0, 1.0, 1.0]
    assert [moment.then[0].outside for moment in past] == [1.0, 1.0, 1.0]
    assert trace(wired(), 900, [], stretches(), asked) == ()


def test_the_page_says_what_such_a_unit_is_and_since_when(census: Census) -> None:
    text = to_text(b.Report("", "", tuple(census_blocks(SimpleNamespace(census=census, appearance=None)))))  # type: ignore[arg-type]
    assert "Do they keep what they follow?" in text
    assert "So it keeps by itself what is put into it, on both sides. By the definitions it is to be called a" in text
    assert "keeps what is put into it inside" in text
    assert "rest in quotes" in text
    assert "first character in quotes" in text


def of(within: float, without: float, role: str = "mixed", there: float = 0.3) -> str:
    sides = [
        Kept(inside, 120, (1.0, 0.9, share), 0.1, 0.9, there, 0.7, 0.02)
        for inside, share in ((True, within), (False, without))
    ]
    maps = (("rest in code", Map("other", n=9)), ("rest in quotes", Map("hold", n=99)), ("#", Map("other", n=30)))
    once = (Once("closing quote", 8, 53, 0.491, 0.164, 0.001),)
    return said(Holding("inside quotes", SIGNAL, 7, role, 0.969, tuple(sides), once, maps))


def test_a_unit_is_said_to_be_what_the_trials_show_and_no_more() -> None:
    text = of(0.91, 0.48)
    assert text.startswith(
        "l0.c, unit 7 follows 'inside quotes' (area under the curve 0.969). Inside, the two were apart"
    )
    assert "at 91% of 120 places 8 characters later (units like it: 2%), and where they were at 30%" in text
    assert "8 characters before a closing quote is due, it takes the probability of that from 0.491 to 0.164" in text
    assert "So inside it keeps by itself what is put into it; outside, characters and other units overwrite it." in text
    assert text.endswith(
        "By the definitions it is no latch but mixed: its values inside do not stay where they were; its values "
        "outside do not stay where they were; at '#', 'rest in code' what it does depends on more than its own value."
    )
    assert "So outside it keeps by itself what is put into it; inside" in of(0.5, 0.9)
    assert "So it does not hold by itself: the net writes it anew." in of(0.4, 0.1)
    assert "So at some places it keeps" in of(0.6, 0.1)
    assert "on both sides" in of(0.9, 0.95)
    assert "it is to be called a latch" in of(0.95, 0.95, "latch")
    assert "values inside" not in of(0.9, 0.9, there=0.9)
