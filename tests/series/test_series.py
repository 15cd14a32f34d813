"""Forecasters: what a table becomes, what is scored, and that a run that was stopped ends as if it had not been."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge
from statsmodels.datasets import co2, sunspots

import softgate as sg
from softgate.errors import SoftgateError
from softgate.series import baselines as base, bucket
from softgate.series.data import SeriesData, chosen_inputs, prepare
from softgate.series.loop import COLUMNS, DivergedError, Forecasting
from softgate.series.score import skills
from softgate.series.settings import SeriesSettings
from softgate.series.story import Outcome, results, summary, verdict
from softgate.tables import Frame, InputError, read_table
from softgate.train.folder import RunFolder


def table(path: Path, text: str) -> Frame:
    path.write_text(text)
    return read_table(path)


@pytest.fixture
def sun(tmp_path: Path) -> Frame:
    sunspots.load_pandas().data.to_csv(tmp_path / "sun.csv", index=False)
    return read_table(tmp_path / "sun.csv")


def small(data: SeriesData, folder: Path, **changes: object) -> Forecasting:
    settings = SeriesSettings(**{"target": "y", "inputs": (), "hidden_size": 6, "steps": 32, "updates": 40, **changes})  # type: ignore[arg-type]
    return Forecasting(data, settings, RunFolder(folder, COLUMNS))


def test_a_table_is_scaled_by_what_is_trained_on(sun: Frame) -> None:
    inputs = chosen_inputs(sun, "SUNACTIVITY", ())
    assert inputs == ("SUNACTIVITY",)  # YEAR only counts time
    data = prepare(sun, SeriesSettings("SUNACTIVITY", inputs, horizon=2))
    truth = sunspots.load_pandas().data.SUNACTIVITY.to_numpy()
    assert (data.train_end, data.valid_end) == (186, 232)
    np.testing.assert_allclose(data.x[:, 0], (truth - truth[:186].mean()) / truth[:186].std(), rtol=1e-5)
    np.testing.assert_array_equal(data.wanted[:-2], truth[2:])
    np.testing.assert_allclose(data.natural(data.scaled)[:-2], truth[2:])
    assert data.rows(232, 309).tolist() == list(range(230, 307))
    assert data.period == 11  # years, as is well known


def test_dates_and_missing_values_are_said(tmp_path: Path) -> None:
    co2.load_pandas().data.reset_index(names="when").to_csv(tmp_path / "co2.csv", index=False)
    frame = read_table(tmp_path / "co2.csv")
    data = prepare(frame, SeriesSettings("co2", ("co2",)))
    said = "; ".join(data.said)
    assert "2,284 rows from 1958-03-29 to 2001-12-29 (when)" in said
    assert "co2: missing in 59 rows, read as its mean and marked" in said
    assert "co2: missing in 59 rows, neither trained on nor scored there" in said
    assert "--changes" in said
    assert (data.period, data.season) == (52, "a year")
    lost = ~np.isfinite(frame.column("co2"))
    assert data.scaling.features == ("co2", "co2 is missing")
    np.testing.assert_array_equal(data.x[:, 1], lost)
    assert not data.x[lost, 0].any()
    changes = prepare(frame, SeriesSettings("co2", ("co2",), horizon=3, changes=True))
    known = np.isfinite(data.wanted[:-2])
    back = changes.natural(changes.scaled)
    np.testing.assert_allclose(back[np.isfinite(back)], changes.wanted[np.isfinite(changes.wanted)])
    assert known.any()
    assert abs(np.nanmean(changes.scaled[:1300])) < 0.1


LONG = "".join(f"{k},{k % 7}\n" for k in range(200))


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("x,y\n" + "1,2\n" * 30, {}, "too short: of 30 rows"),
        ("x,y\n" + LONG.replace(",3\n", ",3.0\n"), {"inputs": ("z",)}, "unknown column 'z'"),
        ("x,y\n" + "1,2\n" * 200, {}, "y never changes"),
        ("x,y\n" + ",1\n,2\n" * 100, {"inputs": ("x",)}, "expected numbers in column 'x'"),
        ("x,y\n" + LONG, {"horizon": 0, "inputs": ("y",)}, "a horizon of 0|with a horizon of 0"),
        ("x,y\n" + LONG, {"horizon": 90, "inputs": ("y",)}, "a horizon of 90 rows is too far"),
        ("x,y\n" + LONG, {"horizon": 0, "changes": True}, "changes need a horizon"),
        ("date,y\n" + "2001-01-02,1\n2001-01-01,2\n" * 100, {"inputs": ("y",)}, "expected times that rise"),
        ("y,y\n" + LONG, {}, r"\['y'\] occur twice"),
    ],
)
def test_tables_that_will_not_do(tmp_path: Path, text: str, options: dict[str, object], words: str) -> None:
    settings = SeriesSettings(**{"target": "y", "inputs": ("x",), **options})  # type: ignore[arg-type]
    with pytest.raises(SoftgateError, match=words):
        prepare(table(tmp_path / "t.csv", text), settings)


def test_inputs_are_named_once_and_are_numbers(tmp_path: Path) -> None:
    frame = table(tmp_path / "t.csv", "w,x,y\n" + "".join(f"a,{k},{k}\n" for k in range(9)))
    assert chosen_inputs(frame, "y", ()) == ("x", "y")
    with pytest.raises(InputError, match="twice"):
        chosen_inputs(frame, "y", ("x", "x"))
    with pytest.raises(InputError, match="expected numbers in column 'w'"):
        chosen_inputs(frame, "w", ())


def test_the_straight_line_is_scikit_learns(sun: Frame) -> None:
    data = prepare(sun, SeriesSettings("SUNACTIVITY", ("SUNACTIVITY",)))
    found = base.baselines(data)
    (name,) = (n for n in found if n.startswith("linear"))
    order = int(name.split()[3])
    truth = data.target
    x = np.array([[truth[t - k] if t >= k else data.scaling.centre[0] for k in range(order)] for t in range(309)])
    rows = data.rows(0, data.train_end)
    best = min(
        np.abs(Ridge(alpha=1e-6 + p * 0.01 * len(rows) * truth[:186].var()).fit(x[rows], truth[rows + 1]).predict(x)
               - found[name]).max() for p in base.PENALTIES)  # fmt: skip
    assert best < 0.05 * truth.std()
    np.testing.assert_array_equal(found["persistence"], truth)
    np.testing.assert_array_equal(found["a season ago (11 rows)"][10:], truth[:-10])


def test_skill_is_by_its_definition() -> None:
    random = np.random.default_rng(0)
    truth = np.cumsum(random.normal(size=400))
    near, far = truth + random.normal(size=400), truth + 3 * random.normal(size=400)
    found = skills(truth, {"near": near, "far": far}, "near")
    assert found["near"].mse == pytest.approx(np.mean((near - truth) ** 2))
    assert found["near"].nse == pytest.approx(1 - np.sum((near - truth) ** 2) / np.sum((truth - truth.mean()) ** 2))
    assert found["near"].nse_interval[0] < found["near"].nse < found["near"].nse_interval[1]
    assert 0.8 < found["far"].less[0] < 1 - 1 / 9 < found["far"].less[1] < 0.95
    assert np.isnan(found["near"].less).all()


def test_a_run_that_was_stopped_ends_as_if_it_had_not_been(sun: Frame, tmp_path: Path) -> None:
    data = prepare(sun, SeriesSettings("SUNACTIVITY", ("SUNACTIVITY",)))
    whole = small(data, tmp_path / "whole")
    (tmp_path / "whole").mkdir()
    whole.run()

    class Stopped(Exception):
        pass

    (tmp_path / "cut").mkdir()
    cut = small(data, tmp_path / "cut")
    update = cut._update

    def until_30() -> None:
        if cut.progress.chunks == 30:
            raise Stopped
        update()

    cut._update = until_30  # type: ignore[method-assign]
    with pytest.raises(Stopped):
        cut.run()
    again = small(data, tmp_path / "cut")
    assert again.restore()
    assert again.progress.chunks == 30
    again.run()
    for name, value in whole.model.state_dict().items():
        assert torch.equal(again.model.state_dict()[name], value), name
    np.testing.assert_array_equal(again.predicted(), whole.predicted())
    assert [row["loss"] for row in again.metrics] == [row["loss"] for row in whole.metrics]


def test_a_training_that_diverges_says_so_and_keeps_the_last_good_weights(sun: Frame, tmp_path: Path) -> None:
    data = prepare(sun, SeriesSettings("SUNACTIVITY", ("SUNACTIVITY",)))
    run = small(data, tmp_path, learning_rate=1e30, updates=200)
    with pytest.raises(DivergedError, match=r"at update \d+, with learning rate .*smaller --learning-rate"):
        run.run()
    saved = RunFolder(tmp_path, COLUMNS).load()
    assert saved is not None
    assert all(value.isfinite().all() for name, value in saved[0].items() if name.startswith("model."))


def test_a_unit_follows_the_snow_that_nobody_showed_it(tmp_path: Path) -> None:
    frame = read_table(bucket.write(tmp_path / "catchment.csv"))
    settings = SeriesSettings("flow", ("rain", "temp"), hidden_size=16, updates=600)
    data = prepare(frame, settings)
    run = Forecasting(data, settings, RunFolder(tmp_path, COLUMNS))
    run.run()
    run.model.load_state_dict(run.best)
    twin = Forecasting(data, settings, RunFolder(tmp_path, COLUMNS)).model  # as it began
    snow = frame.column("snow_depth")
    # How much of it, on the days on which it lies: that it does, the season says.
    found = sg.probe(run.model, torch.from_numpy(data.x)[:, None], {"snow": snow}, where=snow > 0, twin=twin)
    row = found["snow"]
    assert row.context is not None
    assert row.twin is not None
    assert row.baseline == "last 32 inputs"
    assert row.best.p < 0.01
    assert row.beats_context
    assert row.best.value > row.twin.value
    with pytest.raises(sg.SoftgateError):
        sg.probe(run.model, torch.from_numpy(data.x)[:, None], {"snow": snow[1:]})


def test_the_catchment_keeps_its_water() -> None:
    made = bucket.catchment(800, seed=1)
    assert {len(column) for column in made.values()} == {800}
    frozen = made["temp"] < 0
    gained = np.diff(made["snow_depth"])
    np.testing.assert_allclose(gained[frozen[1:]], made["rain"][1:][frozen[1:]])
    assert (gained[~frozen[1:]] <= 0).all()
    assert (made["soil"] >= 0).all()
    again = bucket.catchment(800, seed=1)
    np.testing.assert_array_equal(again["flow"], made["flow"])


def dated(path: Path, form: str, rows: int = 400, back: bool = False, title: str = "date") -> Frame:
    """A table whose first column is days from 2001 on, written in that form."""
    days = np.datetime64("2001-01-01") + np.arange(rows)
    cells = [f'"{day:{form}}",{k % 7}' for k, day in enumerate(days.tolist())]
    return table(path / "dated.csv", "\n".join([f"{title},y", *(cells[::-1] if back else cells)]) + "\n")


FORMS = ["%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%b %d, %Y", "%d %B %Y", "%Y%m%d", "%d.%m.%Y %H:%M", "%Y-%m-%d"]


@pytest.mark.parametrize("form", FORMS)
def test_dates_are_read_as_people_write_them(form: str, tmp_path: Path) -> None:
    frame = dated(tmp_path, form)
    found = frame.dates()
    assert found is not None
    np.testing.assert_array_equal(found[1], np.datetime64("2001-01-01") + np.arange(400))
    inputs = chosen_inputs(frame, "y", ())
    assert inputs == ("y",)
    assert "400 rows from 2001-01-01 to 2002-02-04 (date)" in prepare(frame, SeriesSettings("y", inputs)).said
    back = dated(tmp_path, form, back=True)
    with pytest.raises(InputError, match="rise from row to row; date has 2002-02-04"):
        prepare(back, SeriesSettings("y", chosen_inputs(back, "y", ())))


def test_dates_that_can_be_two_things_or_none_are_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'01/01/2001', whose day and month cannot be told apart"):
        dated(tmp_path, "%d/%m/%Y", rows=12).dates()
    (data,) = [prepare(dated(tmp_path, "%d of %Y in %m"), SeriesSettings("y", ("y",)))]
    assert "column date (string) was not read as dates: order and gaps are not checked" in "; ".join(data.said)
    years = "".join(f"{2000 - k},{k % 7}\n" for k in range(200))
    with pytest.raises(InputError, match="year falls from 2000 to 1801"):
        prepare(table(tmp_path / "t.csv", "year,y\n" + years), SeriesSettings("y", ("y",)))
    assert dated(tmp_path, "%Y%m%d", title="station").dates() is None


@pytest.mark.parametrize("power", [300, 170, -170])
@pytest.mark.parametrize("inputs", [("x",), ("y",)])
def test_values_whose_squares_are_not_finite_are_refused(power: int, inputs: tuple[str], tmp_path: Path) -> None:
    rows = "".join(f"{k % 7}e{power if inputs == ('x',) else 0},{k % 5}e{power}\n" for k in range(200))
    frame = table(tmp_path / "huge.csv", "x,y\n" + rows)
    with pytest.raises(InputError, match=f"{inputs[0]} has values from 0 to .*beyond double precision; give it"):
        prepare(frame, SeriesSettings("y", inputs))


def test_a_score_that_is_no_number_has_a_verdict_of_its_own() -> None:
    """A row that judges may be as large as it likes."""
    random = np.random.default_rng(0)
    seen = random.normal(size=200)
    for broken in ({"LSTM": seen * np.nan, "persistence": seen}, {"LSTM": seen * np.inf, "persistence": seen * np.inf}):
        with np.errstate(all="ignore"):
            found = Outcome(None, np.arange(200), seen, broken, skills(seen, broken, "LSTM"))  # type: ignore[arg-type]
        assert verdict(found).startswith("Nothing can be said of the LSTM: its score on the rows that judge is not")
        assert "cannot be told apart" not in verdict(found)


def test_beside_a_baseline_without_error_the_network_is_worse() -> None:
    seen = np.random.default_rng(0).normal(size=200)
    told = {"LSTM": seen * 0, "persistence": seen, "mean": seen * 0.5}
    found = Outcome(None, np.arange(200), seen, told, skills(seen, told, "LSTM"))  # type: ignore[arg-type]
    assert found.skills["persistence"].less == (-np.inf, -np.inf)
    assert verdict(found) == "The LSTM does worse than the best baseline (persistence), which makes no error at all."
    assert "nan" not in summary(found)
    assert json.loads(results(found))["persistence"]["less"] == [None, None]
    both = {"LSTM": seen, "persistence": seen}
    found = Outcome(None, np.arange(200), seen, both, skills(seen, both, "LSTM"))  # type: ignore[arg-type]
    assert "cannot be told apart: the interval holds zero" in verdict(found)


def test_infinite_numbers_are_said_to_be_taken_as_missing(tmp_path: Path) -> None:
    rows = "".join(
        f"{'-inf' if k == 9 else k % 7},{'inf' if k in (3, 60) else '' if k == 8 else k % 5}\n" for k in range(200)
    )
    said = prepare(table(tmp_path / "t.csv", "x,y\n" + rows), SeriesSettings("y", ("x",))).said
    taken = "of them infinite, which is taken as missing)"
    assert f"y: missing in 3 rows (2 {taken}, neither trained on nor scored there" in said
    assert f"x: missing in 1 row (1 {taken}, read as its mean and marked" in said


def test_how_a_table_was_read_is_said(tmp_path: Path) -> None:
    rows = "".join(f"{k % 7},5;{-9999 if k in (3, 60) else k % 5}\n" for k in range(200))
    said = prepare(table(tmp_path / "t.csv", "x;y\n" + rows), SeriesSettings("y", ("x",))).said
    assert "a semicolon separates its cells" in said
    assert "y: -9999 in 2 rows, read as a number; empty those cells if none is" in said
    assert not any(line.startswith("x: ") for line in said)


def test_a_column_without_numbers_is_named_with_its_first_cell(tmp_path: Path) -> None:
    rows = "".join(f"{k},{'ice' if k == 4 else k},\n" for k in range(100))
    frame = table(tmp_path / "t.csv", "y,x,none\n" + rows)
    with pytest.raises(InputError, match="numbers in column 'x', got 'ice' in row 5 after the title"):
        frame.column("x")
    with pytest.raises(InputError, match="numbers in column 'none', which has no number in any row"):
        frame.column("none")
    with pytest.raises(InputError, match="x has no number in any row"):
        prepare(table(tmp_path / "n.csv", "y,x\n" + "1,inf\n2,-inf\n" * 99), SeriesSettings("y", ("x",)))
    (tmp_path / "latin.csv").write_bytes("y,Abfluß\n1,2\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"not UTF-8 text: it has byte 0xdf .*; save it as UTF-8"):
        read_table(tmp_path / "latin.csv")


def test_large_values_fit_a_terminal() -> None:
    random = np.random.default_rng(0)
    seen = 1e12 * random.normal(size=200)
    forecasts = {"LSTM": seen * 0.9, "linear AR, last 64 rows of the inputs": seen * 0.5}
    found = Outcome(None, np.arange(200), seen, forecasts, skills(seen, forecasts, "LSTM"))  # type: ignore[arg-type]
    assert max(map(len, summary(found).splitlines())) <= 80
