"""A catchment of two buckets, made up day by day: what falls as snow lies until it melts, and soil drains into a river.

A network that is shown rain and temperature and asked for the flow has to invent the snow, which nobody shows it. The
snow is a degree-day store, the soil a store that drains the faster the fuller it is: a reduction of HBV (Bergström,
1976, *Development and application of a conceptual runoff model for Scandinavian catchments*).
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["catchment", "write"]

MELT = 2.5
"""Millimetres of water a day and degree above freezing."""
FIELD = 150.0
"""Millimetres the soil can hold."""


def catchment(days: int = 3650, seed: int = 0) -> dict[str, Any]:
    """Days in the life of a catchment, as columns [days]: date, rain, temp, flow, snow_depth, soil.

    rain is all that falls, mm a day, as snow where temp (degrees Celsius) is below zero. flow is what leaves, mm a day,
    measured with an error of 3 %. snow_depth and soil are the two stores, mm of water.
    """
    random = np.random.default_rng(seed)
    day = np.arange(days)
    weather = np.zeros(days)
    for t in range(1, days):
        weather[t] = 0.85 * weather[t - 1] + random.normal(0, 1.8)
    temp = 4 - 11 * np.cos(2 * np.pi * (day - 20) / 365.25) + weather
    rain = np.where(random.random(days) < 0.4, random.gamma(0.8, 8.0, days), 0.0)
    flow, snow_depth, soil = np.zeros(days), np.zeros(days), np.zeros(days)
    snow, store = 0.0, 60.0
    for t in range(days):
        frozen = temp[t] < 0
        melt = 0.0 if frozen else min(snow, MELT * temp[t])
        snow += (rain[t] if frozen else 0.0) - melt
        store += (0.0 if frozen else rain[t]) + melt
        store -= min(store, 0.25 * max(temp[t], 0.0) * min(1.0, store / FIELD))  # into the air
        out = min(store, 0.06 * store * (store / FIELD) ** 1.5)
        store -= out
        flow[t], snow_depth[t], soil[t] = out, snow, store
    flow *= np.exp(random.normal(0, 0.03, days))
    dates = [(date(1990, 1, 1) + timedelta(days=int(k))).isoformat() for k in day]
    return {"date": dates, "rain": rain, "temp": temp, "flow": flow, "snow_depth": snow_depth, "soil": soil}


def write(path: Path | str, days: int = 3650, seed: int = 0) -> Path:
    """The same as a CSV file, numbers with four decimals."""
    columns = catchment(days, seed)
    names = list(columns)
    rows = zip(*columns.values(), strict=True)
    cells = ([cell if isinstance(cell, str) else f"{cell:.4f}" for cell in row] for row in rows)
    lines = [",".join(row) for row in (names, *cells)]
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Path(path)
