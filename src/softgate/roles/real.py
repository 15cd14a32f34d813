"""Roles where the input is a quantity and there are no classes: what the present input alone decides, and what stays.

Crossed trials: memories of some places meet inputs of others. If c_t = a c_{t-1} + b with b decided by the input, it is
an integrator where a is near 1; if c_t is decided by the input alone, a sensor.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from softgate.roles.experiment import Spots, respond
from softgate.roles.maps import FIT, LASTING, Map
from softgate.roles.modes import levels_of, span_of
from softgate.roles.observe import Observed

__all__ = ["measure", "role_of"]

Floats = NDArray[np.float64]

PLACES, INPUTS = 8, 12


def measure(seen: Observed, random: np.random.Generator) -> tuple[list[list[Map]], Floats, Floats]:
    """One map for each unit, as :func:`softgate.roles.maps.measure` gives them for classes."""
    there = seen.classes >= 0
    levels = np.stack([levels_of(seen.c[..., u][there]) for u in range(seen.units)])
    span = np.stack([span_of(seen.c[..., u][there]) for u in range(seen.units)])
    t, b = np.nonzero(there)
    t, b = t[t >= 1], b[t >= 1]
    place, source = (random.choice(len(t), n, replace=len(t) < n) for n in (PLACES, INPUTS))
    maps = []
    for u in range(seen.units):
        p, j, v = (x.ravel() for x in np.meshgrid(np.arange(PLACES), np.arange(INPUTS), levels[u], indexing="ij"))
        j, at = j.astype(np.int64), place[p.astype(np.int64)]
        words = seen.x[t[source[j]], b[source[j]]][None]
        w = respond(seen, Spots(t[at], b[at]), np.full(len(at), u), v, words)[1]
        maps.append([_map(levels[u], w.reshape(PLACES, INPUTS, -1), float(span[u]), int(there.sum()))])
    return maps, levels, span


def _map(v: Floats, w: Floats, span: float, n: int) -> Map:
    """Of answers [places, inputs, levels]: the slope, and whether the rest is decided by the input."""
    middle = v.mean()
    spread = float(((v - middle) ** 2).mean())
    a = float(((v - middle) * w).mean() / spread) if spread > 0 else 0.0
    amount = w - a * v
    by_input = amount.mean((0, 2))
    left = float(np.sqrt(((amount - by_input[:, None]) ** 2).mean()))
    varies = float(by_input.std())
    kind = "other"
    if abs(a) <= FIT and left <= 2 * FIT * varies:
        kind = "set"
    elif LASTING <= a <= 1.02 and left <= 2 * FIT * varies and varies > 1e-5 * span:
        kind = "step"
    elif LASTING <= a <= 1.02 and left <= FIT * span and varies <= 1e-5 * span:
        kind = "hold"
    return Map(kind, a, float(by_input.mean()), varies, left / varies if varies else 0.0, 0.0, n)


def role_of(found: Map) -> str:
    """The role of a unit whose input is a quantity."""
    return {"set": "sensor", "step": "integrator", "hold": "constant"}.get(found.kind, "mixed")
