"""Claim 7: gates are soft switches that become hard."""

from __future__ import annotations

from typing import Any

from softgate.lab.claims import columns, decide, draw, pools, sources
from softgate.lab.claims.claim import Claim

STUDY = pools.study(
    "c07",
    "Do gates become switches?",
    "In part: training pushes gates towards shut and open, most on tasks of switching, and rounding them to 0 and 1 "
    "afterwards costs little there and much elsewhere.",
    "The share of gate values under 0.1 or over 0.9, during training and at its end; the skill that is left when "
    "all gates are rounded to 0 and 1, as a share of the skill before.",
    [pools.PLAIN],
    pools.INSIDE_TASKS,
    **pools.INSIDE,
)


def figure(frame: Any) -> Any:
    """The share of hard values over training, gate by gate; and what rounding leaves."""
    return draw.stacked(
        draw.over_training(frame, columns.HARDNESS, "share shut (< 0.1) or open (> 0.9)"),
        draw.measured(frame, columns.KEPT, "skill left, as a share", levels={"half": 0.5}),
    )


CLAIM = Claim(
    number=7,
    title="Gates are soft switches that become hard",
    said="Gates are soft switches. Training turns them into hard ones: shut or open.",
    plainly="A dimmer can be set anywhere. A switch has two positions. Every gate starts as a dimmer somewhere "
    "in the middle. If training leaves it at the ends, the net has discovered switching by itself.",
    experiment="Plain LSTMs on six tasks. During training we count how many gate values are nearly 0 or nearly "
    "1. At the end "
    "we round every gate to 0 or 1, change nothing else, and see what the net can still do.",
    study=STUDY,
    pool="inside",
    # Half: "become hard" is a statement about most values, or it is about none in particular.
    # And a net whose gates are switches keeps at least half of its skill when they are made so.
    rule=decide.above({**columns.HARDNESS, **columns.KEPT}, 0.5, 0.05, unit="shares"),
    figure=figure,
    caption="From dimmers to switches: the share of gate values at the ends, step by step of training. "
    "Below: what a net still can when every gate is rounded.",
    mind="Gates that stay in the middle on most tasks, or nets that break everywhere when gates are rounded.",
    sources=(sources.VISUALIZING, sources.FORGET),
)
