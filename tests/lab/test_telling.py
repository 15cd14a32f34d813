"""What cannot tell decides nothing: nets that learned nothing, nets that are all perfect, runs that were never made."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from softgate.lab import telling, verdicts
from softgate.lab.claims import columns, decide
from softgate.lab.claims.rates import effects, of_rates
from softgate.lab.rules import Rule
from softgate.lab.statistics import p_more
from softgate.lab.swaps import Sweep, chosen_rates

SEEDS, RATES, TASKS = 10, (0.003, 0.01, 0.03), ("t0", "t1")
Of = Callable[[str, str, int, float], Mapping[str, Any]]


def rows(of: Of, tasks: tuple[str, ...] = TASKS, rates: tuple[float, ...] = RATES) -> pd.DataFrame:
    """Rows of the variants a and b; of each `of` says what came of it."""
    usual = {"chance": 0.0, "higher_is_better": True, "steps": 1000, "steps_to_solved": np.nan, "score": np.nan}
    found = [
        {**usual, "variant": v, "task": t, "seed": s, "rate": r, **of(v, t, s, r)}
        for v, t, s, r in itertools.product("ab", tasks, range(SEEDS), rates)
    ]
    return columns.prepared(pd.DataFrame(found))


def whys(found: Any) -> set[str]:
    return {w.found.why for w in found.weighed}


DECISIONS = {
    "worse": decide.worse([("a", "b")], columns.SKILL, 0.1, ceiling=0.95),
    "equal": decide.equal([("a", "b")], columns.SKILL, 0.1, ceiling=0.95),
    "better": decide.better([("a", "b")], columns.SKILL, 0.1, ceiling=0.95),
    "slower": decide.worse([("a", "b")], columns.PACE, 0.25, ceiling=0.95),
}


@pytest.mark.parametrize("name", DECISIONS)
def test_where_nobody_learned_nothing_is_decided(name: str) -> None:
    rng = np.random.default_rng(1)
    found = DECISIONS[name].judge(rows(lambda *_: {"score": 0.05 + 0.01 * rng.standard_normal()}))
    assert (found.word, whys(found)) == ("undecided", {"the reference did not learn"})
    assert "All 2 comparisons cannot tell (the reference did not learn)" in found.because


@pytest.mark.parametrize("name", ["worse", "equal", "better"])
def test_where_all_are_perfect_skill_tells_nothing(name: str) -> None:
    found = DECISIONS[name].judge(rows(lambda *_: {"score": 1.0, "steps_to_solved": 100.0}))
    assert (found.word, whys(found)) == ("undecided", {"nothing to tell apart"})


def test_at_the_ceiling_the_time_to_learn_still_tells() -> None:
    found = DECISIONS["slower"].judge(
        rows(lambda v, t, s, r: {"score": 1.0, "steps_to_solved": (400.0 if v == "a" else 100.0) + s})
    )
    assert found.word == "supported"


def test_a_level_asks_whether_its_own_nets_learned() -> None:
    rule = decide.below({"largest": "largest.c"}, 1.0, 0.05, variant="a")
    for score, word in ((0.1, "undecided"), (0.9, "supported")):
        made = rows(lambda v, t, s, r, score=score: {"score": score, "largest.c": 0.5 + 0.001 * s})  # type: ignore[misc]
        assert rule.judge(made).word == word


@pytest.mark.parametrize("solved", [0, 1])
def test_of_times_pairs_that_were_never_solved_say_nothing(solved: int) -> None:
    """Skilled, but not solved: both count as the whole budget, which is no equality."""
    until = {"score": 0.8, "steps_to_solved": np.nan}
    made = rows(lambda v, t, s, r: until | ({"steps_to_solved": 500.0} if v == "b" and s < solved else {}))
    for name in ("slower", "equal"):
        parts = tuple(dataclasses.replace(p, measure=columns.PACE) for p in DECISIONS[name].parts)
        rule = dataclasses.replace(DECISIONS[name].rule, by=columns.PACE)
        found = dataclasses.replace(DECISIONS[name], parts=parts, rule=rule).judge(made)
        assert (found.word, whys(found)) == ("undecided", {"neither solved it"})


def test_where_one_side_solves_it_and_the_other_never_does_that_is_found() -> None:
    made = rows(lambda v, t, s, r: {"score": 1.0, "steps_to_solved": 100.0} if v == "b" else {"score": 0.1})
    assert DECISIONS["slower"].judge(made).word == "supported"
    assert DECISIONS["worse"].judge(made).word == "supported"


def test_runs_that_were_never_made_are_not_slow() -> None:
    made = rows(lambda v, t, s, r: {"score": 1.0, "steps_to_solved": 100.0} if v == "b" else {})
    found = DECISIONS["slower"].judge(made)
    assert (found.word, whys(found)) == ("undecided", {"values are missing"})
    assert made.loc[made["variant"] == "a", columns.PACE].isna().all()


def test_a_rule_without_claims_has_the_same_gates() -> None:
    rule = Rule("score", "same", 0.1, ("a",), "b", learned=0.5, ceiling=0.95)
    floor, perfect = (rows(lambda *_, s=score: {"score": s}) for score in (0.05, 1.0))
    assert {f.why for f in verdicts.verdict(rule, floor).figures} == {"the reference did not learn"}
    assert {f.why for f in verdicts.verdict(rule, perfect).figures} == {"nothing to tell apart"}
    assert verdicts.verdict(dataclasses.replace(rule, learned=None, ceiling=None), floor).word == "supported"
    time = dataclasses.replace(rule, measure="steps_to_solved", by="steps_to_solved", missing="steps", ceiling=None)
    never = rows(lambda *_: {"score": 0.8})
    assert {f.why for f in verdicts.verdict(time, never).figures} == {"neither solved it"}


YES, NO, OPEN = 2.0, -2.0, 0.45


@pytest.mark.parametrize(
    ("means", "words"),
    [
        ((YES, YES), ("supported", "supported", "supported", "supported")),
        ((YES, NO), ("depends", "supported", "refuted", "depends")),
        ((YES, OPEN), ("undecided", "supported", "undecided", "supported")),
        ((NO, OPEN), ("undecided", "undecided", "refuted", "refuted")),
        ((OPEN, OPEN), ("undecided",) * 4),
        ((NO, NO), ("refuted",) * 4),
    ],
)
def test_how_many_it_takes(means: tuple[float, ...], words: tuple[str, ...]) -> None:
    """Support and refutation by all, existence, a universal claim, and both by one."""
    spread = np.linspace(-0.6, 0.6, SEEDS)
    for (support, refute), word in zip(
        (("all", "all"), ("any", "all"), ("all", "any"), ("any", "any")), words, strict=True
    ):
        rule = Rule("score", "more", 0.5, ("a",), "b", support=support, refute=refute)
        assert verdicts.decided(rule, [mean + spread for mean in means])[0] == word


SIZE, AGREES, DISAGREES, WIDE = telling.UNCLEAR
NARROW, ALONE, MANY = np.linspace(-0.3, 0.3, SEEDS), 1, 60
"""Of sixty comparisons none can be sure: ten signs are all alike once in 1024, and sixty times that is over 0.05."""


@pytest.mark.parametrize(
    ("expects", "mean", "spread", "of", "why"),
    [
        ("more", 0.4, 1.0, ALONE, SIZE),
        ("more", 0.4, 1.0, MANY, WIDE),
        ("more", 0.3, 5.0, ALONE, WIDE),
        ("more", 1.0, 1.0, MANY, AGREES),
        ("more", 0.1, 1.0, MANY, DISAGREES),
        ("less", -0.4, 1.0, ALONE, SIZE),
        ("less", -1.0, 1.0, MANY, AGREES),
        ("less", 1.0, 1.0, MANY, DISAGREES),
        ("same", 0.4, 1.0, ALONE, SIZE),
        ("same", -0.4, 1.0, ALONE, SIZE),
        ("same", 0.0, 1.0, MANY, AGREES),
        ("same", -2.0, 1.0, MANY, DISAGREES),
        ("same", 0.4, 1.0, MANY, WIDE),
        ("other", 0.4, 1.0, ALONE, SIZE),
        ("other", -2.0, 1.0, MANY, AGREES),
        ("other", 0.0, 1.0, MANY, DISAGREES),
        ("other", 0.5, 9.0, ALONE, WIDE),
        ("no more", 0.4, 1.0, ALONE, SIZE),
        ("no more", 0.1, 1.0, MANY, AGREES),
        ("no more", 1.0, 1.0, MANY, DISAGREES),
        ("no less", -1.0, 1.0, MANY, DISAGREES),
        ("no less", 1.0, 1.0, MANY, AGREES),
    ],
)
def test_why_the_tests_say_neither(expects: str, mean: float, spread: float, of: int, why: str) -> None:
    d = mean + spread * NARROW
    rule = Rule("score", expects, 0.5, ("a",), "b")
    figures = verdicts.judged(rule, [("a", f"t{k}", d, d, np.zeros(SEEDS)) for k in range(of)]).figures
    assert {(c.word, c.why) for c in figures} == {("undecided", why)}
    assert (why == SIZE) == (min(figures[0].p_for, figures[0].p_against) <= rule.alpha)


def test_every_reason_has_a_sentence_in_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs" / "lab.md").read_text(encoding="utf-8")
    table = page.partition("## When it decides")[2]
    assert {row.split("|")[1].strip() for row in table.splitlines() if row.startswith("| ")} >= set(telling.REASONS)


def few_false(count: int, of: int) -> bool:
    return bool(stats.binomtest(count, of, 0.05, alternative="greater").pvalue > 0.01)


@pytest.mark.parametrize("support", ["all", "any"])
def test_one_of_many_is_false_in_five_of_a_hundred_studies_at_most(support: str) -> None:
    rng = np.random.default_rng(2)
    rule = Rule("score", "more", 0.5, ("a",), "b", support=support)
    words = [verdicts.decided(rule, [rng.normal(size=SEEDS) for _ in range(4)])[0] for _ in range(400)]
    assert few_false(words.count("supported"), len(words))


@pytest.mark.parametrize("seed", range(3))
def test_claims_choose_rates_inside_of_the_test(seed: int) -> None:
    """Whole sweeps are swapped, whose size the tests of verdicts simulate; signs alone would say something else."""
    rng, rule = np.random.default_rng(seed), decide.worse([("a", "b")], columns.SKILL, 0.001)
    noise = {(v, s, r): 0.7 + 0.05 * rng.standard_normal() for v in "ab" for s in range(SEEDS) for r in RATES}
    made = rows(lambda v, t, s, r: {"score": noise[v, s, r]}, ("t0",))
    (one,) = rule.judge(made).weighed
    a, b = (made[made["variant"] == v].pivot(index="seed", columns="rate", values="skill").to_numpy() for v in "ab")
    assert one.found.p_for == pytest.approx(Sweep(a, b, a, b, 1).p_more(-1.0))
    chosen = [np.take_along_axis(m, chosen_rates(m)[:, None], 1)[:, 0] for m in (a, b)]
    assert one.found.p_for != pytest.approx(p_more(chosen[1] - chosen[0]))


def test_few_swaps_and_all_swaps_agree_and_the_floor_is_that_of_all() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.normal(size=(2, 14, 2))
    one = Sweep(a + 6, b, a + 6, b, 1)
    assert one.p_more() == 2.0**-14
    near = Sweep(a + 0.3, b, a + 0.3, b, 1)
    assert near.p_more() == pytest.approx(near._p(1.0, 0.0, 14), abs=0.03)
    gone = Sweep(np.where(a > 5, a, np.nan), b, np.full_like(a, -np.inf), b)
    assert gone.p_more() == 1.0  # a value that is missing speaks for nobody


def test_what_a_rate_of_ones_own_is_worth() -> None:
    """a is best at 0.03, the edge; b at 0.01, where a is worse by 0.4: all but 0.1 of that is the rate's."""
    level = {("a", 0.03): 0.8, ("a", 0.01): 0.5, ("b", 0.01): 0.9}
    made = rows(lambda v, t, s, r: {"score": level.get((v, r), 0.2)}, ("t0",))
    found = decide.worse([("a", "b")], columns.SKILL, 0.05).judge(made)
    (one,) = found.rates
    assert (one.variant, one.task, one.best, one.edge) == ("a", "t0", 0.03, "highest")
    assert (one.own, one.common, one.share) == pytest.approx((-0.1, -0.4, 0.75))
    assert "0.1 on average with the best learning rate for each side, and 0.4 at the rate" in of_rates(found.rates)
    assert "edge of the grid in 1 of 1 cases" in of_rates(found.rates)
    assert effects(made[made["rate"] == 0.01], [("skill", "a", "b")], "skill") == ()
