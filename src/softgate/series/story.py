"""What a forecaster is worth, in words: the report of its run, and a table for the terminal."""

from __future__ import annotations

import json
import math
import textwrap
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from softgate.figures.followed import overlaid
from softgate.figures.save import specification
from softgate.report import blocks as b
from softgate.report.faces import number, table_text
from softgate.series.baselines import baselines
from softgate.series.data import SeriesData
from softgate.series.loop import Forecasting
from softgate.series.score import Skill, skills
from softgate.text.words import counted

__all__ = ["Outcome", "outcome", "results", "summary", "tell"]

NETWORK = "LSTM"
COLUMNS = ("forecast", "NSE", "NSE, 95 %", "MSE", "MSE, 95 %", "the LSTM's MSE is less by, 95 %")
SHOWN = 200


@dataclass(frozen=True)
class Outcome:
    """Forecasts and their skills on the rows that judge.

    Attributes:
        run: what was trained.
        rows: the steps whose targets judge, [N].
        observed: [N], in the units of the target.
        forecasts: by name, [N].
        skills: by name.
    """

    run: Forecasting
    rows: NDArray[np.int64]
    observed: NDArray[np.float64]
    forecasts: dict[str, NDArray[np.float64]]
    skills: dict[str, Skill]

    @property
    def data(self) -> SeriesData:
        """What the run was trained on."""
        return self.run.data


def outcome(run: Forecasting) -> Outcome:
    """Judge a trained run, and what it has to beat, on the last rows of its table."""
    data = run.data
    rows = data.rows(data.valid_end, len(data.x))
    forecasts = {name: values[rows] for name, values in {NETWORK: run.predicted(), **baselines(data)}.items()}
    observed = data.wanted[rows]
    return Outcome(run, rows, observed, forecasts, skills(observed, forecasts, NETWORK, run.settings.seed))


def results(found: Outcome) -> str:
    """The skills as JSON; what is not a number is null."""
    plain = {
        name: {k: _plain(v) for k, v in asdict(skill).items()} | {"rows": len(found.rows)}
        for name, skill in found.skills.items()
    }
    return json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return float(value) if math.isfinite(value) else None


def _rows(found: Outcome) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            name,
            f"{s.nse:.3f}",
            _span(s.nse_interval),
            _short(s.mse),
            f"[{_short(s.mse_interval[0])}, {_short(s.mse_interval[1])}]",
            "" if name == NETWORK else f"[{_share(s.less[0])}, {_share(s.less[1])}]",
        )
        for name, s in found.skills.items()
    )


def _share(value: float) -> str:
    """A share; of an error of nothing there is none."""
    return f"{value:.0%}" if math.isfinite(value) else "-" if math.isnan(value) else "none to beat"


def _short(value: float) -> str:
    return f"{value:.3g}" if abs(value) >= 1e6 else number(value)


def _span(interval: tuple[float, float]) -> str:
    return f"[{interval[0]:.3f}, {interval[1]:.3f}]"


def summary(found: Outcome) -> str:
    """The skills for a terminal of 80 columns, best first."""
    rows = sorted(_rows(found), key=lambda row: -float(row[1]))
    short = tuple((name[:44], nse, span, mse) for name, nse, span, mse, *_ in rows)
    table = table_text(COLUMNS[:4], short, (COLUMNS[1], COLUMNS[3]))
    return f"{table}\n\n{textwrap.fill(verdict(found), 79)}"


