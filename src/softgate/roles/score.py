"""How well ``find_roles`` does on machines whose function is known, and how often it finds what is not there.

* **roles**: benchmark machines, half of them plain and half in disguise; for each role precision, recall and F1 over
  units, with a bootstrap over machines.
* **untrained**: nets as torch draws them, of several sizes; the share of units called latch, toggle, counter or timer.
* **shuffled**: machines beside labels of other sequences, which tell nothing of theirs; the share of units that are
  said to track one.
* **trending**: untrained, slow nets beside counts and random walks of their own, with 1 to 16 sequences; the same.
* **unread**: machines in disguise, with effects; verdicts above "correlates" for units that nothing depends on.

Everything follows from the seed; how many processes share the work does not matter.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from softgate.roles.find import find_roles
from softgate.roles.nothing import LABELLED, SEQUENCES, STEPS, shuffled as of_others, trending, untrained as as_drawn
from softgate.roles.words import ROLES, VERDICTS
from softgate.zoo import generate

__all__ = ["Rate", "RoleScore", "Score", "score"]

BLOCK = 8
"""Machines of one task."""
_INDEX = {role: n for n, role in enumerate(ROLES)}
Whole = NDArray[np.int64]
Interval = tuple[float, float]


@dataclass(frozen=True)
class RoleScore:
    """One role: how many units have it, and how well they are found; intervals are 95 % over machines."""

    role: str
    units: int
    precision: float
    recall: float
    f1: float
    interval: Interval


@dataclass(frozen=True)
class Rate:
    """So many of all units, and the Wilson interval of their share."""

    found: int
    units: int

    @property
    def share(self) -> float:
        """found / units."""
        return self.found / self.units if self.units else 0.0

    @property
    def interval(self) -> Interval:
        """95 %, as if units were independent (Wilson, 1927)."""
        if not self.units:
            return 0.0, 1.0
        z, n, p = 1.96, self.units, self.share
        middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, (middle - half) / (1 + z * z / n)), min(1.0, (middle + half) / (1 + z * z / n))


@dataclass(frozen=True)
class Part:
    """Machines of one kind: scores of the roles that occur, their mean F1 and what is taken for what."""

    machines: int
    units: int
    roles: tuple[RoleScore, ...]
    macro_f1: float
    interval: Interval
    confusions: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Score:
    """All of it; a part that was not asked for is None."""

    plain: Part | None
    disguised: Part | None
    untrained: Rate | None
    trending: Rate | None
    shuffled: Rate | None
    unread: Rate | None
    read: Rate | None
    seconds: float


def score(
    nets: int = 1000, seed: int = 0, untrained: int = 100, shuffled: int = 100, effects: int = 40, processes: int = 2
) -> Score:
    """Judge ``find_roles``; see the module for what is measured.

    Args:
        nets: machines of the benchmark, half plain, half in disguise.
        seed: of machines, samples and everything else.
        untrained, shuffled: nets of each of these kinds; as many as untrained are tried beside labels that rise.
        effects: machines whose verdicts are measured.
        processes: how many share the work; with 1 it is done here.
    """
    begun = time.perf_counter()
    tasks: list[tuple[str, int, int, int]] = []
    for kind, count in (
        ("plain", nets - nets // 2),
        ("disguised", nets // 2),
        ("untrained", untrained),
        ("trending", untrained),
        ("shuffled", shuffled),
        ("effects", effects),
    ):
        tasks += [(kind, k, min(k + BLOCK, count), seed) for k in range(0, count, BLOCK)]
    if processes > 1:
        with ProcessPoolExecutor(
            processes, get_context("spawn"), initializer=torch.set_num_threads, initargs=(1,)
        ) as pool:
            done = list(pool.map(_run, tasks))
    else:
        done = [_run(task) for task in tasks]
    found: dict[str, list[Any]] = {}
    for (kind, *_), rows in zip(tasks, done, strict=True):
        found.setdefault(kind, []).extend(rows)
    effect = found.get("effects")
    return Score(
        plain=_part(found["plain"], seed) if "plain" in found else None,
        disguised=_part(found["disguised"], seed) if "disguised" in found else None,
        untrained=_rate(found.get("untrained")),
        trending=_rate(found.get("trending")),
        shuffled=_rate(found.get("shuffled")),
        unread=_rate([row[0] for row in effect]) if effect else None,
        read=_rate([row[1] for row in effect]) if effect else None,
        seconds=time.perf_counter() - begun,
    )


def _run(task: tuple[str, int, int, int]) -> list[Any]:
    """The rows of machines ``first`` to ``last`` of a kind."""
    kind, first, last, seed = task
    if kind in ("untrained", "trending"):
        of_net = as_drawn if kind == "untrained" else trending
        return [of_net(seed, k) for k in range(first, last)]
    jobs: dict[str, tuple[bool, int, Callable[[Any, int], Any]]] = {
        "plain": (False, seed, _truth),
        "disguised": (True, seed + 1, _truth),
        "shuffled": (True, seed + 2, of_others),
        "effects": (True, seed + 3, _verdicts),
    }
    disguised, own, job = jobs[kind]
    return [job(m, k) for k, m in enumerate(generate(last, own, disguised)) if k >= first]


def _truth(machine: Any, k: int) -> Whole:
    """How often each role [true, found] comes, [9, 9]."""
    ids = machine.sample(STEPS, SEQUENCES, k)
    found = find_roles(machine.model, ids, names=machine.alphabet, effects=False, seed=k)
    table = np.zeros((len(ROLES), len(ROLES)), np.int64)
    for truth, one in zip(machine.units, found, strict=True):
        table[_INDEX[truth.role], _INDEX[one.role]] += 1
    return table


def _verdicts(machine: Any, k: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Of units that nothing reads, and of those that something reads: how many are said to be needed, of how many."""
    ids = machine.sample(STEPS, LABELLED, k)
    found = find_roles(machine.model, ids, machine.labels(ids), names=machine.alphabet, seed=k)
    needed = [r.verdict in VERDICTS[1:] for r in found]
    rows = []
    for read in (False, True):
        mine = [n for n, u in zip(needed, machine.units, strict=True) if u.read is read and u.role != "dead"]
        rows.append((sum(mine), len(mine)))
    return rows[0], rows[1]


