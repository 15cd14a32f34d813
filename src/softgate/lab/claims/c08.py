"""Claim 8: outputs of gates are mostly 0 or 1, outputs of tanh mostly -1 or 1."""

from __future__ import annotations

from typing import Any

from softgate.lab.claims import columns, decide, draw, pools, sources
from softgate.lab.claims.claim import Claim

STUDY = pools.study(
    "c08",
    "What values do gates and candidates take?",
    "Everything between: mostly hard on tasks of switching and mostly not on tasks of amounts.",
    "The share of values within a tenth of an end of their range, for gates and for tanh.",
    [pools.PLAIN],
    pools.INSIDE_TASKS,
    **pools.INSIDE,
)


def figure(frame: Any) -> Any:
    """Shares at the ends, by signal and task."""
    return draw.measured(frame, columns.ENDS, "share of values at an end of the range", levels={"mostly": 0.5})


CLAIM = Claim(
    number=8,
    title="Sigmoids are mostly 0 or 1, tanh mostly -1 or 1",
    said="In a trained LSTM the outputs of sigmoids are mostly 0 or 1, and those of tanh mostly -1 or 1.",
    plainly="If that were so, an LSTM would be a logic circuit in disguise. It is easy to check, and hardly "
    "anybody does: "
    "write down every value, and count those at the ends.",
    experiment="Plain LSTMs on six tasks; every value of every gate, candidate and readout over the test "
    "sequences. Ends are "
    "the outer tenths of each range: under 0.1 and over 0.9 for a gate, beyond 0.9 in size for a tanh.",
    study=STUDY,
    pool="inside",
    # "Mostly" is more than half. Nothing gentler is a claim.
    rule=decide.above(columns.ENDS, 0.5, 0.05, unit="shares"),
    figure=figure,
    caption="Right of the dashed line, most values are at an end.",
    mind="All kinds of signals beyond one half on all tasks, or none of them on any.",
    sources=(sources.VISUALIZING,),
)
