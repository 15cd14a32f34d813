"""Batches: shapes and types, the same in every process, and training never sees what tests have."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import softgate as sg
from softgate.tasks.drawn import is_for_tests

GENERATED = [name for name in sg.tasks.names() if name not in ("digits", "text", "series")]


@pytest.mark.parametrize("name", sg.tasks.names())
def test_shapes_and_types(name: str) -> None:
    task = sg.tasks.get(name)
    for test in (False, True):
        x, target, mask = task.batch(1, 2, 5, test=test)
        assert (x.shape, x.dtype) == ((task.steps, 5, task.inputs), np.float32)
        assert (mask.shape, mask.dtype) == ((task.steps, 5), np.bool_)
        assert mask.any(0).all(), "every sequence has a step that counts"
        if task.kind == "classes":
            assert (target.shape, target.dtype) == ((task.steps, 5), np.int64)
            assert 0 <= target.min() <= target.max() < task.outputs
        else:
            assert (target.shape, target.dtype) == ((task.steps, 5, task.outputs), np.float32)
        if task.kind == "bits":
            assert set(np.unique(target)) <= {0, 1}
    assert not task.varies


@pytest.mark.parametrize("name", sg.tasks.names())
def test_names_of_inputs_and_outputs(name: str) -> None:
    task = sg.tasks.get(name)
    assert len(task.input_names) in (0, task.inputs)
    assert len(task.output_names) in (0, task.outputs)
    if task.input_names:
        x = task.batch(0, 0, 8).x
        np.testing.assert_array_equal(np.unique(x), [0, 1])
        assert x.sum(-1).max() == 1


@pytest.mark.parametrize("name", sg.tasks.names())
def test_a_task_is_its_spec(name: str) -> None:
    task = sg.tasks.get(name)
    text = json.dumps(task.spec)
    again = sg.tasks.get(**json.loads(text))
    assert (again, hash(again), again.spec) == (task, hash(task), task.spec)
    assert task.spec == {"task": name, **json.loads(json.dumps(task.options))}
    option = next(iter(task.options))
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(task, option, 3)
    for fact in (task.demands, task.source, task.criterion, task.measure):
        assert len(fact) > 8


def test_a_batch_is_a_function_of_its_arguments() -> None:
    task = sg.tasks.get("dyck2")

    def bits(*place: int, **more: Any) -> bytes:
        return task.batch(*place, 4, **more).x.tobytes()

    assert bits(0, 1) == bits(0, 1)
    places = [bits(0, 0), bits(0, 1), bits(1, 0), bits(10, 1), bits(1, 1), bits(0, 0, test=True), bits(-1, 0)]
    assert len(set(places)) == len(places)
    assert bits(0, 0, test=True, pairs=24) == bits(0, 0, test=True, pairs=24)
    other = sg.tasks.get("dyck2", pairs=24).batch(0, 0, 4, test=True)
    assert bits(0, 0, test=True, pairs=24) != other.x.tobytes(), "another task, another stream"


PROGRAM = """
import hashlib
import softgate as sg
for name in {names}:
    task = sg.tasks.get(name)
    for harder in ({{}}, *task.longer[:1]):
        made = hashlib.sha256()
        for array in task.batch(7, 11, 6, test=True, **harder):
            made.update(array.tobytes())
        print(name, made.hexdigest())
