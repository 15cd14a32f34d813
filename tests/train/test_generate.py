"""Text out of a model."""

from __future__ import annotations

from collections import Counter

import pytest
import torch

from softgate.generate import generate
from softgate.text.alphabet import BOUNDARY, UNKNOWN, Alphabet
from softgate.train import CharacterModel

ALPHABET = Alphabet("abc")


@pytest.fixture
def model() -> CharacterModel:
    """Writes b half of the time, a and c a quarter each, whatever went before; would love to write what it must not."""
    model = CharacterModel(len(ALPHABET), 4, seed=0)
    with torch.no_grad():
        model.head.weight.zero_()
        model.head.bias.copy_(torch.tensor([9.0, 9.0, 0.25, 0.5, 0.25]).log())
        model.head.bias[[UNKNOWN, BOUNDARY]] = 5.0
    return model


def test_the_frequencies_are_those_of_the_model(model: CharacterModel) -> None:
    text = generate(model, ALPHABET, 2000, seed=1)
    counts = Counter(text)
    assert set(counts) == set("abc")
    assert counts["b"] / 2000 == pytest.approx(0.5, abs=0.05)
    cold = Counter(generate(model, ALPHABET, 2000, temperature=0.5, seed=1))
    assert cold["b"] / 2000 == pytest.approx(0.25 / (0.25 + 2 * 0.0625), abs=0.05)


def test_temperature_zero_takes_the_likeliest(model: CharacterModel) -> None:
    assert generate(model, ALPHABET, 5, start="xa", temperature=0) == "bbbbb"


def test_each_character_is_the_likeliest_after_all_before_it() -> None:
    model = CharacterModel(len(ALPHABET), 8, 2, seed=3)
    with torch.no_grad():
        model.head.weight.mul_(20)
    text = generate(model, ALPHABET, 12, start="ab", temperature=0)
    assert len(set(text)) > 1
    for at, character in enumerate(text):
        logits = model(torch.from_numpy(ALPHABET.document("ab" + text[:at]))[:, None])[0][-1, 0]
        assert ALPHABET.characters[int(logits[2:].argmax())] == character


def test_the_same_seed_writes_the_same(model: CharacterModel) -> None:
    assert generate(model, ALPHABET, 50, seed=3) == generate(model, ALPHABET, 50, seed=3)
    assert generate(model, ALPHABET, 50, seed=3) != generate(model, ALPHABET, 50, seed=4)


def test_a_negative_temperature_is_refused(model: CharacterModel) -> None:
    with pytest.raises(ValueError, match="expected a temperature of at least 0, got -1"):
        generate(model, ALPHABET, 1, temperature=-1)
