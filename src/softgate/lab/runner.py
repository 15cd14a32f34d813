"""Runs a study: what is missing in its folder is trained, in fleets, on as many processes as there are.

Whatever happens, the folder is whole and the same call goes on: rows are written as pieces end, and a run whose row is
there is never made again. A worker that dies costs the pieces that were on their way; they are handed out again, and a
run that kills its worker when it is alone with it is a row with that error.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from softgate.lab.backends import Died
from softgate.lab.checked import count
from softgate.lab.machine import stamp
from softgate.lab.pool import finished, pool
from softgate.lab.rows import CURVES, Run, alike, failed
from softgate.lab.store import ResultsError, Store
from softgate.lab.study import Study, StudyError, key_of
from softgate.lab.work import TRAINER, rows_of
from softgate.machine import now

__all__ = ["Outcome", "Standing", "run"]

NETS = 20
"""In a fleet, at most: more are a little faster a net, fewer are lost with a worker."""

SUSPECT = 2
"""Deaths that a run may be near before it is made alone."""


@dataclass(frozen=True)
class Standing:
    """How far a study is: runs done of all, failed ones of them, and the share of this call's work in steps."""

    done: int
    total: int
    failed: int
    share: float
    elapsed: float
    doing: str

    @property
    def left(self) -> float | None:
        """Seconds to the end at the speed so far; None before anything was done."""
        return self.elapsed * (1 - self.share) / self.share if self.share else None


@dataclass(frozen=True)
class Outcome:
    """What a call of :func:`run` did.

    Attributes:
        folder: where the rows are.
        runs: of the study.
        made: by this call; the others were there.
        failed: rows of this call with an error.
        damaged: files that could not be read, where they are now.
        deaths: workers that died, or nodes.
        seconds: this took.
    """

    folder: Path
    runs: int
    made: int
    failed: int
    damaged: tuple[Path, ...]
    deaths: int
    seconds: float


def run(
    study: Study,
    folder: Path | str,
    *,
    backend: str = "loky",
    address: str | None = None,
    jobs: int | None = None,
    quick: bool = False,
    again: bool = False,
    progress: Callable[[Standing], None] | None = None,
    nets: int = NETS,
    trainer: str = TRAINER,
) -> Outcome:
    """Make every run of a study that has no row yet.

    Args:
        study: what to run.
        folder: where rows go; made if need be. One that holds other runs of the same study must lack none of them.
        backend: ``"loky"``, processes here; ``"ray"``, a cluster; ``"sequential"``, this process.
        address: of the Ray cluster; None starts one on this machine.
        jobs: processes, of which one is another than this one; as many as there are cores if None.
        quick: with what the study's ``quick`` replaces.
        again: make failed runs again too.
        progress: called with a :class:`Standing` whenever rows have been written.
        nets: in a fleet, at most.
        trainer: ``"module:function"`` that makes rows of runs; the default trains them.

    Raises:
        StudyError: jobs or nets below 1.
        ResultsError: the folder cannot be written, or has results that the study does not.
        LockedError: another process is at work in the folder.
        MissingExtraError: joblib, pyarrow or Ray is not installed.
    """
    jobs, nets = None if jobs is None else count(jobs, "jobs"), count(nets, "nets")
    study = study.quickly() if quick else study
    store, begun = Store(folder), time.perf_counter()
    with store.at_work():
        damaged = store.mend()
        runs = {key_of(r): r for r in study.runs()}
        _begin(store, study, set(runs), again)
        there = {row["key"] for row in store.rows()}
        missing = [r for key, r in runs.items() if key not in there]
        with pool(backend, jobs, address) as (processes, many):
            note = stamp(backend, many) if missing else {}
            sessions = store.kept("machine.json")
            sessions = sessions if isinstance(sessions, list) else []
            if missing:
                store.keep("machine.json", [*sessions, note])
            pieces = fleets(missing, nets, many)
            work = _Work(store, trainer, len(runs), progress or (lambda _: None), pieces, study.curves)
            work.make(processes, many)
        store.compact()
        seconds = time.perf_counter() - begun
        if missing:
            ended = {"ended": now(), "runs": work.made, "failed": work.failed, "seconds": round(seconds, 1)}
            store.keep("machine.json", [*sessions, note | ended])
    return Outcome(Path(folder), len(runs), work.made, work.failed, tuple(damaged), work.deaths, seconds)


