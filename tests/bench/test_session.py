"""Right before fast: what is wrong has a reason and no times. Every kind of case is right at small sizes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch

from softgate import dispatch
from softgate.bench import cases, fresh, judge, measure, session as sessions, sides, study, subjects, targets
from softgate.bench.cases import Case
from softgate.bench.ledger import Row
from softgate.bench.measure import Pairs

SMALL = {"T": 4, "B": 3, "I": 5, "H": 7}
KINDS = {case.name: case for case in cases.full() if case.group not in ("grid", "cell", "loop", "first compile")}
KINDS |= {
    c.name: c for c in cases.find(["cell/gru", "loop/lstm", "loop/peephole", "cell/lstm-candidate-softsign/train"])
}
KINDS |= {c.name: c for c in cases.find(["*/t32-b1-i32-h32"])}


def small(case: Case) -> Case:
    sizes = SMALL | ({"B": 1} if case.kind == "step" else {})
    return replace(case, **sizes, projection=2 if case.projection else 0)


@pytest.fixture
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def untimed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Measuring is noted and not done."""
    asked: list[str] = []

    def pairs(ours: Any, other: Any, seconds: float) -> Pairs:
        ours(), other()
        asked.append("pairs")
        return Pairs((1.0, 2.0, 3.0), (2.0, 4.0, 6.0))

    def first(case: Case, seconds: float) -> tuple[Pairs, str]:
        asked.append("first")
        return Pairs((1.0,), (3.0,)), "after imports"

    monkeypatch.setattr(measure, "pairs", pairs)
    monkeypatch.setattr(fresh, "first", first)
    monkeypatch.setattr(fresh, "memory", lambda case: (asked.append("memory"), (5, 10))[1])
    monkeypatch.setattr(sessions.Session, "peak", lambda self, dtype: 100.0)
    monkeypatch.setattr(study, "STEPS", 8)  # of what is timed; what is judged has its own
    return asked


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.usefixtures("one_thread")
@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN:UserWarning:torch")
def test_every_kind_of_case_is_right_and_has_a_row(name: str, untimed: list[str]) -> None:
    row = sessions.Session(0.0).one(small(KINDS[name]))
    assert row.error == ""
    assert len(untimed) == 1
    assert (row.case, row.T, row.H) == (name, 4, 7)
    if untimed == ["memory"]:
        assert (row.ours_bytes, row.other_bytes, row.ratio_median) == (5, 10, None)
    elif untimed == ["first"]:
        assert (row.ours_ms_median, row.ratio_median, row.note) == (1000.0, 3.0, "after imports")
    else:
        assert (row.pairs, row.ours_ms_median, row.peak_gflops) == (3, 2000.0, 100.0)
        scale = subjects.build(small(KINDS[name])).scale
        assert row.ratio_median == pytest.approx(2.0 / scale)


@pytest.mark.usefixtures("one_thread")
def test_statistics_say_how_fast_text_is_read(untimed: list[str]) -> None:
    """Of 4 steps and 3 rows: 12 characters in 2 s with statistics, in 4 s without (by the clock of this test)."""
    row = sessions.Session(0.0).one(small(KINDS["statistics/all-h128"]))
    assert untimed == ["pairs"]
    assert row.characters == (12 / 4.0, 12 / 2.0)
    assert row.note == "characters a second (steps x batch): 3 plain, 6 with statistics"
    other = sessions.Session(0.0).one(small(KINDS["record/train-h64"]))
    assert other.characters is None
    assert "characters" not in other.note


def test_a_cell_is_compared_per_flop() -> None:
    case = replace(small(KINDS["cell/gru/infer"]), mode=cases.INFERENCE)
    assert subjects.build(case).scale == pytest.approx(4 / 3)


@pytest.mark.parametrize("name", ["gru/train", "packed/infer", "cell/gru/train", "loop/lstm", "record/train"])
def test_a_wrong_kernel_is_reported_and_never_timed(
    name: str, untimed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kernels = dispatch.kernels()
    right = kernels.forward

    def wrong(*args: Any, **options: Any) -> Any:
        done = right(*args, **options)
        done.y.view(-1)[-1] += 1e-3
        return done

    monkeypatch.setattr(kernels, "forward", wrong)
    row = sessions.Session(0.0).one(small(KINDS[name]))
    assert row.error.startswith("wrong: ")
    assert "y: got" in row.error
    assert untimed == []
    assert row.ours_ms_median is row.ratio_median is row.share is None


def test_a_wrong_gradient_is_reported(untimed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    kernels = dispatch.kernels()
    right = kernels.backward

    def wrong(*args: Any, **options: Any) -> Any:
        found = right(*args, **options)
        found.weights.weight_hh[0, 0] = float("nan")
        return found

    monkeypatch.setattr(kernels, "backward", wrong)
    row = sessions.Session(0.0).one(small(KINDS["gru/train"]))
    assert "gradient of weight_hh_l0: got nan" in row.error
    assert untimed == []


def test_what_changes_with_the_second_run_is_wrong() -> None:
    subject = subjects.build(small(KINDS["gru/infer"]))
    right = subject.ours.results()
    runs = iter((right, {n: v + 1 for n, v in right.items()}))
    twice = replace(subject, ours=sides.Side(lambda: None, lambda: next(runs)))
    with pytest.raises(AssertionError, match="second run: y"):
        judge.judge(twice)


def test_a_result_that_is_missing_is_wrong() -> None:
    subject = subjects.build(small(KINDS["gru/infer"]))
    less = sides.Side(lambda: None, lambda: {"y": subject.plain()["y"]})
    with pytest.raises(AssertionError, match="only one side has final state 0"):
        judge.judge(replace(subject, ours=less))


@pytest.mark.parametrize("where", ["build", "time"])
def test_what_raises_is_a_row_with_its_reason(where: str, untimed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Any:
        raise MemoryError("no room\nfor this")

    monkeypatch.setattr(*((subjects, "build") if where == "build" else (measure, "pairs")), fail)
    rows = list(sessions.Session(0.0).run([small(KINDS["gru/infer"]), small(KINDS["packed/infer"])]))
    assert [row.error for row in rows] == ["MemoryError: no room for this"] * 2


def test_another_path_than_the_fast_one_is_noted(untimed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch.kernels(), "supports", lambda *_: "it is Sunday")
    row = sessions.Session(0.0).one(small(KINDS["gru/infer"]))
    assert row.note.startswith("not the fast path: torch fused: it is Sunday")


def test_a_peak_lower_than_one_before_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    found = iter((50.0, 80.0, 20.0))
    monkeypatch.setattr(sessions.peak, "measure", lambda **_: next(found))
    session = sessions.Session(0.0)
    assert [session.peak("float32") for _ in range(3)] == [50.0, 80.0, 80.0]


def test_a_whole_grid_leaves_rows_to_quote() -> None:
    rows = [Row(case=f"train/{k}", group="grid", mode="training", ratio_median=r) for k, r in enumerate((1.0, 4.0))]
    found = {row.case: row for row in sessions.summary(sessions.Session(0.0), targets.judge(rows), "quick")}
    assert found["target/train"].ratio_median == pytest.approx(2.0)
    assert found["target/train"].note == "geometric mean of 2 cases, quick grid"
    assert found["target/worst"].ratio_median == 1.0
