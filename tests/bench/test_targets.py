"""Targets held against rows, and how it looks."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from softgate import cli
from softgate.bench import cases, ledger, session as sessions, table, targets
from softgate.bench.ledger import Row
from softgate.bench.targets import TARGETS, Verdict

STAMP = {"machine": "A processor, 2 cores", "isa": "avx2", "threads": 2, "date": "2030-01-31T00:00:00Z"}


def row(case: str, group: str, ratio: float | None = None, **more: object) -> Row:
    return Row(**STAMP, case=case, group=group, ratio_median=ratio, **more)  # type: ignore[arg-type]


def verdict(name: str, *rows: Row) -> Verdict:
    return next(v for v in targets.judge(rows) if v.target.name == name)


def test_a_mean_is_geometric_and_names_its_worst() -> None:
    found = verdict("train", row("a", "grid", 1.0, mode="training"), row("b", "grid", 4.0, mode="training"))
    assert found.measured == pytest.approx(2.0)
    assert (found.worst, found.worst_figure, found.passed) == ("a", 1.0, True)


def test_elsewhere_the_worst_is_judged() -> None:
    found = verdict("shape", row("gru", "shape", 5.0), row("rnn", "shape", 1.5))
    assert (found.measured, found.worst, found.passed) == (1.5, "rnn", False)


def test_less_is_better_for_some() -> None:
    assert verdict("cell", row("gru", "cell", 1 / 1.10), row("rnn", "cell", 1.0)).measured == pytest.approx(1.10)
    assert verdict("record", row("r", "record", 1 / 1.04)).passed
    assert not verdict("record", row("r", "record", 1 / 1.06)).passed
    assert verdict("memory", row("m", "memory", ours_bytes=7, other_bytes=10)).measured == pytest.approx(0.7)
    assert verdict("step", row("s", "step", 9.0, ours_ms_median=0.0099)).passed


def test_the_share_is_of_large_cells_only() -> None:
    small, large = (row(f"h{H}", "grid", 1.0, B=16, H=H, share=share) for H, share in ((64, 0.1), (256, 0.85)))
    assert verdict("share", small, large).measured == pytest.approx(0.85)


def test_an_error_fails_the_target() -> None:
    found = verdict("shape", row("gru", "shape", 5.0), row("rnn", "shape", error="wrong: y"))
    assert (found.cases, found.errors, found.measured, found.passed) == (2, 1, 5.0, False)
    assert verdict("packed", row("p", "packed", error="wrong: y")).measured is None


def test_targets_without_cases_are_not_judged() -> None:
    assert targets.judge([]) == []


def test_every_target_has_cases_and_every_aim_is_beyond_the_must() -> None:
    rows = [row(c.name, c.group, mode=c.mode, B=c.B, H=c.H) for c in cases.quick()]
    assert [v.target.name for v in targets.judge(rows)] == [t.name for t in TARGETS]
    for t in TARGETS:
        assert (t.aim < t.must) == t.low, t.name


def test_statistics_are_judged_by_the_characters_a_second_that_they_cost() -> None:
    """4 s where a plain run takes 3: a quarter of the characters a second is lost, though the time is a third more."""
    (verdict,) = targets.judge([row("statistics/all-h128", "statistics", 0.75)])
    assert verdict.measured == 0.25


def text(shown: object, width: int = 80) -> list[str]:
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(shown)
    return console.export_text().splitlines()


def test_tables_fit_80_columns() -> None:
    one = row(
        "train/t512-b16-i1024-h1024", "grid", 12.3, against="nn.LSTM", T=512, B=16, I=1024, H=1024,
        ours_ms_median=1234.5, other_ms_median=4321.0, ratio_p10=10.1, ratio_p90=12.9, gflops=123.4, share=0.81,
    )  # fmt: skip
    other = dataclasses.replace(
        one, case="cell/lstm-candidate-softsign/train", group="cell", against="our lstm, per FLOP"
    )
    lines = text(table.results([one, other]))
    assert max(map(len, lines)) <= 80
    assert " ".join(lines[1].split()) == "train 512,16,1024,1024 LSTM 1234 4321 12.3 10.1 12.9 123 81 %"
    every = [row(c.name, c.group, 0.5, mode=c.mode, B=c.B, H=c.H) for c in cases.full()]
    shown = text(table.targets(targets.judge(every)))
    assert max(map(len, shown)) <= 80
    assert all(any(line.startswith(t.title) for line in shown) for t in TARGETS)


def test_characters_a_second_have_a_table() -> None:
    one = row(
        "statistics/all-h256", "statistics", 0.5, T=512, B=64, I=64, H=256, ours_ms_median=275.8, other_ms_median=147.4
    )
    shown = text(table.reading([one, row("record/train", "record", 1.0, T=4, B=4, ours_ms_median=1.0)]))
    assert max(map(len, shown)) <= 80
    assert [" ".join(line.split()) for line in shown[1:]] == ["statistics/all-h256 512,64,64,256 222,307 118,811 53%"]
    out = Console(width=80, record=True, file=io.StringIO())
    table.show([one], [], out)
    assert "characters/s" in out.export_text()


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cases that are answered without being run."""

    def run(self: sessions.Session, chosen: tuple[cases.Case, ...]) -> Iterator[Row]:
        for case in chosen:
            wrong = case.name == "packed/train"
            yield row(case.name, case.group, None if wrong else 2.0, mode=case.mode, error="wrong: y" if wrong else "")

    monkeypatch.setattr(sessions.Session, "run", run)
    monkeypatch.setattr(sessions.Session, "all_peaks", lambda self: [(1, 50.0), (2, 100.0)])


@pytest.mark.usefixtures("fast")
def test_the_command_runs_writes_and_judges(tmp_path: Path) -> None:
    place = tmp_path / "ledger.csv"
    result = CliRunner().invoke(cli.app, ["bench", "--cases", "gru,step/stream-lstm", "--ledger", str(place)])
    assert result.exit_code == 0, result.output
    assert "50 GFLOP/s on 1, 100 GFLOP/s on 2" in result.stdout
    assert [r.case for r in ledger.read(place)] == ["step/stream-lstm", "gru/train", "gru/infer"]
    shown = CliRunner().invoke(cli.app, ["bench", "--targets", "--ledger", str(place)])
    assert "3 cases, measured from 2030" in shown.stdout
    assert "GRU RNN proj. 2-dir 2-layer" in shown.stdout


@pytest.mark.usefixtures("fast")
def test_a_whole_grid_has_rows_to_quote_and_a_wrong_case_fails_it(tmp_path: Path) -> None:
    place = tmp_path / "ledger.csv"
    result = CliRunner().invoke(cli.app, ["bench", "--ledger", str(place)])
    assert result.exit_code == 1
    assert "packed/train: wrong: y" in result.stdout
    names = [r.case for r in ledger.read(place)]
    assert {"target/train", "target/infer", "target/worst"} <= set(names)
    assert "target/packed" not in names


@pytest.mark.usefixtures("fast")
def test_no_ledger_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(cli.app, ["bench", "--no-ledger", "--cases", "gru"]).exit_code == 0
    assert list(tmp_path.iterdir()) == []


def test_targets_of_no_ledger_say_what_to_do(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli.app, ["bench", "--targets", "--ledger", str(tmp_path / "none.csv")])
    assert result.exit_code == 2
    assert "there are no rows yet; run softgate bench" in result.stderr
