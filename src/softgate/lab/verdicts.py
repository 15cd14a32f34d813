"""A verdict: what a rule that was fixed beforehand says of the results, with the figures that it rests on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from softgate.errors import UnknownNameError
from softgate.lab.pairs import at_best_rate, differences, sweeps, values
from softgate.lab.rules import Rule
from softgate.lab.said import Comparison, because
from softgate.lab.statistics import adjusted, interval, p_more, rank_biserial, smallest_effect
from softgate.lab.swaps import Sweep
from softgate.lab.telling import FEW, MISSING, barred, unclear

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

__all__ = ["WORDS", "Comparison", "Verdict", "decided", "judged", "needed", "overall", "stand_in", "sweep", "verdict"]

WORDS = ("supported", "refuted", "depends", "undecided")


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
    table = _scaled(rule, _of_tasks(rule, frame))
    chosen = _at_rates(rule, table)
    tasks = list(dict.fromkeys(table["task"])) if not rule.tasks else list(rule.tasks)
    samples: list[tuple[str, str, Numbers, Numbers, Numbers]] = []
    swept: list[Sweep | None] = []
    bars: list[str] = []
    for variant in rule.variants:
        found = differences(chosen, variant, _number(rule), rule.measure, rule.missing)
        for task in tasks:
            rows = found[found["task"] == task]
            samples.append((variant, task, *(rows[c].to_numpy(float) for c in ("difference", "a", "b"))))
            swept.append(sweep(rule, table, rule.measure, variant, rule.against, task))
            bars.append(barred(rule, chosen[chosen["task"] == task], rule.measure, variant, rule.against))
    return judged(rule, samples, swept, bars)


def sweep(rule: Rule, table: pd.DataFrame, measure: str, variant: str, against: str | float, task: str) -> Sweep | None:
    """All rates of a comparison, where each side chooses its own; None where nothing was chosen."""
    if rule.rates != "best" or not isinstance(against, str) or table["rate"].nunique() < 2:
        return None
    wanted = {"variant", "seed", "rate", "score", "higher_is_better", "chance", "steps", "task", measure, rule.by}
    own = (table["task"] == task) & table["variant"].isin((variant, against))
    rows = table.loc[own, [c for c in table if c in wanted or c == rule.missing]]
    shown = rows.assign(
        _value=values(rows, measure, rule.missing).to_numpy(),
        _by=values(rows, rule.by, stand_in(rule)).to_numpy(),
    )
    found = sweeps(shown, rule.by, variant, against, task, rule.by == measure)
    return found if len(found.a) else None


def judged(
    rule: Rule,
    samples: list[tuple[str, str, Numbers, Numbers, Numbers]],
    swept: list[Sweep | None] | None = None,
    bars: list[str] | None = None,
    rules: Sequence[Rule] | None = None,
) -> Verdict:
    """What a rule says of paired differences: variant, task, differences [n] (NaN for missing), both sides [n].

    Of each, ``bars`` says why it cannot tell, as :func:`softgate.lab.telling.barred` does, or nothing; and ``rules``
    what is expected of it, if that is not the same of all. How many it takes is ``rule``'s.
    """
    bars, each = bars or [""] * len(samples), rules or [rule] * len(samples)
    level = rule.alpha if rule.correction == "none" else rule.alpha / max(len(samples), 1)
    figures = [_described(own, level, *sample) for own, sample in zip(each, samples, strict=True)]
    word, found = decided(rule, [sample[2] for sample in samples], swept, bars, each)
    figures = [
        _with_why(own, replace(c, p_for=p_for, p_against=p_against, word=w), bar)
        for own, c, bar, (p_for, p_against, w) in zip(each, figures, bars, found, strict=True)
    ]
    return Verdict(word, tuple(figures), because(rule, figures, word))


def decided(
    rule: Rule,
    samples: list[Numbers],
    swept: list[Sweep | None] | None = None,
    bars: list[str] | None = None,
    rules: Sequence[Rule] | None = None,
) -> tuple[str, list[tuple[float, float, str]]]:
    """The word on paired differences, [n] each with NaN for missing; of each its two p-values and word.

    Of a comparison whose sides have chosen their rates, ``swept`` has what they chose from. One that is barred has
    p = 1 on both sides, and counts in the correction: whether it is barred depends on the data.
    """
    swept, bars = swept or [None] * len(samples), bars or [""] * len(samples)
    each = rules or [rule] * len(samples)
    found = [(1.0, 1.0, "undecided")] * len(samples)
    able = [k for k, d in enumerate(samples) if not _unfit(each[k], d)]
    if able:
        none = (1.0, 1.0)
        tests = zip(*(none if bars[k] else _tests(each[k], samples[k], swept[k]) for k in able), strict=True)
        both = zip(*(adjusted(column, rule.correction) for column in tests), strict=True)
        for k, (p_for, p_against) in zip(able, both, strict=True):
            median = float(np.nanmedian(samples[k]))
            word = "undecided" if bars[k] else _word(each[k], median, float(p_for), float(p_against))
            found[k] = float(p_for), float(p_against), word
    return overall(rule, [word for _, _, word in found]), found


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
    return at_best_rate(frame, rule.by, stand_in(rule), shared)


def stand_in(rule: Rule) -> str | None:
    """What counts where there is no value to choose a rate by."""
    return {"score": "chance", "steps_to_solved": "steps"}.get(rule.by)


def _scaled(rule: Rule, table: pd.DataFrame) -> pd.DataFrame:
    if rule.scale == "linear" or rule.measure not in table.columns:
        return table
    columns = [rule.measure, *([rule.missing] if isinstance(rule.missing, str) else [])]
    return table.assign(**{c: np.log2(1 + table[c].astype("float64").clip(lower=0)) for c in dict.fromkeys(columns)})


def _number(rule: Rule) -> str | float:
    if isinstance(rule.against, str) or rule.scale == "linear":
        return rule.against
    return math.log2(1 + rule.against)


def _described(rule: Rule, level: float, variant: str, task: str, d: Numbers, a: Numbers, b: Numbers) -> Comparison:
    there = d[np.isfinite(d)]
    sides = [float(np.median(s[np.isfinite(s)])) if np.isfinite(s).any() else math.nan for s in (a, b)]
    if rule.scale == "log":
        sides = [2**s - 1 for s in sides]
    middle = interval(there) if len(there) else None
    two = 2 if rule.asserted == "other" else 1
    seen = smallest_effect(there, level, sides=two) if len(there) else math.inf
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


def _tests(rule: Rule, d: Numbers, swept: Sweep | None) -> tuple[float, float]:
    """p of what would support, and of what would refute."""
    d = d[np.isfinite(d)]

    def p(sign: float, than: float = 0.0) -> float:
        return p_more(sign * d, than) if swept is None else swept.p_more(sign, than)

    up = {"more": 1.0, "less": -1.0}.get(rule.asserted)
    if up is not None:
        found = p(up), p(-up, -rule.margin)
    else:
        found = min(1.0, 2 * min(p(1.0), p(-1.0))), max(p(1.0, -rule.margin), p(-1.0, -rule.margin))
    return found[::-1] if rule.denies else found


def _word(rule: Rule, median: float, p_for: float, p_against: float) -> str:
    large = {"more": median, "less": -median}.get(rule.asserted, abs(median)) >= rule.margin
    if (p_for if large != rule.denies else p_against) > rule.alpha:
        return "undecided"
    return "supported" if large != rule.denies else "refuted"


def _with_why(rule: Rule, c: Comparison, bar: str) -> Comparison:
    """A comparison with why it is undecided; as it is if it is not."""
    if c.word != "undecided":
        return c
    if c.missing and rule.missing is None:
        return replace(c, why=MISSING)
    if c.pairs < rule.least or bar:
        return replace(c, why=FEW if c.pairs < rule.least else bar)
    return replace(c, why=unclear(rule, c.median, c.low, c.high, c.p_for, c.p_against))


def needed(rule: Rule, side: str, total: int) -> int:
    """How many of so many comparisons it takes for one side."""
    return 1 if rule.enough(side) == "any" else max(math.ceil(rule.need * total - 1e-9), 1)


def overall(rule: Rule, words: list[str]) -> str:
    """What a rule makes of the words of its comparisons."""
    supported, refuted = words.count("supported"), words.count("refuted")
    yes, no = (words.count(side) >= needed(rule, side, len(words)) for side in ("supported", "refuted"))
    if supported and refuted and rule.support == rule.refute:
        return "depends"
    # What one comparison decides outweighs the others; where it takes all, one of the other kind is in the way.
    yes &= not refuted or rule.support == "any"
    no &= not supported or rule.refute == "any"
    return "supported" if yes else "refuted" if no else "undecided"
