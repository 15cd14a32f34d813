"""The census on nets whose every unit is known, the places where a character is due, and when units appear."""

from __future__ import annotations

import copy
import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

import softgate as sg
from report.test_faces import HOSTILE, Page
from softgate.report import blocks as b, to_html, to_text
from softgate.report.appearance import Appearance, Moment, appeared, watch
from softgate.report.cards import census_blocks, census_lines
from softgate.report.census import Census, heads, strongest, take
from softgate.report.counted import Reader, Rehearsal
from softgate.report.grown import growth_blocks
from softgate.report.known import excerpts, kinds
from softgate.report.streamed import Best, Half, best_units
from softgate.report.tracking import Labelled, half_of, parts_of, states_of
from softgate.roles.tracking import Standing, Tracking
from softgate.text.alphabet import Alphabet
from softgate.text.corpus import Document
from softgate.text.labels import columns, label_document
from softgate.track import track
from softgate.train import CharacterModel
from softgate.train.observe import bits_per_character
from softgate.train.stages import Stage

SIGNS = Alphabet("\n()")  # rest, opens, closes
ROWS = {"\n": 0, "(": 1, ")": 2}


def latch(read: bool = True) -> CharacterModel:
    """The zoo's latch as a character model: "(" sets unit 0, ")" clears it, and it makes a closing bracket likely."""
    machine = sg.zoo.build("latch", hidden_size=4, seed=0)
    model = CharacterModel(len(SIGNS), 4, 1, 3)
    with torch.no_grad():
        model.embedding.weight.copy_(machine.model.embedding.weight[[0, 0, 0, 1, 2]])
        for name, value in machine.model.lstm.named_parameters():
            getattr(model.lstm, name).copy_(value)
        model.head.weight.zero_()
        model.head.bias.zero_()
        if read:
            model.head.weight[4, 0] = 4.0
    return model


def texts(count: int = 12, length: int = 256) -> list[Labelled]:
    random = np.random.default_rng(0)
    made = []
    for k in range(count):
        text, inside, states = "", False, []
        for _ in range(length):
            sign = (")" if inside else "(") if random.random() < 0.15 else "\n"
            inside = inside if sign == "\n" else not inside
            text += sign
            states.append(inside)
        labels = {
            "string": np.zeros(length, np.int16),
            "quoted": np.zeros(length, np.int16),
            "comment": np.zeros(length, np.int16),
            "depth": np.array(states).astype(np.int16),
            "column": columns(text),
        }
        made.append(Labelled(Document(f"{k}.py", text), labels))
    return made


@pytest.fixture(scope="module")
def census() -> Census:
    twin = CharacterModel(len(SIGNS), 4, 1, 3, seed=1)
    return take(latch(), twin, SIGNS, texts())


def test_a_wired_latch_is_found_with_its_verdict_and_the_others_are_dead(census: Census) -> None:
    assert census.reason == ""
    assert census.trained == {"latch": {"mechanism shown": 1}, "dead": {"nothing": 3}}
    assert census.units == 4
    assert sum(sum(n.values()) for n in (census.twin or {}).values()) == 4
    assert "latch" not in (census.twin or {})


def test_its_card_has_the_label_the_text_and_what_it_does_to_the_closing_bracket(census: Census) -> None:
    (card,) = census.cards
    assert card.title == "l0.c, unit 0 is a latch"
    assert any("'inside brackets': area under the curve 1.000" in sentence for sentence in card.said)
    assert len(card.values) == len(card.text) == 256
    inside = False
    low: list[float] = []
    high: list[float] = []
    for sign, value in zip(card.text, card.values, strict=True):
        inside = sign == "(" or (inside and sign != ")")
        (high if inside else low).append(value)
    assert min(high) > max(low)
    by_name = {effect.due: effect for effect in card.effects}
    assert "closing quote" not in by_name
    bracket = by_name["closing bracket"]
    assert bracket.after < bracket.before - 0.1
    assert bracket.high < 0
    assert bracket.peers == 0.0  # nobody reads the other units


def test_below_sufficient_nothing_is_said_to_be(census: Census) -> None:
    deaf = take(latch(read=False), CharacterModel(len(SIGNS), 4, 1, 3, seed=1), SIGNS, texts())
    (card,) = deaf.cards
    assert card.verdict == "correlates"
    assert card.title == "l0.c, unit 0 acts like a latch"
    assert all(effect.after == effect.before and effect.low == 0.0 for effect in card.effects)


