"""Every claim can come out in every way that its rule has: made-up rows of each kind, and the word that follows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from softgate.lab import claims
from softgate.lab.claims import columns, pools
from why.synthetic import frame

Run = Mapping[str, Any]
FAST, SLOW = 0.2, 0.8  # two doublings apart
WALK = pools.WALK["task"]
NAMED, FOLLOWS = "roles.shown", "roles.tracks.shown"


def slow(*variants: str, only: Callable[[Run], bool] = lambda run: True) -> dict[str, Any]:
    """These variants take four times the steps, on some tasks."""
    return {"after": lambda run: SLOW if run["variant"] in variants and only(run) else FAST}


def on_the_walk(run: Run) -> bool:
    return bool(run["task"]["task"] == WALK)


def level(value: float) -> dict[str, Any]:
    return {"level": value}


def by_task(walk: float, others: float) -> dict[str, Any]:
    return {"level": lambda run, _: walk if on_the_walk(run) else others}


def counting(lstm: float, others: float, follows: float = 0.95, left: float = 0.02) -> dict[str, Any]:
    """The longest n, and how far it falls short of one of 20; how well a unit follows, and what a reset leaves."""

    def found(run: Run, name: str) -> float:
        longest = lstm if run["variant"] == "lstm" else others
        known = {columns.LONGEST_N: longest, columns.FOLLOWS: follows, columns.RESET: left}
        return known.get(name, (20 - longest) / 10)

    return {"level": found}


def read_as_far(linear: float) -> dict[str, Any]:
    """The longest n without a readout tanh; with one it is 30."""
    return {"level": lambda run, _: linear if run["variant"] == LINEAR else 30.0}


def takes(**shares: float) -> dict[str, Any]:
    """After which share of the steps candidates solve; a tenth if not named."""
    return {"after": lambda run: shares.get(run["variant"].replace(" ", "_"), 0.1)}


def unsure(*variants: str) -> dict[str, Any]:
    """These take either twice the steps of the others or twenty times as many, as the seed will have it."""
    return {"after": lambda run: 0.04 if run["variant"] not in variants else 0.09 if run["seed"] % 2 else 0.9}


def found_roles(named: float, follows: float) -> dict[str, Any]:
    return {"level": lambda _, name: {NAMED: named, FOLLOWS: follows}.get(name, 1.0)}


def gates(nfg: float, nig: float, nog: float, walk: float | None = None) -> dict[str, Any]:
    """After which share of the steps a cell without a gate solves; on the walk the one without f may be different."""

    def after(run: Run) -> float:
        share = {"NFG": nfg, "NIG": nig, "NOG": nog}.get(run["variant"], 0.1)
        return walk if walk is not None and run["variant"] == "NFG" and on_the_walk(run) else share

    return {"after": after}


SWAPS = [v.name for v in claims.get(2).study.variants[1:]]
RELUS = [v.name for v in claims.get(15).study.variants[1:]]
SHIFTED, HARD, FLAT, SIGMOID = (v.name for v in (pools.SHIFTED, pools.HARD, pools.FLAT, pools.SIGMOID))
LINEAR, BOUNDED = pools.READ_LINEAR.name, "c clipped, h linear"

CASES = [
    (1, level(0.9), "supported"),
    (1, level(0.1), "refuted"),
    (1, by_task(0.9, 0.1), "refuted"),
    (2, slow(), "supported"),
    (2, slow(*SWAPS), "refuted"),
    (2, slow(SIGMOID, only=on_the_walk), "refuted"),
    (4, slow(SHIFTED), "supported"),
    (4, slow(), "refuted"),
    (4, slow(SHIFTED, only=on_the_walk), "depends"),
    (4, slow(SHIFTED, pools.RECENTRED.name), "depends"),
    (5, slow(HARD), "supported"),
    (5, slow(), "refuted"),
    (5, slow(HARD, only=on_the_walk), "depends"),
    (6, slow(SIGMOID, FLAT), "supported"),
    (6, slow(), "refuted"),
    (6, slow(FLAT), "depends"),
    (6, takes(g_sigmoid=0.9, g_steep_sigmoid=0.4, g_flat_tanh=0.4), "depends"),
    (6, takes(g_sigmoid=0.9, g_steep_sigmoid=0.1, g_flat_tanh=0.4), "supported"),
    (7, level(0.9), "supported"),
    (7, level(0.1), "refuted"),
    (7, by_task(0.9, 0.1), "depends"),
    (8, level(0.9), "supported"),
    (8, level(0.1), "refuted"),
    (8, by_task(0.9, 0.1), "depends"),
    (9, level(0.9), "supported"),
    (9, level(0.1), "refuted"),
    (9, by_task(0.9, 0.1), "depends"),
    (10, level(0.01), "supported"),
    (10, level(0.9), "refuted"),
    (10, by_task(0.01, 0.9), "supported"),
    (11, found_roles(3, 5), "supported"),
    (11, found_roles(0, 0), "refuted"),
    (11, found_roles(0, 5), "depends"),
    (12, counting(100, 22), "supported"),
    (12, counting(21, 21, follows=0.5, left=0.9), "refuted"),
    (12, counting(100, 100), "depends"),
    (12, counting(100, 22, left=0.9), "depends"),
    (12, counting(100, 22, follows=0.5), "depends"),
    (13, level(0.5), "supported"),
    (13, level(5.0), "refuted"),
    (13, by_task(5.0, 0.5), "refuted"),
    (14, slow(LINEAR) | read_as_far(300), "supported"),
    (14, slow(LINEAR) | read_as_far(30), "depends"),
    (14, slow(), "refuted"),
    (14, slow(LINEAR, BOUNDED), "depends"),
    (15, slow(), "supported"),
    (15, {"after": lambda run: 0.05 if run["variant"] in RELUS else 0.4}, "supported"),
    (15, unsure(*RELUS), "refuted"),
    (15, slow(*RELUS), "depends"),
    (15, slow(*RELUS[:2]), "depends"),
    (16, gates(0.9, 0.4, 0.1), "supported"),
    (16, gates(0.2, 0.2, 0.2), "refuted"),
    (16, gates(0.9, 0.4, 0.1, walk=0.1), "depends"),
    (17, slow("bias 0"), "supported"),
    (17, slow(), "refuted"),
    (17, slow("bias 0", only=lambda run: run["task"]["delay"] > 5), "depends"),
]


def perfect(_: Run) -> float:
    return 0.97


@pytest.mark.parametrize(("number", "rows", "word"), CASES)
def test_every_word_can_come_out(number: int, rows: dict[str, Any], word: str) -> None:
    claim = claims.get(number)
    found = claim.rule.judge(frame(claim, perfect, seeds=claim.study.seeds, **rows))
    assert (found.word, found.because) == (word, found.because)


@pytest.mark.parametrize("number", range(1, 18))
def test_where_nobody_learned_nothing_is_said(number: int) -> None:
    claim = claims.get(number)
    found = claim.rule.judge(frame(claim, lambda run: 0.0, 0.01, seeds=claim.study.seeds))
    assert found.word == "undecided"


def test_chrono_is_that_of_the_lag() -> None:
    claim = claims.get(17)
    rows = frame(claim)
    assert set(rows["variant"]) == {"bias 0", "bias 1", "bias 2", "chrono"}
    chrono = rows[rows["variant"] == "chrono"]
    begun = [json.loads(run) for run in chrono["run"]]
    assert all(run["forget_bias"] == f"chrono:{run['task']['delay']}" for run in begun)
    assert len(chrono) == len(claim.study.tasks) * 10


@pytest.mark.parametrize("number", [2, 4, 5, 6, 14, 15, 16, 17])
def test_never_is_slower_than_any_margin(number: int) -> None:
    """A variant that never learns what the others learn in a quarter of the budget is not as good as they are."""
    claim = claims.get(number)
    part = claim.rule.parts[0]
    rows = frame(claim, lambda run: 0.3 if run["variant"] == part.variant else 0.97, seeds=claim.study.seeds,
                 after=lambda run: 0.25)  # fmt: skip
    found = [w.found.word for w in claim.rule.judge(rows).weighed
             if (w.found.variant, w.measure) == (part.variant, claim.rule.names[part.measure])]  # fmt: skip
    assert set(found) == {"refuted" if claim.rule.rule.denies else "supported"}


@pytest.mark.parametrize("number", range(1, 18))
def test_what_a_study_measures_is_judged_or_drawn(number: int) -> None:
    """The columns of a claim's measures are in its rule or in its figure."""
    claim = claims.get(number)
    rows = frame(claim, perfect, lambda _, name: 0.25 + len(name) / 100)
    read = {column for column in rows if column.startswith(tuple(f"{m.rpartition(':')[2]}." for m in own(number)))}
    drawn = str(claim.figure(rows).to_dict())
    judged = {part.measure for part in claim.rule.parts}
    for measure in own(number):
        shown = [c for c in read if c.startswith(f"{measure.rpartition(':')[2]}.") and not c.endswith(".history")]
        values = [str(rows[c].iloc[0])[:6] for c in shown]
        assert judged & set(shown) or any(value in drawn for value in values), measure


def own(number: int) -> tuple[str, ...]:
    """The measures that a claim is about; those of a pool belong to several."""
    inside = {1: ("meeting",), 7: ("saturation", columns.SWITCHES), 8: ("ends",), 9: (columns.STRAIGHT,),
              10: ("paths",), 13: ("largest",)}  # fmt: skip
    return inside.get(number, claims.get(number).study.measures)
