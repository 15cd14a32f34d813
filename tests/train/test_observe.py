"""Walking a model over documents: side by side and in pieces gives what one at a time and in one go does."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from softgate.text.alphabet import BOUNDARY
from softgate.train import CharacterModel, observe
from softgate.train.observe import SIGNALS, bits_per_character, saturation, walk

SIZE = 12


@pytest.fixture(params=[1, 2])
def model(request: pytest.FixtureRequest) -> CharacterModel:
    return CharacterModel(SIZE, 9, request.param, 5, seed=1)


def documents() -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [np.append(BOUNDARY, random.integers(2, SIZE, n)) for n in (7, 0, 23, 1, 16)]


def by_hand(model: CharacterModel, ids: torch.Tensor) -> dict[str, torch.Tensor]:
    """The signals of `model` over `ids` [T, 1], from the equations, step by step: `"l0.c"` to [T, H]."""
    x = model.embedding(ids[:, 0])
    found = {}
    for layer in range(model.lstm.num_layers):
        w, u, b, d = (getattr(model.lstm, f"{n}_l{layer}") for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
        h = c = torch.zeros(model.lstm.hidden_size)
        steps = []
        for x_t in x:
            i, f, g, o = (w @ x_t + b + u @ h + d).chunk(4)
            i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
            c = f * c + i * g
            h = o * c.tanh()
            steps.append(torch.stack([i, f, g, o, c, h]))
        found |= {f"l{layer}.{name}": torch.stack(steps)[:, k] for k, name in enumerate(SIGNALS)}
        x = found[f"l{layer}.h"]
    return found


@torch.no_grad()
def test_pieces_are_the_whole(model: CharacterModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observe, "PIECE", 5)
    monkeypatch.setattr(observe, "LANES", 2)
    texts = documents()
    seen = [0] * len(texts)
    for piece in walk(model, texts, SIGNALS):
        for lane, (index, length) in enumerate(zip(piece.documents, piece.lengths, strict=True)):
            assert piece.start == seen[index]
            seen[index] += length
            ids = torch.from_numpy(texts[index])[:, None]
            place = slice(piece.start, piece.start + length)
            cost = torch.nn.functional.cross_entropy(model(ids[:-1])[0][:, 0], ids[1:, 0], reduction="none")[place]
            torch.testing.assert_close(piece.nats[:length, lane], cost)
            for name, values in by_hand(model, ids).items():
                torch.testing.assert_close(piece.signals[name][:length, lane], values[1:][place], msg=name)
    assert seen == [len(ids) - 1 for ids in texts]


@torch.no_grad()
def test_bits_are_those_of_one_document_after_the_other(model: CharacterModel) -> None:
    total = 0.0
    for ids in documents():
        logits = model(torch.from_numpy(ids)[:-1, None])[0][:, 0] if len(ids) > 1 else torch.empty(0, SIZE)
        total += float(torch.nn.functional.cross_entropy(logits, torch.from_numpy(ids)[1:], reduction="sum"))
    characters = sum(len(ids) - 1 for ids in documents())
    assert bits_per_character(model, documents()) == pytest.approx(total / characters / math.log(2), rel=1e-5)


@torch.no_grad()
def test_saturation_is_a_share_of_the_steps(model: CharacterModel) -> None:
    with torch.no_grad():
        model.lstm.weight_hh_l0.mul_(8)
        model.lstm.weight_ih_l0.mul_(8)
    found = {(item.layer, item.gate): item for item in saturation(model, documents())}
    assert len(found) == 3 * model.lstm.num_layers
    signals = [by_hand(model, torch.from_numpy(ids)[:, None]) for ids in documents()]
    for (layer, gate), item in found.items():
        values = torch.cat([signal[f"l{layer}.{gate}"][1:] for signal in signals])
        np.testing.assert_allclose(item.shut, (values < 0.1).double().mean(0), atol=1e-9)
        np.testing.assert_allclose(item.open, (values > 0.9).double().mean(0), atol=1e-9)
        assert item.steps == len(values)


@torch.no_grad()
def test_a_boundary_makes_two_documents_of_one(model: CharacterModel) -> None:
    first, second = documents()[0], documents()[2]
    together = torch.from_numpy(np.concatenate([first, second]))[:, None]
    torch.testing.assert_close(model(together)[0][len(first) :], model(torch.from_numpy(second)[:, None])[0])