def _rate(rows: Sequence[tuple[int, int]] | None) -> Rate | None:
    return Rate(sum(f for f, _ in rows), sum(n for _, n in rows)) if rows else None


def _part(tables: Sequence[Whole], seed: int) -> Part:
    all_, times = np.stack(tables), 400
    drawn = np.random.default_rng(seed).multinomial(len(all_), np.full(len(all_), 1 / len(all_)), size=times)
    again = np.einsum("rn,nij->rij", drawn, all_)
    total = all_.sum(0)
    there = total.sum(1) > 0
    precision, recall, f1 = _scores(total)
    each = np.where(again.sum(2) > 0, _scores(again)[2], np.nan)[:, there]  # a role that was not drawn has no score
    low, high = np.nanquantile(each, [0.025, 0.975], axis=0)
    macro = np.nanmean(each, axis=1)
    roles = tuple(
        RoleScore(
            *(ROLES[n], int(total[n].sum()), float(precision[n]), float(recall[n]), float(f1[n])),
            interval=(float(low[j]), float(high[j])),
        )
        for j, n in enumerate(np.flatnonzero(there))
    )
    mistaken = {f"{ROLES[i]} taken for {ROLES[j]}": int(total[i, j]) for i, j in np.argwhere(total) if i != j}
    interval = tuple(float(q) for q in np.quantile(macro, [0.025, 0.975]))
    return Part(len(all_), int(total.sum()), roles, float(f1[there].mean()), (interval[0], interval[1]), mistaken)


def _scores(table: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Precision, recall and F1 of each role, of tables [..., true, found]; 0 where nothing was found or is there."""
    hit = np.diagonal(table, axis1=-2, axis2=-1).astype(np.float64)
    found, true = table.sum(-2), table.sum(-1)
    precision, recall = hit / np.maximum(found, 1), hit / np.maximum(true, 1)
    return precision, recall, 2 * hit / np.maximum(found + true, 1)
