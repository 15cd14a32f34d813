"""The score of guessing: the best fixed answer, found by trying all, beside what the task says."""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import softgate as sg
from softgate.tasks import drawn, reber
from softgate.tasks.guess import best_answer, best_words
from tasks.oracles import paths, reber_sets
from tasks.search import best_string


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets tasks be so small that all their sequences can be listed."""
    monkeypatch.setattr(drawn, "FEWEST", 1)


def commonest(task: Any, chosen: np.ndarray, weights: np.ndarray | None = None) -> float:
    """The share of the choices [T, n] that the best fixed answer is right about, where all have one length."""
    shares: dict[bytes, float] = defaultdict(float)
    for k, path in enumerate(paths(task._build(chosen))):
        shares[path] += 1 if weights is None else weights[k]
    return max(shares.values()) / (chosen.shape[1] if weights is None else 1)


def every(values: Any, steps: int) -> np.ndarray:
    return np.array(list(itertools.product(values, repeat=steps))).T


@pytest.mark.parametrize("steps", [12, 13])
def test_parity_and_walk(steps: int) -> None:
    for name in ("parity", "signed_walk"):
        task = sg.tasks.get(name, steps=steps)
        assert commonest(task, every((1, 2), steps)) == pytest.approx(task.chance, rel=1e-12)


@pytest.mark.usefixtures("small")
def test_copy_and_recall() -> None:
    task: Any = sg.tasks.get("copy", symbols=3, length=4)
    assert commonest(task, every((1, 2, 3), 4)) == pytest.approx(task.chance)
    task = sg.tasks.get("delayed_recall", symbols=3, distractors=2, delay=2)
    chosen = np.array(list(itertools.product((1, 2, 3), (4, 5), (4, 5), (6,)))).T
    assert commonest(task, chosen) == pytest.approx(task.chance)


def test_flipflop() -> None:
    bits, steps, p = 1, 16, 0.5
    task = sg.tasks.get("flipflop", bits=bits, steps=steps, pulses=p)
    weights, chosen = [], []
    for digits in itertools.product((0, 1, 2), repeat=7):
        chosen.append([1 + d for d in (1, *digits)])
        weights.append(math.prod(p / 2 if d else 1 - p for d in digits))
    both = np.array(chosen + [[3, *row[1:]] for row in chosen]).T
    share = commonest(task, both, np.array(weights * 2) / 2)
    assert share == pytest.approx(0.5 * (1 - p / 2) ** 7), "of the first 8 steps"
    assert task.chance == pytest.approx(0.5 * (1 - p / 2) ** 15)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(("low", "high", "steps"), [(1, 2, 6), (2, 3, 9), (2, 4, 8)])
def test_timing(low: int, high: int, steps: int) -> None:
    task = sg.tasks.get("pulse_timing", low=low, high=high, steps=steps)

    def streams(last: int, p: float) -> Iterator[tuple[tuple[int, ...], float]]:
        for d in range(low, high + 1):
            if last + d < steps:
                yield from (((last, *rest), q) for rest, q in streams(last + d, p / (high - low + 1)))
            else:
                yield (last,), p / (high - low + 1)

    found: dict[tuple[int, ...], float] = defaultdict(float)
    for first in range(high):
        for pulses, p in streams(first, 1 / high):
            found[pulses] += p
    assert sum(found.values()) == pytest.approx(1)
    best = max(
        sum(p for pulses, p in found.items() if all(answer[b] == b - a for a, b in itertools.pairwise(pulses)))
        for answer in itertools.product(range(low, high + 1), repeat=steps)
    )
    assert task.chance == pytest.approx(best)


def words(pairs: int, kinds: int) -> np.ndarray:
    """Every nested word of so many pairs as choices [1 + 2 pairs, n]."""

    def grow(stack: tuple[int, ...], opens: int, text: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if len(text) == 2 * pairs:
            yield text
        if opens < pairs:
            for kind in range(kinds):
                yield from grow((*stack, kind), opens + 1, (*text, 2 + 2 * kind))
        if stack:
            yield from grow(stack[:-1], opens, (*text, 3 + 2 * stack[-1]))

    return np.array([(1, *text) for text in grow((), 0, ())]).T


@pytest.mark.parametrize(("name", "kinds", "most"), [("dyck1", 1, 8), ("dyck2", 2, 7)])
def test_brackets(name: str, kinds: int, most: int) -> None:
    task: Any = sg.tasks.get(name, pairs=most, pairs_from=6)
    shares: dict[bytes, float] = defaultdict(float)
    for n in range(6, most + 1):
        chosen = words(n, kinds)
        for path in paths(task._build(chosen)):
            shares[path] += 1 / chosen.shape[1] / (most - 5)
    step = 4 * task.outputs  # bytes of one step's bits
    sizes = [(1 + 2 * n) * step for n in range(6, most + 1)]
    best = max(sum(shares.get(path[:k], 0.0) for k in sizes if k <= len(path)) for path in shares)
    assert task.chance == pytest.approx(best)


def test_words_of_brackets_have_no_better_guess() -> None:
    assert best_words(3, 6, 1) == pytest.approx(best_shuffle(3, 6, 1))


@pytest.mark.parametrize("kinds", [2, 3])
def test_shuffles_of_few_pairs_have_no_better_guess(kinds: int) -> None:
    assert best_words(3, 4, kinds) == pytest.approx(best_shuffle(3, 4, kinds))


def best_shuffle(fewest: int, most: int, kinds: int) -> float:
    """By search, over the chain that the words are drawn from: pairs, opened so far, depth of each kind."""

    def ways(opens: int, depth: int) -> int:
        return math.comb(2 * opens + depth, opens) * (depth + 1) // (opens + depth + 1)

    def after(state: Any) -> Iterator[tuple[float, Any]]:
        n, opened, depth = state
        left, total = n - opened, sum(depth)
        if not left and not total:
            yield 1.0, (n, n + 1, depth)
        for j in range(kinds):
            up, down = (tuple(d + s * (k == j) for k, d in enumerate(depth)) for s in (1, -1))
            if left:
                yield ways(left - 1, total + 1) / ways(left, total) / kinds, (n, opened + 1, up)
            if depth[j]:
                yield ways(left, total - 1) / ways(left, total) * depth[j] / total, (n, opened, down)

    def label(state: Any) -> Any:
        return None if state[1] > state[0] else tuple(d > 0 for d in state[2])

    sizes = range(fewest, most + 1)
    return best_string({(n, 0, (0,) * kinds): 1 / len(sizes) for n in sizes}, after, label)


def test_counting() -> None:
    for name in ("anbn", "anbncn"):
        task = sg.tasks.get(name, n=20)
        counts = Counter(paths(task.batch(0, 0, 4000, test=True)))
        assert len(counts) == 4
        assert task.chance == 1 / 4
        assert max(counts.values()) / 4000 == pytest.approx(task.chance, abs=0.03)
        twice = sg.tasks.get(name, n=20, strings=2)
        counts = Counter(paths(twice.batch(0, 0, 4000, test=True)))
        assert len(counts) == 16
        assert max(counts.values()) / 4000 == pytest.approx(twice.chance, abs=0.03)
        for cut in (0.5, 0.9):
            broken = sg.tasks.get(name, n=8, strings=2, cut=cut)
            counts = Counter(paths(broken.batch(0, 0, 20_000, test=True)))
            assert max(counts.values()) / 20_000 == pytest.approx(broken.chance, rel=0.1)


def test_reber() -> None:
    task = sg.tasks.get("embedded_reber")
    counts = Counter(paths(task.batch(0, 0, 20_000, test=True)))
    assert max(counts.values()) / 20_000 == pytest.approx(task.chance, rel=0.1)
    assert task.chance == pytest.approx(1 / 16, rel=1e-3)


@pytest.mark.parametrize("at_least", [9, 12])
def test_reber_by_listing_all_strings(at_least: int) -> None:
    """Of up to 15 symbols."""

    def grow(node: str, text: str, p: float) -> Iterator[tuple[str, float]]:
        if node == "end":
            yield text, p
        elif len(text) < 15:
            ways = reber.embedded()[node]
            for symbol, to in ways.items():
                yield from grow(to, text + symbol, p / len(ways))

    found = {text: p for text, p in grow("start", "", 1.0) if len(text) >= at_least}
    shares: dict[str, float] = defaultdict(float)
    for text, p in found.items():
        shares[" ".join("".join(sorted(s)) for s in reber_sets(text[:-1]))] += p / sum(found.values())
    task = sg.tasks.get("embedded_reber", at_least=at_least, length=15)
    assert task.chance == pytest.approx(max(shares.values()))


def test_a_stream_of_reber_strings() -> None:
    after, steps = reber._after, 12
    chance = best_answer({"first": 1.0}, lambda n: after(n, True), lambda n: reber._set(n, True), steps)
    path = sg.tasks.get("continual_reber")._walk(np.random.default_rng(0), steps, 40_000)  # type: ignore[attr-defined]
    target = reber._tables(True)[1][path >> 3]
    counts = Counter(target[:, b].tobytes() for b in range(40_000))
    assert max(counts.values()) / 40_000 == pytest.approx(chance, rel=0.1)


@pytest.mark.parametrize(("name", "share"), [("temporal_order", 0.25), ("temporal_order3", 0.125)])
def test_order(name: str, share: float) -> None:
    task = sg.tasks.get(name, length=40)
    batch = task.batch(0, 0, 8000, test=True)
    y = np.zeros((*batch.mask.shape, task.outputs))
    y[..., 1] = 1
    assert task.chance == share
    assert task.score(y, batch).mean() == pytest.approx(share, rel=0.1)


@pytest.mark.parametrize(("name", "mean"), [("adding", 1.0), ("multiplication", 0.25)])
def test_numbers(name: str, mean: float) -> None:
    task = sg.tasks.get(name, steps=6)
    batch = task.batch(0, 0, 40_000, test=True)
    guess = task.score(np.full((6, 40_000, 1), mean), batch)
    assert guess.mean() == pytest.approx(task.chance, rel=0.02)
    for other in (mean - 0.1, mean + 0.1):
        assert task.score(np.full((6, 40_000, 1), other), batch).mean() == pytest.approx(task.chance + 0.01, rel=0.05)