"""


def test_batches_are_the_same_in_another_process() -> None:
    program = PROGRAM.format(names=GENERATED)
    run = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)
    here = []
    for name in GENERATED:
        task = sg.tasks.get(name)
        for harder in ({}, *task.longer[:1]):
            made = hashlib.sha256()
            for array in task.batch(7, 11, 6, test=True, **harder):
                made.update(array.tobytes())
            here.append(f"{name} {made.hexdigest()}")
    assert run.stdout.splitlines() == here


def test_batches_are_the_same_as_ever() -> None:
    """Drawn once and written down: a change of these is a change of every published result."""
    parity, adding, reber = (sg.tasks.get(n).batch(0, 0, 2) for n in ("parity", "adding", "embedded_reber"))
    assert "".join("01"[int(v > 0)] for v in parity.x[:, 0, 0]) == "10010000000011111110000001000001"
    assert adding.target[-1, :, 0].tolist() == [1.1985366344451904, 1.28941011428833]
    assert "".join("BTPSXVE"[row.argmax()] for row in reber.x[:, 0] if row.any()) == "BTBTXXVVET"


def sequences(task: sg.tasks.Task, batches: int, test: bool, **harder: Any) -> set[bytes]:
    made = (task.batch(seed, 0, 128, test=test, **harder).x for seed in range(batches))
    return {x[:, b].tobytes() for x in made for b in range(x.shape[1])}


@pytest.mark.parametrize("name", [n for n in GENERATED if sg.tasks.get(n).disjoint])
def test_no_sequence_of_a_test_is_trained_on(name: str) -> None:
    task = sg.tasks.get(name)
    train, test = sequences(task, 4, False), sequences(task, 2, True)
    assert train
    assert test
    assert not train & test


def test_the_two_sides_of_a_small_task_share_nothing_and_leave_nothing_out() -> None:
    """Of the 4096 sequences of 12 bits, of which 40,000 draws miss hardly one."""
    task = sg.tasks.get("parity", steps=12)
    train, test = sequences(task, 250, False), sequences(task, 60, True)
    assert not train & test
    assert len(train | test) > 4090
    assert len(test) / len(train | test) == pytest.approx(1 / 8, abs=0.02)


def test_padding_does_not_change_the_side() -> None:
    chosen = np.random.default_rng(0).integers(1, 9, (40, 500))
    sides = is_for_tests(chosen)
    for more in (0, 30, 200):
        padded = np.concatenate([chosen, np.zeros((more, 500), np.int64)])
        np.testing.assert_array_equal(is_for_tests(padded), sides)


def test_the_side_is_an_eighth_and_depends_on_nothing_in_sight() -> None:
    chosen = np.random.default_rng(0).integers(1, 3, (20, 80_000))
    sides = is_for_tests(chosen)
    assert sides.mean() == pytest.approx(1 / 8, abs=0.005)
    for step in chosen:
        for value in (1, 2):
            assert sides[step == value].mean() == pytest.approx(1 / 8, abs=0.007)


def test_sizes_kept_for_tests() -> None:
    for name in ("anbn", "anbncn"):
        task: Any = sg.tasks.get(name, n=12)
        assert task.sizes(True).tolist() == [3, 8]
        assert task.sizes(False).tolist() == [1, 2, 4, 5, 6, 7, 9, 10, 11, 12]
        assert task.disjoint
        published: Any = sg.tasks.get(name, n=12, held_out=0)
        assert published.sizes(True).tolist() == published.sizes(False).tolist() == list(range(1, 13))
        assert not published.disjoint
    low, high = task.longer[0]["n_from"], task.longer[0]["n"]
    assert (low, high) == (13, 24)
    small: Any = sg.tasks.get("anbn", n=3)  # from 4 to 6 there is no size for tests
    assert [o["n"] for o in small.longer] == [12, 24]
    for harder in small.longer:
        assert small.batch(0, 0, 4, test=True, **harder).x.any()


def test_one_size_of_batch_after_another_draws_what_it_should() -> None:
    for name in GENERATED:
        for size in (1, 2, 33):
            for test in (False, True):
                assert sg.tasks.get(name).batch(0, 0, size, test=test).x.shape[1] == size


def test_stack() -> None:
    task = sg.tasks.get("copy")
    short, long = task.batch(0, 0, 3), task.batch(0, 0, 3, delay=30)
    x, target, mask = sg.tasks.stack([short, long, short])
    assert (x.shape, target.shape, mask.shape) == ((3, 40, 3, 10), (3, 40, 3), (3, 40, 3))
    np.testing.assert_array_equal(x[0, :30], short.x)
    np.testing.assert_array_equal(x[1], long.x)
    assert not x[0, 30:].any()
    assert not mask[0, 30:].any()
    with pytest.raises(sg.ShapeError, match="got those of 2 shapes"):
        sg.tasks.stack([short, task.batch(0, 0, 4)])


def test_sets_are_those_of_the_language() -> None:
    for name in ("anbn", "anbncn", "dyck1"):
        task: Any = sg.tasks.get(name)
        x, target, mask = task.batch(0, 0, 30)
        for b in range(30):
            ids = x[:, b][mask[:, b]].argmax(-1)
            np.testing.assert_array_equal(target[:, b][mask[:, b]] > 0, task.language.sets(ids))
