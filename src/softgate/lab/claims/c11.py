"""Claim 11: cells become toggles, latches and counters."""

from __future__ import annotations

from typing import Any

from softgate.lab.claims import columns, decide, draw, pools, sources
from softgate.lab.claims.claim import Claim, Published
from softgate.lab.claims.measures import NAMED
from softgate.roles.words import VERDICTS

STUDY = pools.study(
    "c11",
    "Do single cells follow quotes, brackets and line ends, and does the net use them?",
    "Some do, in every net; fewer hold up when they are taken out than look convincing on a picture.",
    "The number of latches, toggles and counters at each verdict of sg.find_roles, on Python source with the events "
    "and labels of its tokenizer (quotes, comments, brackets, line ends); and of units of any role that follow one "
    "of the labels.",
    [pools.PLAIN],
    # Pilots: 64 units beat counts of three characters (2.99 bits) after 500 steps; 2.75 bits after 1500.
    [pools.TEXT],
    hidden_size=64,
    batch=32,
    steps=3000,
    evaluations=15,
    spacing="even",
    measures=(columns.ROLES,),
    rates=(0.003, 0.01),
    quick=pools.GLANCE | {"seeds": 2, "steps": 1000, "tests": 64, "evaluations": 5},
)


EACH = {f"{role}, {verdict}": f"roles.{role}.{verdict}" for role in NAMED for verdict in VERDICTS}
"""How many units have each role at each verdict."""


def figure(frame: Any) -> Any:
    """Units by verdict, a dot a net; and each role at each verdict, if any unit has one of them."""
    units = draw.measured(frame, columns.ROLE_COUNTS, "units of 64", levels={"one": 1.0}, by=columns.SKILL)
    some = {name: column for name, column in EACH.items() if column in frame and frame[column].any()}
    return (
        draw.stacked(units, draw.measured(frame, some, "units of 64, by role and verdict", by=columns.SKILL))
        if some
        else units
    )


CLAIM = Claim(
    number=11,
    title="Cells become toggles, latches and counters",
    said="Train an LSTM on text, and single cells become toggles for quotes, counters of brackets, sensors of "
    "line ends.",
    plainly="It is the most beautiful picture in the field: a cell that lights up inside quotes. But a picture "
    "shows the "
    "cell that somebody chose. How many of all cells are like that? And does the net need them?",
    experiment="Character LSTMs read the Python standard library. Every unit is judged: by how its memory moves "
    "where a quote, a comment or a bracket opens or closes, and by whether it follows what the tokenizer knows; then "
    "by setting, moving and removing it, in files that it has never read. Only what survives that counts as shown.",
    study=STUDY,
    pool="c11",
    # One unit in every net: the claim says that cells become this, not that one may. A skill of 0.3 is what counts of
    # three characters have; nobody is at 0.5 of the way from guessing to no bits at all.
    rule=decide.above({name: columns.ROLE_COUNTS[name] for name in (
        "latch, toggle or counter, shown", "follows a label, shown")}, 1.0, 0.5, learned=0.3,
                      by=columns.SKILL, unit="units of 64"),
    figure=figure,
    caption="Units by the strength of the evidence. What only looks like a role is what pictures show. Where "
    "any unit has one, a second figure has the roles at each verdict.",
    mind="Nets without a single unit whose role survives intervention.",
    sources=(sources.VISUALIZING,),
    published=(
        Published(
            "In character models of source code and prose, single cells follow quotes, line length and nesting; most "
            "cells cannot be interpreted.",
            sources.VISUALIZING,
        ),
    ),
)  # fmt: skip
