"""`softgate why` as somebody types it: what is printed, how wide, and what is said of what cannot be."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests
from typer.testing import CliRunner

from softgate.cli import app
from softgate.lab import claims
from softgate.lab.claims import columns
from softgate.lab.claims.rates import at_each, of_words
from softgate.lab.study import Study
from softgate.report import blocks as b
from softgate.why import rerun
from softgate.why.page import claim_page
from softgate.why.printed import comparisons, paragraph, room
from softgate.why.results import Judged, Results
from why.synthetic import frame, write

THREE = claims.get(3)


def call(*words: str, width: int = 80) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["why", *words], env={"COLUMNS": str(width)})
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found.exit_code, found.output


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Results of claim 3 alone, at two rates."""
    write(tmp_path / "results" / "c03", replace(THREE.study, seeds=10, rates=THREE.study.rates[:2]))
    return tmp_path / "results"


@pytest.fixture
def instantly(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run makes its rows up."""

    def run(study: Study, place: Path, **_: Any) -> None:
        write(place, replace(study, seeds=2))

    monkeypatch.setattr(rerun, "run", run)


@pytest.mark.usefixtures("instantly")
@pytest.mark.parametrize(("width", "way", "when"), [(60, "--quick", "quick"), (80, "--full", "now")])
def test_a_claim_is_told_as_wide_as_the_terminal(folder: Path, tmp_path: Path, width: int, way: str, when: str) -> None:
    # The path of the page is the one line that is not ours to break.
    code, said = call("3", way, "--results", str(folder), "--out", str(tmp_path / "o"), width=width)
    *lines, last = said.splitlines()
    assert code == 0
    assert width - 12 < max(map(len, lines)) <= width
    assert last.startswith("Page: ")
    assert Path(last.removeprefix("Page: ")).is_file()
    whole = " ".join(said.split())
    told = (THREE.title, "committed: depends.", "p for", f"{when}: undecided.", "With every net at the same learning")
    for part in told:
        assert part in whole, part


def test_the_printed_p_are_those_of_sign_flips_under_holm() -> None:
    """With numpy and statsmodels: every pattern of signs, corrected over the four comparisons."""
    rows = frame(THREE)
    found = THREE.rule.judge(rows)
    flips = np.array(list(itertools.product((-1, 1), repeat=10)))
    both = []
    for w in found.weighed:
        of_task = rows[rows["task"] == w.found.task].pivot(index="seed", columns="variant", values=columns.SKILL)
        d = (of_task[w.found.variant] - of_task[w.against]).to_numpy()
        shifted = (-d, d + THREE.rule.rule.margin)  # less than nothing supports; not less than the margin refutes
        both.append([np.mean(flips @ s >= s.sum() - 1e-12) for s in shifted])
    wanted = [multipletests(side, method="holm")[1] for side in zip(*both, strict=True)]
    printed = [line.split()[-2:] for line in comparisons(found.weighed, 80).splitlines() if line.startswith("  ")][1:]
    assert printed == [[f"{p:.2g}" for p in pair] for pair in zip(*wanted, strict=True)]
    tables = [block for block in claim_page(Judged(THREE, rows, found)).blocks if isinstance(block, b.Table)]
    table = next(table for table in tables if "p for" in table.columns)
    at = table.columns.index("p for")
    assert [list(row[at : at + 2]) for row in table.rows] == printed


def test_of_what_was_not_tested_there_is_no_p() -> None:
    found = THREE.rule.judge(frame(THREE, lambda _: 0.1))  # nobody learned anything
    lines = [line for line in comparisons(found.weighed, 80).splitlines() if line.startswith("  ")][1:]
    assert len(lines) == 4
    assert all(line.split()[0] == "open" and line.split()[-2:] == ["none", "none"] for line in lines)


@pytest.mark.parametrize("width", [50, 71, 72, 120])
def test_the_comparisons_fit_and_name_every_task(width: int) -> None:
    claim = claims.get(17)  # tasks that differ in an option alone have long names
    found = claim.rule.judge(frame(claim, seeds=3))
    text = comparisons(found.weighed, width)
    assert max(map(len, text.splitlines())) <= width
    assert ("95 % interval" in text) == (width >= 72)
    whole = " ".join(text.split())
    assert "20 steps later" in whole or width < 72
    assert sum(line.startswith("  open") for line in text.splitlines()) == len(found.weighed)


def test_words_are_not_broken_and_controls_are_shown() -> None:
    assert paragraph("softgate why 3 --quick \x1b[31m", 50) == "softgate why 3 --quick \ufffd[31m"
    assert paragraph("one-armed " * 9, 50).splitlines()[0] == "one-armed " * 4 + "one-armed"


@pytest.mark.parametrize(("columns_", "wanted"), [("80", 80), ("20", 50), ("400", 120)])
def test_how_wide(monkeypatch: pytest.MonkeyPatch, columns_: str, wanted: int) -> None:
    monkeypatch.setenv("COLUMNS", columns_)
    assert room() == wanted


def test_the_list_is_as_wide_as_the_terminal_and_judges_nothing_that_was_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Results(folder).keep()
    monkeypatch.setattr(Results, "judged", lambda *_: pytest.fail("judged anew"))
    wide, narrow = (call("--results", str(folder), width=width)[1] for width in (100, 60))
    table = narrow.rpartition("\n\n")[0]
    assert max(map(len, table.splitlines())) <= 60 < max(map(len, wide.splitlines()))
    assert len([line for line in table.splitlines() if line[:2].strip().isdigit()]) == 17


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("99",), "known: 1 to 17"),
        (("0",), "known: 1 to 17"),
        (("x",), "CLAIM"),
        (("3", "--quick", "--full"), "give one of them"),
        (("3", "--pages", "p"), "--pages writes all pages and runs nothing"),
        (("--full", "--pages", "p"), "--pages writes all pages and runs nothing"),
        (("3", "--matrix"), "--matrix is a run of its own"),
        (("--results", "/no/such/folder"), "expected a folder of results, got /no/such/folder"),
    ],
)
def test_what_cannot_be_is_said(words: tuple[str, ...], said: str) -> None:
    code, output = call(*words)
    assert code == 2
    assert said in output
    assert "Traceback" not in output


def test_pages_into_a_file_are_refused_before_anything_is_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Results, "judged", lambda *_: pytest.fail("judged first"))
    (tmp_path / "file").write_text("mine")
    code, output = call("--pages", str(tmp_path / "file"))
    assert (code, (tmp_path / "file").read_text()) == (2, "mine")
    assert "expected a folder that exists or can be made; this is a file" in output


def test_the_word_at_each_rate() -> None:
    """At the low rate one unit fails; at the high one nobody does."""
    low, high = 0.003, 0.03
    failing = frame(THREE, lambda run: 0.3 if run["variant"].startswith("sigmoid") else 0.9).assign(rate=low)
    equal = frame(THREE, lambda _: 0.9).assign(rate=high)
    both = pd.concat([failing, equal], ignore_index=True)
    words = at_each(both, lambda rows: THREE.rule.judge(rows).word)
    assert words == {low: "supported", high: "refuted"}
    assert Judged(THREE, both).at_each_rate == words
    assert at_each(equal, lambda _: "never asked") == {}
    assert of_words(words, "refuted") == (
        "With every net at the same learning rate the verdict would be: supported at 0.003, refuted at 0.03; each at "
        "its best: refuted. Where the words differ, a comparison at one rate for all is in part one of learning rates."
    )
    assert "refuted at 0.003 and 0.03" in of_words(dict.fromkeys(words, "refuted"), "refuted")
    assert of_words(dict.fromkeys(words, "refuted"), "refuted").endswith("So the word does not hang on the rate.")
    assert "one learning rate" in of_words({}, "refuted")
