"""The k-gram model against a dictionary that counts."""

from __future__ import annotations

import math
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, strategies as st

from softgate.text.alphabet import BOUNDARY
from softgate.text.kgram import KGram

SIZE = 5
document = st.lists(st.sampled_from([0, 2, 3, 4]), max_size=12).map(np.array)


class Naive:
    """Witten-Bell as it is written down, one dictionary a length."""

    def __init__(self, documents: list[list[int]], k: int):
        self.k = k
        self.after: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
        for ids in documents:
            padded = [BOUNDARY] * k + ids
            for place in range(k, len(padded)):
                for n in range(k):
                    self.after[tuple(padded[place - n : place])][padded[place]] += 1

    def p(self, context: list[int], x: int) -> float:
        p = 1 / (SIZE - 1)
        for n in range(self.k):
            seen = self.after.get(tuple(([BOUNDARY] * self.k + context)[-n:] if n else ()))
            if seen:
                p = (seen[x] + len(seen) * p) / (seen.total() + len(seen))
        return p


@given(st.lists(document, min_size=1, max_size=4), st.lists(document, min_size=1, max_size=3), st.integers(1, 4))
def test_probabilities_are_those_of_the_dictionary(train: list[np.ndarray], test: list[np.ndarray], k: int) -> None:
    train, test = ([ids.astype(np.int64) for ids in side] for side in (train, test))
    naive = Naive([ids.tolist() for ids in train], k)
    wanted = [naive.p(ids.tolist()[:t], int(x)) for ids in test for t, x in enumerate(ids)]
    np.testing.assert_allclose(KGram(train, SIZE, k).probabilities(test), wanted, rtol=1e-12)


def test_probabilities_of_all_that_can_come_add_up_to_one() -> None:
    train = [np.array([2, 3, 2, 4, 2, 3, 3])]
    model = KGram(train, SIZE, 3)
    for context in ([], [2], [2, 3], [4, 4], [0, 2]):
        following = [model.probabilities([np.array([*context, x])])[-1] for x in (0, 2, 3, 4)]
        assert math.isclose(sum(following), 1.0)


def test_a_leading_boundary_changes_nothing() -> None:
    plain, marked = [np.array([2, 3, 4])], [np.array([BOUNDARY, 2, 3, 4])]
    assert KGram(plain, SIZE, 3).bits(plain) == KGram(marked, SIZE, 3).bits(marked)


def test_a_longer_context_helps_where_there_is_something_to_know() -> None:
    random = np.random.default_rng(0)
    words = random.integers(2, SIZE, (40, 6))
    text = [words[random.integers(0, 40, 2000)].ravel(), words[random.integers(0, 40, 500)].ravel()]
    bits = KGram(text[:1], SIZE, 6).bits(text[1:])
    assert bits[0] == pytest.approx(math.log2(3), abs=0.05)
    assert bits[5] < bits[0] - 0.2


@pytest.mark.parametrize("k", [0, 40])
def test_a_length_that_does_not_fit_is_refused(k: int) -> None:
    with pytest.raises(ValueError, match="expected k from 1 to 26 for an alphabet of 5"):
        KGram([np.array([2, 3])], SIZE, k)
