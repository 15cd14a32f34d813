"""From a table to what a network reads: chosen columns, scaled, with what is missing marked, and cut by time.

Step t of the input is row t; its target is the target column `horizon` rows later. Scaling is that of the rows that are
trained on, and is kept in the run. A missing input reads as its mean, with a column beside it that says so; a missing
target is neither trained on nor scored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from softgate.series.clock import is_clock, when as clock
from softgate.series.scaling import Scaling, latest
from softgate.series.settings import SeriesSettings
from softgate.tables import Frame, InputError
from softgate.text.words import counted

Floats = NDArray[np.float64]

SEASONS = ((3600, 24, "day"), (86400, 365, "year"), (7 * 86400, 52, "year"), (30.4 * 86400, 12, "year"))
"""Seconds between rows, rows a season, and what that season is."""
LEAST = 40
SENTINELS = (-9999, -999, -99999, 9999, 99999)


@dataclass(frozen=True)
class SeriesData:
    """A table, ready to be trained on.

    Attributes:
        scaling: how it was made.
        x: [T, I], what the network reads.
        target: [T], the target column in its own units, NaN where missing.
        wanted: [T], the target `horizon` rows later; NaN where there is none.
        anchor: [T], what a forecast is a change from: zero, or the last known target.
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
    anchor: Floats
    train_end: int
    valid_end: int
    when: tuple[str, ...]
    period: int
    season: str
    said: tuple[str, ...]
    digest: str

    @property
    def dated(self) -> bool:
        """Whether the names of the rows are dates."""
        return self.when[:1] != ("0",)

    @property
    def scaled(self) -> Floats:
        """`wanted` as the network says it, [T]."""
        return (self.wanted - self.anchor - self.scaling.target_centre) / self.scaling.target_spread

    def natural(self, values: NDArray[Any]) -> Floats:
        """What the network says, [T], in the units of the target."""
        return self.scaling.unscaled(values) + self.anchor

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
    return tuple(name for name in frame.numbers() if name == target or not is_clock(frame, name))


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
    if not np.isfinite(target).any():
        raise InputError(f"{frame.path}: {settings.target} has no number in any row")
    valid_end = T - round(settings.test_share * T)
    train_end = valid_end - round(settings.validation_share * T)
    known = [int(np.isfinite(target[a:b]).sum()) for a, b in ((0, train_end), (train_end, valid_end), (valid_end, T))]
    if min(known) < LEAST // 2 or T < 2 * LEAST:
        raise InputError(
            f"{frame.path}: too short: of {counted(T, 'row')}, {known[0]} known values of {settings.target} would be "
            f"trained on, {known[1]} choose and {known[2]} judge; at least {2 * LEAST} rows and {LEAST // 2} each"
        )
    if h > (valid_end - train_end) // 2:
        raise InputError(f"{frame.path}: a horizon of {h} rows is too far for {counted(T, 'row')}")
    if settings.changes and h == 0:
        raise InputError("changes need a horizon of at least 1: the last known value would be the one to forecast")
    when, dated, seconds = clock(frame)
    wanted = np.append(target[h:], np.full(h, np.nan))
    anchor = latest(target, 0.0) if settings.changes else np.zeros(T)
    scaling, missing = _scaling(frame, settings, wanted - anchor, train_end - h)
    period, season = _season(target[:train_end], settings.period, seconds)
    x = scaling.read(frame)
    as_changes = ", as changes from its last known value" if settings.changes else ""
    said = (
        f"{counted(T, 'row')}{dated}",
        *frame.remarks,
        f"forecasts {settings.target} {counted(h, 'row')} ahead from {', '.join(settings.inputs)}{as_changes}",
        *_outside(target, train_end, valid_end, settings),
        *missing,
        *_sentinels(frame, dict.fromkeys((*settings.inputs, settings.target))),
        f"by time: {train_end:,} rows to train on, {valid_end - train_end:,} to choose by, {T - valid_end:,} to judge",
    )
    digest = hashlib.sha256(np.ascontiguousarray(x).tobytes() + wanted.tobytes()).hexdigest()
    return SeriesData(scaling, x, target, wanted, anchor, train_end, valid_end, when, period, season, said, digest)


