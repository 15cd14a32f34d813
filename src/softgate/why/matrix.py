"""The page of the matrix: what each part costs, maps to point at, tables to sort, and two published comparisons."""

from __future__ import annotations

from typing import Any

from softgate.figures.grid import Cell, grid
from softgate.figures.save import specification
from softgate.lab import claims
from softgate.lab.claims import columns, matrix
from softgate.lab.claims.factors import main_effects
from softgate.lab.claims.pools import titled
from softgate.lab.pairs import at_best_rate
from softgate.report import blocks as b
from softgate.why.page import drawn, published
from softgate.why.results import Results

__all__ = ["matrix_page"]

ALL = "all tasks"
AXES = ("readout", "gates, candidate")
SIDE = ((16, "Leaving a part out"), (12, "Counting, by kind of cell"))
"""Claims whose comparison with published results stands on this page too."""


def matrix_page(results: Results) -> b.Report:
    """Gate x candidate x readout x task."""
    frame = results.pool(matrix.FOLDER)
    subtitle = (
        "Every gate with every candidate with every readout. Which combinations work, and how fast do they learn?"
    )
    found: list[b.Block] = []
    if frame is None:
        found.append(b.Note("There are no results yet: softgate why --matrix makes them, in an hour on two cores."))
    else:
        skill = _middles(at_best_rate(frame), columns.SKILL)
        paces = at_best_rate(frame, columns.PACE)
        steps = 2 ** _middles(paces, columns.PACE)
        found += [_first(steps, skill), *_effects(paces)]
        found += [*_speed(steps, int(frame["steps"].max())), *_skill(skill, frame), _made(frame)]
    for number, title in SIDE:
        judged = results.judged(claims.get(number))
        found += [b.Heading(title), b.Ruling(judged.word, judged.because), *drawn(judged), *published(judged.claim)]
        found.append(b.Links((b.Link(f"Claim {number}: {judged.claim.title}", f"{judged.claim.slug}.html"),)))
    return b.Report("The matrix", subtitle, (*found, _way()))


def _middles(best: Any, measure: str) -> Any:
    """The median over seeds, variant x task."""
    return best.groupby(["variant", "task"], sort=False)[measure].median().unstack("task")


def _first(steps: Any, skill: Any) -> b.Facts:
    """Where the usual cell stands, and the fastest and the slowest."""
    overall = steps.median(axis=1).sort_values(kind="stable")
    facts = [b.Fact("combinations", f"{len(overall)}", f"on {steps.shape[1]} tasks")]
    if matrix.USUAL in overall.index:
        rank = int((overall < overall[matrix.USUAL]).sum()) + 1
        told = f"{overall[matrix.USUAL]:.0f} steps, skill {skill.loc[matrix.USUAL].median():.2f}"
        facts.append(b.Fact("the usual LSTM ranks", f"{rank} of {len(overall)}", told))
    for name, place in (("the fastest", 0), ("the slowest", -1)):
        facts.append(b.Fact(name, f"{overall.iloc[place]:.0f} steps", overall.index[place]))
    return b.Facts(tuple(facts))


def _effects(paces: Any) -> list[b.Block]:
    """What every shape costs, whatever the other two parts are."""
    effects = main_effects(paces, columns.PACE)
    if not effects:
        return []
    tasks = list(effects[0].by_task)
    titles = ("part", "shape", ALL, "95 % interval", *map(_name, tasks))
    rows = tuple(
        (e.part, e.shape, f"{e.overall.value:+.2f}", f"{e.overall.low:+.2f} to {e.overall.high:+.2f}",
         *(f"{e.by_task[t]:+.2f}" if t in e.by_task else "none" for t in tasks))
        for e in effects
    )  # fmt: skip
    usual = ", ".join(f"{part} {shapes[0]}" for part, shapes in matrix.PARTS.items())
    return [
        b.Heading("What one part costs"),
        b.Prose(
            f"The usual cell has {usual}. Below: the change of time to learn when one part is changed, the mean "
            "over all that the other two parts can be. +1 is twice the steps, -1 is half."
        ),
        b.Table(titles, rows, titles[2:], sortable=True),
    ]


def _speed(steps: Any, budget: int) -> list[b.Block]:
    low = float(steps.min().min())
    chart = grid(_cells(steps, "steps"), "steps until solved", axes=AXES, low=low, high=float(budget), fast=True)
    told = f"Steps until solved, the median over seeds; {budget:,} is the whole budget, and means never."
    return [
        b.Heading("How fast"),
        b.Prose(
            "Choose a task. A row is the shape of the gates and that of the candidate, a column that of the readout. "
            "Yellow is fast."
        ),
        b.Drawn("Steps until solved.", told, specification(chart)),
        _table(steps, "{:.0f}"),
    ]


def _skill(skill: Any, frame: Any) -> list[b.Block]:
    diverged = frame.groupby("variant")["diverged"].sum()
    chart = grid(_cells(skill, "skill"), "skill at the end", axes=AXES)
    return [
        b.Heading("How well"),
        b.Drawn("Skill at the end.", "0 is guessing, 1 is perfect; the median over seeds.", specification(chart)),
        _table(skill, "{:.2f}", ("diverged", {v: f"{diverged[v]:.0f}" for v in skill.index})),
    ]


def _cells(middles: Any, measure: str) -> list[Cell]:
    found = []
    overall = middles.median(axis=1)
    for task in (ALL, *middles.columns):
        for variant, value in (overall if task == ALL else middles[task]).items():
            gate, candidate, readout = matrix.parts(variant)
            where = f"{ALL}, median of the {measure}" if task == ALL else _name(task)
            told = "the usual LSTM" if variant == matrix.USUAL else ""
            found.append(Cell(where, readout, f"{gate}, {candidate}", float(value), told))
    return found


def _table(middles: Any, shape: str, more: tuple[str, dict[str, str]] | None = None) -> b.Table:
    """One row a combination."""
    titles = (*matrix.PARTS, *map(_name, middles.columns), f"{ALL}, median", *((more[0],) if more else ()))
    rows = tuple(
        (
            *matrix.parts(v),
            *(shape.format(x) for x in (*middles.loc[v], middles.loc[v].median())),
            *((more[1][v],) if more else ()),
        )
        for v in middles.index
    )
    return b.Table(titles, rows, titles[3:], sortable=True, folded=f"all {len(rows)} as a table, to sort")


def _name(task: str) -> str:
    """Without its options: no two tasks of the matrix differ in these alone, and twelve columns are many."""
    return titled(task.partition("(")[0])


def _made(frame: Any) -> b.Note:
    seeds, rates = frame["seed"].nunique(), ", ".join(f"{r:g}" for r in sorted(frame["rate"].unique()))
    tasks = ", ".join(map(titled, dict.fromkeys(frame["task"])))
    failed = int(frame["error"].notna().sum())
    return b.Note(
        f"{len(frame):,} runs on {tasks}: {seeds} seeds, learning rates {rates}, the better one for each combination "
        f"and task as the other seeds find it, {int(frame['steps'].max()):,} steps. {failed} failed."
    )


def _way() -> b.Links:
    return b.Links((b.Link("All claims", "index.html"), b.Link("Claim 2: to taste", "c02.html")))
