"""The tasks beside their publications: transitions of the Reber graph, places of symbols, baselines."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import softgate as sg
from softgate.tasks.reber import GRAPH, SYMBOLS
from tasks.oracles import symbols

# The grammar as a regular expression, written down from the published drawing and not from the table.
_LOWER = "(T*VPX)*T*V(V|PS)"
REBER = re.compile(f"B(TS*X(S|X{_LOWER})|P{_LOWER})E")


def strings(node: str, length: int) -> Iterator[str]:
    """All strings of the table from a node on, of exactly so many symbols."""
    if node == "7":
        yield from ("",) if not length else ()
    elif length:
        for symbol, to in GRAPH[node].items():
            yield from (symbol + rest for rest in strings(to, length - 1))


def test_reber_strings_of_eight_symbols_are_the_seven_that_are_published() -> None:
    published = "BTSSSXSE BPTTTVVE BTXXVPSE BPTTVPSE BPVPXVVE BTSXXVVE BTXXTVVE"
    assert set(strings("0", 8)) == set(published.split())


def test_there_are_783_reber_strings_of_twenty_symbols() -> None:
    found = list(strings("0", 20))
    assert len(found) == len(set(found)) == 783
    assert all(REBER.fullmatch(text) for text in found)


def test_reber_strings_and_others() -> None:
    """The examples of the well-known exercise on the grammar."""
    belong = ["BTSSXXTVVE", "BPVVE", "BTXXVPSE", "BPVPXVPXVPXVVE", "BTSXXVPSE"]
    for text in belong:
        assert text in set(strings("0", len(text)))
    for text in ["BTSSPXSE", "BPTVVB", "BTXXVVSE", "BPVSPSE", "BTSSSE"]:
        assert text not in set(strings("0", len(text)))


def texts(task: Any, size: int, **harder: Any) -> list[str]:
    x = task.batch(0, 0, size, test=True, **harder).x
    return ["".join(SYMBOLS[k] for k in symbols(x[:, b])) for b in range(size)]


def test_embedded_strings() -> None:
    found = texts(sg.tasks.get("embedded_reber"), 2000)
    lengths = []
    for text in found:
        assert text[0] == "B"
        assert text[1] == text[-1]
        assert text[1] in "TP"
        assert REBER.fullmatch(text[2:-1])
        lengths.append(len(text) + 1)
    assert min(lengths) == 9, "the shortest string"
    assert np.mean(lengths) == pytest.approx(12, abs=0.3), "8 of the grammar on average, and 4 around them"
    assert np.mean([text[1] == "T" for text in found]) == pytest.approx(0.5, abs=0.05)
    for text in texts(sg.tasks.get("embedded_reber"), 50, at_least=30):
        assert 30 <= len(text) + 1 <= 48


def test_a_stream_is_strings_one_after_the_other() -> None:
    for text in texts(sg.tasks.get("continual_reber", steps=400), 20):
        parts = re.findall(f"B([TP])({REBER.pattern})\\1E", text)
        joined = "".join(f"B{part[0]}{part[1]}{part[0]}E" for part in parts)
        assert text.startswith(joined)
        assert len(text) - len(joined) < 60
        assert len(parts) > 20


@pytest.mark.parametrize(
    ("name", "places"), [("temporal_order", [(10, 20), (50, 60)]), ("temporal_order3", [(10, 20), (33, 43), (66, 76)])]
)
def test_temporal_order_as_in_1997(name: str, places: list[tuple[int, int]]) -> None:
    task = sg.tasks.get(name)
    x = task.batch(0, 0, 3000).x
    seen: set[int] = set()
    for b in range(x.shape[1]):
        text = "".join("EBabcdXY"[k] for k in symbols(x[:, b]))
        seen.add(len(text))
        assert (text[0], text[-1], text.count("E"), text.count("B")) == ("E", "B", 1, 1)
        marks = [t for t, s in enumerate(text) if s in "XY"]
        assert all(low <= t <= high for t, (low, high) in zip(marks, places, strict=True))
    assert seen == set(range(100, 111))
    assert task.outputs == 2 ** len(places)


def test_adding_has_a_mark_in_each_half_and_a_sixth_as_its_baseline() -> None:
    task = sg.tasks.get("adding", steps=20)
    x, target, mask = task.batch(0, 0, 20_000, test=True)
    assert (x[..., 0] >= 0).all()
    assert (x[..., 0] < 1).all()
    np.testing.assert_array_equal(x[:10, :, 1].sum(0), 1)
    np.testing.assert_array_equal(x[10:, :, 1].sum(0), 1)
    assert mask[-1].all()
    assert not mask[:-1].any()
    assert np.var(target[-1]) == pytest.approx(1 / 6, rel=0.02)
    assert task.chance == pytest.approx(1 / 6)
    assert sg.tasks.get("multiplication").chance == pytest.approx(1 / 9 - 1 / 16)


def test_a_flip_flop_of_three_bits_has_eight_states() -> None:
    task = sg.tasks.get("flipflop")
    x, target, _ = task.batch(0, 0, 200)
    assert set(np.unique(x)) == {-1, 0, 1}
    assert (x[0] != 0).all()
    assert (x[1:] != 0).mean() == pytest.approx(0.1, abs=0.01)
    assert {tuple(row) for row in target.reshape(-1, 3)} == set(itertools.product((0, 1), repeat=3))
    np.testing.assert_array_equal(target[x != 0], (x[x != 0] + 1) / 2)


def test_copy_is_silent_until_the_sign() -> None:
    task: Any = sg.tasks.get("copy", symbols=8, length=10, delay=100)
    x, _, mask = task.batch(0, 0, 50)
    assert task.steps == 100 + 20, "as Arjovsky, Shah and Bengio have it"
    assert x[:10, :, :8].sum() == 10 * 50
    assert x[109, :, 9].all(), "the sign is one step before the answer"
    assert x[10:109, :, 8].all()
    assert mask[110:].all()
    assert not mask[:110].any()


def test_words_of_brackets_are_uniform() -> None:
    """Among the 132 words of 6 pairs of one kind, all on one of the sides."""
    task = sg.tasks.get("dyck1", pairs=7, pairs_from=6)
    chosen = task._draw(np.random.default_rng(0), 40_000)  # type: ignore[attr-defined]
    short = chosen[:, (chosen > 0).sum(0) == 13]
    _, counts = np.unique(short, axis=1, return_counts=True)
    assert len(counts) == 132
    assert counts.std() / counts.mean() == pytest.approx(np.sqrt(132 / short.shape[1]), rel=0.25)
    assert short.shape[1] / 40_000 == pytest.approx(0.5, abs=0.02)
