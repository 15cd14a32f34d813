"""What a probe found: a row for each label, as text, for pandas, as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from softgate.errors import MissingExtraError
from softgate.finite import plain
from softgate.probes.judge import Score

__all__ = ["Probe", "Probes"]

COLUMNS = ("label", "kind", "best unit", "unit", "95 %", "linear", "context", "chance", "q", "away: unit/context")


@dataclass(frozen=True)
class Probe:
    """What follows one label, and how well, at steps that it was not chosen or fitted on.

    Attributes:
        label: its name.
        binary: yes or no, scored by the area under the ROC curve; else a number, by rank correlation.
        signal, unit: the unit that follows it best, chosen in most folds.
        sign: -1 where the unit falls as the label rises.
        agreed: in which share of the folds that unit was chosen.
        best: the score of the best unit of each fold.
        linear: of the linear probe over all units.
        context: of what the last few inputs say without any memory; None where there is no such baseline.
        baseline: what that baseline is, in words.
        twin: of the best units of another model, as an untrained one; None where none was given.
        ahead: the score of the best unit less that of the baseline, 95 % interval, the same draws for both.
        q: of the best unit, p by circular shifts, adjusted over all labels (Benjamini and Hochberg).
        steps: how many were judged.
        away_steps: how many of them are away from events.
    """

    label: str
    binary: bool
    signal: str
    unit: int
    sign: int
    agreed: float
    best: Score
    linear: Score
    context: Score | None
    baseline: str
    twin: Score | None
    ahead: tuple[float, float]
    q: float
    steps: int
    away_steps: int

    @property
    def name(self) -> str:
        """The unit, as ``lstm.l0.c 17``; with a minus sign where it falls as the label rises."""
        return f"{'-' if self.sign < 0 else ''}{self.signal} {self.unit}"

    @property
    def beats_context(self) -> bool:
        """Whether the best unit is ahead of the baseline, the whole interval of the difference above zero."""
        return self.ahead[0] > 0


@dataclass(frozen=True)
class Probes:
    """The rows of a probe, one for each label, in the order of the labels.

    Attributes:
        rows: the labels.
        judged: how the steps were divided, in words.
        units: how many units were searched.
        look_back: how many steps the baseline sees; away from events is longer ago than that.
    """

    rows: tuple[Probe, ...]
    judged: str
    units: int
    look_back: int

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Probe]:
        return iter(self.rows)

    def __getitem__(self, key: str | int) -> Probe:
        if isinstance(key, int):
            return self.rows[key]
        for row in self.rows:
            if row.label == key:
                return row
        from softgate.errors import UnknownNameError

        raise UnknownNameError("label", key, [row.label for row in self.rows])

    def cells(self) -> list[tuple[str, ...]]:
        """The rows as texts, under `COLUMNS`."""
        return [_cells(row) for row in self.rows]

    def table(self) -> str:
        """The rows as text, two lines a label, 80 columns."""
        lines = []
        for row in self.rows:
            what = "AUC" if row.binary else "rank corr."
            lines.append(
                f"{row.label}: {row.name}, {what} {_n(row.best.value)} {_span(row.best.interval)}, "
                f"chance {_n(row.best.chance)}, q {row.q:.2g}"
            )
            parts = [f"linear, {self.units} units {_n(row.linear.value)} {_span(row.linear.interval)}"]
            if row.context is not None:
                parts.append(f"{row.baseline} {_n(row.context.value)} {_span(row.context.interval)}")
            if row.twin is not None:
                parts.append(f"twin {_n(row.twin.value)}")
            lines.append("  " + "; ".join(parts))
            if math.isfinite(row.best.away):
                away = "-" if row.context is None else _n(row.context.away)
                lines.append(
                    f"  {self.look_back} steps or more after a change ({row.away_steps:,} steps): "
                    f"unit {_n(row.best.away)}, linear {_n(row.linear.away)}, without memory {away}"
                )
        return "\n".join([*lines, f"({self.judged})"])

    __str__ = table

    def records(self) -> list[dict[str, Any]]:
        """The rows as plain values: text, numbers, None for what is not a number."""
        return [plain({**asdict(row), "beats_context": row.beats_context}) for row in self.rows]

    def frame(self) -> Any:
        """The rows as a pandas DataFrame, a column for every number."""
        try:
            import pandas
        except ImportError:
            raise MissingExtraError("pandas", "probes", "a frame") from None
        return pandas.json_normalize(self.records(), sep="_").set_index("label")

    def to_json(self) -> str:
        """The rows as JSON."""
        said = {"judged": self.judged, "units": self.units, "look_back": self.look_back, "labels": self.records()}
        return json.dumps(said, indent=1, allow_nan=False)


def adjusted(p: Sequence[float]) -> NDArray[np.float64]:
    """Benjamini and Hochberg's q of each p (1995, J. R. Stat. Soc. B 57, 289)."""
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values)[::-1]
    found = np.empty(len(values))
    found[order] = np.minimum.accumulate(np.minimum(1.0, values[order] * len(values) / np.arange(len(values), 0, -1)))
    return found


def _cells(row: Probe) -> tuple[str, ...]:
    context = "-" if row.context is None else f"{_n(row.context.value)} ({row.baseline})"
    far = "-"
    if math.isfinite(row.best.away):
        far = f"{_n(row.best.away)} / {'-' if row.context is None else _n(row.context.away)}"
    return (
        row.label,
        "AUC" if row.binary else "rank correlation",
        row.name,
        _n(row.best.value),
        _span(row.best.interval),
        _n(row.linear.value),
        context,
        _n(row.best.chance),
        f"{row.q:.2g}",
        far,
    )


def _n(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "-"


def _span(interval: tuple[float, float]) -> str:
    return f"[{_n(interval[0])}, {_n(interval[1])}]"
