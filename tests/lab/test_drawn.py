"""Batches that are kept are those that are drawn, and do not fill the memory."""

from __future__ import annotations

import numpy as np

from softgate import tasks
from softgate.lab.drawn import Drawn


def test_what_is_kept_is_what_is_drawn() -> None:
    adding, walk = tasks.get("adding", steps=10), tasks.get("signed_walk", steps=12)
    drawn = Drawn()
    for task in (adding, walk, adding):
        for index in (0, 1, 0):
            found = drawn.batch(task, 3, index, 4)
            for a, b in zip(found, task.batch(3, index, 4), strict=True):
                np.testing.assert_array_equal(a, b)
    assert drawn.batch(adding, 3, 1, 4) is drawn.batch(adding, 3, 1, 4)
    assert drawn.batch(adding, 4, 1, 4) is not drawn.batch(adding, 3, 1, 4)


def test_what_does_not_fit_is_drawn_again() -> None:
    task = tasks.get("adding", steps=10)
    drawn = Drawn(room=2000)
    kept = [drawn.batch(task, 0, k, 4) for k in range(50)]
    again = [drawn.batch(task, 0, k, 4) for k in range(50)]
    same = [a is b for a, b in zip(kept, again, strict=True)]
    assert same[0]
    assert not same[-1]
    assert drawn.used <= 2000
