"""From cases to rows: build, judge, time; whatever goes wrong becomes the row's reason."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from softgate.bench import fresh, lab, machine, measure, peak, study, subjects
from softgate.bench.cases import TRAINING, Case
from softgate.bench.judge import judge
from softgate.bench.ledger import Row
from softgate.bench.measure import Pairs
from softgate.bench.statistics import spread
from softgate.bench.targets import Verdict

SAID = {"lab": lab.said, "study": study.said}
"""By kind of case, what the times of both sides mean, in words."""

QUICK_SECONDS, FULL_SECONDS = 0.7, 2.0
"""Seconds of timing for each case, unless the user says otherwise."""


class Session:
    """Runs cases one after the other, on as many threads as torch has, and keeps the highest peak seen so far.

    The highest, because whatever else the machine does can only lower a peak, and a low peak flatters a share.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.peaks: dict[str, float] = {}
        self.stamp: dict[str, Any] = machine.stamp()

    def run(self, cases: Iterable[Case]) -> Iterator[Row]:
        """A row for each case."""
        for case in cases:
            yield self.one(case)

    def one(self, case: Case) -> Row:
        """The row of one case: judged first, then timed; or the reason why there are no times."""
        row = Row(
            **self.stamp | {"date": machine.now()}, case=case.name, group=case.group, against=case.against,
            cell=case.cell, T=case.T, B=case.B, I=case.I, H=case.H, dtype=case.dtype, mode=case.mode,
        )  # fmt: skip
        try:
            with warnings.catch_warnings(record=True) as said:
                warnings.simplefilter("always")
                subject = subjects.build(case)
                judge(subject)
            row = replace(row, note="; ".join(filter(None, (subject.note, *_distinct(said)))))
        except AssertionError as wrong:
            return replace(row, error=f"wrong: {_line(wrong)}")
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this case's answer
            return replace(row, error=_line(error))
        try:
            if case.kind == "memory":
                del subject
                mine, other = fresh.memory(case)
                return replace(row, ours_bytes=mine, other_bytes=other)
            if case.kind == "first":
                pairs, note = fresh.first(case, self.seconds)
                return replace(row, **_times(pairs, 1.0), note="; ".join(filter(None, (note, row.note))))
            pairs = measure.pairs(subject.ours.run, subject.other.run, self.seconds)
            if case.kind in SAID:
                row = replace(
                    row, note=SAID[case.kind](case, 1e3 * spread(pairs.ours).median, 1e3 * spread(pairs.other).median)
                )
            return _read(replace(row, **_times(pairs, subject.scale), **self._rates(case, pairs, subject.runs)))
        except Exception as error:  # noqa: BLE001 - as above
            return replace(row, error=_line(error))

    def peak(self, dtype: str) -> float:
        """GFLOP/s of the peak, measured again."""
        self.peaks[dtype] = max(peak.measure(dtype=dtype), self.peaks.get(dtype, 0.0))
        return self.peaks[dtype]

    def all_peaks(self) -> list[tuple[int, float]]:
        """Threads and GFLOP/s of the float32 peak: one thread, and all."""
        most = self.stamp["threads"]
        one = [(1, peak.measure(1))] if most > 1 else []
        return [*one, (most, self.peak("float32"))]

    def _rates(self, case: Case, pairs: Pairs, runs: int) -> dict[str, Any]:
        seconds, most = spread(pairs.ours).median / runs, self.peak(case.dtype)
        return {
            "gflops": case.flops / seconds / 1e9,
            "peak_gflops": most,
            "share": case.needed / seconds / 1e9 / most,
        }


def summary(session: Session, verdicts: Iterable[Verdict], grid: str) -> list[Row]:
    """Rows ``target/NAME``, for those who quote a figure: the mean or worst ratio over the cases of a whole grid.

    A target that is not a ratio has none; the rows it comes from say it.
    """
    rows = []
    for v in verdicts:
        if v.measured is None or v.errors or v.target.unit != "times" or v.target.low:
            continue
        note = f"{'geometric mean' if v.target.mean else 'worst'} of {v.cases} cases, {grid} grid"
        stamp = session.stamp | {"date": machine.now()}
        mode = TRAINING if v.target.name == "train" else "inference" if v.target.name == "infer" else ""
        rows.append(
            Row(**stamp, case=f"target/{v.target.name}", group="target", mode=mode, ratio_median=v.measured, note=note)
        )
    return rows


def _distinct(said: Iterable[warnings.WarningMessage]) -> list[str]:
    """What somebody warned of meanwhile, once each."""
    return list(dict.fromkeys(f"warning: {_line(w.message)}" for w in said if isinstance(w.message, Warning)))


def _times(pairs: Pairs, scale: float) -> dict[str, Any]:
    ours, other, ratio = spread(pairs.ours), spread(pairs.other), pairs.ratio(scale)
    found: dict[str, Any] = {"pairs": len(pairs.ours)}
    for name in ("p10", "median", "p90"):
        found[f"ours_ms_{name}"] = 1e3 * getattr(ours, name)
        found[f"other_ms_{name}"] = 1e3 * getattr(other, name)
        found[f"ratio_{name}"] = getattr(ratio, name)
    return found


def _read(row: Row) -> Row:
    """A row that says how fast text was read, if it was."""
    if row.characters is None:
        return row
    plain, counted = row.characters
    said = f"characters a second (steps x batch): {plain:.0f} plain, {counted:.0f} with statistics"
    return replace(row, note="; ".join(filter(None, (said, row.note))))


def _line(error: BaseException) -> str:
    """An error as one line, short enough for a table, without the places of this machine."""
    text = " ".join(f"{type(error).__name__}: {error}".split()).replace(os.path.expanduser("~"), "~")
    return text if len(text) < 300 else f"{text[:297]}..."
