"""Claim 10: the gradient is not guaranteed strong."""

from __future__ import annotations

from typing import Any

from softgate.lab.claims import columns, decide, draw, pools, sources
from softgate.lab.claims.claim import Claim

STUDY = pools.study(
    "c10",
    "How much of a gradient is left after ten steps?",
    "It depends on the task: where the net must hold, it opens its gates and much is left; elsewhere little is.",
    "The norm of the gradient at the memory ten steps before the loss, as a share of that at the loss.",
    [pools.PLAIN],
    pools.INSIDE_TASKS,
    **pools.INSIDE,
)


def figure(frame: Any) -> Any:
    """What is left against distance, beside the product of the forget gates."""
    return draw.stacked(
        draw.by_distance(frame, columns.LEFT, "gradient left (share)", logarithmic="y", levels={"a tenth": 0.1}),
        draw.by_distance(frame, columns.FORGETS, "product of f, mean over units", logarithmic="y"),
    )


CLAIM = Claim(
    number=10,
    title="The gradient is not guaranteed to stay strong",
    said="Even in an LSTM nothing guarantees a strong gradient: a gate that is half open halves it at every step.",
    plainly="An LSTM is often sold as the cure for vanishing gradients. A pipe with valves does not leak by "
    "itself. But "
    "whoever half closes the valves gets half of the water, and half of that after the next one. Ten valves at one "
    "half leave a thousandth.",
    experiment="In trained nets, the norm of the gradient at each distance from the loss, task by task, beside "
    "the product "
    "of the forget gates on the way.",
    study=STUDY,
    pool="inside",
    # A tenth after ten steps is a gate of 0.8: much leakier, and twenty steps are out of reach.
    # "Not guaranteed" is shown by one task on which it is lost. What is left is a product, so its log is what adds up:
    # in a sum of shares one net that keeps half outweighs nine that keep nothing.
    rule=decide.below({"gradient left, 10 steps back": columns.LEFT[10]}, 0.1, 0.02,
                      support="any", unit="share of the gradient", log=True),
    figure=figure,
    caption="What is left of the gradient, by how far back it had to go. The scale goes in powers of ten. Below: what "
    "the forget gates alone would leave.",
    mind="More than a tenth left after ten steps on every task, those included on which nothing must be held.",
    sources=(sources.DIFFICULTY, sources.LONG),
)  # fmt: skip
