"""Claim 9: an open gate lets the gradient straight back."""

from __future__ import annotations

from typing import Any

from softgate.lab.claims import columns, decide, draw, pools, sources
from softgate.lab.claims.claim import Claim

STUDY = pools.study(
    "c09",
    "By which of the two ways does a gradient come back through time?",
    "Mostly along the cell where forget gates are open, and then it shrinks as the product of f says.",
    "Where the forget gates on the way stood open (their product over d steps at least 0.9^d): the share of the "
    "gradient that comes by the cell path, exactly split, and the gradient that came over what the product of f lets "
    "through.",
    [pools.PLAIN],
    # Not the three switches: they are set anew so often that hardly a way of ten steps stays open.
    [task for task in pools.INSIDE_TASKS if task != pools.FLIPFLOP],
    **pools.INSIDE,
)


def figure(frame: Any) -> Any:
    """The share of the cell path against distance, and what came beside the product of f."""
    return draw.stacked(
        draw.by_distance(frame, columns.CELL_SHARES, "share by the cell path", levels={"half": 0.5}),
        draw.by_distance(
            frame, columns.STRAIGHTNESS, "gradient, over the product of f", logarithmic="y", levels={"straight": 1.0}
        ),
    )


CLAIM = Claim(
    number=9,
    title="An open gate lets the gradient straight back",
    said="With the forget gate open, the gradient goes straight back along the cell to the step that decided.",
    plainly="When a net errs, the blame has to travel back in time. There are two roads. One runs along the "
    "memory, and a "
    "gate on it multiplies the blame by f at every step. The other runs through the outputs and all the weights. "
    "The sum is what everybody measures. We measure the roads.",
    experiment="In trained nets, the gradient of a loss at one step is followed back and split exactly: by the "
    "cell, and "
    "through the hidden weights. Both add up to the whole, at every step and for every unit. "
    "The claim is about open gates, so only units whose gates stood open all the way are counted.",
    study=STUDY,
    pool="inside",
    # More than half: below it, the road that the claim is about is not the main road.
    rule=decide.above(
        {"share by the cell path, 10 open steps back": columns.CELL_SHARES[10]}, 0.5, 0.05, unit="share of the gradient"
    ),
    figure=figure,
    caption="Above the dashed line, most of the gradient has come along the cell. Below: 1 is what the gates "
    "alone let through; more has come by the other road.",
    mind="A gradient that comes mostly through the hidden weights while the forget gates stand open.",
    sources=(sources.LSTM_1997, sources.FORGET, sources.LONG),
)
