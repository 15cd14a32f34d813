"""The page of the matrix: a map to point at, and a table to sort."""

from __future__ import annotations

from typing import Any

from softgate.figures.grid import Cell, grid
from softgate.figures.save import specification
from softgate.lab.claims import columns, matrix
from softgate.lab.claims.pools import titled
from softgate.lab.pairs import at_best_rate
from softgate.report import blocks as b
from softgate.why.results import Results

__all__ = ["matrix_page"]

ALL = "median of all tasks"
CAPTION = "0 is guessing, 1 is perfect; the median over seeds."


def matrix_page(results: Results) -> b.Report:
    """Gate x candidate x readout x task."""
    frame = results.pool(matrix.FOLDER)
    subtitle = "Every gate with every candidate with every readout. Which combinations work?"
    if frame is None:
        empty = b.Note("There are no results yet: softgate why --matrix makes them. It takes an hour on two cores.")
        return b.Report("The matrix", subtitle, (empty, _way()))
    best = at_best_rate(frame)
    middles = best.groupby(["variant", "task"], sort=False)[columns.SKILL].median().unstack("task")
    return b.Report(
        "The matrix",
        subtitle,
        (
            _first(middles),
            b.Heading("The map"),
            b.Prose("Choose a task. A row is a gate with a candidate, a column is a readout. Yellow is perfect."),
            b.Drawn("Skill.", CAPTION, specification(grid(_cells(middles), "skill"))),
            b.Heading("The table"),
            b.Prose("Press the title of a column to sort by it."),
            _table(best, middles),
            _made(frame),
            _way(),
        ),
    )  # fmt: skip


def _first(middles: Any) -> b.Facts:
    """Where the usual cell stands, and the best and the worst."""
    overall = middles.median(axis=1).sort_values(ascending=False, kind="stable")
    facts = [b.Fact("combinations", f"{len(overall)}", f"on {middles.shape[1]} tasks")]
    if matrix.USUAL in overall.index:
        rank = int((overall > overall[matrix.USUAL]).sum()) + 1
        facts.append(b.Fact("the usual LSTM ranks", f"{rank} of {len(overall)}", f"skill {overall[matrix.USUAL]:.2f}"))
    for name, place in (("the best", 0), ("the worst", -1)):
        facts.append(b.Fact(name, f"{overall.iloc[place]:.2f}", overall.index[place]))
    return b.Facts(tuple(facts))


def _cells(middles: Any) -> list[Cell]:
    found = []
    overall = middles.median(axis=1)
    for task in (ALL, *middles.columns):
        values = overall if task == ALL else middles[task]
        for variant, value in values.items():
            gate, candidate, readout = matrix.parts(variant)
            where = ALL if task == ALL else titled(task)
            told = "the usual LSTM" if variant == matrix.USUAL else ""
            found.append(Cell(where, f"readout {readout}", f"gates {gate}, g {candidate}", float(value), told))
    return found


def _table(best: Any, middles: Any) -> b.Table:
    diverged = best.groupby("variant")["diverged"].sum()
    tasks = [titled(task) for task in middles.columns]
    titles = ("gates", "candidate", "readout", *tasks, ALL, "diverged")
    rows = tuple(
        (
            *matrix.parts(v),
            *(f"{x:.2f}" for x in middles.loc[v]),
            f"{middles.loc[v].median():.2f}",
            f"{diverged[v]:.0f}",
        )
        for v in middles.index
    )
    return b.Table(titles, rows, titles[3:], sortable=True)


def _made(frame: Any) -> b.Note:
    seeds, rates = frame["seed"].nunique(), ", ".join(f"{r:g}" for r in sorted(frame["rate"].unique()))
    return b.Note(
        f"{len(frame):,} runs: {seeds} seeds, learning rates {rates}, the better one for each combination and task, "
        f"{int(frame['steps'].max()):,} steps."
    )


def _way() -> b.Links:
    return b.Links((b.Link("All claims", "index.html"), b.Link("Claim 2: to taste", "c02.html")))
