"""Claim 11: cells become toggles, latches and counters."""

from __future__ import annotations

from typing import Any

from softgate.lab.claims import columns, decide, draw, pools, sources
from softgate.lab.claims.claim import Claim, Published

STUDY = pools.study(
    "c11",
    "Do single cells follow quotes, brackets and line ends, and does the net use them?",
    "Some do, in every net; fewer hold up when they are taken out than look convincing on a picture.",
    "The number of units of each verdict of sg.find_roles on Python source: a role that is shown by intervention, one "
    "that only correlates, none.",
    [pools.PLAIN],
    [pools.TEXT],
    hidden_size=32,
    batch=32,
    steps=3000,
    measures=(columns.ROLES,),
    rates=(0.01,),
    quick=pools.GLANCE | {"seeds": 2, "steps": 500, "tests": 64},
)


def figure(frame: Any) -> Any:
    """Units by verdict, a dot a net."""
    return draw.measured(frame, columns.ROLE_COUNTS, "units of 32", levels={"one": 1.0})


CLAIM = Claim(
    number=11,
    title="Cells become toggles, latches and counters",
    said="Train an LSTM on text, and single cells become toggles for quotes, counters of brackets, sensors of "
    "line ends.",
    plainly="It is the most beautiful picture in the field: a cell that lights up inside quotes. But a picture "
    "shows the "
    "cell that somebody chose. How many of all cells are like that? And does the net need them?",
    experiment="Character LSTMs read the Python standard library. Every unit is judged: by how its memory moves "
    "at each "
    "symbol, then by setting, moving and removing it. Only what survives that counts as shown.",
    study=STUDY,
    pool="c11",
    # One unit in every net: the claim says that cells become this, not that one may.
    rule=decide.above({"units shown by intervention": columns.ROLE_COUNTS["shown by intervention"]}, 1.0, 0.5),
    figure=figure,
    caption="Units by the strength of the evidence. What only correlates is what pictures show.",
    mind="Nets without a single unit whose role survives intervention.",
    sources=(sources.VISUALIZING,),
    published=(
        Published(
            "In character models of source code and prose, single cells follow quotes, line length and nesting; most "
            "cells cannot be interpreted.",
            sources.VISUALIZING,
        ),
    ),
)