def test_replacing_a_memory_gives_what_torch_gives_step_by_step() -> None:
    model = CharacterModel(len(SIGNS), 5, 1, 3, seed=3)
    found = excerpts(texts(4, 64), SIGNS, steps=64)
    assert found is not None
    rehearsal = Rehearsal(Reader(model.embedding, model.lstm, model.head), found)
    got = rehearsal._replaced("lstm.l0.c", [2], np.random.default_rng(7))[0]

    flat = rehearsal.c["lstm.l0.c"].flatten(0, 1)
    put = flat[torch.from_numpy(np.random.default_rng(7).integers(len(flat), size=tuple(found.ids.shape)))][..., 2]
    cell = torch.nn.LSTMCell(3, 5).double()
    with torch.no_grad():
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(cell, name).copy_(getattr(model.lstm, f"{name}_l0"))
        h = c = torch.zeros(found.ids.shape[1], 5, dtype=torch.float64)
        for t, ids in enumerate(found.ids[:-1]):
            before, (_, c) = h, cell(model.embedding(ids).double(), (h, c))
            gates = model.embedding(ids).double() @ cell.weight_ih.T + before @ cell.weight_hh.T
            gates = gates + cell.bias_ih + cell.bias_hh
            c = c.clone()
            c[:, 2] = put[t].double()
            h = torch.sigmoid(gates[:, 15:]) * torch.tanh(c)
            chance = torch.softmax(h @ model.head.weight.double().T + model.head.bias.double(), -1)
            wanted = chance.gather(1, found.ids[t + 1][:, None])[:, 0].numpy()
            np.testing.assert_allclose(got[t], wanted, rtol=0, atol=2e-6)


SOURCE = 'x = f(a[1], "b)c")  # it\'s (\ny = """d\n"""\n' * 8


def python(count: int = 4) -> list[Labelled]:
    labels = label_document(SOURCE)
    assert labels is not None
    return [Labelled(Document(f"{k}.py", SOURCE), labels) for k in range(count)]


