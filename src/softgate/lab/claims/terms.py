"""The rules of the claims in words."""

from __future__ import annotations

from collections.abc import Sequence

from softgate.lab.claims import columns
from softgate.lab.rules import Rule

__all__ = ["ALPHA", "UNITS", "ordered", "phrase", "terms"]

ALPHA = 0.05
UNITS = {
    columns.SKILL: "skill",
    columns.PACE: "time to learn, in doublings",
    columns.LONGEST_LOG: "n, in doublings",
    columns.SPREAD: "spread over seeds, in doublings",
}


def phrase(measure: str) -> str:
    """What a measure is called within a sentence that goes on."""
    return f"{UNITS[measure]}{',' * (',' in UNITS[measure])}"


def ordered(pairs: Sequence[tuple[str, str]], measure: str, margin: float, more: bool) -> str:
    """What a rule says of variants of which one is more than the other, in words."""
    told = "; ".join(f"{a} than {b}" for a, b in pairs)
    return (
        f"supported where the {phrase(measure)} is {'more' if more else 'less'} by at least {margin:.3g} ({told}), and "
        f"a test of the paired differences, the choice of learning rates included, says so at {ALPHA:g}, corrected for "
        "all comparisons; refuted where the same test rules out a difference of that size."
    )


def terms(rule: Rule) -> str:
    """What a rule takes of the comparisons, in words."""
    takes = {
        "all": "all comparisons" if rule.need == 1 else f"{rule.need:.0%} of the comparisons",
        "any": "one comparison",
    }
    said = f"The claim is supported by {takes[rule.support]}, and refuted by {takes[rule.refute]}"
    said += "; some of both: it depends." if rule.support == rule.refute else "."
    if rule.learned is not None:
        said += f" Undecided where the reference did not learn the task (median skill under {rule.learned:g})"
        said += f", or both have a skill of {rule.ceiling:g} and more." if rule.ceiling is not None else "."
    return said
