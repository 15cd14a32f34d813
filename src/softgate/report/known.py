"""What is known of each character of the text, as yes or no, and the stretches of it that the census is taken on.

A stretch begins where a line does, outside strings, comments and brackets; the model reads it as the beginning of a
file. Python source has its tokenizer's labels; of any other text it is known what
can be counted: the column, and whether an odd number of double quotes came in the line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from softgate.report.events import events_of
from softgate.report.tracking import Labelled
from softgate.text.alphabet import Alphabet

__all__ = ["Excerpts", "excerpts", "kinds", "known"]

Flags = NDArray[np.bool_]
DEEPEST = 50_000
"""Of a document, so many characters are looked at."""
OWN = 10
"""So many signs, the most frequent, are classes of input of their own; all others go by their kind."""
KINDS = ("small letter", "capital", "digit", "space", "other sign")


def known(item: Labelled) -> dict[str, Flags]:
    """Yes-or-no labels of a document by title, [T] each: of the state after each character."""
    labels = item.labels
    if "string" not in labels:
        return {"inside double quotes (odd number in the line)": _odd_quotes(item.document.text)}
    return {
        "inside a string": labels["string"] > 0,
        "inside quotes on one line": labels["quoted"] > 0,
        "inside triple quotes": (labels["string"] > 0) & (labels["quoted"] == 0),
        "inside a comment": labels["comment"] > 0,
        "inside brackets": labels["depth"] > 0,
        "two brackets deep or more": labels["depth"] > 1,
    }


def _odd_quotes(text: str) -> Flags:
    found, inside = np.zeros(len(text), dtype=bool), False
    for place, character in enumerate(text):
        inside = (inside ^ (character == '"')) and character != "\n"
        found[place] = inside
    return found


@dataclass(frozen=True, eq=False)
class Excerpts:
    """Stretches of held-out text, T steps of B: step 0 reads the boundary, step t character t - 1."""

    texts: tuple[str, ...]
    sources: tuple[str, ...]
    ids: Tensor
    """[T, B]"""
    labels: dict[str, NDArray[np.float64]]
    """[T, B] each, NaN at step 0."""
    due: dict[str, Flags]
    """[T, B] each: whether the character that comes after this step is the one that the name says."""
    events: NDArray[np.int64] | None = None
    """[T, B]: what the tokenizer says happens, as `softgate.report.events` numbers it; None of other text."""


def excerpts(labelled: Sequence[Labelled], alphabet: Alphabet, steps: int = 256, most: int = 32) -> Excerpts | None:
    """At most so many stretches of so many characters, taken from the documents in turn; None with fewer than four.

    Where the documents are short, the stretches are: 64 characters at least.
    """
    for length in (steps, steps // 2, steps // 4):
        chosen = _chosen(labelled, length, most)
        if len(chosen) >= min(8, most):
            break
    if len(chosen) < 4:
        return None
    texts = tuple(labelled[k].document.text[start : start + length] for k, start in chosen)
    ids = torch.from_numpy(np.stack([alphabet.document(text) for text in texts], axis=1))
    cut = [{n: y[start : start + length] for n, y in _told(labelled[k]).items()} for k, start in chosen]
    labels = {name: _stacked([item[name] for item in cut]) for name in cut[0]}
    sources = tuple(f"{labelled[k].document.name}, from character {start + 1}" for k, start in chosen)
    python = "string" in labelled[0].labels
    events = _events(labelled, chosen, length) if python else None
    return Excerpts(texts, sources, ids, labels, _due(texts, labels, python), events)


def _events(labelled: Sequence[Labelled], chosen: Sequence[tuple[int, int]], length: int) -> NDArray[np.int64]:
    """The events of each stretch, [T, B]: of the whole document, then cut."""
    of = {k: events_of(labelled[k].document.text, labelled[k].labels) for k, _ in chosen}
    cut = np.stack([of[k][start : start + length] for k, start in chosen], axis=1)
    return np.pad(cut, ((1, 0), (0, 0)), constant_values=-1)


def _told(item: Labelled) -> dict[str, NDArray[np.float64]]:
    numbers = {"column": item.labels["column"].astype(np.float64)}
    return {name: flags.astype(np.float64) for name, flags in known(item).items()} | numbers


def _chosen(labelled: Sequence[Labelled], length: int, most: int) -> list[tuple[int, int]]:
    """(document, from) of the stretches: one of each document, then a second of each, and so on.

    Of a document, those come first in which most labels begin or end: the text alone decides.
    """
    found: list[list[int]] = []
    for item in labelled[: 4 * most]:
        text, flags = item.document.text[:DEEPEST], np.array(list(known(item).values()))
        changes = np.cumsum(np.diff(flags, axis=1, prepend=False).sum(0))
        starts: list[int] = []
        for place in range(len(text) - length + 1):
            begins = place == 0 or (text[place - 1] == "\n" and not flags[:, place - 1].any() and text[place] != "\n")
            if begins and (not starts or place >= starts[-1] + length):
                starts.append(place)
        found.append(sorted(starts, key=lambda place: changes[place] - changes[place + length - 1]))
    turns = [(k, start[n]) for n in range(most) for k, start in enumerate(found) if n < len(start)]
    return turns[:most]


def _stacked(series: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.pad(np.stack(series, axis=1), ((1, 0), (0, 0)), constant_values=np.nan)


def _due(texts: Sequence[str], labels: dict[str, NDArray[np.float64]], python: bool) -> dict[str, Flags]:
    """Of a string in Python the last quote is meant; of brackets, those outside strings and comments."""
    signs = np.array([list(text) for text in texts]).T  # [T - 1, B]
    last = np.zeros((1, len(texts)), dtype=bool)
    name = "inside a string" if python else next(iter(labels))
    ends = (labels[name][:-1] == 1) & (labels[name][1:] == 0)  # NaN is neither
    brackets = np.isin(signs, list(")]}"))
    if python:
        brackets &= (labels["inside brackets"][:-1] == 1) & (labels["inside a string"][1:] == 0)
        brackets &= labels["inside a comment"][1:] == 0
    found = {
        "closing quote": ends & np.isin(signs, list("\"'")),
        "closing bracket": brackets,
        "newline": signs == "\n",
    }
    return {name: np.concatenate([flags, last]) for name, flags in found.items() if flags.any()}


def kinds(found: Excerpts) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """The class of each step, [T, B], -1 for the boundary, and what the classes are called.

    The most frequent signs are classes of their own; letters, digits and what is left go by kind, which keeps the
    number of interventions within reason.
    """
    text = "".join(found.texts)
    signs, counts = np.unique([c for c in text if not c.isalnum()] or [" "], return_counts=True)
    own = [str(sign) for sign in signs[np.argsort(-counts, kind="stable")][:OWN]]
    rows = [[_kind(c, own) for c in one] for one in found.texts]
    of = np.pad(np.array(rows, dtype=np.int64).T, ((1, 0), (0, 0)), constant_values=-1)
    return of, (*(repr(sign) for sign in own), *KINDS)


def _kind(character: str, own: Sequence[str]) -> int:
    if character in own:
        return own.index(character)
    tests = (character.isalpha() and not character.isupper(), character.isupper(), character.isnumeric())
    place = next((n for n, test in enumerate((*tests, character.isspace())) if test), len(tests) + 1)
    return len(own) + place
