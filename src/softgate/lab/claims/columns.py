"""What the claims read in the rows: the names of measures, and columns that follow from others.

``prepared`` adds the columns that put different tasks on one scale:

* ``skill``: 0 is guessing, 1 is perfect, whatever the score of the task is. Below guessing it is cut at -1. A net that
  diverged guesses; a run that could not be made has none, and leaves its comparison undecided.
* ``pace``: log2 of the steps until the task was solved; the whole budget where it never was, so that a difference of 1
  is twice as long, at least. A run that could not be made has none.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from softgate.lab.telling import skills

SKILL, STEPS, PACE, LONGEST_LOG = "skill", "steps until solved", "pace", "longest, log2"

SAME = 0.7
"""The correlation from which two numbers are as good as one: half of the variance of one is that of the other."""

MEETINGS = {"candidate and input gate": "meeting.i_g", "memory and output gate": "meeting.o_c"}
"""Claim 1: the correlation of the two numbers that meet in a product, the median of its size over units."""
LONGEST, LONGEST_N = "longest", "longest.n"
LOWEST = "softgate.lab.claims.measures:lowest"
ROLES = "softgate.lab.claims.measures:roles"
ROLE_COUNTS = {"shown by intervention": "roles.shown", "only correlates": "roles.correlates", "nothing": "roles.none"}
HARDNESS = {"input gate": "saturation.i", "forget gate": "saturation.f", "output gate": "saturation.o"}
"""Claim 7: the share of gate values under 0.1 or over 0.9."""
ENDS = {"gates": "ends.gates", "candidate": "ends.g", "readout": "ends.readout"}
"""Claim 8: the share of values in the outer tenths of their range."""
DISTANCES = (1, 2, 5, 10, 20)
CELL_SHARES = {d: f"paths.cell_{d}" for d in DISTANCES}
LEFT = {d: f"paths.left_{d}" for d in DISTANCES}
SIZES = {"memory, c": "largest.c", "output, h": "largest.h"}

__all__ = [
    "CELL_SHARES",
    "ENDS",
    "HARDNESS",
    "LEFT",
    "LONGEST",
    "LONGEST_LOG",
    "LONGEST_N",
    "LOWEST",
    "MEETINGS",
    "PACE",
    "ROLES",
    "ROLE_COUNTS",
    "SAME",
    "SIZES",
    "SKILL",
    "STEPS",
    "prepared",
]


def prepared(frame: Any) -> Any:
    """The rows with the columns that follow from others."""
    until = frame["steps_to_solved"].astype(float).fillna(frame["steps"].astype(float))
    until = until.where(frame["score"].notna())
    added = {SKILL: skills(frame).clip(lower=-1.0), STEPS: until, PACE: np.log2(until)}
    if "longest.n" in frame:
        added[LONGEST_LOG] = np.log2(frame["longest.n"].astype(float).clip(lower=1.0))
    return frame.assign(**added)
