"""Claim 16: the forget gate matters most, then the input gate, the output gate least."""

from __future__ import annotations

from typing import Any

from softgate.lab.claims import columns, decide, draw, pools, sources
from softgate.lab.claims.claim import Claim, Published

VARIANTS = (
    pools.of("V", "vanilla", "the baseline of the search-space study: an LSTM with peepholes"),
    pools.of("NIG", "nig", "no input gate"),
    pools.of("NFG", "nfg", "no forget gate"),
    pools.of("NOG", "nog", "no output gate"),
    pools.of("NIAF", "niaf", "no input activation"),
    pools.of("NOAF", "noaf", "no output activation"),
    pools.of("CIFG", "cifg", "coupled gates, f = 1 - i", peephole=True),
    pools.of("NP", "np", "no peepholes: the usual LSTM"),
    pools.of("FGR", "fgr", "gates see the gates of the step before"),
)

STUDY = pools.study(
    "c16",
    "Which part of an LSTM is missed most?",
    "It depends on the task: what must be forgotten needs f, what must be ignored needs i, what must be kept quiet "
    "needs o. There is no one ranking.",
    "Steps until the task is solved, in doublings, with one part left out; never counts as the whole budget.",
    VARIANTS,
    [pools.ADDING, pools.FLIPFLOP, pools.RECALL, pools.WALK, pools.ORDER, pools.REBER],
    first_seed=pools.AGAIN,
    quick=pools.GLANCE | {"variants": ["V", "NIG", "NFG", "NOG"], "seeds": 3},
)


def figure(frame: Any) -> Any:
    """Variant x task: what leaving a part out does to the time to learn, and to the skill at the end."""
    return draw.stacked(
        draw.map_of(frame, STUDY, "V", columns.PACE, "doublings of the steps until solved"),
        draw.map_of(frame, STUDY, "V", columns.SKILL, "change of skill"),
    )


CLAIM = Claim(
    number=16,
    title="The forget gate matters most, the output gate least",
    said="Of the three gates the forget gate matters most, then the input gate; the output gate matters least.",
    plainly="Which wheel of a car matters most? It depends on the bend. People rank the gates of an LSTM as if "
    "all tasks "
    "were one task. We leave out one part at a time, on six tasks, and show the whole table.",
    experiment="The eight variants of the largest published comparison, each with one thing changed, on our "
    "tasks, beside "
    "what was published.",
    study=STUDY,
    pool="c16",
    rule=decide.worse([("NFG", "NIG"), ("NIG", "NOG")], columns.PACE, pools.NOTICEABLE),
    figure=figure,
    caption="One row a variant, one column a task. Above, orange takes longer; below, blue has lost skill.",
    mind="The same order of the three gates on most tasks.",
    sources=(sources.SEARCH_SPACE, sources.UNREASONABLE, sources.EMPIRICAL, sources.FORGET),
    published=(
        Published(
            "In 5400 runs no variant clearly beat the plain one. No forget gate and no output activation hurt most; "
            "coupled gates and no peepholes cost nothing.",
            sources.SEARCH_SPACE,
        ),
        Published("Embedded Reber grammar with a forget gate: 0.98 to 1.0 right; without one: 0.45 to 0.68."),
    ),
)
