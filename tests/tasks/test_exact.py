"""A perfect answer is right about every sequence, of the training's difficulty and beyond; one wrong step is not."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import softgate as sg
from softgate.tasks.measure import RIGHT, score
from tasks.oracles import ORACLES, answer

EXACT = [name for name in sg.tasks.names() if sg.tasks.family(name).exact]


def best(task: sg.tasks.Task) -> float:
    return 1.0 if task.higher_is_better else 0.0


def test_every_exact_task_has_an_oracle() -> None:
    assert set(EXACT) == set(ORACLES)


@pytest.mark.parametrize("test", [False, True], ids=["training", "test"])
@pytest.mark.parametrize("name", EXACT)
def test_the_oracle_is_always_right(name: str, test: bool) -> None:
    task = sg.tasks.get(name)
    for seed in range(2):
        batch = task.batch(seed, 3, 40, test=test)
        np.testing.assert_allclose(task.score(answer(task, batch), batch), best(task), atol=1e-12)


@pytest.mark.parametrize("name", EXACT)
def test_the_oracle_is_right_beyond_training(name: str) -> None:
    task = sg.tasks.get(name)
    assert task.longer
    for harder in task.longer:
        batch = task.batch(0, 0, 3, test=True, **harder)
        np.testing.assert_allclose(task.score(answer(task.replace(**harder), batch), batch), best(task), atol=1e-12)


@pytest.mark.parametrize("name", ["anbn", "anbncn"])
def test_strings_that_follow_each_other_are_those_of_the_language(name: str) -> None:
    task: Any = sg.tasks.get(name, n=6, strings=3)
    batch = task.batch(0, 0, 50)
    np.testing.assert_array_equal(task.score(answer(task, batch), batch), 1)
    assert task.steps == len(batch.x) == 3 * sg.tasks.get(name, n=6).steps
    begins = [np.flatnonzero(batch.x[:, b, 0] * batch.mask[:, b]) for b in range(50)]
    assert {len(found) for found in begins} == {3}
    sizes = {(task_end - begin - 1) / len(task.language.phases)
             for b, found in enumerate(begins)
             for begin, task_end in zip(found, [*found[1:], batch.mask[:, b].sum()], strict=True)}  # fmt: skip
    assert sizes == set(task.sizes(False))


@pytest.mark.parametrize("name", ["anbn", "anbncn"])
def test_strings_that_break_off_are_beginnings_and_what_may_come_next_is_the_languages(name: str) -> None:
    task: Any = sg.tasks.get(name, n=6, strings=3, cut=0.6)
    language, batch = task.language, task.batch(0, 0, 300)
    whole = {n: language.string(n) for n in task.sizes(False)}
    broken = 0
    for b in range(300):
        ids, target = batch.x[:, b][batch.mask[:, b]].argmax(-1), batch.target[:, b][batch.mask[:, b]]
        edges = [*np.flatnonzero(ids == 0), len(ids)]
        assert len(edges) == 4
        for k, (begin, end) in enumerate(pairwise(edges)):
            told = ids[begin:end].tolist()
            fits = [n for n, s in whole.items() if list(s[: len(told)]) == told
                    and (language.sets(s)[: len(told)] == target[begin:end]).all()]  # fmt: skip
            assert fits, (told, target[begin:end])
            complete = any(len(whole[n]) == len(told) for n in fits)
            assert len(told) > 1
            assert complete or k < 2
            broken += not complete
    assert broken / 600 == pytest.approx(0.6, abs=0.06)
    assert task.steps == sg.tasks.get(name, n=6, strings=3).steps


@pytest.mark.parametrize("name", [n for n in EXACT if sg.tasks.family(n).kind != "numbers"])
def test_one_wrong_step_makes_a_sequence_wrong_and_others_do_not(name: str) -> None:
    task, random = sg.tasks.get(name), np.random.default_rng(1)
    batch = task.batch(0, 0, 6)
    right = answer(task, batch)
    for b in range(6):
        y = right.copy()
        t = random.choice(np.flatnonzero(batch.mask[:, b]))
        y[t, b] = np.roll(y[t, b], 1) if task.kind == "classes" else y[t, b]
        y[t, b, 0] *= 1 if task.kind == "classes" else -1
        np.testing.assert_array_equal(task.score(y, batch), np.arange(6) != b)
    noise = random.normal(size=right.shape) * 9
    unseen = np.where(batch.mask[..., None], right, noise)
    np.testing.assert_array_equal(task.score(unseen, batch), 1)


@pytest.mark.parametrize("name", EXACT)
def test_no_number_is_never_right(name: str) -> None:
    task = sg.tasks.get(name)
    batch = task.batch(0, 0, 4)
    y = np.full((*batch.mask.shape, task.outputs), np.nan)
    score = task.score(y, batch)
    assert not (score >= task.solved if task.higher_is_better else score <= task.solved).any()


@pytest.mark.parametrize("value", [0.0, 7.0])
def test_a_tie_is_wrong(value: float) -> None:
    task: Any = sg.tasks.get("delayed_recall")
    batch = task.batch(0, 0, 64)
    assert not task.score(np.full((*batch.mask.shape, 4), value), batch).any()
    for wanted in (0.0, 1.0):
        target, mask = np.full((1, 1, 1), wanted), np.ones((1, 1), np.bool_)
        assert score(RIGHT, np.zeros((1, 1, 1)), target, mask) == [0]
        assert score(RIGHT, target * 2 - 1, target, mask) == [1]
