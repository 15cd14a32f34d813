"""The figures of a role: how long it holds, how even its step is, how far its values can be told apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch

from softgate.roles.candidate import Candidate
from softgate.roles.detect import common_step
from softgate.roles.maps import Map

__all__ = ["half_life", "readable", "strengths"]

MOST = 100_000


def strengths(found: Candidate, maps: Sequence[Map], dtype: torch.dtype) -> dict[str, float]:
    """The figures that the role has: leak and half-life of what is held, step, gap, range; others are not there."""
    held = [m for m in maps if m.kind == "hold"] if found.role != "timer" else [m for m in maps if m.kind == "decay"]
    shown: dict[str, float] = {"range": found.span}
    if held and found.role in ("latch", "toggle", "counter", "timer", "constant"):
        weight = np.array([m.n for m in held], np.float64)
        a = float(weight @ [min(m.a, 1.0) for m in held] / weight.sum())
        shown |= {"leak": 1 - a, "half_life": half_life(a)}
    steps = [m for m in maps if m.kind == "step"]
    if steps and found.role in ("counter", "timer", "integrator"):
        size = common_step([m.size for m in steps]) or float(np.mean([abs(m.size) for m in steps]))
        shown |= {"step": size, "step_spread": max(m.spread for m in steps)}
        if found.role != "integrator":
            shown["readable"] = float(readable(size, dtype))
    if found.role in ("latch", "toggle"):
        low, high = found.modes
        shown |= {"gap": high - low, "low": low, "high": high}
    return shown


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
