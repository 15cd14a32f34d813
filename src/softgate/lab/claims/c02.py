"""Claim 2: activations are a matter of taste."""

from __future__ import annotations

from typing import Any

from softgate.lab.claims import columns, decide, draw, pools, sources
from softgate.lab.claims.claim import Claim, Published

STUDY = pools.study(
    "c02",
    "Which activation of an LSTM may be swapped for another without loss?",
    "Swaps that keep range and rough shape are free; a one-sided or unbounded candidate or readout is not, and which "
    "tasks suffer depends on what they demand of the memory.",
    "Steps until the task is solved, in doublings; a net that never solves it counts as the whole budget. Each variant "
    "with the learning rate that suits it. Skill at the end says too little: most swaps end at perfect.",
    [pools.PLAIN, *pools.GATES, pools.SIGMOID, pools.HARD, pools.SOFTSIGN, pools.RELU, pools.LINEAR, *pools.READOUTS],
    pools.SWAP_TASKS,
    **pools.SWAPS,
)


def figure(frame: Any) -> Any:
    """Every swap against the plain cell, task by task."""
    return draw.differences(frame, STUDY, "plain", columns.PACE, "doublings of the steps until solved", pools.TWICE)


CLAIM = Claim(
    number=2,
    title="Other activations may be used, to taste",
    said="Sigmoid and tanh are only the usual choice. Other activations may be used instead, to taste.",
    plainly="A recipe says sugar. May it be honey? May it be salt? Some swaps in an LSTM are honey and some are salt, "
    "and nobody can tell from the recipe alone. One swap at a time, everything else the same, tells.",
    experiment="One slot of the cell is changed at a time: the three gates, the candidate or the readout. Each "
    "variant has "
    "the same number of weights, starts from the same first weights, sees the same data, and is given several learning "
    "rates to choose from. The table of all combinations is the matrix.",
    study=STUDY,
    pool="swaps",
    # A factor of two in training time: less, nobody would rewrite a model for. "To taste" is said of all swaps, so one
    # that costs more refutes it; the figure says which are free.
    rule=decide.equal([(v.name, "plain") for v in STUDY.variants[1:]], columns.PACE, pools.TWICE, refute="any"),
    figure=figure,
    caption="Each line is a swap; g is what is written, h what is shown. Right of the grey band it costs more than "
    "twice the steps; inside, it is free.",
    mind="Every swap inside the grey band, on tasks that demand what these demand. Then it would be taste.",
    sources=(sources.SEARCH_SPACE,),
    published=(
        Published(
            "In 5400 runs on three data sets, no variant clearly beat the plain LSTM; leaving out the output "
            "activation was among the two changes that hurt most.",
            sources.SEARCH_SPACE,
        ),
    ),
)
