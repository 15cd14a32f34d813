"""Characters to ids and back."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, strategies as st

from softgate.text.alphabet import BOUNDARY, FIRST, UNKNOWN, Alphabet


@given(st.lists(st.text(max_size=40), max_size=4), st.integers(1, 4))
def test_common_characters_come_back_and_rare_ones_are_unknown(texts: list[str], least: int) -> None:
    alphabet = Alphabet.of(texts, min_count=least)
    counts = Counter("".join(texts))
    least = min(least, max(counts.values(), default=1))
    common = {character for character, count in counts.items() if count >= least}
    assert set(alphabet.characters) == common
    assert len(alphabet) == len(common) + FIRST
    for text in texts:
        ids = alphabet.encode(text)
        assert [i == UNKNOWN for i in ids] == [character not in common for character in text]
        assert alphabet.decode(ids) == "".join(c if c in common else "\ufffd" for c in text)
        assert alphabet.document(text).tolist() == [BOUNDARY, *ids]


def test_the_commonest_are_kept_when_there_are_too_many() -> None:
    assert Alphabet.of(["aaabbc"], min_count=1, max_size=FIRST + 2).characters == "ab"
