"""What a rest leaves of a memory, at every class of input that holds: two values stay apart, and where they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from softgate.roles.candidate import Candidate, Check, percent
from softgate.roles.observe import Observed
from softgate.roles.questions import Maker, Questions

__all__ = ["MODES", "RANGE", "foretold", "longest_rest", "survival"]

Floats = NDArray[np.float64]

RESTS = 32
"""Steps of the rest that a latch has to survive, at least; more where the data have longer ones."""
MOST = 64
ALIKE = 1e-3
"""Shares that differ by less are told as one."""


def longest_rest(seen: Observed, quiet: Sequence[int]) -> int:
    """Nine of ten runs of such classes in the data are no longer than this."""
    held = np.isin(seen.classes, quiet)
    ends = np.diff(np.pad(held.astype(np.int8), ((1, 1), (0, 0))), axis=0)
    runs = [np.flatnonzero(e < 0) - np.flatnonzero(e > 0) for e in ends.T]
    lengths = np.concatenate(runs) if runs else np.zeros(0)
    return int(np.quantile(lengths, 0.9)) if len(lengths) else 0


@dataclass(frozen=True)
class Ends:
    """In words: what lies between the two values, the same in short, and one of them."""

    between: str
    short: str
    one: str


MODES = Ends("the gap between its modes", "gap", "a mode")
RANGE = Ends("its range", "range", "an end")


def survival(c: Candidate, ask: Questions, seen: Observed, low: float, high: float, ends: Ends = MODES) -> list[Maker]:
    """Two checks of a unit from ``low`` and ``high``, over rests of each class that holds; none without one."""
    quiet = c.of("hold")
    if not quiet:
        return []
    m = min(MOST, max(RESTS, longest_rest(seen, quiet)))
    asked = [(ask.ask(c.unit, low, [k] * m), ask.ask(c.unit, high, [k] * m)) for k in quiet]

    def lost(found: Floats) -> Check:
        return _lost(c, ends, m, high - low, [(found[a], found[b]) for a, b in asked])

    def shifted(found: Floats) -> Check:
        return _shifted(c, ends, m, (low, high), [(found[a], found[b]) for a, b in asked])

    return [lost, shifted]


def foretold(c: Candidate, seen: Observed) -> list[Check]:
    """The same two, by what its maps make of such a rest, where none can be made: one step was tried."""
    quiet = c.of("hold")
    if not quiet or c.role not in ("latch", "toggle", "counter"):
        return []
    m = min(MOST, max(RESTS, longest_rest(seen, quiet)))
    low, high = c.modes if c.role != "counter" else (float(c.levels.min()), float(c.levels.max()))
    pairs = []
    for k in quiet:
        held = np.array([low, high])
        for _ in range(m):
            held = c.maps[k].after(held)
        pairs.append((held[:1], held[1:]))
    ends = RANGE if c.role == "counter" else MODES
    checks = _lost(c, ends, m, high - low, pairs), _shifted(c, ends, m, (low, high), pairs)
    return [replace(check, told=f"by its maps, {check.told}") for check in checks]


def _lost(c: Candidate, ends: Ends, m: int, gap: float, held: Sequence[tuple[Floats, Floats]]) -> Check:
    figures = [1 - (float(b.min() - a.max()) / gap if gap > 0 else np.nan) for a, b in held]
    worst = float(np.max(figures))
    told = f"it kept {percent(1 - worst)} of its {ends.short} over {m} steps of rest"
    return Check(f"share of {ends.between} lost in {m} steps of rest", worst, 0.5, told + _worst(c, figures))


def _shifted(
    c: Candidate, ends: Ends, m: int, was: tuple[float, float], held: Sequence[tuple[Floats, Floats]]
) -> Check:
    """Values that drift together stay apart, but what is kept of them is not them."""
    gap = was[1] - was[0]
    moved = [max(float(np.abs(x - v).max()) for x, v in zip(pair, was, strict=True)) for pair in held]
    figures = [x / gap if gap > 0 else np.nan for x in moved]
    worst = float(np.max(figures))
    told = f"in them no {ends.one.split()[-1]} moved by more than {percent(worst)} of the {ends.short}"
    what = f"shift of {ends.one} in {m} steps of rest, as a share of the {ends.short}"
    return Check(what, worst, 0.5, told + _worst(c, figures))


def _worst(c: Candidate, figures: Sequence[float]) -> str:
    """At which class most is lost; nothing where there is one, or where they do alike."""
    quiet = c.of("hold")
    if len(quiet) == 1:
        return ""
    if not max(figures) - min(figures) > ALIKE:
        return f" at each of {len(quiet)} classes"
    return f" at {c.called(quiet[int(np.argmax(figures))])}, the worst of {len(quiet)} classes"
