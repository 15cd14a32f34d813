"""A unit with the role that its maps make, and what one check of that role found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from softgate.roles.maps import FIT, Map

__all__ = ["Candidate", "Check", "forgets", "percent"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Check:
    """One promise of a role: the figure that was measured, the most it may be, and in words what it is.

    ``told`` says what was tried and what came of it, as a clause of a sentence.
    """

    what: str
    figure: float
    limit: float
    told: str = ""

    @property
    def passed(self) -> bool:
        """Whether it holds; what could not be measured does not."""
        return self.figure <= self.limit


@dataclass(frozen=True, eq=False)
class Candidate:
    """A unit with the role that its maps make; ``names`` are what the classes of those are called."""

    unit: int
    role: str
    maps: Sequence[Map]
    levels: Floats
    span: float
    names: Sequence[str] = ()

    def called(self, k: int) -> str:
        """The name of class k, in quotes."""
        return repr(self.names[k]) if k < len(self.names) else f"class {k}"

    def of(self, *kinds: str) -> list[int]:
        """Classes with such a map, the most frequent first."""
        found = [k for k, m in enumerate(self.maps) if m.kind in kinds]
        return sorted(found, key=lambda k: -self.maps[k].n)

    @property
    def modes(self) -> tuple[float, float]:
        """The two values between which it switches: those that flips give, the furthest that are set, or usual ones."""
        flips = [self.maps[k] for k in self.of("flip")]
        if flips:
            return min(m.low for m in flips), max(m.size for m in flips)
        sizes = [self.maps[k].size for k in self.of("set")]
        usual = self.levels[:3]  # a start that never comes again is none
        if sizes and max(sizes) - min(sizes) > FIT * self.span:
            return min(sizes), max(sizes)
        if sizes:
            other = float(self.levels[np.abs(self.levels - sizes[0]).argmax()])
            return min(sizes[0], other), max(sizes[0], other)
        return float(usual.min()), float(usual.max())


def forgets(found: Candidate) -> Check:
    """The check of a sensor: what is left after one step of the values that its memory was set to."""
    left = max((abs(m.a) for m in found.maps if m.kind == "set"), default=float("nan"))
    levels = len(np.unique(found.levels))
    told = f"set to {levels} levels, it kept {percent(left)} of what it was set to over one step"
    return Check("share of what it held that is left after one step", left, FIT, told)


def percent(share: float) -> str:
    """Such as ``19.3 %``."""
    return f"{100 * share:.3g} %" if abs(share) >= 5e-6 or share == 0 else "0 %"
