"""Rests told apart by where the text is, and whether a unit keeps what it follows, on nets that are known."""

from __future__ import annotations

import functools
import math
from dataclasses import replace
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import softgate as sg
from softgate.report import blocks as b, to_html, to_text
from softgate.report.appearance import Appearance, Moment
from softgate.report.began import Past, trace
from softgate.report.cards import census_blocks
from softgate.report.census import Census, take
from softgate.report.counted import Reader, Rehearsal
from softgate.report.course import signed, since
from softgate.report.events import EVENTS, REFINED, events_of, refined
from softgate.report.held import said
from softgate.report.holding import Holder
from softgate.report.known import Excerpts, excerpts, known
from softgate.report.searched import better
from softgate.report.searches import searches
from softgate.report.streamed import Best
from softgate.report.tracking import Labelled
from softgate.report.trials import AHEAD, UNTOLD, Beside, Holding, Kept, Once, beside, keeps, spread
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
            assert kept.low == kept.high == kept.there_low == kept.there_high == left
            assert kept.beside is not None
            assert kept.beside.others == 2
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
    assert all(one.low - 1e-6 <= one.change <= one.high + 1e-6 < -0.3 for one in latch)
    assert latch[-1].answer == "changes it"
    assert [one.beside is None for one in latch] == [True, True, False]
    follower = holder.once(SIGNAL, FOLLOWS, QUOTED, found.labels[QUOTED])
    assert all(one.after == pytest.approx(one.before, abs=1e-6) for one in follower)
    assert holder.once(SIGNAL, DRIFTS, "inside a comment", found.labels["inside a comment"]) == []


def share(kept: Kept | None) -> float:
    return math.nan if kept is None else kept.apart[-1]


def test_since_when_it_is_kept_is_told_from_the_stages(census: Census) -> None:
    assert [past.characters for past in census.past] == [100, 200, 500, 900]
    place = next(k for k, one in enumerate(census.holding) if one.label == QUOTED)
    assert len(census.past[0].then) == len(census.holding)
    assert [share(past.then[place].inside) for past in census.past[-2:]] == [1.0, 1.0]
    asked = [Holding(QUOTED, SIGNAL, DRIFTS, "latch", 1.0, (), ())]
    stages = [Stage(200, 200, 1.0, wired(FAST).state_dict()), Stage(500, 500, 1.0, wired().state_dict())]
    past = trace(wired(), 900, stages, stretches(), asked)
    assert [share(moment.then[0].inside) for moment in past] == [0.0, 1.0, 1.0]
    assert [share(moment.then[0].outside) for moment in past] == [1.0, 1.0, 1.0]
    assert trace(wired(), 900, [], stretches(), asked) == ()


def test_the_page_says_what_such_a_unit_is_and_since_when(census: Census) -> None:
    text = to_text(b.Report("", "", tuple(census_blocks(SimpleNamespace(census=census, appearance=None)))))  # type: ignore[arg-type]
    assert "Do they keep what they follow?" in text
    assert "inside it keeps what is put into it (100% [100%, 100%], rank 2 of 3)" in text
    assert "By the definitions it is to be called a" in text
    assert "from 200 characters" in text
    assert "last did not at 100" in text
    assert "rest in quotes" in text
    assert "first character in quotes" in text


def at(inside: bool, share: float, low: float, high: float, there: float = 0.3) -> Kept:
    return Kept(inside, 120, (1.0, 0.9, share), low, high, there, there, there, 0.7, Beside(9, 97, 0.62))


def of(within: Kept, without: Kept, role: str = "mixed", low: float = -0.4) -> str:
    maps = (("rest in code", Map("other", n=9)), ("rest in quotes", Map("hold", n=99)), ("#", Map("other", n=30)))
    once = (Once("closing quote", 8, 53, 21, 0.491, 0.164, low, -0.02 if low > -0.1 else -0.25, Beside(1, 96, 0.06)),)
    return said(Holding("inside quotes", SIGNAL, 7, role, 0.969, (within, without), once, maps))


