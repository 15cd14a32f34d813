"""What is known about each character of a JSON text, as the truth that units are held against.

A label speaks of the state *after* a character was read, as those of :mod:`softgate.text.labels`. One value after the
other, as in JSON Lines, is a text too. What Python's own decoder refuses has no labels.
"""

from __future__ import annotations

import json
import re

import numpy as np

from softgate.text.labels import Label, Series, columns

__all__ = ["JSON_LABELS", "label_json"]

JSON_LABELS: tuple[Label, ...] = (
    Label("string", "inside a string", "from the opening quote to the character before the closing quote", True),
    Label("key", "inside a key", "the same, of strings that name a member of an object", True),
    Label("value", "at a value", "in an object, past the colon of a member and not yet past its end", True),
    Label("number", "inside a number", "from its first character to its last", True),
    Label("depth", "bracket depth", "how many of [ { are open", False),
    Label("column", "column", "characters since the start of the line", False),
)

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[\[\]{}:,]', re.DOTALL)
_SPACE = re.compile(r"[ \t\n\r]*")


def label_json(text: str) -> dict[str, Series] | None:
    """Every label of a JSON text, name to [T]; None where it is none."""
    if not _is_json(text):
        return None
    found = {name: np.zeros(len(text), np.int16) for name in ("string", "key", "value", "number")}
    steps = np.zeros(len(text), np.int16)
    brackets: list[str] = []
    at_value = [False]  # of each open bracket, the innermost last, whether a colon has come
    for token in _TOKEN.finditer(text):
        first, begin, end = token[0][0], token.start(), token.end()
        if first == '"':
            found["string"][begin : end - 1] = 1
            if brackets and brackets[-1] == "{" and not at_value[-1]:
                found["key"][begin : end - 1] = 1
            continue
        if first in "[{":
            brackets.append(first)
            at_value.append(False)
            steps[begin] = 1
        elif first in "]}":
            brackets.pop()
            at_value.pop()
            steps[begin] = -1
        elif first in ":,":
            at_value[-1] = first == ":"
        else:
            found["number"][begin:end] = 1
        found["value"][begin:] = at_value[-1]
    return {**found, "depth": np.cumsum(steps, dtype=np.int16), "column": columns(text)}


def _is_json(text: str) -> bool:
    """Whether Python's decoder reads it, as one value or several."""
    decoder, place = json.JSONDecoder(), _end(text, 0)
    try:
        while place < len(text):
            place = _end(text, decoder.raw_decode(text, place)[1])
    except (ValueError, RecursionError):
        return False
    return bool(text.strip())


def _end(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    return match.end() if match else place
