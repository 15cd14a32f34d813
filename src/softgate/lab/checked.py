"""What the fields of a study have to be, and how an error says so."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from softgate.errors import SoftgateError
from softgate.native import native, whole


class StudyError(SoftgateError, ValueError):
    """A study that is none. The message says which field, what was expected and what came."""


def canonical(value: Any) -> str:
    """The one way to write a value as JSON: names sorted, no blanks, no NaN, every number as Python's own."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False, default=_plain)


def _plain(value: Any) -> Any:
    """What JSON has no word for, as what it has one for."""
    found = native(value)
    if found is value:
        raise TypeError(f"{value!r} is no number, text, list or mapping")
    return found


def known_fields(
    found: Mapping[str, Any], known: set[str], where: str, needed: frozenset[str] | set[str] = frozenset()
) -> None:
    """Whether a mapping has the fields it needs, and no others."""
    if unknown := sorted(map(str, set(found) - known)):
        raise StudyError(f"{where}: unknown fields {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    if missing := sorted(needed - set(found)):
        raise StudyError(f"{where}: the fields {', '.join(missing)} are missing")


def several(value: Any, name: str) -> tuple[Any, ...]:
    """A list or tuple as a tuple."""
    if isinstance(value, str | Mapping) or not hasattr(value, "__iter__"):
        raise StudyError(f"{name}: expected several, as a list; got {value!r}")
    return tuple(value)


def text(value: object, name: str) -> None:
    """Whether it is some text."""
    if not isinstance(value, str) or not value.strip():
        raise StudyError(f"{name}: expected some text, got {value!r}")


def count(value: object, name: str, least: int = 1) -> int:
    """The value as an int, if it is a whole number, and large enough."""
    found = whole(value)
    if type(found) is not int or found < least:
        raise StudyError(f"{name}: expected a whole number from {least} on, got {value!r}")
    return found


def distinct(values: list[Any], name: str) -> None:
    """Whether nothing is there twice."""
    if twice := sorted({str(v) for v in values if values.count(v) > 1}):
        raise StudyError(f"{name}: {', '.join(twice)} is there twice")


def plain_data(value: Any, name: str) -> None:
    """Whether a mapping has nothing but what JSON has, with names as keys."""

    def names(item: Any) -> Iterator[Any]:
        if isinstance(item, Mapping):
            for k, v in item.items():
                yield k
                yield from names(v)

    try:
        canonical(dict(value))
    except (TypeError, ValueError, RecursionError) as error:
        raise StudyError(f"{name}: expected what JSON has, names, numbers, true, false and null: {error}") from None
    if not all(isinstance(k, str) for k in names(value)):
        raise StudyError(f"{name}: expected names as keys, got {value!r}")


def mapping(value: object) -> Mapping[str, Any]:
    """The value, if it is a mapping; else one that lacks everything, of which the caller says what is wrong."""
    return value if isinstance(value, Mapping) else {}
