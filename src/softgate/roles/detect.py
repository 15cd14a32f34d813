"""From the maps of all classes to a role: the table of definitions, and nothing that is not in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from softgate.roles.maps import FIT, Map

__all__ = ["UNRESET", "clocked", "common_step", "effect_of", "faded", "resets_to", "role_of"]

ZERO = 1e-6
"""A value below this is zero: float32 rounds what gates of size one leave of it."""
UNRESET = "it moves by the same step at every class of input, and a timer needs an event that resets it"
"""Why a clock that runs from the start to the end is mixed."""
REST = 32
"""Steps of rest in which a value that one event sets may not fade, or it tells how long ago that was."""


def faded(maps: Sequence[Map], span: float) -> list[Map]:
    """The maps of a unit [K], where a hold that leaks is a decay if all events set the same value.

    With one such value nothing but the leak leads away from it, so what the memory says is a time. The leak is there if
    a rest takes more of what is held than two values may differ and be one.
    """
    if resets_to(maps, span) is None or any(m.kind in ("step", "flip", "other") for m in maps):
        return list(maps)
    return [replace(m, kind="decay") if m.kind == "hold" and m.a**REST < 1 - FIT else m for m in maps]


def resets_to(maps: Sequence[Map], span: float) -> float | None:
    """The one value that all events set; None if they set several, or there are none."""
    values = [m.size for m in maps if m.kind == "set"]
    return float(np.mean(values)) if values and _alike(values, FIT * span) else None


def role_of(maps: Sequence[Map], span: float) -> str:
    """The role that the maps of a unit [K] make; "mixed" where they make none. ``span`` is the range of its memory."""
    judged = [m for m in maps if m.kind != "rare"]
    kinds = {m.kind for m in judged}
    if not judged or "other" in kinds:
        return "mixed"
    if kinds == {"hold"}:
        return "constant"
    if kinds == {"set"}:
        values = [m.size for m in judged]
        return "sensor" if max(values) - min(values) > FIT * span else "mixed"
    if "flip" in kinds:
        return "toggle" if kinds <= {"flip", "hold", "set"} else "mixed"
    if "step" in kinds:
        return _of_steps(judged, kinds, span)
    if kinds == {"hold", "set"}:
        return "latch"
    if "decay" in kinds:
        return _of_decays(judged, kinds, span)
    return "mixed"


def _of_steps(judged: Sequence[Map], kinds: set[str], span: float) -> str:
    if not kinds <= {"step", "hold", "set"}:
        return "mixed"
    sizes = [m.size for m in judged if m.kind == "step"]
    if (
        "hold" not in kinds
        and _alike([m.size for m in judged if m.kind == "set"], FIT * span)
        and max(sizes) - min(sizes) <= FIT * max(map(abs, sizes))
    ):
        return "timer" if "set" in kinds else "mixed"
    return "counter" if common_step(sizes) is not None else "integrator"


def clocked(judged: Sequence[Map]) -> bool:
    """Whether all that a unit does is one step at every class [K]: a timer's rest, and nothing to begin it anew."""
    sizes = [m.size for m in judged if m.kind == "step"]
    return 0 < len(sizes) == len(judged) and max(sizes) - min(sizes) <= FIT * max(map(abs, sizes))


def _of_decays(judged: Sequence[Map], kinds: set[str], span: float) -> str:
    decays = [m for m in judged if m.kind == "decay"]
    same = max(m.a for m in decays) - min(m.a for m in decays) <= FIT / 2
    ends = [m.b / (1 - m.a) for m in decays]
    if kinds == {"decay", "set"} and same and max(ends) - min(ends) <= 2 * FIT * span:
        starts = [m.size for m in judged if m.kind == "set"]
        return "timer" if _alike(starts, FIT * span) and abs(starts[0] - ends[0]) > FIT * span else "mixed"
    if kinds == {"decay"} and same and min(m.a for m in decays) >= 0.9 and max(ends) - min(ends) > 2 * FIT * span:
        return "integrator"
    return "mixed"


def _alike(values: Sequence[float], most: float) -> bool:
    return not values or max(values) - min(values) <= most


def common_step(sizes: Sequence[float]) -> float | None:
    """The size that all steps have, up or down; None if they differ."""
    found = np.abs(np.asarray(sizes))
    return float(found.mean()) if np.ptp(found) <= FIT * found.max() else None


def effect_of(found: Map, role: str, step: float | None, reset: bool) -> str:
    """What a class does, in a word: ``"+1"``, ``"set +1"``, ``"reset"``, ``"flip"``, ``"hold"``.

    ``reset`` is whether all events that set a value set the same.
    """
    if found.kind == "step" and role in ("counter", "timer") and step:
        return f"{round(found.size / step):+d}"
    if found.kind == "step":
        return f"{found.size:+.3g}"
    if found.kind == "set" and role in ("counter", "timer") and reset:
        return "reset"
    value = "0" if abs(found.size) < ZERO else f"{found.size:+.3g}"
    return {"set": f"set {value}", "decay": f"x {found.a:.3g}"}.get(found.kind, found.kind)
