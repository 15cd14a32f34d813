"""Claim 6: the slope of tanh against that of sigmoid."""

from __future__ import annotations

from typing import Any

from softgate.lab.claims import columns, decide, draw, pools, sources
from softgate.lab.claims.claim import Claim

STUDY = pools.study(
    "c06",
    "Is a candidate with slope 1 better than one with slope 1/4?",
    "Little: training makes up for a slope by larger weights or another learning rate. What is left between "
    "sigmoid and "
    "tanh is the sign. On the path of the cell neither slope appears; there is only f.",
    "Steps until the task is solved, in doublings, for range x slope: tanh(x), tanh(x/4), sigmoid(4x), sigmoid(x).",
    [pools.PLAIN, pools.FLAT, pools.STEEP, pools.SIGMOID],
    pools.SWAP_TASKS,
    **pools.SWAPS,
)


def figure(frame: Any) -> Any:
    """The four, task by task."""
    return draw.steps(frame, STUDY)


CLAIM = Claim(
    number=6,
    title="tanh has the larger slope, so less gradient vanishes",
    said="tanh has a slope of up to 1 and sigmoid only of up to 1/4, so with tanh less gradient vanishes.",
    plainly="Gradients are how a net learns from its mistakes, and small slopes make them smaller. True for a chain of "
    "layers. But slope is not a fate: stretch the axis, and a sigmoid is as steep as a tanh. So we stretched it.",
    experiment="Two ranges and two slopes, all four combinations. If slope is the reason, the steep sigmoid "
    "must catch up "
    "with tanh, and the flat tanh must fall behind. What is measured is what vanishing would cost, time to learn; the "
    "gradients themselves are measured in claims 9 and 10.",
    study=STUDY,
    pool="swaps",
    # Slope as the reason predicts both: who loses it falls behind, and who gets it back has caught up.
    rule=decide.together(
        decide.worse([(pools.SIGMOID.name, pools.STEEP.name), (pools.FLAT.name, "plain")],
                     columns.PACE, pools.NOTICEABLE),
        decide.closed((pools.STEEP.name, "plain"), (pools.SIGMOID.name, "plain"), columns.PACE, pools.NOTICEABLE),
    ),
    figure=figure,
    caption="Two ranges, two slopes. Compare within a range to see the slope, across to see the sign.",
    mind="Flat candidates that take 40 % more steps on all tasks, each with its own best learning rate, and steep "
    "sigmoids that take no more than tanh.",
    sources=(sources.DIFFICULTY, sources.LONG),
)  # fmt: skip
