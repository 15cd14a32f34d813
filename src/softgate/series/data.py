"""From a table to what a network reads: chosen columns, scaled, with what is missing marked, and cut by time.

Step t of the input is row t; its target is the target column `horizon` rows later. Scaling is that of the rows that are
trained on, and is kept in the run. A missing input reads as its mean, with a column beside it that says so; a missing
target is neither trained on nor scored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from softgate.series.settings import SeriesSettings
from softgate.tables import Frame, InputError
from softgate.text.words import counted

Floats = NDArray[np.float64]

TIMES = ("date", "datetime", "day", "hour", "month", "time", "timestamp", "year")
SEASONS = ((3600, 24, "day"), (86400, 365, "year"), (7 * 86400, 52, "year"), (30.4 * 86400, 12, "year"))
"""Seconds between rows, rows a season, and what that season is."""
LEAST = 40


@dataclass(frozen=True)
class Scaling:
    """How columns become what the network reads, kept in `config.json`.

    Attributes:
        inputs: columns, in order.
        flagged: those of them that have a column of their own that says where they are missing.
        centre, spread: of the inputs.
        target, target_centre, target_spread: of what is forecast.
        horizon: rows ahead.
    """

    inputs: tuple[str, ...]
    flagged: tuple[str, ...]
    centre: tuple[float, ...]
    spread: tuple[float, ...]
    target: str
    target_centre: float
    target_spread: float
    horizon: int

    @property
    def features(self) -> tuple[str, ...]:
        """What the network reads."""
        return (*self.inputs, *(f"{name} is missing" for name in self.flagged))

    def read(self, frame: Frame) -> NDArray[np.float32]:
        """The input of a table, [T, I]."""
        raw = np.stack([frame.column(name) for name in self.inputs], axis=1)
        known = np.isfinite(raw)
        scaled = np.where(known, (raw - self.centre) / np.array(self.spread), 0.0)
        flags = [~known[:, self.inputs.index(name)] for name in self.flagged]
        return np.column_stack([scaled, *flags]).astype(np.float32)

    def unscaled(self, values: NDArray[Any]) -> Floats:
        """Forecasts as the network gives them, in the units of the target."""
        return values.astype(np.float64) * self.target_spread + self.target_centre

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Scaling:
        """The inverse of `as_dict`."""
        plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
        return cls(**plain)


@dataclass(frozen=True)
class SeriesData:
    """A table, ready to be trained on.

    Attributes:
        scaling: how it was made.
        x: [T, I], what the network reads.
        target: [T], the target column in its own units, NaN where missing.
        wanted: [T], the target `horizon` rows later; NaN where there is none.
        train_end, valid_end: rows before the first are trained on, those before the second choose, the rest judge.
        when: a name for each row.
        period: rows a season, 0 if there is none; `season` says where that is from.
        said: what was done, in sentences.
        digest: of the numbers.
    """

    scaling: Scaling
    x: NDArray[np.float32]
    target: Floats
    wanted: Floats
    train_end: int
    valid_end: int
    when: tuple[str, ...]
    period: int
    season: str
    said: tuple[str, ...]
    digest: str

    def rows(self, first: int, last: int) -> NDArray[np.int64]:
        """The steps whose target lies in rows [first, last) and is known."""
        reach = np.arange(len(self.wanted)) + self.scaling.horizon
        return np.flatnonzero((reach >= first) & (reach < last) & np.isfinite(self.wanted))


def chosen_inputs(frame: Frame, target: str, asked: Sequence[str]) -> tuple[str, ...]:
    """The columns to read: those asked for, or every one of numbers that is no clock."""
    frame.column(target)
    if asked:
        twice = [name for k, name in enumerate(asked) if name in asked[:k]]
        if twice:
            raise InputError(f"--inputs names {twice[0]!r} twice")
        for name in asked:
            frame.column(name)
        return tuple(asked)
    return tuple(name for name in frame.numbers() if name == target or not _is_clock(frame, name))


def _is_clock(frame: Frame, name: str) -> bool:
    """Whether a column of numbers only counts time."""
    values = frame.column(name)
    return name.strip().lower() in TIMES and bool((np.diff(values) > 0).all())


def prepare(frame: Frame, settings: SeriesSettings) -> SeriesData:
    """Scale a table and cut it by time.

    Raises:
        InputError: too few rows, dates out of order, or a target that is missing or constant where it is trained on.
    """
    T, h = frame.rows, settings.horizon
    if h == 0 and settings.target in settings.inputs:
        raise InputError(
            f"a horizon of 0 would show the network its own target, {settings.target}; take it from --inputs"
        )
    target = frame.column(settings.target)
    target = np.where(np.isfinite(target), target, np.nan)
    valid_end = T - round(settings.test_share * T)
    train_end = valid_end - round(settings.validation_share * T)
    known = [int(np.isfinite(target[a:b]).sum()) for a, b in ((0, train_end), (train_end, valid_end), (valid_end, T))]
    if min(known) < LEAST // 2 or T < 2 * LEAST:
        raise InputError(
            f"{frame.path}: too short: of {counted(T, 'row')}, {known[0]} known values of {settings.target} would be "
            f"trained on, {known[1]} choose and {known[2]} judge; at least {2 * LEAST} rows and {LEAST // 2} each"
        )
    when, dated, seconds = _when(frame)
    scaling, missing = _scaling(frame, settings, target, train_end)
    wanted = np.full(T, np.nan)
    wanted[: T - h] = target[h:]
    period, season = _season(target[:train_end], settings.period, seconds)
    x = scaling.read(frame)
    said = (
        f"{counted(T, 'row')}{dated}",
        f"forecasts {settings.target} {counted(h, 'row')} ahead from {', '.join(settings.inputs)}",
        *missing,
        f"by time: {train_end:,} rows to train on, {valid_end - train_end:,} to choose by, {T - valid_end:,} to judge",
    )
    digest = hashlib.sha256(np.ascontiguousarray(x).tobytes() + wanted.tobytes()).hexdigest()
    return SeriesData(scaling, x, target, wanted, train_end, valid_end, when, period, season, said, digest)


def _when(frame: Frame) -> tuple[tuple[str, ...], str, float]:
    """A name for each row, what is said of it, and the seconds between rows, NaN if that is not known."""
    found = frame.dates()
    if found is None:
        return tuple(str(k) for k in range(frame.rows)), "", np.nan
    name, dates = found
    gaps = np.diff(dates).astype("timedelta64[s]").astype(np.float64)
    wrong = np.flatnonzero(np.isnat(dates[1:]) | np.isnat(dates[:-1]) | (gaps <= 0))
    if len(wrong):
        raise InputError(
            f"{frame.path}: expected times that rise from row to row; {name} has {dates[wrong[0]]} in row "
            f"{wrong[0] + 1} and {dates[wrong[0] + 1]} after it: sort the table, and take rows out that occur twice"
        )
    usual = float(np.median(gaps))
    uneven = int((np.abs(gaps - usual) > 0.2 * usual).sum())
    days = (dates == dates.astype("datetime64[D]")).all()
    names = dates.astype("datetime64[D]") if days else dates
    said = f" from {names[0]} to {names[-1]} ({name})"
    if uneven:
        said += f"; {counted(uneven, 'step')} between them of another length than usual, taken as one row all the same"
    return tuple(map(str, names)), said, usual


def _scaling(frame: Frame, settings: SeriesSettings, target: Floats, end: int) -> tuple[Scaling, list[str]]:
    centres, spreads, flagged, said = [], [], [], []
    for name in settings.inputs:
        values = frame.column(name)
        known = np.isfinite(values)
        if not known[:end].any():
            raise InputError(f"{frame.path}: {name} has no number in the {end:,} rows to train on")
        centres.append(float(values[:end][known[:end]].mean()))
        spreads.append(float(values[:end][known[:end]].std()) or 1.0)
        if not known.all():
            flagged.append(name)
            said.append(f"{name}: missing in {counted(int((~known).sum()), 'row')}, read as its mean and marked")
    lost = int((~np.isfinite(target)).sum())
    if lost:
        said.append(f"{settings.target}: missing in {counted(lost, 'row')}, neither trained on nor scored there")
    seen = target[:end][np.isfinite(target[:end])]
    if np.ptp(seen) == 0:
        raise InputError(f"{frame.path}: {settings.target} is {seen[0]:g} in all rows to train on")
    made = Scaling(
        settings.inputs, tuple(flagged), tuple(centres), tuple(spreads), settings.target,
        float(seen.mean()), float(seen.std()), settings.horizon,
    )  # fmt: skip
    return made, said


def _season(target: Floats, asked: int, seconds: float) -> tuple[int, str]:
    """Rows a season, and how that is known."""
    if asked:
        return asked, "as asked for"
    for usual, rows, name in SEASONS:
        if abs(seconds - usual) < 0.1 * usual and 2 * rows <= len(target):
            return rows, f"a {name}"
    filled = np.where(np.isfinite(target), target - np.nanmean(target), 0.0)
    most = min(len(filled) // 3, 2000)
    power = np.abs(np.fft.rfft(filled, 2 * len(filled))) ** 2
    echo = np.fft.irfft(power)[: most + 1]
    below = np.flatnonzero(echo < 0)
    if not len(below):
        return 0, "none found"
    best = int(below[0] + np.argmax(echo[below[0] :]))
    return (best, "the strongest echo of the training rows") if echo[best] > 0.1 * echo[0] else (0, "none found")
