"""Events of the tokenizer, and a quote latch that only they can show."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from softgate.report import to_text
from softgate.report import blocks as b
from softgate.report.cards import census_blocks
from softgate.report.census import Census, take
from softgate.report.events import EVENTS, events_of
from softgate.report.searched import better, mapped
from softgate.report.tracking import Labelled
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


SIGNS = Alphabet('\n"x')
K = 20.0


def quotes() -> CharacterModel:
    """A toggle of single quotes: c is +1 inside a string and -1 outside. To characters it does two things at a quote."""
    model = CharacterModel(len(SIGNS), 2, 1, 3)
    lstm = model.lstm
    with torch.no_grad():
        for p in model.parameters():
            p.zero_()
        model.embedding.weight[2:] = torch.eye(3)
        i, f, g, o = (row * 2 for row in range(4))
        lstm.weight_ih_l0[i] = torch.tensor([K, K, -K])  # a newline and a quote write, x holds
        lstm.weight_ih_l0[f] = torch.tensor([-K, -K, K])
        lstm.weight_ih_l0[g] = torch.tensor([-K, 0.0, 0.0])
        lstm.weight_hh_l0[g, 0] = -3 * K  # what a quote writes is the other side
        lstm.bias_ih_l0[g] = 0.5
        lstm.bias_ih_l0[o] = K
        model.head.weight[3, 0] = 6.0
    return model


def documents() -> list[Labelled]:
    random, found = np.random.default_rng(0), []
    for k in range(12):
        text = "".join(
            "x" * int(random.integers(1, 4)) + ' "'.strip() + "x" * int(random.integers(1, 9)) + '"\n'
            for _ in range(80)
        )
        labels = label_document(text)
        assert labels is not None
        found.append(Labelled(Document(f"{k}.py", text), labels))
    return found
