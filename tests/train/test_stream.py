"""The order of the data: every lane reads on where it stopped, and a chunk is known by its number."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, strategies as st

from softgate.text.alphabet import BOUNDARY
from softgate.train.stream import Lanes


def documents(lengths: list[int]) -> list[np.ndarray]:
    """Documents whose ids are all different, so that each can be found again."""
    ids = iter(range(2, 10**6))
    return [np.array([BOUNDARY, *(next(ids) for _ in range(length))]) for length in lengths]


@given(st.lists(st.integers(0, 40), min_size=1, max_size=6), st.integers(1, 5), st.integers(1, 7))
def test_lanes_are_stretches_of_the_text_read_without_a_gap(lengths: list[int], batch: int, steps: int) -> None:
    if sum(lengths) + len(lengths) < 3:
        return
    lanes = Lanes(documents(lengths), batch, steps, seed=3)
    for epoch in range(2):
        first = epoch * lanes.chunks_per_epoch
        chunks = [lanes.chunk(first + k) for k in range(lanes.chunks_per_epoch)]
        assert all(ids.shape == targets.shape == (lanes.steps, lanes.batch_size) for ids, targets in chunks)
        ids, targets = (torch.cat([chunk[side] for chunk in chunks]) for side in (0, 1))
        assert torch.equal(ids[1:], targets[:-1])
        read = [int(i) for i in ids.T.flatten() if i != BOUNDARY]
        assert len(set(read)) == len(read)
        assert [lanes.starts_epoch(first + k) for k in range(lanes.chunks_per_epoch)][1:].count(True) == 0
    assert lanes.starts_epoch(0)


def test_any_chunk_can_be_had_without_the_ones_before() -> None:
    text = documents([30, 50, 20])
    straight = Lanes(text, 2, 5, seed=1)
    wanted = [straight.chunk(k) for k in range(25)]
    for k in (24, 3, 11):
        for a, b in zip(Lanes(text, 2, 5, seed=1).chunk(k), wanted[k], strict=True):
            assert torch.equal(a, b)
    assert not torch.equal(Lanes(text, 2, 5, seed=2).chunk(0)[0], wanted[0][0])


def test_too_little_text_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2 characters to train on, got 1"):
        Lanes(documents([1]), 4, 4)
