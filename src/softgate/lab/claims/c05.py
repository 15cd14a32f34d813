"""Claim 5: the second derivative of tanh."""

from __future__ import annotations

from typing import Any

from softgate.lab.claims import columns, decide, draw, pools, sources
from softgate.lab.claims.claim import Claim

STUDY = pools.study(
    "c05",
    "Does the curvature of the candidate matter?",
    "It does not: a hard tanh, whose second derivative is zero almost everywhere, does as well as tanh.",
    "Skill at the end of training. All five have slope 1 at zero and the range (-1, 1).",
    [pools.PLAIN, pools.HARD, pools.SOFTSIGN, pools.ERF, pools.ARCTAN],
    pools.SWAP_TASKS,
    **pools.SWAPS,
)


def figure(frame: Any) -> Any:
    """Each shape against tanh."""
    return draw.differences(frame, STUDY, "plain", columns.SKILL, "change of skill against tanh")


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
    # The same tenth as in claim 2, so that the two verdicts may be read side by side.
    rule=decide.worse([(pools.HARD.name, "plain")], columns.SKILL, 0.1),
    figure=figure,
    caption="Same range, same slope, other curvature. Inside the grey band there is nothing to explain.",
    mind="A hard tanh that loses a tenth of the skill or more, with its own best learning rate.",
    sources=(sources.DEEP,),
)
