"""The committed results: whole, of the studies as they stand, and what the documentation says of them."""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path

import pytest

from softgate.lab import claims, key_of, load
from softgate.lab.claims import matrix
from softgate.lab.study import Study
from softgate.why.index import markdown
from softgate.why.results import VERDICTS, Results, Told, committed

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "why.md"
STUDIES = {**claims.studies(), matrix.FOLDER: matrix.STUDY}
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def results() -> Results:
    return Results()


def test_they_are_those_of_this_checkout() -> None:
    assert committed() == ROOT / "results"
    assert {folder.name for folder in committed().iterdir() if folder.is_dir()} == set(STUDIES)


@pytest.mark.parametrize("name", STUDIES)
def test_every_run_of_a_study_has_its_row_and_the_study_is_the_one_that_was_run(name: str) -> None:
    folder = committed() / name
    assert Study.read(folder / "study.json").to_json() == STUDIES[name].to_json()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a damaged file is left out with a warning
        rows = load(folder)
    assert list(rows["key"]) == [key_of(run) for run in STUDIES[name].runs()]
    assert rows["error"].isna().all()
    files = {path.name: path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.name != ".lock"}
    assert set(files) == {"study.json", "machine.json", "runs.parquet"}
    assert max(files.values()) < MEGABYTE


def test_the_verdicts_that_were_kept_are_those_of_the_rows(results: Results) -> None:
    if os.environ.get("SOFTGATE_GOLDEN") == "write":
        results.keep()
    kept = {row["claim"]: (row["word"], row["because"]) for row in json.loads((committed() / VERDICTS).read_text())}
    assert kept == {j.claim.number: (j.word, j.because) for j in results.all}
    asked = Results()
    assert [(t.word, t.because) for t in asked.told] == list(kept.values())
    assert "all" not in vars(asked)  # nothing was judged anew


def test_the_page_says_what_the_rows_say(results: Results) -> None:
    table = markdown([Told(j.claim, j.word, j.because) for j in results.all])
    if os.environ.get("SOFTGATE_GOLDEN") == "write":
        head = PAGE.read_text(encoding="utf-8").partition("Of 17 claims:")[0]
        PAGE.write_text(head + table, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8").endswith(table), "SOFTGATE_GOLDEN=write writes the table anew"
