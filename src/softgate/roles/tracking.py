"""What is known of a unit and labels: how it does on each, and how sure that is of the one it tracks best."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Standing", "Tracking"]


@dataclass(frozen=True)
class Standing:
    """How well a unit does on one label, its own best or not.

    Attributes:
        found: its score on the half that chooses, in units of the best there is: 0 is chance, 1 perfect.
        score: on the half that judges, with the sign of the other.
        by_input: of the present input class alone, on that half.
    """

    found: float
    score: float
    by_input: float

    @property
    def ahead(self) -> bool:
        """Whether it knows more than the present input says."""
        return self.score > self.by_input


@dataclass(frozen=True)
class Tracking:
    """The label that a unit tracks best, and how sure that is.

    Attributes:
        label: its name.
        binary: whether the score is an area under the curve (chance 0.5), else a correlation of ranks (chance 0).
        score: on the judging half, of the unit with the sign that the searching half gave it.
        interval: 95 of 100 scores when the judging half's sequences are drawn anew.
        null: the score that 95 of 100 shifted labels stay under.
        p: how often a null scores as high; NaN where there is too little to judge.
        q: p, adjusted within the whole search; filled in when all units are known.
        sign: +1 if it rises with the label, else -1.
        by_input: the score of the present input class alone.
        against: what the label was compared with besides shifts of itself; or what is lacking to judge it.
        standings: by label, how it does on each.
    """

    label: str
    binary: bool
    score: float
    interval: tuple[float, float]
    null: float
    p: float
    q: float
    sign: int
    by_input: float
    against: str = ""
    standings: Mapping[str, Standing] = field(default_factory=dict, repr=False)

    @property
    def strength(self) -> float:
        """The score from chance, 0, to perfect, 1."""
        return 2 * self.score - 1 if self.binary else self.score

    @property
    def judged(self) -> bool:
        """Whether there was enough to say whether it tracks it."""
        return not math.isnan(self.p)

    @property
    def unsure(self) -> str:
        """What keeps it from being judged: "cannot be judged: ..."; empty where it is."""
        if self.judged:
            return ""
        return self.against if self.against.startswith("cannot") else "cannot be judged: it and the label are too slow"
