"""Verdicts against data of which the truth is known: how often they are wrong, what they see, when they wait."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from softgate.errors import UnknownNameError
from softgate.lab import verdicts
from softgate.lab.checked import StudyError
from softgate.lab.rules import EXPECTS, Rule
from softgate.lab.statistics import p_more
from softgate.lab.swaps import Sweep, chosen_rates

RULE = Rule("score", "more", 0.5, ("a",), "b")
STUDIES, TASKS, SEEDS = 1000, 3, 10


def with_means(rule: Rule, means: Any, rng: np.random.Generator, seeds: int = SEEDS) -> str:
    """The word on one simulated study: differences of each task are normal around a mean, with deviation 1."""
    return verdicts.decided(rule, [rng.normal(mean, 1.0, seeds) for mean in means])[0]


def at_most_five_percent(words: list[str], *false: str) -> bool:
    """Whether so many false words are no surprise if five in a hundred are false, which the exact tests all but use."""
    count = sum(map(words.count, false))
    return bool(stats.binomtest(count, len(words), 0.05, alternative="greater").pvalue > 0.01)


@pytest.mark.parametrize("expects", EXPECTS)
def test_a_claim_that_is_false_is_supported_in_five_of_a_hundred_studies_at_most(expects: str) -> None:
    """The hardest false case: no difference; for what denies one, one as large as the margin; one task is enough."""
    rule = dataclasses.replace(RULE, expects=expects, need=1 / 3)
    rng = np.random.default_rng([11, EXPECTS.index(expects)])
    null = [{"same": 1, "no more": 1, "no less": -1}.get(expects, 0) * rule.margin] * TASKS
    words = [with_means(rule, null, rng) for _ in range(STUDIES)]
    assert at_most_five_percent(words, "supported", "depends")
    assert [with_means(dataclasses.replace(rule, need=1.0), null, rng) for _ in range(STUDIES)].count("supported") <= 5


@pytest.mark.parametrize("expects", ["more", "less"])
def test_a_claim_that_is_true_is_refuted_in_five_of_a_hundred_studies_at_most(expects: str) -> None:
    rule = dataclasses.replace(RULE, expects=expects, need=1 / 3)
    rng = np.random.default_rng(12)
    means = [rule.margin if expects == "more" else -rule.margin] * TASKS
    words = [with_means(rule, means, rng) for _ in range(STUDIES)]
    assert at_most_five_percent(words, "refuted", "depends")


def simulated(rng: np.random.Generator, shift: float, rates: int = 3, tasks: int = 2) -> pd.DataFrame:
    """Rows of two variants that share seeds, with a sweep of rates, one of them slightly better."""
    rows = []
    for t in range(tasks):
        seeds = rng.normal(size=SEEDS)
        for v, more in (("a", shift), ("b", 0.0)):
            noise = rng.normal(size=(SEEDS, rates)) + seeds[:, None] + more + np.linspace(0, 0.5, rates)
            rows += [(v, f"t{t}", s, 10.0**-r, noise[s, r]) for s in range(SEEDS) for r in range(rates)]
    frame = pd.DataFrame(rows, columns=["variant", "task", "seed", "rate", "score"])
    return frame.assign(chance=0.0, higher_is_better=True, steps=100)


def test_choosing_the_best_rate_makes_nothing_out_of_nothing() -> None:
    """Rates are chosen by other seeds, and one is slightly better; one task, which no correction helps."""
    rng = np.random.default_rng(13)
    rule = dataclasses.replace(RULE, margin=0.01)

    def found(shift: float) -> tuple[str, bool]:
        a, b = rng.normal(size=(2, SEEDS, 3)) + np.linspace(0, 0.5, 3)
        sweep = Sweep(a + shift, b, a + shift, b, 1)
        sides = [np.take_along_axis(m, chosen_rates(m)[:, None], 1)[:, 0] for m in (sweep.a, sweep.b)]
        d = sides[0] - sides[1]
        return verdicts.decided(rule, [d], [sweep])[0], p_more(d) <= rule.alpha

    words, naive = zip(*(found(0.0) for _ in range(500)), strict=True)
    assert at_most_five_percent(list(words), "supported")
    assert at_most_five_percent(list(words), "refuted")
    assert sum(naive) > 0.06 * 500  # which is why signs are not enough here
    assert [found(3.0)[0] for _ in range(20)] == ["supported"] * 20


def test_a_choice_among_rates_is_tested_with_the_choice() -> None:
    frame = simulated(np.random.default_rng(21), 0.4)
    for expects in EXPECTS:
        figures = verdicts.verdict(dataclasses.replace(RULE, expects=expects, correction="none"), frame).figures
        for figure in figures:
            rows = frame[frame["task"] == figure.task]
            a, b = (rows[rows["variant"] == v].pivot_table(index="seed", columns="rate", values="score") for v in "ab")
            sweep = Sweep(*(g.to_numpy() for g in (a, b, a, b)), 1)
            up = -1 if expects.endswith("less") else 1
            one_sided = sweep.p_more(up)
            two_sided = min(1, 2 * min(sweep.p_more(), sweep.p_more(-1)))
            p = figure.p_against if expects in ("same", "no more", "no less") else figure.p_for
            assert p == (two_sided if expects in ("same", "other") else one_sided)


def test_swaps_are_those_of_a_slow_loop() -> None:
    """Every pattern by hand, with the choice of rates by pandas' medians."""
    rng = np.random.default_rng(22)
    a, b = rng.normal(size=(2, 5, 3)).round(1)

    def total(a: np.ndarray, b: np.ndarray) -> float:
        sides = [m[k, int(np.median(np.delete(m, k, 0), axis=0).argmax())] for m in (a, b) for k in range(5)]
        return sum(sides[:5]) - sum(sides[5:])

    for than in (0.0, 0.3):
        moved, sums = a - than, []
        for pattern in itertools.product([False, True], repeat=5):
            swap = np.array(pattern)[:, None]
            sums.append(total(np.where(swap, b, moved), np.where(swap, moved, b)))
        assert Sweep(a, b, a, b, 1).p_more(1.0, than) == np.mean(np.array(sums) >= sums[0] - 1e-9)


