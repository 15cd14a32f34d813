"""What Python's tokenizer knows about each character, as the truth that units are held against.

A label speaks of the state *after* a character was read, since that is what a network that has read it can know:
after the opening quote one is inside the string, after the closing quote one is not. Files that do not tokenise
have no labels but `column`, which any text has.

Strings with fields in them (f"...") count as strings to their end, fields included, whatever the version of Python.
"""

from __future__ import annotations

import io
import token
import tokenize
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["LABELS", "Label", "Series", "columns", "label_document"]

Series = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Label:
    """A known quantity: what it is called, what it means, whether it is yes or no or a number."""

    name: str
    title: str
    meaning: str
    binary: bool


LABELS: tuple[Label, ...] = (
    Label("string", "inside a string", "from the opening quote to the character before the last closing quote", True),
    Label("quoted", "inside quotes on one line", "as a string, but not in triple quotes, as docstrings are", True),
    Label("comment", "inside a comment", "from # to the end of the line", True),
    Label("depth", "bracket depth", "how many of ( [ { are open", False),
    Label("column", "column", "characters since the start of the line", False),
)

_STARTS = {getattr(token, name) for name in ("FSTRING_START", "TSTRING_START") if hasattr(token, name)}
_ENDS = {getattr(token, name) for name in ("FSTRING_END", "TSTRING_END") if hasattr(token, name)}


def columns(text: str) -> Series:
    """Characters since the last newline, after each character, [T]: 0 after a newline, 32767 at most."""
    newline = np.array([character == "\n" for character in text], dtype=bool)
    index = np.arange(len(text))
    last = np.maximum.accumulate(np.where(newline, index, -1)) if len(text) else index
    return np.minimum(index - last, 32767).astype(np.int16)


def label_document(text: str) -> dict[str, Series] | None:
    """Every label of a Python source, name to [T]; None where `tokenize` cannot read it."""
    starts = _line_starts(text)
    string, quoted, comment, steps = (np.zeros(len(text), np.int16) for _ in range(4))
    nested: list[tuple[int, bool]] = []

    def inside(begin: int, end: int, triple: bool) -> None:
        string[begin : end - 1] = 1
        if not triple:
            quoted[begin : end - 1] = 1

    try:
        for item in tokenize.generate_tokens(io.StringIO(text).readline):
            begin = starts[item.start[0] - 1] + item.start[1] if item.start[0] <= len(starts) else len(text)
            end = starts[item.end[0] - 1] + item.end[1] if item.end[0] <= len(starts) else len(text)
            if item.type in _STARTS:
                nested.append((begin + _prefix(item.string), _is_triple(item.string)))
            elif item.type in _ENDS:
                start, triple = nested.pop()
                if not nested:
                    inside(start, end, triple)
            elif nested:
                continue
            elif item.type == token.STRING:
                inside(begin + _prefix(item.string), end, _is_triple(item.string))
            elif item.type == token.COMMENT:
                comment[begin:end] = 1
            elif item.type == token.OP and item.string in "([{":
                steps[begin] = 1
            elif item.type == token.OP and item.string in ")]}":
                steps[begin] = -1
            elif item.type == token.ERRORTOKEN and item.string.strip():
                return None
    except (tokenize.TokenError, SyntaxError, UnicodeError):
        return None
    depth = np.cumsum(steps, dtype=np.int16)
    if len(text) and depth.min() < 0:
        return None
    return {"string": string, "quoted": quoted, "comment": comment, "depth": depth, "column": columns(text)}


def _line_starts(text: str) -> list[int]:
    starts = [0]
    while (after := text.find("\n", starts[-1]) + 1) > 0:
        starts.append(after)
    return starts


def _prefix(literal: str) -> int:
    """How many letters stand before the opening quote."""
    return min(position for position in (literal.find("'"), literal.find('"')) if position >= 0)


def _is_triple(literal: str) -> bool:
    return literal[_prefix(literal) :].startswith(("'''", '"""'))
