"""Other seeds can be asked for, and have a folder of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from softgate.cli import app
from softgate.lab import claims
from softgate.why import rerun
from why.synthetic import write


def test_other_seeds_go_elsewhere() -> None:
    claim, out = claims.get(3), Path("out")
    own = claim.study.quickly()
    assert rerun.folder(claim, rerun.Where(out), True) == out / "c03-quick"
    assert rerun.folder(claim, rerun.Where(out, seeds=own.seeds), True) == out / "c03-quick"
    asked = rerun.Where(out, seeds=5, first_seed=1000)
    assert rerun.folder(claim, asked, True) == out / "c03-quick-seeds-1000-to-1004"
    assert rerun.folder(claim, asked, False) == out / "c03-seeds-1000-to-1004"
    assert {run["seed"] for run in asked.seeded(own).runs()} == set(range(1000, 1005))


def test_the_command_passes_them_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[Any] = []

    def run(study: Any, folder: Path, **_: Any) -> None:
        ran.append(study)
        write(folder, study)

    monkeypatch.setattr(rerun, "run", run)
    given = ["why", "3", "--seeds", "2", "--first-seed", "70", "--out", str(tmp_path / "o"), "--results", str(tmp_path)]
    done = CliRunner().invoke(app, given)
    assert done.exit_code == 0, done.output
    assert [(s.seeds, s.first_seed) for s in ran] == [(2, 70)]
    assert (tmp_path / "o" / "c03-quick-seeds-70-to-71" / "page.html").exists()
