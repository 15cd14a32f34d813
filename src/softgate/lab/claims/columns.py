"""What the claims read in the rows: the names of measures, and columns that follow from others.

``prepared`` adds the columns that put different tasks on one scale:

* ``skill``: 0 is guessing, 1 is perfect, whatever the score of the task is. Below guessing it is cut at -1. A net that
  diverged guesses; a run that could not be made has none, and leaves its comparison undecided.
* ``pace``: log2 of the steps until the task was solved; the whole budget where it never was, so that a difference of 1
  is twice as long, at least. A run that could not be made has none.
* ``spread``: how far that is from the median over the seeds of its variant, task and rate, its size.
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
_OURS = "softgate.lab.claims.measures:"
LOWEST, LOWEST_C = f"{_OURS}lowest", "lowest.c"
LONGEST, LONGEST_N, SHORT = f"{_OURS}longest", "longest.n", "longest.short"
"""Claims 12 and 14: the longest n that is right, and how many doublings it falls short of the training's."""
COUNTER = {
    "added to the memory at each a": "counter.step_1",
    "added to the memory at each b": "counter.step_2",
    "forget gate where a count breaks off": "counter.reset_keep",
    "forget gate at a": "counter.keep_1",
    "forget gate at b": "counter.keep_2",
    "output gate at b": "counter.show_2",
}
"""Claim 12: how the counting unit counts; 1 and 2 are the symbols a and b."""
FOLLOWS, RESET = "counter.follows", "counter.reset_left"
"""Claim 12: how well a unit follows the count; what a reset in mid-count leaves of its memory."""
SPREAD = "spread"
"""Claim 15: how far the time to learn is from the median of its seeds, in doublings."""
ROLES = f"{_OURS}roles"
ROLE_COUNTS = {
    "latch, toggle or counter, shown": "roles.shown",
    "latch, toggle or counter, only looks": "roles.correlates",
    "follows a label, shown": "roles.tracks.shown",
    "follows a label, with the rest": "roles.tracks",
    "nothing": "roles.none",
}
SWITCHES = f"{_OURS}switches"
KEPT = {"skill kept with gates rounded": "switches.kept"}
STRAIGHT = f"{_OURS}straight"
HARDNESS = {"input gate": "saturation.i", "forget gate": "saturation.f", "output gate": "saturation.o"}
"""Claim 7: the share of gate values under 0.1 or over 0.9."""
ENDS = {"gates": "ends.gates", "candidate": "ends.g", "readout": "ends.readout"}
"""Claim 8: the share of values in the outer tenths of their range."""
DISTANCES = (1, 2, 5, 10, 20)
CELL_SHARES = {d: f"straight.cell_{d}" for d in DISTANCES}
STRAIGHTNESS = {d: f"straight.kept_{d}" for d in DISTANCES}
"""Claim 9: where forget gates stood open, the share of the cell path, and what came over what f alone lets through."""
FORGETS = {d: f"paths.forget_{d}" for d in DISTANCES}
LEFT = {d: f"paths.left_{d}" for d in DISTANCES}
SIZES = {"memory, c": "largest.c", "output, h": "largest.h"}

__all__ = [
    "CELL_SHARES",
    "COUNTER",
    "ENDS",
    "FOLLOWS",
    "FORGETS",
    "HARDNESS",
    "KEPT",
    "LEFT",
    "LONGEST",
    "LONGEST_LOG",
    "LONGEST_N",
    "LOWEST",
    "LOWEST_C",
    "MEETINGS",
    "PACE",
    "RESET",
    "ROLES",
    "ROLE_COUNTS",
    "SAME",
    "SHORT",
    "SIZES",
    "SKILL",
    "SPREAD",
    "STEPS",
    "STRAIGHT",
    "STRAIGHTNESS",
    "SWITCHES",
    "prepared",
]


def prepared(frame: Any) -> Any:
    """The rows with the columns that follow from others."""
    until = frame["steps_to_solved"].astype(float).fillna(frame["steps"].astype(float))
    until = until.where(frame["score"].notna())
    added = {SKILL: skills(frame).clip(lower=-1.0), STEPS: until, PACE: np.log2(until)}
    alike = frame.assign(_pace=added[PACE]).groupby(["variant", "task", "rate"], sort=False)["_pace"]
    added[SPREAD] = (added[PACE] - alike.transform("median")).abs()
    if "longest.n" in frame:
        added[LONGEST_LOG] = np.log2(frame["longest.n"].astype(float).clip(lower=1.0))
    return frame.assign(**added)