@pytest.mark.parametrize(
    ("expects", "means", "word"),
    [
        ("more", (2, 2, 2), "supported"),
        ("more", (-2, -2, -2), "refuted"),
        ("more", (3, 3, -3), "depends"),
        ("more", (0.25, 0.25, 0.25), "undecided"),
        ("less", (-2, -2, -2), "supported"),
        ("less", (2, 2, 2), "refuted"),
        ("other", (2, -2, 2), "supported"),
        ("same", (2, -2, 2), "refuted"),
        ("same", (0.3, 0.3, 0.3), "undecided"),
        ("no more", (2, 2, 2), "refuted"),
        ("no more", (-2, -2, -2), "supported"),
        ("no more", (-3, 3, 3), "depends"),
        ("no less", (-2, -2, -2), "refuted"),
        ("no less", (2, 2, 2), "supported"),
    ],
)
def test_what_is_plain_is_seen(expects: str, means: tuple[float, ...], word: str) -> None:
    """In 94 of 100 studies; so all four words can come out."""
    rng = np.random.default_rng(14)
    rule = dataclasses.replace(RULE, expects=expects)
    words = [with_means(rule, means, rng, 14) for _ in range(100)]
    assert words.count(word) >= 94


@pytest.mark.parametrize(("expects", "word"), [("same", "supported"), ("other", "refuted")])
def test_no_difference_is_shown_by_evidence_alone(expects: str, word: str) -> None:
    rng = np.random.default_rng(15)
    wide = dataclasses.replace(RULE, expects=expects, margin=2.0)
    assert [with_means(wide, (0, 0, 0), rng) for _ in range(20)] == [word] * 20
    narrow = dataclasses.replace(wide, margin=0.1)
    assert [with_means(narrow, (0, 0, 0), rng) for _ in range(20)].count(word) == 0


def test_too_few_pairs_decide_nothing() -> None:
    rng = np.random.default_rng(16)
    found = verdicts.judged(RULE, [("a", "t", np.full(9, 5.0), np.full(9, 5.0), np.zeros(9))])
    assert (found.word, found.because) == (
        "undecided",
        "score is expected to be more than b by at least 0.5: 9 pairs are too few, the rule takes 10.",
    )
    few = dataclasses.replace(RULE, least=2)  # whatever the rule says: four signs are never surprising
    assert {with_means(few, (9,), rng, 4) for _ in range(50)} == {"undecided"}


def test_missing_values_decide_nothing_unless_the_rule_says_what_they_count_as() -> None:
    d = np.array([5.0] * 11 + [np.nan])
    found = verdicts.judged(RULE, [("a", "t", d, d, d)])
    assert found.word == "undecided"
    assert found.because.endswith("1 values are missing, and the rule does not say what they count as.")
    assert (found.figures[0].pairs, found.figures[0].missing) == (11, 1)
    frame = simulated(np.random.default_rng(17), 3.0)
    frame.loc[(frame["variant"] == "a") & (frame["seed"] == 0), "score"] = np.nan
    assert verdicts.verdict(RULE, frame).word == "undecided"
    assert verdicts.verdict(dataclasses.replace(RULE, missing="chance"), frame).word == "supported"


RANK = {"refuted": 0, "undecided": 1, "depends": 1, "supported": 2}


