"""Claim 5: the second derivative of tanh."""

from __future__ import annotations

from typing import Any

from softgate.lab.claims import columns, decide, draw, pools, sources
from softgate.lab.claims.claim import Claim

STUDY = pools.study(
    "c05",
    "Does the curvature of the candidate matter?",
    "It does not: a hard tanh, whose second derivative is zero almost everywhere, does as well as tanh.",
    "Steps until the task is solved, in doublings; never counts as the whole budget. All five have slope 1 at zero and "
    "the range (-1, 1).",
    [pools.PLAIN, pools.HARD, pools.SOFTSIGN, pools.ERF, pools.ARCTAN],
    pools.SWAP_TASKS,
    **pools.SWAPS,
)


def figure(frame: Any) -> Any:
    """Each shape against tanh."""
    return draw.differences(
        frame, STUDY, "plain", columns.PACE, "doublings of the steps until solved", pools.NOTICEABLE
    )


CLAIM = Claim(
    number=5,
    title="The second derivative of tanh sustains for a long range",
    said="tanh is used because its second derivative sustains for a long range before going to zero.",
    plainly="The sentence is repeated in hundreds of answers, and the opposite can be found beside it. Neither "
    "comes with "
    "an experiment. A hard tanh is a straight line with two kinks. It has no second derivative to sustain "
    "anything. If the sentence is right, the hard tanh must fail.",
    experiment="Five candidates with the same range and the same slope at zero, and quite different curvature: "
    "tanh, hard "
    "tanh, softsign, the error function and the arctangent.",
    study=STUDY,
    pool="swaps",
    # The hard tanh alone: it has no curvature at all. The others show that amounts in between change nothing either.
    rule=decide.worse([(pools.HARD.name, "plain")], columns.PACE, pools.NOTICEABLE),
    figure=figure,
    caption="Same range, same slope, other curvature. Inside the grey band there is nothing to explain.",
    mind="A hard tanh that takes 40 % more steps or never learns, with its own best learning rate.",
    sources=(sources.DEEP,),
)
