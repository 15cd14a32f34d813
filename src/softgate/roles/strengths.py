"""The figures of a role: how long it holds, how even its step is, how far its values can be told apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from softgate.roles.candidate import Candidate
from softgate.roles.detect import common_step
from softgate.roles.maps import Map

__all__ = ["drift", "half_life", "holding", "readable", "strengths"]

Floats = NDArray[np.float64]

MOST = 100_000


def strengths(found: Candidate, maps: Sequence[Map], dtype: torch.dtype) -> dict[str, float]:
    """The figures that the role has: leak and half-life of what is held, step, gap, range; others are not there.

    What is lost is that of the class of input that loses most. An integrator has no step, but the least and the most.
    """
    held = holding(maps, found.role)
    shown: dict[str, float] = {"range": found.span}
    if held:
        a = min(min(maps[k].a, 1.0) for k in held)
        shown |= {"leak": 1 - a, "half_life": half_life(a)}
    if held and found.role not in ("timer", "constant"):
        shown["drift"] = max((drift(maps[k], found.levels) for k in held), key=abs)
    steps = [m for m in maps if m.kind == "step"]
    sizes = [abs(m.size) for m in steps]
    if steps and found.role == "integrator":
        shown |= {"step_least": min(sizes), "step_most": max(sizes)}
    if steps and found.role in ("counter", "timer"):
        size = common_step([m.size for m in steps]) or float(np.mean(sizes))
        between = (max(sizes) - min(sizes)) / max(sizes)
        shown |= {"step": size, "step_spread": max(m.spread for m in steps), "step_between": between}
        shown["readable"] = float(readable(size, dtype))
    if found.role in ("latch", "toggle"):
        low, high = found.modes
        shown |= {"gap": high - low, "low": low, "high": high}
    return shown


def holding(maps: Sequence[Map], role: str) -> list[int]:
    """Classes at which what is held is lost or kept: those that hold, of a timer those at which it decays."""
    if role not in ("latch", "toggle", "counter", "timer", "constant"):
        return []
    return [k for k, m in enumerate(maps) if m.kind == ("decay" if role == "timer" else "hold")]


def drift(held: Map, levels: Floats) -> float:
    """How far the middle of the range moves in one step of a class that holds."""
    middle = float(levels.min() + levels.max()) / 2
    return (held.a - 1) * middle + held.b


def half_life(a: float) -> float:
    """Steps until half is left of what is multiplied by ``a`` at each; inf where nothing is lost."""
    return math.inf if a >= 1 - 1e-9 else math.log(0.5) / math.log(a) if a > 0 else 0.0


@lru_cache(maxsize=1024)
def _readable(step: float, dtype: torch.dtype) -> int:
    most = min(MOST, math.ceil(20 / step) + 1) if step > 0 else 1  # tanh is 1 in every dtype from 20 on
    shown = torch.tanh(torch.arange(most, dtype=torch.float64) * step).to(dtype)
    return 1 + int((shown[1:] != shown[:-1]).sum())  # tanh rises, so equal values are neighbours


def readable(step: float, dtype: torch.dtype) -> int:
    """How many counts from zero differ behind an exact readout tanh, at steps of this size; at most 100,000."""
    return _readable(abs(round(step, 9)), dtype)
