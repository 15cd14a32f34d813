"""Claim 9: an open gate lets the gradient straight back."""

from __future__ import annotations

from typing import Any

from softgate.lab.claims import columns, decide, draw, pools, sources
from softgate.lab.claims.claim import Claim

STUDY = pools.study(
    "c09",
    "By which of the two ways does a gradient come back through time?",
    "Mostly along the cell where forget gates are open, and then it shrinks as the product of f says.",
    "The share of the gradient at a memory that comes by the cell path, exactly split, at each distance from the loss.",
    [pools.PLAIN],
    pools.INSIDE_TASKS,
    **pools.INSIDE,
)


def figure(frame: Any) -> Any:
    """The share of the cell path against distance."""
    return draw.by_distance(frame, columns.CELL_SHARES, "share by the cell path", levels={"half": 0.5})


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
    "through the hidden weights. Both add up to the whole, at every step and for every unit.",
    study=STUDY,
    pool="inside",
    # More than half: below it, the road that the claim is about is not the main road.
    rule=decide.above({"share by the cell path, 10 steps back": columns.CELL_SHARES[10]}, 0.5, 0.05),
    figure=figure,
    caption="Above the dashed line, most of the gradient has come along the cell.",
    mind="A gradient that comes mostly through the hidden weights while the forget gates stand open.",
    sources=(sources.LSTM_1997, sources.FORGET, sources.LONG),
)
