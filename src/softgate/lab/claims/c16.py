"""Claim 16: the forget gate matters most, then the input gate, the output gate least."""

from __future__ import annotations

from typing import Any

from softgate.lab.claims import columns, decide, draw, pools, sources
from softgate.lab.claims.claim import Claim, Published
from softgate.lab.study import Variant

VARIANTS = (
    pools.of("V", "vanilla", "the baseline of the search-space study: an LSTM with peepholes"),
    pools.of("NIG", "nig", "no input gate"),
    pools.of("NFG", "nfg", "no forget gate"),
    pools.of("NOG", "nog", "no output gate"),
    pools.of("NIAF", "niaf", "no input activation"),
    pools.of("NOAF", "noaf", "no output activation"),
    Variant("CIFG", {"cell": "cifg", "peephole": True}, "coupled gates, f = 1 - i"),
    pools.of("NP", "np", "no peepholes: the usual LSTM"),
    pools.of("FGR", "fgr", "gates see the gates of the step before"),
)

STUDY = pools.study(
    "c16",
    "Which part of an LSTM is missed most?",
    "It depends on the task: what must be forgotten needs f, what must be ignored needs i, what must be kept quiet "
    "needs o. There is no one ranking.",
    "Skill at the end of training, with one part left out.",
    VARIANTS,
    [pools.ADDING, pools.FLIPFLOP, pools.RECALL, pools.WALK, pools.ORDER, pools.REBER],
    steps=1500,
    quick=pools.GLANCE | {"variants": ["V", "NIG", "NFG", "NOG"], "seeds": 3},
)


def figure(frame: Any) -> Any:
    """Variant x task: what each leaves of the baseline's skill."""
    return draw.map_of(frame, STUDY, "V", columns.SKILL, "change of skill")


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
    rule=decide.worse([("NFG", "NIG"), ("NIG", "NOG")], columns.SKILL, 0.1),
    figure=figure,
    caption="One row a variant, one column a task. Blue has lost skill, orange has gained.",
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
