"""Events of the tokenizer, and a quote latch that only they can show."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

import softgate as sg
from softgate.report import blocks as b, to_text
from softgate.report.cards import census_blocks
from softgate.report.census import Census, take
from softgate.report.counted import Reader
from softgate.report.events import EVENTS, REFINED, events_of
from softgate.report.known import excerpts, kinds
from softgate.report.searched import better, mapped
from softgate.report.tracking import Labelled
from softgate.roles.maps import Map
from softgate.roles.role import Role
from softgate.roles.table import Roles
from softgate.text.alphabet import Alphabet
from softgate.text.corpus import Document
from softgate.text.labels import label_document
from softgate.train import CharacterModel

ONE, ENDS, TRIPLE, TRIPLE_ENDS, COMMENT, LINE, OPENS, CLOSES = range(1, 9)


def told(text: str) -> dict[int, int]:
    """Where something happens: place, and what."""
    labels = label_document(text)
    assert labels is not None
    found = events_of(text, labels)
    return {int(t): int(found[t]) for t in np.flatnonzero(found)}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("x = 1", {}),
        ("f('a')\n", {1: OPENS, 2: ONE, 4: ENDS, 5: CLOSES, 6: LINE}),
        ("''", {0: ONE, 1: ENDS}),
        ("'a''b'", {0: ONE, 2: ENDS, 3: ONE, 5: ENDS}),
        ("rb'(#'", {2: ONE, 5: ENDS}),
        ('"""a\n"\'b"""', {0: -1, 1: -1, 2: TRIPLE, 8: -1, 9: -1, 10: TRIPLE_ENDS}),
        ('""""""', {0: -1, 1: -1, 2: TRIPLE, 3: -1, 4: -1, 5: TRIPLE_ENDS}),
        ("f'{a(1)}'", {1: ONE, 8: ENDS}),
        ("# ('#\n", {0: COMMENT, 5: LINE}),
        ("[{\n}]", {0: OPENS, 1: OPENS, 2: LINE, 3: CLOSES, 4: CLOSES}),
    ],
)
def test_what_happens_at_each_character(text: str, wanted: dict[int, int]) -> None:
    assert told(text) == wanted
    assert len(EVENTS) == 1 + CLOSES


SIGNS = Alphabet('\nx"()')
FED = {sign: place for place, sign in enumerate('\nx"()')}
STRONG = 20.0


def guarded() -> CharacterModel:
    """Unit 0 is up inside quotes. Unit 1 is set by "(" and cleared by ")" outside of them, and nothing else moves it:
    to a search by characters what a bracket does depends on something else, by events it is a latch."""
    model = CharacterModel(len(SIGNS), 2, 1, 5)
    with torch.no_grad():
        for p in model.parameters():
            p.zero_()
        model.embedding.weight[2:] = torch.eye(5)
        W, U = model.lstm.weight_ih_l0.view(4, 2, 5), model.lstm.weight_hh_l0.view(4, 2, 2)
        i, f, g, o = range(4)
        W[o] = STRONG
        W[i, 0], W[f, 0] = -STRONG, STRONG
        for sign in '\n"':
            W[i, 0, FED[sign]], W[f, 0, FED[sign]] = STRONG, -STRONG
        W[g, 0, FED["\n"]], W[g, 0, FED['"']], U[g, 0, 0] = -40.0, 10.0, -26.0  # a quote writes the other side
        W[i, 1], W[f, 1], U[i, 1, 0], U[f, 1, 0] = -80.0, 80.0, -60.0, 60.0  # brackets write, but inside quotes
        for sign, up in (("(", 1), (")", -1)):
            W[i, 1, FED[sign]], W[f, 1, FED[sign]], W[g, 1, FED[sign]] = 15.0, -15.0, up * STRONG
        model.head.weight[2 + FED[")"], 1] = 6.0
    return model


def documents() -> list[Labelled]:
    """Lines with one bracket that holds a string full of brackets."""
    random, found = np.random.default_rng(0), []

    def some(signs: str, least: int, most: int) -> str:
        return "".join(random.choice(list(signs), int(random.integers(least, most))))

    for k in range(12):
        lines = [f'{some("x", 1, 9)}({some("x", 1, 5)}"{some("x()", 1, 9)}"{some("x", 0, 5)})\n' for _ in range(40)]
        labels = label_document("".join(lines))
        assert labels is not None
        found.append(Labelled(Document(f"{k}.py", "".join(lines)), labels))
    return found


@pytest.fixture(scope="module")
def census() -> Census:
    return take(guarded(), CharacterModel(len(SIGNS), 2, 1, 5, seed=1), SIGNS, documents())


def test_a_latch_that_is_none_to_characters_is_found_by_events(census: Census) -> None:
    found = excerpts(documents(), SIGNS)
    assert found is not None
    model = guarded()
    of, names = kinds(found)
    reader = Reader(model.embedding, model.lstm, model.head)
    by_characters = sg.find_roles(reader, found.ids, found.labels, events=of, names=names, effects=False)
    assert by_characters[1].role == "mixed"
    assert "latch" in (census.trained or {})
    assert census.by_events[0] >= 1
    assert census.events == REFINED
    card = next(card for card in census.cards if card.name == "l0.c, unit 1")
    assert "latch" in card.title
    assert "Judged by: events of the tokenizer; at 100% of the steps what it does depends on nothing else." in card.said
    assert "opening bracket set +1, closing bracket set -1" in " ".join(card.why.split())


def test_the_page_says_what_was_searched_and_for_how_many_units_effects_were_measured(census: Census) -> None:
    page = b.Report("", "", tuple(census_blocks(SimpleNamespace(census=census, appearance=None))))  # type: ignore[arg-type]
    text = to_text(page)
    assert "Effects measured for 2 of 2 units, and for 2 of the twin's" in text
    assert "string on one line opens" in text
    assert f"the second for {census.by_events[0]} of 2, in the twin for {census.by_events[1]}" in text
    assert "effects measured" in text


def test_without_a_role_the_search_with_more_maps_is_shown_and_the_verdict_stays() -> None:
    maps = {kind: Map(kind, n=n) for kind, n in (("set", 30), ("other", 70))}
    one = Role(0, "l0", "l0.c", "mixed", "mixed", {}, {"a": maps["other"]}, {}, verdict="necessary")
    two = Role(0, "l0", "l0.c", "mixed", "mixed", {}, maps, {}, verdict="correlates")
    assert (mapped(one), mapped(two)) == (0.0, 0.3)
    found = better(Roles([one, one]), Roles([two, one]))
    assert found.by_events == {("l0.c", 0)}
    assert found.roles[0].maps == maps
    assert found.roles[0].verdict == "necessary"
    role = Role(0, "l0", "l0.c", "latch", "latch", {}, maps, {}, verdict="correlates")
    assert better(Roles([one]), Roles([role])).roles[0] is one  # less is shown
    assert better(Roles([role]), Roles([role])).by_events == frozenset()
