"""A study through the runner gives the losses that torch gives, and one that does not is not timed."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch

from softgate.bench import cases, study
from softgate.testing import numerics

CASES = [case for case in cases.full() if case.kind == "study"]


SHORT = [dataclasses.replace(c, T=12, option=f"{c.option.split()[0]} steps=12") for c in CASES]


@pytest.mark.parametrize("case", SHORT, ids=lambda case: case.name)
def test_both_sides_train_the_same_nets(case: Any) -> None:
    small = study.study(case, 1, study.JUDGED)
    mine, plain = study._losses(study.ours(small, 1)), study._losses(study.theirs(small.runs()))
    exact = study._losses(study.theirs(small.runs(), torch.float64), torch.float64)
    assert mine["losses"].shape == (2, study.JUDGED)
    numerics(mine["losses"], plain["losses"], exact["losses"], name="losses")
    other = study._losses(study.ours(dataclasses.replace(small, first_seed=7), 1))
    with pytest.raises(AssertionError):
        numerics(other["losses"], plain["losses"], exact["losses"], name="losses")


def test_nets_an_hour() -> None:
    case = CASES[0]
    per_run = study.nets(case, "ours") * study.STEPS / study.BUDGET
    assert f": {per_run * 3600:.0f}, the other side" in study.said(case, 1000.0, 1000.0)