def test_a_unit_is_said_to_be_what_the_trials_show_and_no_more() -> None:
    text = of(at(True, 0.97, 0.93, 1.0), at(False, 0.7, 0.6, 0.8))
    assert text.startswith(
        "'inside quotes', l0.c, unit 7 (area under the curve 0.969): inside it keeps what is put into it (97% [93%, "
        "100%], rank 9 of 98); outside it does not keep what is put into it (70% [60%, 80%], rank 9 of 98); one put "
        "outside changes what is said of the closing quote 8 characters later (-0.327 [-0.400, -0.250], rank 1 of 97)."
    )
    assert text.endswith(
        "By the definitions it is no latch but mixed: its values inside do not stay where they were; its values "
        "outside do not stay where they were; at '#', 'rest in code' no map fits, since what it does depends on more "
        "than its own value, or on that in another way."
    )
    text = of(at(True, 0.91, 0.74, 1.0, there=0.9), at(False, 0.9, math.nan, math.nan, there=0.95), low=-0.08)
    assert "whether it keeps inside what is put into it cannot be told (91% [74%, 100%]" in text
    assert "whether it keeps outside what is put into it cannot be told (90% without an interval" in text
    assert "whether one put outside changes what is said of the closing quote cannot be told" in text
    assert "stay where they were" not in text
    assert "it is to be called a latch" in of(at(True, 1.0, 1.0, 1.0), at(False, 1.0, 1.0, 1.0), "latch")


def test_there_are_three_answers_and_the_interval_decides() -> None:
    assert [keeps(*ends) for ends in ((0.9, 1.0), (0.5, 0.89), (0.5, 0.9), (math.nan, math.nan))] == [
        *("keeps", "does not", UNTOLD, UNTOLD)
    ]
    found = Once("closing quote", 8, 53, 21, 0.5, 0.4, -0.13, -0.07, Beside(2, 96, 0.06))
    assert found.answer == replace(found, low=0.07, high=0.13).answer == "changes it"
    assert replace(found, high=-0.05).answer == replace(found, low=math.nan).answer == UNTOLD
    assert replace(found, low=-0.05, high=-0.02).answer == replace(found, low=0, high=0).answer == "no more than others"
    assert replace(found, beside=None, high=0.01).answer == UNTOLD


