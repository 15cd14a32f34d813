"""The comparisons behind a verdict on a claim, and the sentence that sums them up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from softgate.lab.claims.pools import titled
from softgate.lab.telling import counted
from softgate.lab.verdicts import Comparison

__all__ = ["Weighed", "because"]


@dataclass(frozen=True)
class Weighed:
    """One comparison, with the name of what was measured and of what it was held against."""

    measure: str
    against: str | float
    found: Comparison

    @property
    def where(self) -> str:
        """Which comparison, in words."""
        what = self.found.variant if isinstance(self.against, str) else self.measure
        return f"{what} on {titled(self.found.task)}"

    @property
    def amount(self) -> float:
        """What it found: a difference between variants, or the measure itself."""
        return self.found.median if isinstance(self.against, str) else self.found.a


def because(word: str, weighed: Sequence[Weighed], least: int) -> str:
    """Why, with the figures at both ends; a comparison takes so many pairs at ``least``."""
    if not weighed:
        return "Nothing of it was measured."
    ends = sorted((w for w in weighed if w.amount == w.amount), key=lambda w: w.amount)
    if not ends:
        return "No comparison has any data."
    low, high = ends[0], ends[-1]
    compared = isinstance(low.against, str)
    unit = low.measure if compared else ""
    fewest = min(w.found.pairs for w in weighed)
    count = {name: sum(w.found.word == name for w in weighed) for name in ("supported", "refuted", "undecided")}
    spread = f"from {_number(low.amount, compared)} ({low.where}) to {_number(high.amount, compared)} ({high.where})"
    if low is high:
        spread = f"{_number(low.amount, compared)} ({low.where})"
    figures = f"{_subject(unit, compared)} {spread}"
    open_ = count["undecided"]
    tail = f"; {open_} of {len(weighed)} undecided: {counted(w.found.why for w in weighed)}" if open_ else ""
    if word == "depends":
        yes = next(w for w in weighed if w.found.word == "supported")
        no = next(w for w in weighed if w.found.word == "refuted")
        return f"{figures}: so it is for {yes.where}, and not for {no.where}{tail}."
    if word == "undecided":
        few = f"; {fewest} pairs are too few" if fewest < least else ""
        return (
            f"{figures}; of {len(weighed)} comparisons {count['supported']} agree, {count['refuted']} disagree and "
            f"{open_} do not decide: {counted(w.found.why for w in weighed)}{few}."
        )
    agree = "agree" if word == "supported" else "disagree"
    if len(weighed) == 1:
        return f"{figures}; that {agree}s with the claim."
    other = "refuted" if word == "supported" else "supported"
    told = f"all {len(weighed)} comparisons" if count[word] == len(weighed) else f"{count[word]} of {len(weighed)}"
    against = f", and {count[other]} {'disagree' if word == 'supported' else 'agree'}" if count[other] else ""
    return f"{figures}; {told} {agree}{against}{tail}."


def _subject(unit: str, compared: bool) -> str:
    return f"Change of {unit}:" if compared else "Measured:"


def _number(value: float, signed: bool) -> str:
    return f"{value:+.2g}" if signed else f"{value:.3g}"
