"""The pages: from rows alone, whole, safe, and different where the rows are different."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from softgate.figures import play
from softgate.figures.save import specification
from softgate.lab import claims
from softgate.lab.claims import columns, draw, matrix
from softgate.report import blocks as b, to_html, to_text
from softgate.why import pictures
from softgate.why.beginning import beginning_page
from softgate.why.index import index_page, listing
from softgate.why.matrix import matrix_page
from softgate.why.page import claim_page
from softgate.why.results import VERDICTS, Results, judge
from softgate.why.write import PagesError, write_page
from why.synthetic import frame, write, write_all


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return Results(write_all(tmp_path_factory.mktemp("results")))


def test_every_claim_has_a_page_with_all_its_parts(results: Results) -> None:
    for judged in results.all[::3]:  # 1, 4, 7, 10, 13, 16: every kind of figure
        page = claim_page(judged)
        text = to_text(page)
        for part in ("The experiment", "The verdict", "What would change our mind", "Run it again", "Sources"):
            assert part in text, (judged.claim.number, part)
        assert judged.claim.said in text
        assert judged.word.upper() in text
        assert sum(isinstance(block, b.Drawn) for block in page.blocks) == 1
        assert f"softgate why {judged.claim.number} --full" in text
        assert "a made-up machine" in text


def test_numbers_come_from_the_rows() -> None:
    claim = claims.get(13)
    pages = [to_text(claim_page(judge(claim, frame(claim, level=level)))) for level in (0.5, 7.0)]
    assert ["SUPPORTED" in page for page in pages] == [True, False]
    assert ["REFUTED" in page for page in pages] == [False, True]
    assert "7." in pages[1]


def test_published_results_are_marked(results: Results) -> None:
    text = to_text(claim_page(results.all[11]))
    assert "Published: Trained on a^n b^n" in text
    assert "not checked against the publication" in text


def test_without_results_a_claim_is_open(tmp_path: Path) -> None:
    empty = Results(tmp_path)
    assert {j.word for j in empty.all} == {"open"}
    assert "softgate why 3 --full" in to_text(claim_page(empty.all[2]))
    assert "There are no results yet" in to_text(matrix_page(empty))
    assert beginning_page(empty.all).story


def test_the_list_fits_eighty_columns(results: Results) -> None:
    lines = listing(results.told).splitlines()
    assert max(map(len, lines)) <= 80
    for judged in results.all:
        assert any(line.split()[0] == str(judged.claim.number) and line.endswith(judged.word) for line in lines)


def test_kept_verdicts_are_read_only_where_they_follow_from_the_rows(results: Results, tmp_path: Path) -> None:
    shutil.copytree(results.folder, tmp_path, dirs_exist_ok=True)
    kept = Results(tmp_path).keep()
    wanted = [(j.word, j.because) for j in results.all]
    assert [(t.word, t.because) for t in Results(tmp_path).told] == wanted
    kept.write_text(kept.read_text().replace("undecided", "supported"))
    assert {t.word for t in Results(tmp_path).told} != {w for w, _ in wanted}  # read as they stand
    (tmp_path / "c03" / "runs.parquet").unlink()
    write(tmp_path / "c03", replace(claims.get(3).study, seeds=2, rates=claims.get(3).study.rates[:1]))
    asked = Results(tmp_path)
    assert [(t.word, t.because) for t in asked.told] == [(j.word, j.because) for j in asked.all]
    assert asked.told[2].because != wanted[2][1]


@pytest.mark.parametrize("damage", ["", "[1]", "{", '[{"claim": 1}]'])
def test_damaged_verdicts_are_judged_anew(tmp_path: Path, damage: str) -> None:
    (tmp_path / VERDICTS).write_text(damage)
    assert {t.word for t in Results(tmp_path).told} == {"open"}


def test_the_index_leads_everywhere(results: Results) -> None:
    page = to_html(index_page(results.all))
    for name in ("beginning", "matrix", *(f"c{n:02d}" for n in range(1, 18))):
        assert f'href="{name}.html"' in page


def test_hostile_words_stay_words() -> None:
    hostile = "<script>alert(1)</script>"
    claim = claims.get(5)
    study = replace(claim.study, variants=tuple(replace(v, what=hostile) for v in claim.study.variants))
    rows = frame(claim)
    page = to_html(claim_page(judge(replace(claim, title=hostile, study=study), rows)))
    assert hostile not in page
    assert "&lt;script&gt;" in page


def test_the_page_for_beginners_is_a_story_with_its_evidence(results: Results) -> None:
    page = beginning_page(results.all)
    html = to_html(page)
    screens = sum(isinstance(block, b.Heading) for block in page.blocks)
    assert html.count("<section ") == html.count("</section>") == screens
    assert html.count('class="next"') == screens - 1
    asked = [results.all[n - 1] for n in (1, 3, 13, 14, 6, 5, 7, 2)]
    rulings = [block for block in page.blocks if isinstance(block, b.Ruling)]
    assert [r.word for r in rulings] == [j.word for j in asked]
    for ruling, judged in zip(rulings, asked, strict=True):
        weighed = judged.verdict.weighed if judged.verdict else ()
        assert ruling.because == f"Of {len(weighed)} comparisons {len(weighed)} cannot tell."  # of three seeds
    assert any(judged.counted and judged.counted in html for judged in asked)
    words = " ".join(block.text for block in page.blocks if isinstance(block, b.Prose))
    assert not {"backpropagation", "hyperparameter", "pre-activation"} & set(words.lower().split())


def test_gates_in_training_are_the_means_of_the_rows() -> None:
    rows = frame(claims.get(7), level=lambda run, name: 0.1 + len(name) / 100 + run["seed"] / 1000)
    spec = draw.hardening(rows).to_dict()
    assert spec["params"][0]["bind"]["max"] == len(rows["measured_at"].iloc[0]) - 1
    panels = spec["vconcat"][1]["concat"]
    assert len(panels) == rows["task"].nunique()
    part = rows[rows["task"] == rows["task"].iloc[0]]
    own = spec["datasets"][panels[0]["data"]["name"]]
    shown = [r for r in rows_of({"datasets": {"own": own}}) if r["signal"] == "forget gate"]
    for k in range(len(rows["measured_at"].iloc[0])):
        shut, opened = (np.mean([h[k] for h in part[f"saturation.f.{end}.history"]]) for end in ("shut", "open"))
        found = [r["share"] for r in shown if r["k"] == k]
        assert sorted(found) == pytest.approx(sorted((shut, 1 - shut - opened, opened)), abs=1e-3)


def rows_of(spec: Any) -> list[dict[str, Any]]:
    """Every row of data in a specification, columns undone."""
    tables = list(spec.get("datasets", {}).values())
    tables += [part["data"]["values"] for part in (spec, *spec.get("layer", [])) if "values" in part.get("data", {})]
    found = []
    for record in (record for table in tables for record in table):
        flat = {k: v for k, v in record.items() if not isinstance(v, list)}
        lists = {k: v for k, v in record.items() if isinstance(v, list)}
        found += [flat | dict(zip(lists, values, strict=True)) for values in zip(*lists.values(), strict=True)]
    assert found
    return found


def test_the_dials_show_the_activations() -> None:
    rows = [r for r in rows_of(pictures.product().specification) if r.get("series") == play.SERIES[1]]
    x = np.array([r["x"] for r in rows if r["a"] == "tanh"])
    assert len(x) == len(play.grid())
    slope = np.array([r["v"] for r in rows if r["a"] == "tanh"])
    np.testing.assert_allclose(slope, 1 / np.cosh(x) ** 2, atol=1e-4)


def test_the_tally_adds_up_to_the_count() -> None:
    rows = rows_of(pictures.memory().specification)
    summed = {name: np.zeros(len(pictures.MOVES) + 1) for name in ("tanh", "sigmoid", "the true count")}
    for r in rows:
        if "w" in r:
            summed[r["series"]][r["t"]] += r["w"]
    count = np.concatenate([[0], np.cumsum(pictures.MOVES)])
    np.testing.assert_array_equal(summed["the true count"], count)
    np.testing.assert_allclose(summed["tanh"], np.tanh(pictures.PUSH) * count, atol=1e-3)
    assert (np.diff(summed["sigmoid"]) > 0).all()


def test_the_matrix_has_tables_to_sort_and_maps(results: Results) -> None:
    page = matrix_page(results)
    effects, *tables = (block for block in page.blocks if isinstance(block, b.Table))
    frame = results.pool(matrix.FOLDER)
    own = frame[(frame["variant"] == matrix.USUAL) & (frame["task"] == frame["task"].iloc[0])]
    wanted = (f"{2 ** own[columns.PACE].median():.0f}", f"{own[columns.SKILL].median():.2f}")
    for table, median in zip(tables, wanted, strict=True):
        assert table.sortable
        assert len(table.rows) == 35
        assert next(r for r in table.rows if r[:3] == ("sigmoid", "tanh", "tanh"))[3] == median
    varied = {"candidate": matrix.CANDIDATES, "readout": matrix.READOUTS}
    assert [row[:2] for row in effects.rows] == [(p, shape) for p, shapes in varied.items() for shape in shapes[1:]]
    maps = [block for block in page.blocks if isinstance(block, b.Drawn)][:2]
    assert [len(rows_of(drawn.specification)) for drawn in maps] == [35 * 7] * 2


def test_the_published_comparisons_stand_beside_the_matrix(results: Results) -> None:
    for text in (to_text(matrix_page(results)), to_text(matrix_page(Results(results.folder / "nothing")))):
        assert "5400" in text or "5,400" in text
        assert "256 and at 1000" in text


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PagesError, match="expected a folder"):
        write_page(b.Report("t", "s", ()), tmp_path / "file" / "page.html")


def test_a_pool_is_read_by_each_of_its_claims(tmp_path: Path) -> None:
    pool = claims.studies()["swaps"]
    write(tmp_path / "swaps", replace(pool, seeds=2, rates=(0.01,)))
    found = Results(tmp_path)
    five = found.judged(claims.get(5))
    assert set(five.frame["variant"]) == {v.name for v in claims.get(5).study.variants}
    assert specification(five.claim.figure(five.frame))
