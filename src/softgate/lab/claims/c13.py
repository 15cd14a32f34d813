"""Claim 13: tanh keeps the cell state in (-1, 1)."""

from __future__ import annotations

from typing import Any

from softgate.lab.claims import columns, decide, draw, pools, sources
from softgate.lab.claims.claim import Claim

STUDY = pools.study(
    "c13",
    "How large does the memory of a cell become?",
    "Larger than 1 on every task: tanh bounds what is written and what is shown, and nothing bounds the sum.",
    "The largest size of c and of h over test sequences.",
    [pools.PLAIN],
    pools.INSIDE_TASKS,
    **pools.INSIDE,
)


def figure(frame: Any) -> Any:
    """The largest memory and the largest output."""
    return draw.measured(frame, columns.SIZES, "largest size", levels={"the bound of tanh": 1.0}, logarithmic=True)


CLAIM = Claim(
    number=13,
    title="tanh keeps the cell state between -1 and 1",
    said="The tanh keeps the values of the cell state between -1 and 1.",
    plainly="You may put at most one coin into the box at a time. Does the box then hold at most one coin? The tanh "
    "limits the coin. It limits what is shown through the window. The box itself fills up.",
    experiment="The largest memory and the largest output of trained nets, over the test sequences of six tasks.",
    study=STUDY,
    pool="inside",
    # 1 is the bound that the claim names; there is no smaller effect to argue about.
    # "Keeps" is said of every net and task, so one task refutes it. Of h it is arithmetic; that is drawn, not judged.
    rule=decide.below(
        {"largest memory": columns.SIZES["memory, c"]}, 1.0, 0.05, refute="any", unit="the largest size of c"
    ),
    figure=figure,
    caption="True of h, which is what the cell shows. Not of c, which is what it holds.",
    mind="Nothing can for h: it is arithmetic. For c, nets whose memory stays inside on every task.",
    sources=(sources.FORGET,),
)
