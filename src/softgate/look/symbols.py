"""A user's own alphabet: a file that says which id each symbol of a text has. Nothing in it is run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from softgate.tables import InputError

UNKNOWN = ("<unk>", "[UNK]", "<UNK>", "[unk]", "\ufffd")
ESCAPES = {"\\n": "\n", "\\t": "\t", "\\r": "\r", "\\\\": "\\"}
MOST_BYTES = 1 << 24
FORM = (
    "an alphabet is one symbol a line (\\n for the line break, \\t for the tab), the first with id 0; or JSON: a list "
    "of symbols, or an object of symbol -> id"
)


@dataclass(frozen=True)
class Symbols:
    """Symbols, of one character or more, and their ids.

    Attributes:
        ids: id by symbol.
    """

    ids: Mapping[str, int]

    def __len__(self) -> int:
        """How many ids there are, gaps included."""
        return max(self.ids.values()) + 1

    @property
    def unknown(self) -> int | None:
        """The id of what is not in the alphabet, if it has a symbol for that."""
        return next((self.ids[name] for name in UNKNOWN if name in self.ids), None)

    def split(self, text: str, most: int) -> list[str]:
        """The first symbols of a text, at most so many: at each place the longest that fits, else one character."""
        by_length = sorted({len(symbol) for symbol in self.ids}, reverse=True)
        found: list[str] = []
        place = 0
        while place < len(text) and len(found) < most:
            size = next((n for n in by_length if text[place : place + n] in self.ids), 1)
            found.append(text[place : place + size])
            place += size
        return found

    def encode(self, symbols: list[str]) -> tuple[list[int], int]:
        """Ids, and how many symbols were unknown.

        Raises:
            InputError: a symbol is not in the alphabet, which has none for such.
        """
        unknown = self.unknown
        strange = [s for s in symbols if s not in self.ids]
        if strange and unknown is None:
            raise InputError(
                f"{strange[0]!r} is not in the alphabet of {len(self.ids)} symbols, and it has none for what is "
                f"unknown, such as {UNKNOWN[0]}"
            )
        return [self.ids.get(s, unknown or 0) for s in symbols], len(strange)


def read_symbols(path: Path) -> Symbols:
    """The alphabet in a file.

    Raises:
        InputError: it is not there, or is none; the message says where.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path}: expected an alphabet, got a file of more than {MOST_BYTES} bytes")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path}: expected text in UTF-8; {FORM}") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from None
    made = _json(path, text) if path.suffix.lower() == ".json" or text.lstrip()[:1] in ("{", "[") else None
    return Symbols(_lines(path, text) if made is None else made)


def _json(path: Path, text: str) -> dict[str, int] | None:
    try:
        said: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        if path.suffix.lower() != ".json":
            return None  # an alphabet may begin with a bracket
        raise InputError(f"{path}: expected JSON ({error}); {FORM}") from None
    if isinstance(said, list):
        if not all(isinstance(s, str) and s for s in said):
            raise InputError(f"{path}: expected a list of symbols, each a text; {FORM}")
        return _checked(path, list(zip(said, range(len(said)), strict=True)))
    if isinstance(said, dict):
        for symbol, number in said.items():
            if not isinstance(number, int) or isinstance(number, bool) or number < 0 or not symbol:
                raise InputError(f"{path}: expected an id from 0 for {symbol!r}, got {number!r}; {FORM}")
        return _checked(path, list(said.items()))
    raise InputError(f"{path}: expected a list or an object; {FORM}")


def _lines(path: Path, text: str) -> dict[str, int]:
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    lines = [line.removesuffix("\r") for line in lines]
    for number, line in enumerate(lines, 1):
        if not line:
            raise InputError(f"{path}, line {number}: expected a symbol, the line is empty; {FORM}")
    return _checked(path, [(ESCAPES.get(line, line), k) for k, line in enumerate(lines)])


def _checked(path: Path, pairs: list[tuple[str, int]]) -> dict[str, int]:
    if not pairs:
        raise InputError(f"{path}: expected symbols, there are none; {FORM}")
    found: dict[str, int] = {}
    for symbol, number in pairs:
        if symbol in found:
            raise InputError(f"{path}: the symbol {symbol!r} is there twice; {FORM}")
        found[symbol] = number
    return found
