"""Claim 4: zero-centred is better for learning."""

from __future__ import annotations

from typing import Any

from softgate.lab.claims import columns, decide, draw, pools, sources
from softgate.lab.claims.claim import Claim

STUDY = pools.study(
    "c04",
    "Does a candidate learn faster because its values are centred on zero?",
    "Yes where the memory must hold values of both signs; the gap closes when each unit may learn a shift of its own.",
    "Steps until the task is solved, in doublings; a net that never solves it counts as the whole budget.",
    [pools.PLAIN, pools.SHIFTED, pools.RECENTRED],
    pools.SWAP_TASKS,
    **pools.SWAPS,
)


def figure(frame: Any) -> Any:
    """Steps to the target, a dot a net."""
    return draw.steps(frame, STUDY)


CLAIM = Claim(
    number=4,
    title="Zero-centred is better",
    said="tanh is preferred because its outputs are centred on zero, which is better for learning.",
    plainly="Steering is easier when straight on is the middle of the wheel. A candidate from 0 to 2 has its "
    "middle at 1: "
    "the net must first learn to lean against it. Same width, same steepness, only moved.",
    experiment="tanh(x) against 1 + tanh(x). Slope, curvature and width are the same; only the centre moves. A "
    "third cell "
    "may shift each unit back by a weight of its own, which is what a normalisation would do.",
    study=STUDY,
    pool="swaps",
    # Against the centred cell, and against the one that may centre itself: if it is the centre, both are faster.
    rule=decide.worse([(pools.SHIFTED.name, "plain"), (pools.SHIFTED.name, pools.RECENTRED.name)],
                      columns.PACE, pools.NOTICEABLE),
    figure=figure,
    caption="How long until the task is solved. Moved off centre, and moved back by a learned shift.",
    mind="No difference on all tasks, or a gap that stays when the net may centre itself.",
    sources=(sources.BACKPROP, sources.DEEP),
)  # fmt: skip