def test_the_interval_is_by_stretch_and_the_rank_among_all() -> None:
    flags, stretch = np.repeat([1.0, 0.0], [60, 40]), np.repeat(np.arange(5), 20)
    low, high = spread(flags, stretch)  # as wide as of five values, not as of a hundred
    draws = np.array([np.mean(one) for one in product((1, 1, 1, 0, 0), repeat=5)])
    assert (low, high) == tuple(np.quantile(draws, [0.025, 0.975]))
    assert all(map(math.isnan, spread(flags, stretch // 2)))
    assert beside(0.5, [0.1, 0.5, 0.9, 0.2]) == Beside(3, 4, float(np.quantile([0.1, 0.5, 0.9, 0.2], 0.95)))
    assert beside(0.5, []) is None


def test_since_when_needs_the_interval_at_this_stage_and_all_later_ones() -> None:
    past = [Past(n, 2.0, ()) for n in (100, 200, 300, 400)]
    yes, no = "keeps", "does not"
    assert since((no, yes, UNTOLD, yes), past) == "from 400 characters (2.000 bits) on; last did not at 100"
    assert since((yes,) * 4, past) == "at or before 100 characters"
    assert since((UNTOLD, yes, yes, yes), past) == "from 200 characters (2.000 bits) on; before, it cannot be told"
    assert since((yes, yes, yes, no), past) == "did not"
    assert since((yes, yes, yes, UNTOLD), past) == UNTOLD
    assert since(("",) * 4, past) == "too few places"
    assert [signed(x) for x in (-0.0001, 0.0, -0.0006, 0.25, math.nan)] == ["0.000", "0.000", "-0.001", "+0.250", "-"]


def test_other_units_are_moved_as_far_as_torch_says_step_by_step() -> None:
    model, found, unit = noisy(), stretches(), DRIFTS
    rehearsal = Rehearsal(reader(model), found)
    holder, label = Holder(rehearsal), found.labels[QUOTED].copy()
    label[:, 10:] = np.nan
    c = holder.seen[SIGNAL].c
    wide, usual = c.reshape(-1, 3).std(0), [np.median(c[label == side], 0) for side in (1, 0)]
    spots = holder._places(label == 1, unit)
    far = abs(usual[1][unit] - usual[0][unit]) / wide[unit]
    shares = []
    for other in (PLAIN, FOLLOWS):
        step = far * wide[other] * (1 if usual[1][other] >= usual[0][other] else -1)
        ends = []
        for t, column in zip(spots.t[:100], spots.b[:100], strict=True):
            ids = found.ids[: t + AHEAD[-1] + 1, column]
            low, high = (stepped(model, ids, t - 1, other, usual[0][other] + by)[0][-1] for by in (0.0, step))
            ends.append((high - low) / step >= 0.5)
        shares.append(np.mean(ends))
    first = holder.kept(SIGNAL, unit, label)[0].beside
    assert first is not None
    assert first.others == 2
    assert first.high == pytest.approx(np.quantile(shares, 0.95))

    back, last = AHEAD[-1], holder.once(SIGNAL, unit, QUOTED, label)[-1]
    due = list(zip(*np.nonzero(rehearsal.due["closing quote"][:-1]), strict=True))
    places = [(t, b) for t, b in due if t > back and (label[t - back : t + 1, b] == 1).all()]
    drawn = [places[k] for k in np.random.default_rng([0, unit]).permutation(len(places))[:100]]
    sizes = []
    for other in (PLAIN, FOLLOWS):
        ways = []
        for way in (1, -1):
            change = []
            for t, k in drawn:
                by = abs(c[t - back, k, unit] - usual[1][unit]) / wide[unit] * wide[other] * way
                after = stepped(model, found.ids[: t + 2, k], t - back, other, c[t - back, k, other] + by)[1]
                change.append(after - rehearsal.plain[t, k])
            ways.append(abs(np.mean(change)))
        sizes.append(max(ways))
    assert last.beside is not None
    assert last.beside.high == pytest.approx(np.quantile(sizes, 0.95), abs=1e-5)


def test_a_label_with_several_best_units_has_them_side_by_side(census: Census) -> None:
    moments = (Moment(900, 3.25, {QUOTED: Best(1, 1, 0.75, (0.5, 0.9))}),)
    label = SimpleNamespace(title=QUOTED)
    tracking = SimpleNamespace(
        files=7, findings=(SimpleNamespace(label=label, trained=SimpleNamespace(unit=2, score=0.5)),)
    )
    run = SimpleNamespace(settings=SimpleNamespace(layers=1, hidden_size=3))
    found = SimpleNamespace(
        census=census, appearance=Appearance(moments, 2, 100), run=run, tracking=tracking, bits=2.125
    )
    *_, table = searches(found)  # type: ignore[arg-type]
    assert isinstance(table, b.Table)
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows[QUOTED] == ("unit 2", "0.500", "l0.c, unit 0", "1.000", "unit 1", "0.750")
    assert rows["bits a character"] == ("", "2.125", "", "3.067", "", "3.250")
    assert rows["inside brackets"][:2] == rows["inside brackets"][4:] == ("-", "-")
    found.census = None
    assert searches(found) == []  # type: ignore[arg-type]


def test_the_long_tables_are_folded_and_the_others_are_not(census: Census) -> None:
    blocks = census_blocks(SimpleNamespace(census=census, appearance=None))  # type: ignore[arg-type]
    html = to_html(b.Report("", "", tuple(blocks)))
    for block in blocks:
        if isinstance(block, b.Table):
            assert block.folded == "" or f"<details><summary>{block.folded}</summary>" in html
    folded = [block.columns[:2] for block in blocks if isinstance(block, b.Table) and block.folded]
    assert folded == [("label", "unit"), ("label", "unit"), ("unit", "class")]
    assert not any("-0.000" in cell for one in blocks if isinstance(one, b.Table) for row in one.rows for cell in row)
