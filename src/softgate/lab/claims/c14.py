"""Claim 14: the readout tanh makes a sign of an unbounded state."""

from __future__ import annotations

from typing import Any

from softgate.lab.claims import columns, decide, draw, pools, sources
from softgate.lab.claims.claim import Claim, Published
from softgate.lab.study import task_label

BOUNDED = pools.ours("c clipped, h linear", "bounded_linear", "no squash at the output, memory clipped to (-1, 1)")

LEFT_OPEN = pools.ours("c clipped, h tanh", "bounded_tanh", "the usual readout, memory clipped to (-1, 1)")

STUDY = pools.study(
    "c14",
    "What is the second tanh for?",
    "For memories without a bound. Without it, training suffers where memories grow; clip the memory, and it is not "
    "missed. It also has a price: a large count comes out as a flat 1.",
    "Steps until the task is solved, in doublings, with and without the readout tanh, with and without a bound on the "
    "memory; on a^n b^n, the longest n that is right.",
    [pools.PLAIN, pools.READ_LINEAR, BOUNDED, LEFT_OPEN],
    [*pools.SWAP_TASKS, pools.ANBN],
    **pools.SWAPS | {"measures": (columns.LONGEST,), "first_seed": pools.ONCE_MORE},
)


def figure(frame: Any) -> Any:
    """The four, task by task; and how far they count."""
    return draw.stacked(
        draw.steps(frame, STUDY),
        draw.by_variant(
            frame, STUDY, columns.LONGEST_N, "longest n that is right", logarithmic=True, by=columns.LONGEST_LOG
        ),
    )


CLAIM = Claim(
    number=14,
    title="The second tanh is needed because the memory has no bound",
    said="The readout tanh turns an unbounded memory into a sign; it is needed because the memory is unbounded.",
    plainly="A box that may hold a thousand coins stands behind a small window. Through the window you see "
    "whether it is "
    "full or empty, not how many coins there are. That protects whoever looks. Does it need protecting if the box "
    "is small?",
    experiment="Take the window away and see what breaks. Then take it away again, "
    "from boxes that are kept small. On a task of counting, the longest count says "
    "how much the window hides.",
    study=STUDY,
    pool="c14",
    # Without the readout tanh it takes longer; where it does, and the lack of a bound is the reason, a bounded memory
    # does not miss it. Both of that pair are clipped, so that what clipping itself costs is no part of it.
    # And what makes a sign of a number hides how large it is: without it a count can be read farther.
    rule=decide.together(
        decide.worse([(pools.READ_LINEAR.name, "plain")], columns.PACE, pools.NOTICEABLE),
        decide.closed((BOUNDED.name, LEFT_OPEN.name), (pools.READ_LINEAR.name, "plain"), columns.PACE,
                      pools.NOTICEABLE),
        decide.better([(pools.READ_LINEAR.name, "plain")], columns.LONGEST_LOG, pools.TWICE)
        .on(task_label(pools.ANBN)),
    ),
    figure=figure,
    caption="With the window, without it, and both on a small box. Below: how far each counts.",
    mind="Linear readouts that do as well on all tasks, or bounded memories that suffer as much, or counts that are "
    "read no farther without the window.",
    sources=(sources.SEARCH_SPACE, sources.LSTM_1997),
    published=(
        Published("Leaving out the output activation was among the two changes that hurt most.", sources.SEARCH_SPACE),
    ),
)  # fmt: skip