def fleets(runs: Sequence[Run], nets: int, processes: int = 1) -> list[list[Run]]:
    """Runs that are trained at once, in the order of the study: alike but for seed and rate, so many at most.

    And so few that there is one for every process.
    """
    nets = min(nets, max(1, math.ceil(len(runs) / processes)))
    groups: dict[str, list[list[Run]]] = {}
    order: list[list[Run]] = []
    for r in runs:
        pieces = groups.setdefault(alike(r), [])
        if not pieces or len(pieces[-1]) >= nets:
            pieces.append([])
            order.append(pieces[-1])
        pieces[-1].append(r)
    return order


class _Work:
    """What is to do in a folder, and what has been noted about it."""

    def __init__(
        self,
        store: Store,
        trainer: str,
        total: int,
        progress: Callable[[Standing], None],
        todo: list[list[Run]],
        curves: bool,
    ):
        self.store, self.trainer, self.total, self.progress, self.todo = store, trainer, total, progress, todo
        self.curves = curves
        self.there = total - sum(map(len, todo))
        self.made = self.failed = self.deaths = 0
        self.near: Counter[str] = Counter()
        self.weight, self.weighed = sum(map(_weight, todo)), 0
        self.started = time.perf_counter()
        self.say("")

    def make(self, processes: Any, many: int) -> None:
        """Hand out what is left until nothing is."""
        while self.todo:
            fair = [p for p in self.todo if max(self.near[key_of(r)] for r in p) < SUSPECT]
            alone = not fair
            pieces = fair or [[r] for p in self.todo for r in p]
            self.todo = [p for p in self.todo if p not in fair] if fair else []
            made, over = self.made, set[int]()
            for k, found in finished(partial(rows_of, self.trainer), pieces, processes, many, alone):
                if isinstance(found, Died):
                    found = self.died(pieces[k], found, alone)
                if found:
                    over.add(k)
                    self.took(found, pieces[k])
            self.todo += [p for k, p in enumerate(pieces) if k not in over]
            if self.todo and self.made == made:
                time.sleep(1.0)  # a cluster that has just lost its last node

    def died(self, piece: Sequence[Run], how: Died, alone: bool) -> list[dict[str, Any]]:
        """Rows, if the piece is to blame: it was alone."""
        self.deaths += 1
        if how.guilty:
            self.near.update(key_of(r) for r in piece)
        return [failed(r, f"its worker died: {how.why}") for r in piece] if alone and how.guilty else []

    def took(self, rows: Sequence[dict[str, Any]], piece: Sequence[Run]) -> None:
        """Rows are on disk before anything else happens."""
        self.store.append(rows if self.curves else [row | dict.fromkeys(CURVES) for row in rows])
        self.made += len(rows)
        self.failed += sum(row.get("error") is not None for row in rows)
        self.weighed += _weight(piece)
        self.say(f"{rows[0]['variant']} on {rows[0]['task']}")

    def say(self, doing: str) -> None:
        """Tell whoever wants to know."""
        share, elapsed = self.weighed / (self.weight or 1), time.perf_counter() - self.started
        self.progress(Standing(self.there + self.made, self.total, self.failed, share, elapsed, doing))


def _weight(piece: Sequence[Run]) -> int:
    return sum(r["steps"] * r["batch"] for r in piece)


def _begin(store: Store, study: Study, keys: set[str], again: bool) -> None:
    """Note what will be run, unless that would lose sight of what has been."""
    known = store.kept("study.json")
    if known is not None:
        try:
            before = Study.from_json(_dumped(known))
        except StudyError as error:
            raise ResultsError(f"{store.path / 'study.json'} is no study: {error}") from None
        lost = {key_of(r) for r in before.runs()} - keys
        if lost:
            raise ResultsError(
                f"{store.path} holds {before.name!r} with {len(lost)} runs that {study.name!r} as it is now does not "
                "have; choose another folder with --out, or make the study larger and not different"
            )
    store.keep("study.json", study.to_json())
    if again:
        store.forget({row["key"] for row in store.rows() if row["error"] is not None})


def _dumped(value: Any) -> str:
    import json

    return json.dumps(value)
