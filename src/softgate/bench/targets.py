"""What was promised, as data, held against rows of the ledger.

Where a target speaks of a mean, the geometric mean of the cases is judged; everywhere else the worst of them is. A case
with an error fails the target it counts for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from softgate.bench.cases import INFERENCE, TRAINING
from softgate.bench.ledger import Row
from softgate.bench.statistics import geometric_mean

Measure = Callable[[Row], float | None]


@dataclass(frozen=True)
class Target:
    """A promise.

    Attributes:
        name: of its own row in the ledger, ``target/NAME``.
        title: in words.
        must, aim: the figures.
        unit: how to write a figure; a key of :data:`WRITE`.
        covers: whether a row counts.
        figure: the number of a row.
        mean: whether the mean is judged, else the worst.
        low: whether less is better.
    """

    name: str
    title: str
    must: float
    aim: float
    unit: str
    covers: Callable[[Row], bool]
    figure: Measure
    mean: bool = False
    low: bool = False


@dataclass(frozen=True)
class Verdict:
    """A target and what became of it: the judged figure, the worst case and its figure, errors among the cases."""

    target: Target
    cases: int
    measured: float | None
    worst: str
    worst_figure: float | None
    errors: int

    @property
    def passed(self) -> bool:
        """Whether the must is reached."""
        if self.measured is None or self.errors:
            return False
        return self.measured <= self.target.must if self.target.low else self.measured >= self.target.must


WRITE: dict[str, Callable[[float], str]] = {
    "times": lambda v: f"{v:.2f} x",
    "share": lambda v: f"{100 * v:.0f} %",
    "percent": lambda v: f"{100 * v:.1f} %",
    "ms": lambda v: f"{v:.0f} ms",
    "us": lambda v: f"{1e3 * v:.1f} us",
}


def _group(*names: str) -> Callable[[Row], bool]:
    return lambda row: row.group in names


def _grid(mode: str) -> Callable[[Row], bool]:
    return lambda row: row.group == "grid" and row.mode == mode


def _large(row: Row) -> bool:
    return row.group == "grid" and (row.B or 0) >= 16 and (row.H or 0) >= 256


def _ratio(row: Row) -> float | None:
    return row.ratio_median


def _cost(row: Row) -> float | None:
    return None if row.ratio_median is None else 1 / row.ratio_median


def _extra(row: Row) -> float | None:
    return None if row.ratio_median is None else 1 / row.ratio_median - 1


def _slower(row: Row) -> float | None:
    """The share of the characters a second that is lost."""
    return None if row.ratio_median is None else 1 - row.ratio_median


def _memory(row: Row) -> float | None:
    return None if row.ours_bytes is None or not row.other_bytes else row.ours_bytes / row.other_bytes


def _time(row: Row) -> float | None:
    return row.ours_ms_median


def _share(row: Row) -> float | None:
    return row.share


TARGETS = (
    Target("train", "training, mean", 1.6, 2.5, "times", _grid(TRAINING), _ratio, mean=True),
    Target("infer", "inference, mean", 1.4, 2.5, "times", _grid(INFERENCE), _ratio, mean=True),
    Target("worst", "worst cell of the grid", 1.0, 1.2, "times", _group("grid"), _ratio),
    Target("share", "of FMA peak, B>=16 H>=256", 0.8, 0.9, "share", _large, _share, mean=True),
    Target("step", "one step, H=64 B=1", 0.010, 0.003, "us", _group("step"), _time, low=True),
    Target("shape", "GRU RNN proj. 2-dir 2-layer", 1.6, 4.0, "times", _group("shape"), _ratio),
    Target("packed", "packed, half padding", 4.0, 30.0, "times", _group("packed"), _ratio),
    Target("cell", "other cells per FLOP", 1.15, 1.05, "times", _group("cell"), _cost, low=True),
    Target("loop", "against a Python loop", 5.0, 20.0, "times", _group("loop"), _ratio),
    Target("record", "recording, training", 0.05, 0.01, "percent", _group("record"), _extra, low=True),
    Target("edit", "editing two signals", 0.10, 0.05, "percent", _group("edit"), _extra, low=True),
    Target("statistics", "streaming statistics", 0.25, 0.15, "percent", _group("statistics"), _slower, low=True),
    Target("lab", "nets an hour, plain cell, mean", 3.0, 8.0, "times", _group("lab"), _ratio, mean=True),
    Target("lab-loop", "nets an hour, against a loop", 20.0, 40.0, "times", _group("lab loop"), _ratio),
    Target("compile", "first call, compiling", 1000.0, 300.0, "ms", _group("first compile"), _time, low=True),
    Target("disk", "first call, from disk", 50.0, 10.0, "ms", _group("first disk"), _time, low=True),
    Target("memory", "peak memory, training", 1.0, 0.7, "times", _group("memory"), _memory, low=True),
)


def judge(rows: Iterable[Row]) -> list[Verdict]:
    """A verdict for every target that one of the rows counts for."""
    found = list(rows)
    verdicts = (_verdict(target, [row for row in found if target.covers(row)]) for target in TARGETS)
    return [verdict for verdict in verdicts if verdict.cases]


def _verdict(target: Target, rows: list[Row]) -> Verdict:
    figures = {row.case: value for row in rows if not row.error and (value := target.figure(row)) is not None}
    errors = len(rows) - len(figures)
    if not figures:
        return Verdict(target, len(rows), None, "", None, errors)
    worst = (max if target.low else min)(figures, key=lambda name: figures[name])
    measured = geometric_mean(figures.values()) if target.mean else figures[worst]
    return Verdict(target, len(rows), measured, worst, figures[worst], errors)
