"""Claim 1: the curve that is drawn so often, and why no cell computes it."""

from __future__ import annotations

from typing import Any

from softgate.lab.claims import columns, decide, draw, pools, sources
from softgate.lab.claims.claim import Claim

STUDY = pools.study(
    "c01",
    "Do the candidate and the gate that it meets look at the same number?",
    "They do not: in trained nets the two pre-activations of a unit are nearly uncorrelated.",
    "Over test sequences, the correlation of pre.i with pre.g and of pre.o with c, unit by unit; the median of their "
    "sizes, net by net.",
    [pools.PLAIN],
    pools.INSIDE_TASKS,
    **pools.INSIDE,
)


def figure(frame: Any) -> Any:
    """The two correlations, a dot a net."""
    return draw.measured(
        frame, columns.MEETINGS, "correlation, median size over units", levels={"our bar": columns.SAME}
    )


CLAIM = Claim(
    number=1,
    title="The product is tanh(x) · sigmoid(x)",
    said="At its input the cell multiplies tanh(x) by sigmoid(x). The slope of that curve explains the choice.",
    plainly="Two dials decide what is written. One says what: up or down. The other says how much of it. If both "
    "dials always turned together, one curve would tell the whole story, and people draw that curve. But each dial has "
    "weights of its own. So we looked whether trained nets turn them together.",
    experiment="Plain LSTMs are trained on six tasks. Then we read, at every step and for every unit, what the "
    "candidate "
    "is told and what its gate is told, and correlate the two. A correlation of 1 would make the curve of one "
    "variable the truth. A correlation near 0 makes it a drawing of something that does not happen.",
    study=STUDY,
    pool="inside",
    # A correlation of 0.7 is half of the variance: below it, the other dial says less of this one than it leaves open.
    # The claim is of the cell, so one place and task where the dials turn apart is enough against it.
    rule=decide.above(
        columns.MEETINGS, columns.SAME, 0.1, refute="any", unit="correlation, the median of its size over units"
    ),
    figure=figure,
    caption="How alike are the two numbers that meet? At 1 they would be one number.",
    mind="Nets whose two pre-activations correlate above the bar on most tasks. Then one curve would do.",
    sources=(sources.LSTM_1997, sources.FORGET),
)
