"""A verdict: what a rule that was fixed beforehand says of the results, with the figures that it rests on."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from softgate.errors import UnknownNameError
from softgate.lab.pairs import at_best_rate, differences
from softgate.lab.rules import Rule
from softgate.lab.statistics import adjusted, interval, p_more, p_other, rank_biserial, smallest_effect

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

__all__ = ["WORDS", "Comparison", "Verdict", "decided", "judged", "verdict"]

WORDS = ("supported", "refuted", "depends", "undecided")


@dataclass(frozen=True)
class Comparison:
    """One variant on one task.

    Attributes:
        variant, task: which.
        pairs: seeds that have both values.
        missing: pairs of which a value is missing.
        median, low, high: of the differences, and the 95 % bootstrap interval; NaN without pairs.
        effect: matched-pairs rank-biserial correlation.
        a, b: the medians that are compared, as measured.
        p_for, p_against: p-values, corrected, of what would support and what would refute.
        seen: the smallest difference that so many pairs with this spread show with a chance of 80 %.
        word: ``supported``, ``refuted`` or ``undecided``.
    """

    variant: str
    task: str
    pairs: int
    missing: int
    median: float
    low: float
    high: float
    effect: float
    a: float
    b: float
    p_for: float
    p_against: float
    seen: float
    word: str


@dataclass(frozen=True)
class Verdict:
    """One of :data:`WORDS`, the comparisons behind it, and why, in a sentence."""

    word: str
    figures: tuple[Comparison, ...]
    because: str

    def table(self) -> pd.DataFrame:
        """The comparisons, a row each."""
        import pandas as pd

        return pd.DataFrame([asdict(c) for c in self.figures])


def verdict(rule: Rule, frame: pd.DataFrame) -> Verdict:
    """What a rule says of the results.

    Args:
        rule: fixed before the runs.
        frame: as :func:`softgate.lab.load` gives it.

    Raises:
        UnknownNameError: the results have no such variant, task or column.
    """
    rule = strict(rule, frame)
    table = _at_rates(rule, _of_tasks(rule, frame))
    tasks = list(dict.fromkeys(table["task"])) if not rule.tasks else list(rule.tasks)
    samples: list[tuple[str, str, Numbers, Numbers, Numbers]] = []
    for variant in rule.variants:
        found = differences(_scaled(rule, table), variant, _number(rule), rule.measure, rule.missing)
        for task in tasks:
            rows = found[found["task"] == task]
            samples.append((variant, task, *(rows[c].to_numpy(float) for c in ("difference", "a", "b"))))
    return judged(rule, samples)


def judged(rule: Rule, samples: list[tuple[str, str, Numbers, Numbers, Numbers]]) -> Verdict:
    """What a rule says of paired differences: variant, task, differences [n] (NaN for missing), both sides [n]."""
    figures = [_described(rule, *sample) for sample in samples]
    word, found = decided(rule, [sample[2] for sample in samples])
    figures = [
        replace(c, p_for=p_for, p_against=p_against, word=w)
        for c, (p_for, p_against, w) in zip(figures, found, strict=True)
    ]
    return Verdict(word, tuple(figures), _because(rule, figures, word))


def decided(rule: Rule, samples: list[Numbers]) -> tuple[str, list[tuple[float, float, str]]]:
    """The word on paired differences, [n] each with NaN for missing; of each its two p-values and word."""
    found = [(1.0, 1.0, "undecided")] * len(samples)
    able = [k for k, d in enumerate(samples) if not _unfit(rule, d)]
    if able:
        tests = zip(*(_tests(rule, samples[k]) for k in able), strict=True)
        both = zip(*(adjusted(column, rule.correction) for column in tests), strict=True)
        for k, (p_for, p_against) in zip(able, both, strict=True):
            median = float(np.nanmedian(samples[k]))
            found[k] = float(p_for), float(p_against), _word(rule, median, float(p_for), float(p_against))
    return _overall(rule, [word for _, _, word in found]), found


def strict(rule: Rule, frame: pd.DataFrame) -> Rule:
    """The rule with half of its alpha where each variant chooses among rates.

    A choice shifts all pairs of a variant alike, so differences are not quite as likely to be turned round: in
    simulations without any difference, sign flips at 5 % then say so in up to 8 %.
    """
    return replace(rule, alpha=rule.alpha / 2) if rule.rates == "best" and frame["rate"].nunique() > 1 else rule


def _of_tasks(rule: Rule, frame: pd.DataFrame) -> pd.DataFrame:
    known = set(frame["task"])
    for task in rule.tasks:
        if task not in known:
            raise UnknownNameError("task", task, sorted(known))
    return frame[frame["task"].isin(rule.tasks)] if rule.tasks else frame


def _at_rates(rule: Rule, frame: pd.DataFrame) -> pd.DataFrame:
    if not isinstance(rule.rates, str):
        if rule.rates not in set(frame["rate"]):
            raise UnknownNameError("rate", rule.rates, sorted(map(str, set(frame["rate"]))))
        return frame[frame["rate"] == rule.rates]
    shared = rule.against if rule.rates == "common" and isinstance(rule.against, str) else None
    stand_in = "chance" if rule.by == "score" else "steps" if rule.by == "steps_to_solved" else None
    return at_best_rate(frame, rule.by, stand_in, shared)


def _scaled(rule: Rule, table: pd.DataFrame) -> pd.DataFrame:
    if rule.scale == "linear" or rule.measure not in table.columns:
        return table
    columns = [rule.measure, *([rule.missing] if isinstance(rule.missing, str) else [])]
    return table.assign(**{c: np.log2(1 + table[c].astype("float64").clip(lower=0)) for c in dict.fromkeys(columns)})


def _number(rule: Rule) -> str | float:
    if isinstance(rule.against, str) or rule.scale == "linear":
        return rule.against
    return math.log2(1 + rule.against)


def _described(rule: Rule, variant: str, task: str, d: Numbers, a: Numbers, b: Numbers) -> Comparison:
    there = d[np.isfinite(d)]
    sides = [float(np.median(s[np.isfinite(s)])) if np.isfinite(s).any() else math.nan for s in (a, b)]
    if rule.scale == "log":
        sides = [2**s - 1 for s in sides]
    middle = interval(there) if len(there) else None
    two = 2 if rule.expects in ("same", "other") else 1
    seen = smallest_effect(there, rule.alpha, sides=two) if len(there) else math.inf
    return Comparison(
        variant=variant,
        task=task,
        pairs=len(there),
        missing=len(d) - len(there),
        median=middle.value if middle else math.nan,
        low=middle.low if middle else math.nan,
        high=middle.high if middle else math.nan,
        effect=rank_biserial(there) if len(there) else 0.0,
        a=sides[0],
        b=sides[1],
        p_for=1.0,
        p_against=1.0,
        seen=seen,
        word="undecided",
    )


def _unfit(rule: Rule, d: Numbers) -> bool:
    there = int(np.isfinite(d).sum())
    return there < rule.least or (there < len(d) and rule.missing is None)


def _tests(rule: Rule, d: Numbers) -> tuple[float, float]:
    """p of what would support, and of what would refute."""
    d = d[np.isfinite(d)]
    if rule.expects in ("more", "less"):
        up = d if rule.expects == "more" else -d
        return p_more(up), p_more(-up, -rule.margin)
    off, within = p_other(d), max(p_more(d, -rule.margin), p_more(-d, -rule.margin))
    return (within, off) if rule.expects == "same" else (off, within)


def _word(rule: Rule, median: float, p_for: float, p_against: float) -> str:
    large = {"more": median, "less": -median}.get(rule.expects, abs(median)) >= rule.margin
    supports = p_for <= rule.alpha and (large or rule.expects == "same")
    refutes = p_against <= rule.alpha and (large if rule.expects == "same" else not large)
    return "supported" if supports and not refutes else "refuted" if refutes and not supports else "undecided"


def _overall(rule: Rule, words: list[str]) -> str:
    supported, refuted = words.count("supported"), words.count("refuted")
    enough = rule.need * len(words) - 1e-9
    if supported and refuted:
        return "depends"
    if supported and supported >= enough:
        return "supported"
    return "refuted" if refuted and refuted >= enough else "undecided"


def _because(rule: Rule, figures: list[Comparison], word: str) -> str:
    """One sentence."""
    against = rule.against if isinstance(rule.against, str) else f"{rule.against:g}"
    what = f"{rule.measure} is expected to be {_SAID[rule.expects].format(against, rule.margin)}"
    if rule.scale == "log":
        what += " (log2)"
    lists = {w: [f"{c.variant} on {c.task}" for c in figures if c.word == w] for w in ("supported", "refuted")}
    if word == "depends":
        return f"{what}: so it is for {_few(lists['supported'])}, and not for {_few(lists['refuted'])}."
    left = [c for c in figures if c.word == "undecided"]
    if word != "undecided":
        so = "it is" if word == "supported" else "it is not"
        tail = f", {len(left)} undecided" if left else ""
        return f"{what}: {so} in {len(lists[word])} of {len(figures)} comparisons{tail}."
    short = [c for c in left if c.pairs < rule.least]
    gone = [c for c in left if c.missing and rule.missing is None]
    if short:
        return f"{what}: {min(c.pairs for c in short)} pairs are too few, the rule takes {rule.least}."
    if gone:
        return (
            f"{what}: {max(c.missing for c in gone)} values are missing, and the rule does not say what they count as."
        )
    seen = max((c.seen for c in left), default=math.nan)
    return f"{what}: {len(left)} of {len(figures)} comparisons do not decide; {seen:.3g} could have been seen."


_SAID = {
    "more": "more than {0} by at least {1:g}",
    "less": "less than {0} by at least {1:g}",
    "same": "that of {0} within {1:g}",
    "other": "off {0} by at least {1:g}",
}


def _few(names: list[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