def verdict(found: Outcome) -> str:
    """Whether the network beats the best of what it has to beat."""
    others = {name: s for name, s in found.skills.items() if name != NETWORK and math.isfinite(s.mse)}
    own = found.skills[NETWORK]
    if not others or not math.isfinite(own.mse):
        said = f"MSE {own.mse:.3g}" if others else "of no baseline either"
        return f"Nothing can be said of the LSTM: its score on the rows that judge is not a finite number ({said})."
    best = min(others, key=lambda name: others[name].mse)
    low, high = others[best].less
    if math.isnan(low) or math.isnan(high):
        return f"Whether the LSTM beats the best baseline ({best}) cannot be said: the difference has no interval."
    if low > 0:
        return f"The LSTM beats the best baseline ({best}): the interval of the difference is above zero."
    if high < 0:
        if others[best].mse == 0:
            return f"The LSTM does worse than the best baseline ({best}), which makes no error at all."
        return f"The LSTM does worse than the best baseline ({best}): the interval of the difference is below zero."
    return f"The LSTM and the best baseline ({best}) cannot be told apart: the interval holds zero."


def tell(found: Outcome, subject: str) -> b.Report:
    """The report of a run."""
    run, data = found.run, found.data
    settings, target = run.settings, data.scaling.target
    best = found.skills[NETWORK]
    parameters = sum(p.numel() for p in run.model.parameters())
    facts = b.Facts(
        (
            b.Fact("NSE on the last rows", f"{best.nse:.3f}", f"95 %: {_span(best.nse_interval)}"),
            b.Fact("rows that judge", f"{len(found.rows):,}", f"of {len(data.x):,}"),
            b.Fact("parameters", f"{parameters:,}", f"{settings.layers} x {settings.hidden_size} units"),
            b.Fact("updates", f"{run.progress.chunks:,}", f"in {run.progress.seconds:.0f} s"),
        )
    )
    learned = tuple((float(row["chunks"]), float(row["validation"])) for row in run.metrics)
    fitted = tuple((float(row["chunks"]), float(row["loss"])) for row in run.metrics)
    lines = (("trained on", fitted), ("rows that choose", learned))
    period = f"A season is {data.period:,} rows ({data.season})." if data.period else f"Season: {data.season}."
    return b.Report(
        f"Forecasting {target}",
        f"An LSTM that read {', '.join(data.scaling.inputs)} of {subject}, {counted(settings.horizon, 'row')} ahead.",
        (
            facts,
            b.Prose(f"{verdict(found)} The table was read as {'; '.join(data.said)}."),
            b.Heading("Against what it has to beat"),
            b.Table(COLUMNS, _rows(found), (COLUMNS[1], COLUMNS[3])),
            b.Note(
                "NSE is 1 less the mean squared error over the variance of what was observed in the rows that judge; 1 "
                "is perfect. 95 %: blocks of rows drawn anew, the same for all. Straight lines are ridge fits whose "
                f"length and penalty were chosen on the rows that choose, as the LSTM's weights were. {period}"
            ),
            _drawn(found),
            b.Figures((b.Figure("While it learned", b.Lines("updates", "squared error, scaled", lines)),)),
            b.Note(
                "Next: softgate inspect RUN --labels COLUMN shows what its units hold. "
                f"Seed {settings.seed}, peak rate {settings.learning_rate:g}, windows of {run.steps} rows."
            ),
        ),
    )


def _drawn(found: Outcome) -> b.Block:
    """The first rows that judge, as they came and as they were forecast; a note, without the extra `plots`."""
    if find_spec("altair") is None or find_spec("vl_convert") is None:
        return b.Note("With pip install 'softgate[plots]' this report has a figure of the forecasts here.")
    chosen = slice(0, SHOWN)
    steps = found.rows[chosen] + found.data.scaling.horizon
    target = found.data.scaling.target
    lines = {"observed": found.observed[chosen], NETWORK: found.forecasts[NETWORK][chosen]}
    when = [found.data.when[int(step)] for step in steps]
    first, last = when[0], when[-1]
    places = np.array(when, dtype="datetime64[s]") if found.data.dated else steps
    caption = f"From {first} to {last}: the first {len(steps):,} of {len(found.rows):,} rows that judge. Scroll: zoom."
    return b.Drawn("What came, and what was forecast.", caption, specification(overlaid(places, lines, target)))
