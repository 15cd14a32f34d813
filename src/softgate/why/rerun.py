"""Runs a claim, all of them, or the matrix again, with progress and the time left."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from softgate.lab import Standing, claims, load, run
from softgate.lab.claims import Claim, matrix as the_matrix
from softgate.lab.claims.columns import prepared
from softgate.lab.study import Study
from softgate.why.results import Judged, judge, machine_of

__all__ = ["Where", "claim", "everything", "folder", "matrix"]


@dataclass(frozen=True)
class Where:
    """Where results go, what computes them, and with which seeds, if not with those of the study."""

    out: Path
    backend: str = "loky"
    address: str | None = None
    jobs: int | None = None
    seeds: int | None = None
    first_seed: int | None = None

    def seeded(self, study: Study) -> Study:
        """A study with these seeds."""
        asked: dict[str, Any] = {"seeds": self.seeds, "first_seed": self.first_seed}
        return replace(study, **{name: value for name, value in asked.items() if value is not None})

    def place(self, name: str, study: Study) -> Path:
        """The folder of a study; other seeds have one of their own."""
        seeds = self.seeded(study)
        own = (seeds.seeds, seeds.first_seed) != (study.seeds, study.first_seed)
        return self.out / f"{name}{f'-seeds-{seeds.first_seed}-to-{seeds.first_seed + seeds.seeds - 1}' * own}"


def folder(chosen: Claim, where: Where, quick: bool) -> Path:
    """Where the results of a claim that is run by itself go."""
    return where.place(f"{chosen.slug}{'-quick' if quick else ''}", _asked(chosen.study, quick))


def claim(chosen: Claim, where: Where, *, quick: bool) -> Judged:
    """Run a claim's own study, and judge it by its rule. What was run before is not run again.

    Raises:
        ResultsError: the folder cannot be written, or holds other results.
        MissingExtraError: without the extra ``lab``.
    """
    place = folder(chosen, where, quick)
    _run(chosen.study, place, where, quick)
    return judge(chosen, prepared(load(place)), machine_of(place), quick)


def everything(where: Where, quick: bool) -> Iterator[Path]:
    """Run the pools of all claims, one after the other."""
    for name, study in claims.studies().items():
        place = where.place(name, _asked(study, quick))
        _run(study, place, where, quick)
        yield place


def matrix(where: Where, quick: bool) -> Path:
    """Run the matrix."""
    place = where.place(the_matrix.FOLDER, _asked(the_matrix.STUDY, quick))
    _run(the_matrix.STUDY, place, where, quick)
    return place


def _asked(study: Study, quick: bool) -> Study:
    return study.quickly() if quick else study


def _run(study: Study, place: Path, where: Where, quick: bool) -> None:
    with _shown(study.name) as progress:
        run(
            where.seeded(_asked(study, quick)),
            place,
            backend=where.backend,
            address=where.address,
            jobs=where.jobs,
            progress=progress,
        )


@contextmanager
def _shown(name: str) -> Iterator[Callable[[Standing], None]]:
    """A line that says how far it is; on a terminal it stays in its place."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), TextColumn("{task.fields[said]}"))
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task(name, total=1.0, said="")

        def tell(standing: Standing) -> None:
            left = "" if standing.left is None else f", {_clock(standing.left)} left"
            failed = f", {standing.failed} failed" if standing.failed else ""
            said = f"{standing.done:,} of {standing.total:,}{failed}{left}"
            bar.update(task, completed=standing.share, said=said)

        yield tell


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes}:{rest:02d}"
