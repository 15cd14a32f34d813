"""The cases: names, sizes, and how their work is counted."""

from __future__ import annotations

import re
from dataclasses import replace
from fnmatch import fnmatchcase

import pytest

from softgate import UnknownNameError, cells
from softgate.bench import cases, sides, subjects
from softgate.bench.cases import INFERENCE, Case

ALL = cases.full()


def test_names_are_distinct_and_can_be_quoted() -> None:
    names = [case.name for case in ALL]
    assert len(set(names)) == len(names)
    assert [n for n in names if not re.fullmatch(r"[\w./-]+", n)] == []  # as tests/policy/test_readme.py has it


def test_the_grid_is_whole_but_for_what_takes_too_long() -> None:
    grid = [case for case in ALL if case.group == "grid"]
    for mode in cases.MODES:
        sizes = {(c.T, c.B, c.I, c.H) for c in grid if c.mode == mode}
        missing = {
            (T, B, I, H)
            for T in (32, 128, 512) for B in (1, 4, 16, 64) for H in (32, 64, 128, 256, 512, 1024) for I in (H // 4, H)  # noqa: E741
        } - sizes  # fmt: skip
        assert all(T * B * H >= 512 * 16 * 1024 for T, B, _, H in missing)
        assert len(missing) <= 3


@pytest.mark.parametrize("pattern", cases._QUICK)
def test_every_pattern_of_the_quick_grid_fits(pattern: str) -> None:
    assert any(fnmatchcase(case.name, pattern) for case in ALL)


def test_quick_has_some_of_every_group() -> None:
    assert {case.group for case in cases.quick()} == {case.group for case in ALL}
    assert len(cases.quick()) < 80


def test_every_kind_can_be_built_and_every_cell_is_there() -> None:
    assert {case.kind for case in ALL} == set(subjects.BUILD)
    compared = {case.made.key for case in ALL if case.group == "loop"}
    assert {cells.get(name).key for name in cells.names()} <= compared


def test_work_is_counted_as_kernels_are_compared() -> None:
    T, B, I, H = 5, 3, 7, 11  # noqa: E741
    case = Case("", "", T, B, I, H)
    assert case.flops == 3 * 2 * T * B * 4 * H * (I + H)
    assert replace(case, mode=INFERENCE).flops == 2 * T * B * 4 * H * (I + H)
    assert replace(case, cell="gru").flops == 3 * 2 * T * B * 3 * H * (I + H)
    assert replace(case, directions=2).flops == 2 * case.flops
    assert replace(case, layers=2).flops == case.flops + 3 * 2 * T * B * 4 * H * (H + H)
    assert replace(case, projection=2).flops == 3 * 2 * T * B * (4 * H * (I + 2) + 2 * H)


def test_the_share_counts_no_gradient_that_nobody_asked_for() -> None:
    case = Case("", "", 5, 3, 7, 11)
    assert replace(case, dx=True).needed == case.flops
    assert case.flops - case.needed == 2 * 5 * 3 * 4 * 11 * 7
    assert replace(case, mode=INFERENCE).needed == replace(case, mode=INFERENCE).flops


def test_half_of_a_packed_case_is_padding() -> None:
    case = Case("", "", 128, 32, 4, 4, packed=True)
    assert case.lengths == sorted(case.lengths, reverse=True)
    assert case.rows == pytest.approx(128 * 32 / 2, rel=0.05)
    assert sides.data(case).data.shape == (case.rows, 4)


def test_cases_are_found_by_name_first_part_group_and_pattern() -> None:
    assert [c.name for c in cases.find(["gru/train"])] == ["gru/train"]
    assert [c.name for c in cases.find(["gru"])] == ["gru/train", "gru/infer"]
    assert {c.group for c in cases.find(["packed", "cell"])} == {"packed", "cell"}
    assert {c.T for c in cases.find(["*/t32-b1-*"])} == {32}


def test_an_unknown_case_teaches_the_known() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown case 'grv'; did you mean 'gru'\?"):
        cases.find(["gru", "grv"])
