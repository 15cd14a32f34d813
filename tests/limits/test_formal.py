"""Languages: the sets are held against a brute-force enumeration of the strings, which shares nothing with them."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
import torch

import softgate as sg
from softgate.tasks.formal import get, names, solved


def members(name: str, longest: int) -> set[str]:
    """All words of a language up to a length, by trying every word."""

    def balanced(word: str) -> bool:
        while "()" in word:
            word = word.replace("()", "")
        return word == ""

    def belongs(word: str) -> bool:
        if name == "dyck1":
            return balanced(word)
        found = re.fullmatch("(a+)(b+)" + ("(c+)" if name == "anbncn" else ""), word)
        return found is not None and len({len(part) for part in found.groups()}) == 1

    letters = get(name).alphabet[1:]
    words = ("".join(w) for n in range(longest + 1) for w in itertools.product(letters, repeat=n))
    return {w for w in words if belongs(w)}


@pytest.mark.parametrize(("name", "sizes", "longest"), [("anbn", [1, 2, 3], 8), ("anbncn", [1, 2, 3], 9)])
def test_sets_are_what_some_word_goes_on_with(name: str, sizes: list[int], longest: int) -> None:
    language, words = get(name), {w + "$" for w in members(name, longest + 3)} if name == "anbn" else set()
    if name == "anbncn":
        words = {"a" * n + "b" * n + "c" * n + "$" for n in range(1, 5)}
        assert {w[:-1] for w in words if len(w) <= longest + 1} == members(name, longest)
    for n in sizes:
        ids = language.string(n)
        text = "".join(language.alphabet[k] for k in ids[1:])
        for t, row in enumerate(language.sets(ids)):
            follows = {w[t] for w in words if w.startswith(text[:t])}
            assert {s for s, there in zip(language.alphabet, row, strict=True) if there} == follows, (text, t)


def test_sets_of_dyck_are_what_some_word_goes_on_with() -> None:
    language, words = get("dyck1"), {w + "$" for w in members("dyck1", 10)}
    for text in members("dyck1", 6):
        ids = [0, *(language.alphabet.index(s) for s in text)]
        for t, row in enumerate(language.sets(ids)):
            follows = {w[t] for w in words if w.startswith(text[:t])}
            assert {s for s, there in zip(language.alphabet, row, strict=True) if there} == follows, (text, t)


def test_random_words_are_members_and_differ() -> None:
    language = get("dyck1")
    words = language.words([5] * 300, seed=1)
    texts = {"".join(language.alphabet[k] for k in w[1:]) for w in words}
    assert texts <= members("dyck1", 10)
    assert len(texts) == 42, "300 draws of a uniform choice among Catalan(5) = 42 words miss none"


def test_rows_hold_every_string_once_and_reset_where_one_begins() -> None:
    language = get("anbn")
    rows = language.rows(language.words(range(1, 21)))
    assert rows.real.sum() == sum(1 + 2 * n for n in range(1, 21))
    begins = (rows.reset & rows.real).nonzero().tolist()
    lengths = []
    for t, b in begins:
        word = [0, *itertools.takewhile(lambda k: k > 0, rows.ids[t + 1 :, b].tolist())]
        lengths.append((len(word) - 1) // 2)
        np.testing.assert_array_equal(rows.sets[t : t + len(word), b].numpy(), language.sets(word))
    assert sorted(lengths) == list(range(1, 21))
    assert rows.real.float().mean() > 0.95


def test_solved_wants_the_whole_set_and_nothing_at_zero() -> None:
    sets = torch.tensor([True, False])
    logits = torch.tensor([[1.0, -1.0], [1.0, 1.0], [-1.0, -1.0], [0.0, -1.0], [1.0, 0.0], [float("nan"), -1.0]])
    assert solved(logits, sets).tolist() == [True, False, False, False, False, False]


def test_what_is_refused() -> None:
    with pytest.raises(sg.UnknownNameError, match="did you mean 'anbn'"):
        get("anbm")
    with pytest.raises(sg.ShapeError, match="size of 1 or more, got 0"):
        get("anbn").string(0)
    assert names() == ["anbn", "anbncn", "dyck1"]
