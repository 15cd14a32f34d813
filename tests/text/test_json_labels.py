"""Labels of JSON against the scanner of Python's standard library, which is asked where everything begins and ends."""

from __future__ import annotations

import json
from json import decoder, scanner
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from softgate.text.json_labels import JSON_LABELS, label_json


class Judge:
    """Walks a text with the standard library's scanner and notes from where to where each thing went."""

    def __init__(self, text: str):
        self.text, self.keys, self.strings, self.numbers = text, [], [], []
        self.brackets: list[tuple[int, int, list[tuple[int, int]]]] = []
        machine: Any = json.JSONDecoder()
        machine.parse_string = self._string
        machine.parse_array = self._array
        machine.parse_object = self._object
        self._scan = scanner.py_make_scanner(machine)
        kept, decoder.scanstring = decoder.scanstring, self._key  # type: ignore[attr-defined,assignment]
        try:
            self._value(text, len(text) - len(text.lstrip()))
        finally:
            decoder.scanstring = kept  # type: ignore[attr-defined]

    def _string(self, s: str, end: int, strict: bool) -> Any:
        value, after = decoder.py_scanstring(s, end, strict)  # type: ignore[attr-defined]
        self.strings.append((end - 1, after - 1))
        return value, after

    def _key(self, s: str, end: int, strict: bool) -> Any:
        self.keys.append((end - 1, self._string(s, end, strict)[1] - 1))
        return decoder.py_scanstring(s, end, strict)  # type: ignore[attr-defined]

    def _value(self, s: str, begin: int) -> Any:
        value, after = self._scan(s, begin)
        if type(value) in (int, float):
            self.numbers.append((begin, after))
        return value, after

    def _array(self, s_and_end: Any, _: Any) -> Any:
        value, after = decoder.JSONArray(s_and_end, self._value)  # type: ignore[attr-defined]
        self.brackets.append((s_and_end[1] - 1, after - 1, []))
        return value, after

    def _object(self, s_and_end: Any, strict: bool, _: Any, hook: Any, pairs: Any, memo: Any) -> Any:
        members: list[tuple[int, int]] = []

        def member(s: str, begin: int) -> Any:
            value, after = self._value(s, begin)
            members.append((s.rindex(":", 0, begin), after + len(s[after:]) - len(s[after:].lstrip())))
            return value, after

        value, after = decoder.JSONObject(s_and_end, strict, member, hook, pairs, memo)  # type: ignore[attr-defined]
        self.brackets.append((s_and_end[1] - 1, after - 1, members))
        return value, after

    def labels(self) -> dict[str, np.ndarray]:
        found = {name: np.zeros(len(self.text), int) for name in ("string", "key", "value", "number", "depth")}
        for name, spans in (("string", self.strings), ("key", self.keys), ("number", self.numbers)):
            for begin, end in spans:
                found[name][begin:end] = 1
        for begin, end, members in sorted(self.brackets):  # the inner after the outer
            found["depth"][begin:end] += 1
            found["value"][begin:end] = 0
            for first, last in members:
                found["value"][first:last] = 1
            for inner, stop, _ in self.brackets:
                if begin < inner < end:
                    found["value"][inner:stop] = 0
        return found


TEXTS = [
    '{"name": "a \\"b\\" \\\\ c", "xs" : [1, 2.5, -3e4, {"k": [true, null, "v"]}] , "o": {}}',
    '[[], {}, "", {"": ""}]\n',
    "-0.5e+10",
    '"lone"',
    '{"a": {"b": {"c": 1}}, "d,:}{": "]["}',
]
words = st.text(alphabet='ab"\\,:{}[]1 é', max_size=6)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(words, inside, max_size=4),
    max_leaves=12,
)


def agree(text: str) -> None:
    mine, theirs = label_json(text), Judge(text).labels()
    assert mine is not None
    for name, wanted in theirs.items():
        np.testing.assert_array_equal(mine[name], wanted, err_msg=f"{name} of {text!r}")


@pytest.mark.parametrize("text", TEXTS)
def test_the_standard_library_agrees(text: str) -> None:
    agree(text)


@given(values, st.sampled_from([None, 1]), st.booleans())
def test_and_on_anything_that_it_writes(value: Any, indent: int | None, ascii_only: bool) -> None:
    agree(json.dumps(value, indent=indent, ensure_ascii=ascii_only))


def test_every_label_is_there_and_as_long_as_the_text() -> None:
    found = label_json(TEXTS[0])
    assert found is not None
    assert list(found) == [label.name for label in JSON_LABELS]
    assert {len(series) for series in found.values()} == {len(TEXTS[0])}
    assert (found["key"] <= found["string"]).all()


def test_values_one_after_the_other_are_a_text_too() -> None:
    found = label_json('{"a": 1}\n{"b": 2}\n')
    assert found is not None
    assert found["depth"].tolist() == 2 * ([1] * 7 + [0] * 2)


@pytest.mark.parametrize("text", ["", " \n", "{", '{"a" 1}', "[1,]", '{"a": 1} x', "'a'", "[" * 100_000])
def test_what_is_no_json_has_no_labels(text: str) -> None:
    assert label_json(text) is None
