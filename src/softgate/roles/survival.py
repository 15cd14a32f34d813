"""What a rest leaves of a memory, at every class of input that holds: two values stay apart, and where they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from softgate.roles.candidate import Candidate, Check, percent
from softgate.roles.observe import Observed
from softgate.roles.questions import Maker, Questions

__all__ = ["MODES", "RANGE", "longest_rest", "survival"]

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

    def share(x: float) -> float:
        return x / (high - low) if high > low else float("nan")

    def lost(found: Floats) -> Check:
        figures = [1 - share(float(found[b].min() - found[a].max())) for a, b in asked]
        told = f"it kept {percent(1 - max(figures))} of its {ends.short} over {m} steps of rest"
        what = f"share of {ends.between} lost in {m} steps of rest"
        return Check(what, max(figures), 0.5, told + _worst(c, quiet, figures))

    def shifted(found: Floats) -> Check:
        """Values that drift together stay apart, but what is kept of them is not them."""
        figures = [share(max(float(np.abs(found[at] - v).max()) for at, v in ((a, low), (b, high)))) for a, b in asked]
        told = f"in them no {ends.one.split()[-1]} moved by more than {percent(max(figures))} of the {ends.short}"
        what = f"shift of {ends.one} in {m} steps of rest, as a share of the {ends.short}"
        return Check(what, max(figures), 0.5, told + _worst(c, quiet, figures))

    return [lost, shifted]


def _worst(c: Candidate, quiet: Sequence[int], figures: Sequence[float]) -> str:
    """At which class most is lost; nothing where there is one, or where they do alike."""
    if len(quiet) == 1:
        return ""
    if not max(figures) - min(figures) > ALIKE:
        return f" at each of {len(quiet)} classes"
    return f" at {c.called(quiet[int(np.argmax(figures))])}, the worst of {len(quiet)} classes"
