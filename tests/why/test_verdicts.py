"""From made-up rows to words: every word can be reached, and failures decide nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from softgate.lab import claims
from softgate.lab.claims import columns
from softgate.lab.claims.pools import titled
from softgate.lab.claims.weighed import Weighed, because
from softgate.lab.rules import Rule
from softgate.lab.verdicts import Comparison
from why.synthetic import frame

BOTH = ("sigmoid, one unit", "sigmoid, two units")


def failing(*variants: str) -> Any:
    def skill(run: Mapping[str, Any]) -> float:
        return 0.3 if run["variant"] in variants else 0.9

    return skill


def soon(_: Mapping[str, Any]) -> float:
    return 0.2


@pytest.mark.parametrize(
    ("number", "worse", "word"),
    [
        (3, BOTH, "supported"),
        (3, BOTH[:1], "depends"),
        (3, (), "refuted"),
        (5, ("g hard tanh",), "supported"),
        (5, (), "refuted"),
        (2, ("g sigmoid", "g relu", "h sigmoid"), "refuted"),
    ],
)
def test_words_follow_from_rows(number: int, worse: tuple[str, ...], word: str) -> None:
    claim = claims.get(number)
    found = claim.rule.judge(frame(claim, failing(*worse), seeds=14 if number == 2 else 10, after=soon))
    assert (found.word, len(found.weighed)) == (word, len(claim.rule.parts) * len(claim.study.tasks))


@pytest.mark.parametrize(("number", "level", "word"), [(8, 0.9, "supported"), (8, 0.2, "refuted"), (13, 5.0, "refuted"),
                                                       (13, 0.5, "supported"), (1, 0.1, "refuted")])  # fmt: skip
def test_levels(number: int, level: float, word: str) -> None:
    claim = claims.get(number)
    assert claim.rule.judge(frame(claim, level=level)).word == word


def test_few_seeds_decide_nothing() -> None:
    claim = claims.get(3)
    found = claim.rule.judge(frame(claim, failing(*BOTH), seeds=4))
    assert found.word == "undecided"
    assert "4 pairs are too few" in found.because


def test_runs_that_could_not_be_made_are_not_equal() -> None:
    """Two variants that both raised are not two variants that do equally well."""
    claim = claims.get(2)
    rows = frame(claim, failing(), seeds=14)
    gone = rows["task"] == rows["task"].iloc[0]
    broken = columns.prepared(rows.assign(score=rows["score"].where(~gone)))
    found = claim.rule.judge(broken)
    assert found.word == "undecided"
    assert {w.found.word for w in found.weighed} == {"supported", "undecided"}


def test_the_reason_has_the_figures_at_both_ends() -> None:
    claim = claims.get(3)
    found = claim.rule.judge(frame(claim, failing(*BOTH)))
    ends = sorted(found.weighed, key=lambda w: w.amount)
    low, high = (w.said(titled(w.found.task.partition("(")[0]), True) for w in (ends[0], ends[-1]))
    assert found.because.startswith(f"All 4 comparisons agree with the claim: from {low}, to {high}.")


WIDE = "the spread is too wide"


def weighed(*words: str) -> list[Weighed]:
    """Comparisons of one variant with plain, one on each of two tasks that differ in an option, with these words."""
    tasks = [f"delayed_recall(delay={delay})" for delay in (10, 20, 40, 80)]
    return [
        Weighed("time", "plain", Comparison("relu", task, 10, 0, 0.1 * k, 0.0, 1.0, 0.5, 1.0, 1.0, 0.01 * (k + 1),
                                            0.01 * (k + 1), 0.1, word, WIDE * (word == "undecided")))
        for k, (task, word) in enumerate(zip(tasks, words, strict=False))
    ]  # fmt: skip


TELLS = "Figures: change of time, against plain."
Y, N, U = "supported", "refuted", "undecided"
R = "relu on recalling one symbol"
RULE = Rule("time", "more", 0.5, ("relu",), "plain")
LATER = ("10 steps later, +0", "20 steps later, +0.1")


@pytest.mark.parametrize(
    ("word", "words", "said"),
    [
        (Y, (Y, Y), f"All 2 comparisons agree with the claim: from {R}, {LATER[0]}, to {R}, {LATER[1]}."),
        (N, (N,), f"The comparison disagrees with the claim: {R}, +0."),
        (N, (N, N, Y, U), f"2 of 4 comparisons disagree with the claim, most clearly {R}, {LATER[0]}; 1 agrees: "
                          f"{R}, 40 steps later, +0.2; 1 cannot tell (the spread is too wide)."),
        ("depends", (Y, N), f"1 of 2 comparisons agrees: {R}, {LATER[0]}; 1 disagrees: {R}, {LATER[1]}."),
        (U, (U, U, Y), f"2 of 3 comparisons cannot tell ({WIDE}); 1 agrees: {R}, 40 steps later, +0.2; it takes 3 "
                       "to decide."),
        (U, (N, N, N, U), f"3 of 4 comparisons disagree with the claim, most clearly {R}, {LATER[0]}; 1 cannot tell "
                          f"(the spread is too wide); it takes 4 to decide."),
        (U, (U,), f"The comparison cannot tell (the spread is too wide); measured, {R}, +0."),
    ],
)  # fmt: skip
def test_a_verdict_in_words(word: str, words: tuple[str, ...], said: str) -> None:
    assert because(word, weighed(*words), RULE) == f"{said} {TELLS}"


def test_too_few_pairs_are_said() -> None:
    assert because(U, weighed(U), replace(RULE, least=14)).endswith(f"; 10 pairs are too few. {TELLS}")
    assert because(U, [], RULE) == "Nothing of it was measured."


def test_what_decides_is_said_as_the_rule_has_it() -> None:
    found = weighed(N, N, N, U)
    assert "it takes 3 to decide" in because(U, found, replace(RULE, need=0.75))
    assert "1 would support it, 4 refute it" in because(U, found, replace(RULE, support="any"))


def test_what_is_clearest_of_equal_things_is_the_smallest_difference() -> None:
    found = [replace(w, found=replace(w.found, p_for=0.01)) for w in weighed(Y, Y, Y, N)]
    assert f"3 of 4 comparisons agree with the claim, most clearly {R}, 40" in because("depends", found, RULE)
    same = [replace(w, expects="same") for w in found]
    assert f"most clearly {R}, {LATER[0]}" in because("depends", same, RULE)


def test_where_several_things_are_measured_it_is_said_of_which() -> None:
    first, second = weighed(Y, Y)
    told = because(Y, [first, replace(second, measure="spread, in doublings")], RULE)
    assert f"from time of {R}, {LATER[0]}, to spread of {R}, {LATER[1]}." in told
    assert told.endswith("Figures: change of time, against plain; change of spread, in doublings.")


def test_figures_that_are_no_differences_have_their_unit() -> None:
    found = [replace(w, measure="share", against=0.5) for w in weighed(N)]
    assert because(N, found, RULE, "shares") == (
        "The comparison disagrees with the claim: share on recalling one symbol, 1. Figures: shares."
    )


def test_where_one_comparison_is_enough_it_is_said() -> None:
    assert "disagrees: " in because(N, weighed(N, Y), replace(RULE, refute="any"))
    assert because(N, weighed(N, Y), replace(RULE, refute="any")).endswith(f"; one is enough. {TELLS}")
    found = claims.get(2).rule.judge(frame(claims.get(2), failing("g relu"), seeds=14, after=soon))
    assert (found.word, "one is enough" in found.because) == ("refuted", True)


def test_of_a_level_the_bounds_are_those_of_the_measure() -> None:
    claim = claims.get(13)
    for w in claim.rule.judge(frame(claim, level=5.0)).weighed:
        assert 5.0 <= w.found.low <= w.amount <= w.found.high <= 5.5


def test_a_quick_run_may_lack_variants() -> None:
    claim = claims.get(16)
    rows = frame(claim)
    found = claim.rule.judge(rows[rows["variant"].isin(["V", "NIG", "NOG"])])
    assert {w.found.variant for w in found.weighed} == {"NIG"}
