"""The embedded Reber grammar, string by string and as one stream without resets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from softgate.tasks.drawn import Array, Drawn, one_hot
from softgate.tasks.guess import best_answer
from softgate.tasks.task import Batch, Task, TaskError

__all__ = ["GRAPH", "SYMBOLS", "ContinualReber", "EmbeddedReber", "embedded"]

SYMBOLS = "BTPSXVE"
GRAPH: dict[str, dict[str, str]] = {
    "0": {"B": "1"},
    "1": {"T": "2", "P": "3"},
    "2": {"S": "2", "X": "4"},
    "3": {"T": "3", "V": "5"},
    "4": {"X": "3", "S": "6"},
    "5": {"P": "4", "V": "6"},
    "6": {"E": "7"},
}
"""The grammar of Reber 1967: from each node, the symbols that lead on and where to; a string ends at node 7."""

_GERS = (
    "Gers, Schmidhuber and Cummins 2000, Learning to forget: continual prediction with LSTM, Neural Computation 12(10)"
)


@lru_cache
def embedded() -> dict[str, dict[str, str]]:
    """The graph of the embedded grammar: B, then T or P, a string of the grammar, the same T or P, E.

    Nodes T0 to T7 are those of the grammar behind a T, P0 to P7 those behind a P.
    """
    graph = {"start": {"B": "first"}, "first": {"T": "T0", "P": "P0"}, "last": {"E": "end"}, "end": {}}
    for outer in "TP":
        graph |= {outer + node: {s: outer + to for s, to in ways.items()} for node, ways in GRAPH.items()}
        graph[f"{outer}7"] = {outer: "last"}
    return graph


class _Reber(Task):
    """x is one-hot over :data:`SYMBOLS`, [T, B, 7]; the target is what may come next, as bits [T, B, 7].

    Where two symbols may come, each comes in half of the cases.
    """

    continual: ClassVar[bool]
    kind: ClassVar[str] = "bits"
    inputs: ClassVar = 7
    outputs: ClassVar = 7
    input_names: ClassVar = tuple(SYMBOLS)
    output_names: ClassVar = tuple(SYMBOLS)

    def _walk(self, random: np.random.Generator, steps: int, size: int) -> Array:
        """A symbol from 1 up and the node that it leads to, as 8 times the node and the symbol; 0 behind the end."""
        ways = _tables(self.continual)[0]
        side = random.integers(0, 2, (steps, size))
        path = np.zeros((steps, size), np.int64)
        node = side[0] * 0
        for t in range(steps):
            path[t] = ways.take(2 * node + side[t])
            node = path[t] >> 3
        return path

    def _batch(self, path: Array) -> Batch:
        """A node has a set; at the end of a string, and behind it, nothing counts."""
        target = _tables(self.continual)[1][path >> 3]
        mask = np.asarray(target.any(-1))
        return Batch(one_hot((path & 7) * mask, 7), target, mask)


@dataclass(frozen=True)
class EmbeddedReber(_Reber):
    """One string at a time, of at most `length` symbols; longer ones are drawn anew.

    Short strings are few and likely, so a test has some that training has, as in all publications. Those of the harder
    sets have `at_least` so many symbols.
    """

    length: int = 48
    at_least: int = 9
    name: ClassVar = "embedded_reber"
    demands: ClassVar = (
        "the second symbol, latched while a small grammar runs that has the same symbols, and then shown"
    )
    source: ClassVar = (
        "Hochreiter and Schmidhuber 1997, Long short-term memory, Neural Computation 9(8), experiment 1; the graph is "
        "that of Reber 1967, embedded by Cleeremans, Servan-Schreiber and McClelland 1989"
    )
    ranges: ClassVar = {"length": (9, 1000), "at_least": (9, 40)}
    continual: ClassVar = False
    disjoint: ClassVar = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.at_least > self.length:
            raise TaskError(
                f"embedded_reber: expected at_least to be at most length, got at_least={self.at_least} and "
                f"length={self.length}"
            )

    @property
    def steps(self) -> int:
        """The longest string without its last symbol, behind which nothing is predicted."""
        return self.length - 1

    @property
    def longer(self) -> tuple[dict[str, Any], ...]:
        """Strings that hold the second symbol for longer."""
        return ({"at_least": 20}, {"at_least": 30})

    @property
    def chance(self) -> float:
        """That of the best fixed answer."""
        return _best_string(self.length, self.at_least)

    def _make(self, random: np.random.Generator, size: int, test: bool) -> Batch:
        fits = _share_that_fits(self.length, self.at_least)
        parts: list[Array] = []
        missing = size
        while missing > 0:
            path = self._walk(random, self.length, int(1.1 * missing / fits) + 8)
            symbols = (path & 7 > 0).sum(0)
            over = _tables(False)[1][path[-1] >> 3].sum(-1) == 0
            parts.append(path[:-1, np.flatnonzero(over & (symbols >= self.at_least))[:missing]])
            missing -= parts[-1].shape[1]
        return self._batch(np.concatenate(parts, axis=1))


@dataclass(frozen=True)
class ContinualReber(_Reber, Drawn):
    """A stream of strings one after the other, and nothing that says where one ends."""

    steps: int = 100
    name: ClassVar = "continual_reber"
    demands: ClassVar = "a latch that is released by itself when its string is over: forgetting"
    source: ClassVar = f"{_GERS}: without a forget gate the state grows until the net breaks down"
    ranges: ClassVar = {"steps": (60, 1_000_000)}
    continual: ClassVar = True

    @property
    def longer(self) -> tuple[dict[str, Any], ...]:
        """Longer streams."""
        return tuple({"steps": k * self.steps} for k in (2, 5, 10))

    @property
    def chance(self) -> float:
        """That of the best fixed answer."""
        return _best_stream(self.steps)

    def _draw(self, random: np.random.Generator, size: int) -> Array:
        return self._walk(random, self.steps, size)

    def _build(self, chosen: Array) -> Batch:
        return self._batch(chosen)


def _ways(node: str, continual: bool) -> dict[str, str]:
    """The ways on; in a stream, the end of a string is the start of the next."""
    return embedded()["start" if continual and node == "end" else node]


@lru_cache
def _tables(continual: bool) -> tuple[Array, Array]:
    """For 2 times a node and a side, the way on as a path has it; and each node's set, [nodes, 7]."""
    nodes = list(embedded())
    ways = np.full(2 * len(nodes), nodes.index("end") << 3)
    sets = np.zeros((len(nodes), 7), np.float32)
    for k, node in enumerate(nodes):
        on = [(nodes.index(to) << 3) + 1 + SYMBOLS.index(s) for s, to in _ways(node, continual).items()]
        if on:
            ways[2 * k : 2 * k + 2] = on * (2 // len(on))
            sets[k, [(way & 7) - 1 for way in on]] = 1
    return ways, sets


def _after(node: str, continual: bool) -> list[tuple[float, str]]:
    ways = _ways(node, continual)
    return [(1 / len(ways), to) for to in ways.values()]


@lru_cache(maxsize=4096)
def _share_that_fits(length: int, at_least: int, node: str = "start", so_far: int = 0) -> float:
    """The share of strings that will have `at_least` and at most `length` symbols, from a node after so many."""
    if node == "end" or so_far == length:
        return float(node == "end" and so_far >= at_least)
    return sum(p * _share_that_fits(length, at_least, to, so_far + 1) for p, to in _after(node, False))


@lru_cache
def _best_string(length: int, at_least: int) -> float:
    """The chain of the strings that fit: each way on by the share of those to which it leads."""

    def after(state: tuple[str, int]) -> list[tuple[float, tuple[str, int]]]:
        node, so_far = state
        ways = [
            (p * _share_that_fits(length, at_least, to, so_far + 1), (to, so_far + 1)) for p, to in _after(node, False)
        ]
        return [(p / _share_that_fits(length, at_least, node, so_far), way) for p, way in ways if p]

    return best_answer({("first", 1): 1.0}, after, lambda state: _set(state[0], False), length)


def _set(node: str, continual: bool) -> frozenset[str] | None:
    return frozenset(_ways(node, continual)) or None


@lru_cache
def _best_stream(steps: int) -> float:
    return best_answer({"first": 1.0}, lambda n: _after(n, True), lambda n: _set(n, True), steps)
