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
    "Skill at the end of training: 0 is guessing, 1 is perfect. Each variant with the learning rate that suits it.",
    [pools.PLAIN, *pools.GATES, pools.SIGMOID, pools.HARD, pools.SOFTSIGN, pools.RELU, pools.LINEAR, *pools.READOUTS],
    pools.SWAP_TASKS,
    **pools.SWAPS,
)


def figure(frame: Any) -> Any:
    """Every swap against the plain cell, task by task."""
    return draw.differences(frame, STUDY, "plain", columns.SKILL, "change of skill against the plain LSTM")


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
    # A tenth of the way from guessing to perfect: less, nobody would rewrite a model for.
    rule=decide.equal([(v.name, "plain") for v in STUDY.variants[1:]], columns.SKILL, 0.1),
    figure=figure,
    caption="Each line is a swap. Left of the grey band, it costs something; inside, it is free.",
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
