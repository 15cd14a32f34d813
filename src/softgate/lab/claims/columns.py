"""What the claims read in the rows: the names of measures, and columns that follow from others.

``prepared`` adds the columns that put different tasks on one scale:

* ``skill``: 0 is guessing, 1 is perfect, whatever the score of the task is. Below guessing it is cut at -1.
* ``pace``: log2 of the steps until the task was solved; the whole budget where it never was, so that a difference of 1
  is twice as long, at least.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from softgate.lab.study import task_label

SKILL, STEPS, PACE, LONGEST_LOG = "skill", "steps until solved", "pace", "longest, log2"

__all__ = ["LONGEST_LOG", "PACE", "SKILL", "STEPS", "chosen", "paired", "prepared", "task_label"]


def prepared(frame: Any) -> Any:
    """The rows with the columns that follow from others."""
    best = np.where(frame["higher_is_better"].astype(bool), 1.0, 0.0)
    room = best - frame["chance"].astype(float)
    skill = (frame["score"].astype(float) - frame["chance"].astype(float)) / room
    until = frame["steps_to_solved"].astype(float).fillna(frame["steps"].astype(float))
    added = {SKILL: skill.clip(lower=-1.0), STEPS: until, PACE: np.log2(until)}
    if "longest.n" in frame:
        added[LONGEST_LOG] = np.log2(frame["longest.n"].astype(float).clip(lower=1.0))
    return frame.assign(**added)


def chosen(frame: Any) -> Any:
    """The rows of the learning rate that suits each variant on each task: of the best median skill, then pace.

    It is for pictures. A rule chooses on other seeds than those it judges.
    """
    grouped = frame.groupby(["variant", "task", "rate"], sort=False)[[SKILL, PACE]].median().reset_index()
    ordered = grouped.sort_values([SKILL, PACE, "rate"], ascending=[False, True, True], kind="stable")
    best = ordered.groupby(["variant", "task"], sort=False).first().reset_index()[["variant", "task", "rate"]]
    return frame.merge(best, on=["variant", "task", "rate"], how="inner")
