"""Text out of a character model, one character at a time."""

from __future__ import annotations

import torch

from softgate.text.alphabet import BOUNDARY, UNKNOWN, Alphabet
from softgate.train.model import CharacterModel

__all__ = ["generate"]


def generate(
    model: CharacterModel,
    alphabet: Alphabet,
    length: int,
    *,
    start: str = "",
    temperature: float = 1.0,
    seed: int = 0,
) -> str:
    """`length` characters that follow `start` at the beginning of a document.

    `temperature` divides the logits: under 1 the likely becomes likelier, 0 always takes the likeliest character.
    """
    if temperature < 0:
        raise ValueError(f"expected a temperature of at least 0, got {temperature}")
    random = torch.Generator().manual_seed(seed)
    found: list[int] = []
    step = model.lstm.stream()
    with torch.no_grad():
        for given in alphabet.document(start):
            y = step(model.embedding.weight[int(given)])
        while len(found) < length:
            following = model.head(y)
            following[[UNKNOWN, BOUNDARY]] = -torch.inf  # neither is a character that could be written
            if temperature == 0:
                found.append(int(following.argmax()))
            else:
                found.append(int(torch.multinomial((following / temperature).softmax(0), 1, generator=random)))
            y = step(model.embedding.weight[found[-1]])
    return alphabet.decode(found)
