"""Claim 15: ReLU instead of tanh."""

from __future__ import annotations

from typing import Any

from softgate.lab.claims import columns, decide, draw, pools, sources
from softgate.lab.claims.claim import Claim

STUDY = pools.study(
    "c15",
    "May tanh be replaced by ReLU inside an LSTM?",
    "At the readout, sometimes; as the candidate, it is a sigmoid without a ceiling: it cannot count down, and it can "
    "explode. Clipping cures the second and not the first.",
    "Steps until the task is solved, in doublings, and how far a net is from the median of its seeds, likewise; the "
    "share of nets that diverged.",
    [pools.PLAIN, pools.RELU, pools.CAPPED, pools.READ_RELU, pools.RELU_BOTH, pools.CAPPED_BOTH],
    pools.SWAP_TASKS,
    **pools.SWAPS | {"first_seed": pools.ONCE_MORE},
)


def figure(frame: Any) -> Any:
    """Each replacement, a dot a net; the skill that they end with; and the share that diverged."""
    return draw.stacked(
        draw.steps(frame, STUDY),
        draw.scores(frame, STUDY, "skill (0 guessing, 1 perfect)"),
        draw.by_variant(frame, STUDY, columns.SPREAD, "doublings from the median of the seeds", by=columns.PACE),
        draw.failures(frame, STUDY),
    )


CLAIM = Claim(
    number=15,
    title="ReLU works as well as tanh",
    said="In modern nets ReLU has replaced tanh. In an LSTM it may replace it too.",
    plainly="ReLU is the workhorse of deep nets: nothing below zero, no limit above. An LSTM, though, adds up what it "
    "writes, step after step. What is harmless once may not be harmless a hundred times.",
    experiment="ReLU as candidate, as readout and as both, and the same clipped at 1. Failures are counted, not "
    "hidden.",
    study=STUDY,
    pool="c15",
    # As well: as fast, and as surely so. A net that diverged or never learned counts as the whole budget, in both.
    rule=decide.together(
        decide.as_fast([(v.name, "plain") for v in STUDY.variants[1:]], columns.PACE, pools.TWICE),
        decide.as_fast([(v.name, "plain") for v in STUDY.variants[1:]], columns.SPREAD, pools.NOTICEABLE),
    ),
    figure=figure,
    caption="Not only the middle matters: look how far the dots of one row lie apart. Below: how well they end, how "
    "far from the median each is, and how many nets were lost, at each learning rate.",
    mind="ReLU variants that take at most twice as long as tanh on all tasks, and are no less sure of it.",
    sources=(sources.RECTIFIED,),
)  # fmt: skip
