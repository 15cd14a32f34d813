"""How a claim is decided: a rule is data, written before the runs, and says what counts as what.

For each comparison, a variant on a task, the differences paired by seed are held against zero and against the smallest
difference that matters, both by sign flips at level alpha, corrected over all comparisons of the rule (Holm):

==========  =======================================================  =======================================
expects     supports                                                 refutes
==========  =======================================================  =======================================
``more``    above zero, and the median at least the margin           below the margin: at most that much more
``less``    below zero, and the median at most minus the margin      above minus the margin
``same``    within the margin on both sides                          off zero, and the median beyond the margin
``other``   off zero, and the median beyond the margin               within the margin on both sides
==========  =======================================================  =======================================

``no more``, ``no less`` and ``same`` deny ``more``, ``less`` and ``other``: what supports the one refutes the other.

What it takes is said for each side. ``support="all"``: at least the share ``need`` of the comparisons; ``"any"``: one,
as for a claim that something exists. ``refute="any"``: one counterexample, as for a claim about everything.

===========  ==========  ==================================================================================
support      refute      the claim is
===========  ==========  ==================================================================================
``"all"``    ``"all"``   supported, or refuted, if enough say so and none the opposite; depends, if some do
``"any"``    ``"all"``   supported by one, whatever the others say; refuted if enough say so
``"all"``    ``"any"``   refuted by one, whatever the others say; supported if enough say so
``"any"``    ``"any"``   supported or refuted by one; depends, if there is one of each
===========  ==========  ==================================================================================

Otherwise it is *undecided*. So is a comparison that cannot tell: too few pairs, values missing without a word on what
they count as, a reference that did not learn the task, both sides so good that nothing is left to tell apart, or pairs
of which neither net ever solved it (:mod:`softgate.lab.telling`). Such a comparison counts among all, and in the
correction. Support and refutation are never shown by a lack of evidence: with few pairs or a wide spread nothing is
within a margin. Where each variant chooses its best rate, whole sweeps are swapped instead of signs
(:mod:`softgate.lab.swaps`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from softgate.lab.checked import StudyError, count, known_fields, several, text
from softgate.lab.statistics import CORRECTIONS

__all__ = ["EXPECTS", "Rule"]

EXPECTS = ("more", "less", "same", "other", "no more", "no less")
DENIED = {"same": "other", "no more": "more", "no less": "less"}
"""What is denied by whom."""
QUANTIFIERS = ("all", "any")


@dataclass(frozen=True)
class Rule:
    """How a claim is decided. See the module for what follows from it.

    Attributes:
        measure: a column of the results.
        expects: what the claim says of the measure of ``variants`` less that of ``against``: one of ``more less same
            other``, ``no more``, ``no less``.
        margin: the smallest difference that matters, in the units of the measure (in doublings on a log scale).
        variants: what the claim is about.
        against: what they are compared with: a variant, or a number.
        tasks: labels of the tasks it is about; all if empty.
        need: the share of comparisons, over 0 to 1, that ``"all"`` takes.
        alpha: the level.
        least: pairs that a comparison takes.
        missing: what counts where there is no value: a number, a column (``"steps"``, ``"chance"``); None leaves the
            comparison undecided.
        scale: ``"linear"``, or ``"log"``: log2(1 + value).
        rates: which learning rate: ``"best"``, for each variant what the other seeds find best; ``"common"``, what they
            find best for ``against``; or one rate.
        by: the column that the best rate is best by.
        correction: over the comparisons: ``"holm"`` or ``"benjamini-hochberg"`` or ``"none"``.
        support, refute: how many comparisons it takes: ``"all"`` or ``"any"``.
        learned: the least median skill (0 is guessing, 1 is perfect) of the reference, ``against``, or of the variant
            itself where that is a number; a comparison with less is undecided. None demands nothing.
        ceiling: a comparison of scores or skill in which both sides have a median skill of so much is undecided.
    """

    measure: str
    expects: str
    margin: float
    variants: tuple[str, ...]
    against: str | float
    tasks: tuple[str, ...] = ()
    need: float = 1.0
    alpha: float = 0.05
    least: int = 10
    missing: float | str | None = None
    scale: str = "linear"
    rates: str | float = "best"
    by: str = "score"
    correction: str = "holm"
    support: str = "all"
    refute: str = "all"
    learned: float | None = None
    ceiling: float | None = None

    def __post_init__(self) -> None:
        for name in ("variants", "tasks"):
            object.__setattr__(self, name, several(getattr(self, name), f"rule: {name}"))
        for name in ("measure", "by"):
            text(getattr(self, name), f"rule: {name}")
        count(self.least, "rule: least", 2)
        self._one_of("expects", EXPECTS)
        self._one_of("scale", ("linear", "log"))
        self._one_of("correction", CORRECTIONS)
        self._one_of("support", QUANTIFIERS)
        self._one_of("refute", QUANTIFIERS)
        if isinstance(self.rates, str):
            self._one_of("rates", ("best", "common"))
        if self.rates == "common" and not isinstance(self.against, str):
            raise StudyError(
                "rule: rates 'common' is the rate of the variant to compare with; against is a number here"
            )
        if not self.variants:
            raise StudyError("rule: variants: expected at least one")
        self._within("margin", self.margin, 0, math.inf)
        self._within("need", self.need, 0, 1)
        self._within("alpha", self.alpha, 0, 0.5)
        for name in ("learned", "ceiling"):
            if getattr(self, name) is not None:
                self._within(name, getattr(self, name), 0, 1)

    @property
    def asserted(self) -> str:
        """What is asserted, or denied: ``more``, ``less`` or ``other``."""
        return DENIED.get(self.expects, self.expects)

    @property
    def denies(self) -> bool:
        """Whether that is denied."""
        return self.expects in DENIED

    def enough(self, word: str) -> str:
        """How many comparisons it takes for a verdict."""
        return {"supported": self.support, "refuted": self.refute}.get(word, "all")

    def to_json(self) -> str:
        """The rule as JSON."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, data: str | bytes | Mapping[str, Any]) -> Rule:
        """The rule that :meth:`to_json` gave.

        Raises:
            StudyError: a field is missing, unknown, or not what it has to be.
        """
        try:
            found = json.loads(data) if isinstance(data, str | bytes) else dict(data)
        except ValueError as error:
            raise StudyError(f"a rule is JSON; this is not: {error}") from None
        if not isinstance(found, dict):
            raise StudyError("rule: expected a JSON object, as Rule.to_json() writes it")
        names = [f.name for f in fields(cls)]
        known_fields(found, set(names), "rule", set(names[: names.index("tasks")]))
        return cls(**found)

    def _one_of(self, name: str, known: tuple[str, ...]) -> None:
        if getattr(self, name) not in known:
            raise StudyError(f"rule: {name} is one of {', '.join(known)}; got {getattr(self, name)!r}")

    def _within(self, name: str, value: object, low: float, high: float) -> None:
        if type(value) not in (int, float) or not (low < float(value) <= high) or math.isinf(float(value)):  # type: ignore[arg-type]
            raise StudyError(f"rule: {name}: expected a number over {low:g}, {high:g} at most; got {value!r}")
