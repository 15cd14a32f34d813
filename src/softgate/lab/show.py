"""The results of a study as a table for 80 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from softgate.lab.pairs import at_best_rate
from softgate.lab.statistics import interval

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["table"]

WIDTH = 80
HEADS = ("rate", "seeds", "score [95 %]", "solved", "steps")


def table(frame: pd.DataFrame) -> str:
    """A row for each variant on each task, at the rate that the other seeds find best.

    The median score with its bootstrap interval, how many seeds solved the task, the median of the steps that those
    took, and below what went wrong.
    """
    well = frame[frame["error"].isna() | frame["score"].notna()]
    lines: list[str] = []
    if len(well):
        chosen = at_best_rate(well)
        wide = min(24, max(len(str(v)) for v in chosen["variant"]))
        for task, group in chosen.groupby("task", sort=False):
            title = f"{task}, guessing {group['chance'].iloc[0]:.3g}"
            lines += ["", *_wrapped(title), f"  {'variant':<{wide}} {HEADS[0]:>6} {HEADS[1]:>5} {HEADS[2]:>22} "
                      f"{HEADS[3]:>6} {HEADS[4]:>6}"]  # fmt: skip
            lines += [_row(str(v), rows, wide) for v, rows in group.groupby("variant", sort=False)]
    wrong = frame["error"].dropna()
    if len(wrong):
        lines += ["", f"{len(wrong)} of {len(frame)} runs have an error:"]
        lines += [f"  {n:>5} x {_cut(error, WIDTH - 10)}" for error, n in wrong.value_counts().head(5).items()]
    diverged = int(frame["diverged"].fillna(False).astype(bool).sum())
    if diverged:
        lines += ["", f"{diverged} of {len(frame)} runs diverged."]
    return "\n".join(lines[1:])


def _row(variant: str, rows: pd.DataFrame, wide: int) -> str:
    scores = rows["score"].fillna(rows["chance"])
    solved = rows["solved"].fillna(False).astype(bool)
    steps = rows["steps_to_solved"].dropna()
    taken = f"{steps.median():.0f}" if len(steps) else "-"
    rate = f"{rows['rate'].mode().iloc[0]:g}"
    name = _cut(variant, wide)
    middle = interval(scores, resamples=1000)
    return f"  {name:<{wide}} {rate:>6} {len(rows):>5} {middle!s:>22} {solved.sum():>6} {taken:>6}"


def _cut(text: str, width: int) -> str:
    line = " ".join(str(text).split())
    return line if len(line) <= width else f"{line[: width - 1]}…"


def _wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, WIDTH, subsequent_indent="  ")