@pytest.mark.parametrize("need", [1.0, 0.5])
@pytest.mark.parametrize(("expects", "sign"), [("more", 1), ("less", -1)])
def test_more_evidence_never_turns_a_verdict_round(expects: str, sign: int, need: float) -> None:
    """As every difference moves the way of the claim, the word only ever moves that way."""
    rule = dataclasses.replace(RULE, expects=expects, need=need)
    rng = np.random.default_rng(18)
    for _ in range(30):
        base = rng.normal(0, 1, (TASKS, SEEDS)) + rng.normal(0, 1, (TASKS, 1))
        ranks = []
        for step in np.linspace(-6, 6, 49):
            moved = base + sign * step
            ranks.append(RANK[verdicts.decided(rule, list(moved))[0]])
        assert ranks == sorted(ranks)
        assert (ranks[0], ranks[-1]) == (0, 2)


def test_the_figures_are_those_of_the_data() -> None:
    frame = simulated(np.random.default_rng(19), 3.0)
    found = verdicts.verdict(dataclasses.replace(RULE, rates=1.0), frame)
    one = frame[frame["rate"] == 1.0]
    wide = one[one["task"] == "t1"].pivot_table(index="seed", columns="variant", values="score")
    (figure,) = (c for c in found.figures if c.task == "t1")
    assert figure.median == pytest.approx(np.median(wide["a"] - wide["b"]))
    assert (figure.a, figure.b) == pytest.approx((wide["a"].median(), wide["b"].median()))
    assert (figure.pairs, figure.effect, figure.word) == (10, 1.0, "supported")
    assert figure.p_for == pytest.approx(2 * 2**-10)  # Holm, of two
    assert figure.p_against == 1
    assert found.because == "score is expected to be more than b by at least 0.5: it is in 2 of 2 comparisons."
    assert found.table()["task"].tolist() == ["t0", "t1"]


def test_common_rates_log_scales_and_numbers() -> None:
    rows = [
        {"variant": v, "task": "t", "seed": s, "rate": r, "score": score + s / 100, "chance": 0.0,
         "higher_is_better": True, "n": n}
        for v, r, score, n in (("a", 1.0, 0.2, 1.0), ("a", 2.0, 0.9, 15.0), ("b", 1.0, 0.8, 3.0), ("b", 2.0, 0.1, 3.0))
        for s in range(10)
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    found = {r: verdicts.verdict(dataclasses.replace(RULE, rates=r, margin=0.05), frame) for r in ("best", "common")}
    assert {r: v.figures[0].median for r, v in found.items()} == pytest.approx({"best": 0.1, "common": -0.6})
    assert {r: v.word for r, v in found.items()} == {"best": "supported", "common": "refuted"}
    twofold = Rule("n", "more", 1.0, ("a",), "b", scale="log")
    assert verdicts.verdict(twofold, frame).figures[0].median == pytest.approx(2.0)  # 16 / 4
    assert verdicts.verdict(twofold, frame).figures[0].a == pytest.approx(15)
    assert verdicts.verdict(Rule("n", "more", 1.0, ("a",), 7, scale="log"), frame).word == "supported"
    assert verdicts.verdict(Rule("n", "less", 1.0, ("a",), 7.0), frame).word == "refuted"


def test_a_rule_goes_to_json_and_back() -> None:
    rule = Rule("n", "same", 0.1, ("a", "b"), 3.5, ("t",), missing="steps", rates=0.01)
    assert Rule.from_json(rule.to_json()) == rule
    with pytest.raises(StudyError, match="rule: unknown fields marign"):
        Rule.from_json('{"measure": "n", "expects": "same", "marign": 1, "variants": ["a"], "against": 1}')
    with pytest.raises(StudyError, match="rule: the fields against, margin are missing"):
        Rule.from_json('{"measure": "n", "expects": "same", "variants": ["a"]}')


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"expects": "bigger"}, "rule: expects is one of more, less, same, other, no more, no less; got 'bigger'"),
        ({"margin": 0}, "rule: margin: expected a number over 0"),
        ({"alpha": 0.7}, "rule: alpha: expected a number over 0, 0.5 at most; got 0.7"),
        ({"need": 2.0}, "rule: need: expected a number over 0, 1 at most; got 2.0"),
        ({"variants": ()}, "rule: variants: expected at least one"),
        ({"variants": "a"}, "rule: variants: expected several, as a list; got 'a'"),
        ({"rates": "good"}, "rule: rates is one of best, common; got 'good'"),
        ({"rates": "common", "against": 3.0}, "against is a number here"),
        ({"least": 1}, "rule: least: expected a whole number from 2 on, got 1"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(StudyError) as caught:
        dataclasses.replace(RULE, **changes)
    assert message in str(caught.value)


def test_what_the_results_do_not_have_is_said() -> None:
    frame = simulated(np.random.default_rng(20), 0.0)
    for changes, message in (
        ({"variants": ("c",)}, "unknown variant 'c'"),
        ({"tasks": ("t9",)}, "unknown task 't9'"),
        ({"measure": "scor"}, "unknown column of the results 'scor'; did you mean 'score'"),
        ({"rates": 7.0}, "unknown rate 7.0"),
    ):
        with pytest.raises(UnknownNameError, match=message):
            verdicts.verdict(dataclasses.replace(RULE, **changes), frame)