def test_what_is_due_is_due_where_the_tokenizer_says_so() -> None:
    found = excerpts(python(8), Alphabet.of([SOURCE]), steps=len(SOURCE))
    assert found is not None
    assert found.texts[0] == SOURCE
    line = SOURCE[: len(SOURCE) // 8]
    places = {name: [t for t in np.flatnonzero(flags[:, 0]) if t < len(line)] for name, flags in found.due.items()}
    assert places == {
        "closing quote": [line.index('")'), line.rindex('"')],
        "closing bracket": [line.index("]"), line.index(")  #")],
        "newline": [t for t, sign in enumerate(line) if sign == "\n"],
    }
    assert all(np.isnan(series[0]).all() for series in found.labels.values())


def test_pieces_begin_at_lines_outside_of_everything() -> None:
    found = excerpts(python(), Alphabet.of([SOURCE]), steps=64)
    assert found is not None
    for text, source in zip(found.texts, found.sources, strict=True):
        start = int(source.rpartition(" ")[2]) - 1
        assert SOURCE[start : start + 64] == text
        assert text[0] in "xy"


def test_other_text_has_the_labels_that_can_be_counted() -> None:
    text = '<a href="b c">d</a>\n"e\n' * 20
    items = [Labelled(Document("a.html", text), {"column": columns(text)})] * 4
    found = excerpts(items, Alphabet.of([text]), steps=64)
    assert found is not None
    assert list(found.labels) == ["inside double quotes (odd number in the line)", "column"]
    quotes = found.due["closing quote"][:-1, 0]
    assert next(found.texts[0][t - 4 : t + 1] for t in np.flatnonzero(quotes)) == '"b c"'
    of, names = kinds(found)
    assert of[0, 0] == -1
    assert found.texts[0].startswith('"e')
    assert names[of[1, 0]] == repr('"')
    assert names[of[2, 0]] == "small letter"


def test_of_a_document_that_piece_comes_first_in_which_most_labels_begin_or_end() -> None:
    text = "x = 1\n" * 30 + "y = ['a', 'b']\n" * 10 + "x = 1\n" * 30
    labels = label_document(text)
    assert labels is not None
    found = excerpts([Labelled(Document("a.py", text), labels)] * 8, Alphabet.of([text]), steps=128)
    assert found is not None
    assert found.texts[0].count("'") >= 20


def test_a_text_that_is_too_short_has_no_census_and_says_why() -> None:
    short = texts(3, 40)
    assert take(latch(), latch(), SIGNS, short).reason.startswith("the held-out text is too short")
    lines = census_lines(SimpleNamespace(census=Census("too short")))  # type: ignore[arg-type]
    assert lines == ["", "  no census of the memory cells: too short"]


def test_a_net_that_is_too_wide_is_not_judged() -> None:
    wide = CharacterModel(len(SIGNS), 1024, 1, 3)
    assert "too long" in take(wide, wide, SIGNS, texts(4)).reason


def judged(unit: int, verdict: str, label: str, score: float, **others: tuple[float, float]) -> Any:
    standings = {name: Standing(found, (1 + found) / 2, by_input) for name, (found, by_input) in others.items()}
    standings[label] = Standing(2 * score - 1, score, 0.5)
    tracking = Tracking(label, True, score, (score, score), 0.5, 0.001, 0.001, 1, 0.5, "", standings)
    return SimpleNamespace(unit=unit, verdict=verdict, role="mixed", tracking=tracking, tracks=True, effects=None)


def test_cards_go_by_verdict_and_score_and_no_tracked_label_is_missing() -> None:
    found = [judged(u, "necessary", "column", 0.6 + u / 100) for u in range(5)]
    found += [judged(5, "correlates", "string", 0.9), judged(6, "correlates", "string", 0.97)]
    found += [judged(7, "nothing", "comment", 1.0), judged(8, "sufficient", "column", 0.55)]
    chosen = strongest(found, 4)
    assert [role.unit for role in chosen] == [8, 4, 3, 6]


def test_the_head_of_a_label_may_track_another_one_better_and_the_input_may_not_know_as_much() -> None:
    found = [
        judged(0, "correlates", "deep", 0.96, brackets=(0.88, 0.6)),
        judged(1, "necessary", "brackets", 0.65),
        judged(2, "necessary", "comment", 0.7, newline=(0.2, 0.697)),
        judged(3, "nothing", "string", 0.99),
    ]
    assert {label: role.unit for label, role in heads(found).items()} == {"deep": 0, "brackets": 0, "comment": 2}
    assert [role.unit for role in strongest(found, 2)] == [2, 0]


def test_appeared_is_the_first_stage_from_which_on_it_stays() -> None:
    assert appeared([0.5, 0.96, 0.97]) == 1
    assert appeared([0.96, 0.5, 0.97]) == 2
    assert appeared([0.96, 0.97, 0.949]) is None
    assert appeared([0.95]) == 0
    assert appeared([0.99, math.nan, 0.99]) == 2
    assert appeared([0.99, math.nan]) is None


def test_a_latch_that_was_not_there_at_first_appears_at_its_stage() -> None:
    model = latch()
    early = {name: torch.zeros_like(value) for name, value in model.state_dict().items()}
    stages = [
        Stage(100, 101, 2.0, early),
        Stage(200, 202, 1.0, dict(model.state_dict())),
        Stage(500, 502, 1.0, {"other": torch.zeros(1)}),
        Stage(9000, 9000, 1.0, early),
    ]
    twin = CharacterModel(len(SIGNS), 4, 1, 3, seed=1)
    found = watch(model, 1000, stages, lambda: copy.deepcopy(twin), SIGNS, texts())
    assert [moment.characters for moment in found.moments] == [101, 202, 1000]
    assert found.labels == ("inside brackets",)
    first = found.first("inside brackets")
    assert first is not None
    assert first.characters == 202
    assert first is found.clear("inside brackets")
    assert found.twin["inside brackets"].interval[1] < 1
    assert first.best["inside brackets"].unit == 0
    assert found.moments[0].bits == pytest.approx(math.log2(len(SIGNS)), rel=1e-5)


def moment(characters: int, score: float, label: str) -> Moment:
    return Moment(characters, 2.0, {label: Best(3, 1, score, (score - 0.05, score + 0.01))})


def test_by_interval_a_unit_appears_where_it_stays_above_the_twin_and_the_table_has_the_whole_course() -> None:
    moments = tuple(moment(10 ** (k + 4), score, "x") for k, score in enumerate((0.9, 0.74, 0.8, 0.93)))
    found = Appearance(moments, 2, 100, {"x": Best(1, 1, 0.6, (0.5, 0.7))})
    first = found.first("x")
    assert first is not None
    assert first.characters == 1_000_000  # at 0.74 it reached down to 0.69
    assert found.clear("x") is None
    summary, course, *_ = growth_blocks(found)
    assert isinstance(summary, b.Table)
    assert isinstance(course, b.Table)
    assert summary.rows[0][1:4] == ("1,000,000", "did not appear", "2.000")
    assert [row[0] for row in course.rows] == ["10,000", "100,000", "1,000,000", "10,000,000", "untrained twin"]
    assert [row[1] for row in course.rows] == ["2.000"] * 4 + [""]
    assert [row[2].endswith("*") for row in course.rows] == [True, False, True, True, False]
    assert course.rows[1][2] == "0.740 [0.690, 0.750]"
    never = Appearance(moments, 2, 100, {"x": Best(1, 1, 0.9, (0.5, 0.95))})
    assert never.first("x") is None


@pytest.mark.parametrize(("files", "layers"), [(9, 1), (6, 2), (1, 1)])
def test_streamed_units_are_those_of_all_states_at_once(files: int, layers: int) -> None:
    model = CharacterModel(len(SIGNS), 6, layers, 3, seed=2)
    items = texts(files, 600)
    ids = [SIGNS.document(item.document.text) for item in items]
    sides = parts_of([len(item) - 1 for item in ids])
    flags = [{"x": item.labels["depth"] > 0, "y": item.labels["column"] > 2} for item in items]
    found, bits = best_units(model, *(Half(ids, flags, side) for side in sides))
    states = states_of(model, ids, None)
    search, judge = (half_of(states, side) for side in sides)
    for name in ("x", "y"):
        wanted = [np.concatenate([flags[k][name][a:z] for k, a, z in side]).astype(np.int16) for side in sides]
        whole = track(search, judge, (wanted[0], wanted[1]), binary=True)
        assert whole is not None
        best = found[name]
        assert (best.unit, best.sign) == (whole.unit, whole.sign)
        assert best.score == pytest.approx(whole.score, abs=1e-6)
        assert best.interval == pytest.approx(whole.interval, abs=1e-6)
    assert bits == pytest.approx(bits_per_character(model, ids), rel=1e-6)


def story(scores: tuple[float, ...], census: Census, label: str = "x") -> Any:
    moments = tuple(moment(100_000 * (k + 1), score, label) for k, score in enumerate(scores))
    return SimpleNamespace(census=census, appearance=Appearance(moments, 2, 100, {label: Best(1, 1, 0.6, (0.5, 0.7))}))


def page(text: str, census: Census) -> b.Report:
    """The section with `text` wherever text from outside can be."""
    (card,) = census.cards
    values = (0.5,) * len(text)
    told = replace(card, name=text, title=text, said=(text,), why=text, source=text, text=text, values=values)
    again = replace(census, cards=(told,), labels=(text,), classes=(text,))
    return b.Report("t", "s", tuple(census_blocks(story((0.5, 0.6), again, text))))


def test_the_page_says_what_did_not_appear_and_hostile_text_does_nothing(census: Census) -> None:
    assert "did not appear" in to_text(page("x", census))
    mine, plain = (Page(to_html(page(text, census))) for text in (HOSTILE, "x"))
    for kind in ("script", "img", "style", "pre", "article", "span"):
        assert sum(tag == kind for tag, _ in mine.tags) == sum(tag == kind for tag, _ in plain.tags), kind
    assert not any(name.startswith("on") for _, attributes in mine.tags for name in attributes)
    assert mine.text.count(HOSTILE) >= 8


def test_the_terminal_has_the_verdicts_and_the_strongest(census: Census) -> None:
    lines = census_lines(story((0.5,), census))
    assert lines[1] == "  of 4 memory cells: 1 mechanism shown, 0 sufficient, 0 necessary, 0 correlates"
    assert lines[2].startswith("  in an untrained twin: ")
    assert lines[3] == "  effects measured for 4 of 4, and 4 of the twin's"
    assert lines[4] == "  the strongest: l0.c, unit 0 is a latch (mechanism shown)"
