"""Perfect answers from x alone, each by an algorithm that shares nothing with the task: Python, one step at a time."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from softgate.tasks import Batch, Task

EDGE = "$"


def symbols(x: np.ndarray) -> list[int]:
    """The symbols of one-hot x [T, I], up to the first step that has none."""
    return [int(row.argmax()) for row in itertools.takewhile(lambda row: row.any(), x)]


def answer(task: Task, batch: Batch, sure: float = 4.0) -> np.ndarray:
    """y [T, B, O] of the oracle: logits of 4 and -4, or numbers. Where it says nothing there is -4, or 0."""
    T, B = batch.mask.shape
    y = np.full((T, B, task.outputs), 0.0 if task.kind == "numbers" else -sure)
    for b in range(B):
        for t, found in ORACLES[task.name](task, batch.x[:, b]).items():
            if task.kind == "numbers":
                y[t, b, 0] = found
            else:
                y[t, b, list(found) if isinstance(found, set) else [found]] = sure
    return y


def parity(task: Task, x: np.ndarray) -> dict[int, Any]:
    odd, said = False, {}
    for t, value in enumerate(x[:, 0]):
        odd ^= value == 1
        said[t] = {0} if odd else set()
    return said


def flipflop(task: Task, x: np.ndarray) -> dict[int, Any]:
    up: set[int] = set()
    said = {}
    for t, row in enumerate(x):
        up = (up | set(np.flatnonzero(row == 1))) - set(np.flatnonzero(row == -1))
        said[t] = set(up)
    return said


def walk(task: Task, x: np.ndarray) -> dict[int, Any]:
    place, said = 0, {}
    for t, value in enumerate(x[:, 0]):
        place += int(value)
        said[t] = 0 if place < 0 else 1 if place == 0 else 2
    return said


def counting(task: Task, x: np.ndarray) -> dict[int, Any]:
    """What some word of the language goes on with, in each of the words that follow each other."""
    letters = task.input_names[1:]
    text = "".join(task.input_names[k] for k in symbols(x))
    words = [EDGE + "".join(s * n for s in letters) + EDGE for n in range(1, len(text) + 2)]
    said = {}
    for t in range(len(text)):
        begun = text[text.rindex(EDGE, 0, t + 1) : t + 1]
        said[t] = {task.input_names.index(w[len(begun)]) for w in words if w.startswith(begun)}
    return said


def nested(task: Task, x: np.ndarray) -> dict[int, Any]:
    names, stack, said = task.input_names, [], {}
    for t, k in enumerate(symbols(x)):
        if names[k] in "([{<":
            stack.append(k)
        elif names[k] != EDGE:
            assert stack.pop() == k - 1, "a bracket is closed by its partner"
        said[t] = {*range(1, len(names), 2), stack[-1] + 1 if stack else 0}
    assert not stack
    return said


def shuffled(task: Task, x: np.ndarray) -> dict[int, Any]:
    names, depth, said = task.input_names, dict.fromkeys(task.input_names[1::2], 0), {}
    for t, k in enumerate(symbols(x)):
        if names[k] in depth:
            depth[names[k]] += 1
        elif names[k] != EDGE:
            depth[names[k - 1]] -= 1
            assert depth[names[k - 1]] >= 0
        closing = {names.index(s) + 1 for s, d in depth.items() if d}
        said[t] = {*range(1, len(names), 2), *(closing or {0})}
    assert not any(depth.values())
    return said


def timing(task: Any, x: np.ndarray) -> dict[int, Any]:
    places = [t for t, value in enumerate(x[:, 0]) if value == 1]
    return {b: b - a - task.low for a, b in itertools.pairwise(places)}


def adding(task: Task, x: np.ndarray) -> dict[int, Any]:
    return {len(x) - 1: sum(float(v) for v, mark in x if mark == 1)}


def multiplication(task: Task, x: np.ndarray) -> dict[int, Any]:
    a, b = (float(v) for v, mark in x if mark == 1)
    return {len(x) - 1: a * b}


def copy(task: Any, x: np.ndarray) -> dict[int, Any]:
    ids = symbols(x)
    sign, said = ids.index(task.symbols + 1), [k for k in ids if k < task.symbols]
    return {sign + 1 + place: k for place, k in enumerate(said)}


def recall(task: Any, x: np.ndarray) -> dict[int, Any]:
    ids = symbols(x)
    assert [k < task.symbols for k in ids] == [True] + [False] * (len(ids) - 1), "one cue, and first"
    return {ids.index(task.inputs - 1): ids[0]}


def order(task: Task, x: np.ndarray) -> dict[int, Any]:
    text = "".join("EBabcdXY"[k] for k in symbols(x))
    marks = text.translate(str.maketrans("XY", "01", "EBabcd"))
    return {text.index("B"): int(marks, 2)}


# The symbols that may follow two others inside a Reber string, read off the published graph's strings.
FOLLOW = {
    "BT": "SX",
    "TS": "SX",
    "SS": "SX",
    "TX": "XS",
    "SX": "XS",  # the upper branch
    "BP": "TV",
    "PT": "TV",
    "TT": "TV",
    "XT": "TV",
    "XX": "TV",
    "PX": "TV",  # the lower one
    "PV": "PV",
    "TV": "PV",
    "XV": "PV",
    "VP": "XS",
    "XS": "E",
    "PS": "E",
    "VV": "E",
}


def reber_sets(text: str) -> list[str]:
    """What may come after each symbol of a stream of embedded strings."""
    found, begin = [], 0
    for t in range(len(text)):
        part = text[begin : t + 1]
        inner = part[2:]
        if len(part) == 1:
            found.append("TP")
        elif len(part) == 2:
            found.append("B")
        elif inner == "B":
            found.append("TP")
        elif "E" not in inner:
            found.append(FOLLOW[inner[-2:]])
        elif inner[-1] == "E" and inner.count("E") == 1:
            found.append(part[1])
        elif inner[-1] == "E":
            found.append("B")
            begin = t + 1
        else:
            found.append("E")
    return found


def reber(task: Task, x: np.ndarray) -> dict[int, Any]:
    text = "".join("BTPSXVE"[k] for k in symbols(x))
    return {t: {"BTPSXVE".index(s) for s in allowed} for t, allowed in enumerate(reber_sets(text))}


ORACLES: dict[str, Callable[[Any, np.ndarray], dict[int, Any]]] = {
    "parity": parity,
    "flipflop": flipflop,
    "signed_walk": walk,
    "anbn": counting,
    "anbncn": counting,
    "dyck1": nested,
    "dyck2": nested,
    "shuffle2": shuffled,
    "shuffle4": shuffled,
    "pulse_timing": timing,
    "adding": adding,
    "multiplication": multiplication,
    "copy": copy,
    "delayed_recall": recall,
    "temporal_order": order,
    "temporal_order3": order,
    "embedded_reber": reber,
    "continual_reber": reber,
}


def paths(batch: Batch) -> Sequence[bytes]:
    """What is wanted of each sequence, as something to compare."""
    return [batch.target[:, b][batch.mask[:, b]].tobytes() for b in range(batch.mask.shape[1])]