def _sentinels(frame: Frame, names: Iterable[str]) -> list[str]:
    """What is to be said of numbers that often stand for none, where nothing else of the column is near them."""
    said = []
    for name in names:
        values = frame.column(name)
        for odd in SENTINELS:
            others = np.abs(values[np.isfinite(values) & (values != odd)])
            count = int((values == odd).sum())
            if count and len(others) and 3 * others.max() < abs(odd):
                said.append(
                    f"{name}: {odd:g} in {counted(count, 'row')}, read as a number; empty those cells if none is"
                )
    return said


def _outside(target: Floats, train_end: int, valid_end: int, settings: SeriesSettings) -> list[str]:
    """What is to be said where the rows that judge hold what was never trained on."""
    seen, judged = target[:train_end], target[valid_end:]
    share = float(((judged > np.nanmax(seen)) | (judged < np.nanmin(seen))).sum() / np.isfinite(judged).sum())
    if share < 0.2 or settings.changes:
        return []
    return [f"{share:.0%} of the rows that judge lie outside of what is trained on: a trend? --changes is for such"]


def _scaling(frame: Frame, settings: SeriesSettings, wanted: Floats, end: int) -> tuple[Scaling, list[str]]:
    """The scaling by what is trained on, inputs whose target is known before `end`; and what is missing, in words."""
    target = frame.column(settings.target)
    bare = Scaling(settings.inputs, (), (), (), settings.target, 0.0, 1.0, settings.horizon, settings.changes)
    centres, spreads, flagged, said = [], [], [], []
    for name in settings.inputs:
        values = bare.raw(frame, name)
        known = np.isfinite(values)
        shown = end + settings.horizon
        if not known.any():
            raise InputError(f"{frame.path}: {name} has no number in any row")
        if not known[:shown].any():
            raise InputError(f"{frame.path}: {name} has no number in the {shown:,} rows to train on")
        centre, spread = _moments(frame, name, values[:shown][known[:shown]])
        centres.append(centre)
        spreads.append(spread or 1.0)
        if not known.all():
            flagged.append(name)
            said.append(f"{name}: {_lost(values)}, read as its mean and marked")
    if not np.isfinite(target).all():
        said.append(f"{settings.target}: {_lost(target)}, neither trained on nor scored there")
    seen = wanted[:end][np.isfinite(wanted[:end])]
    centre, spread = _moments(frame, settings.target, seen)
    if spread == 0:
        raise InputError(f"{frame.path}: {settings.target} never changes in the rows to train on")
    made = replace(
        bare,
        flagged=tuple(flagged),
        centre=tuple(centres),
        spread=tuple(spreads),
        target_centre=centre,
        target_spread=spread,
    )
    return made, said


def _lost(values: Floats) -> str:
    """In how many rows there is no number, and in how many of them that is because it is infinite."""
    infinite, lost = int(np.isinf(values).sum()), counted(int((~np.isfinite(values)).sum()), "row")
    return f"missing in {lost}" + (f" ({infinite:,} of them infinite, which is taken as missing)" if infinite else "")


def _moments(frame: Frame, name: str, known: Floats) -> tuple[float, float]:
    """Mean and spread of the known values of a column; 0 where it never changes.

    Raises:
        InputError: squares of the values go beyond float64.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        centre, spread = float(known.mean()), float(known.std())
        usable = bool(np.isfinite([centre, spread, spread**2 * len(known)]).all())
    varies = known.min() != known.max()
    if not usable or (varies and spread**2 < np.finfo(np.float64).tiny):
        raise InputError(
            f"{frame.path}: {name} has values from {known.min():.3g} to {known.max():.3g}, whose mean square error is "
            "beyond double precision; give it another unit"
        )
    return centre, spread if varies else 0.0


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
