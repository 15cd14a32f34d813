"""Claim 3: with a sigmoid alone at its input, a cell can only count up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from softgate.lab.claims import columns, decide, draw, pools, sources
from softgate.lab.claims.claim import Claim
from softgate.lab.pairs import at_best_rate


def _sized(units: int) -> tuple[Any, Any]:
    said = "one unit" if units == 1 else "two units"
    return (
        replace(pools.PLAIN, name=f"tanh, {said}", hidden_size=units, what=f"plain LSTM with {said}"),
        replace(pools.SIGMOID, name=f"sigmoid, {said}", hidden_size=units, what=f"candidate sigmoid(x), {said}"),
    )


STUDY = pools.study(
    "c03",
    "Can a memory count down if what is written is never below zero?",
    "A single cell cannot: its memory is never below zero and shrinks only by leaking. Two cells can, one counting "
    "what the other must be set off against: impossible for a cell, possible for a net.",
    "Skill on bracket matching and on a walk past zero, with one unit and with two; the lowest value the memory takes.",
    [*_sized(1), *_sized(2)],
    # Pilots: tanh, one unit, solves both in 4 of 4 nets at 0.01, 0.03 and 0.1, in 75 to 1700 steps.
    [pools.DYCK, pools.WALK],
    seeds=20,
    steps=3000,
    rates=(0.01, 0.03, 0.1),
    first_seed=pools.AGAIN,
    measures=(columns.LOWEST,),
    quick=pools.GLANCE | {"seeds": 6, "rates": [0.03], "steps": 1200},
)


def figure(frame: Any) -> Any:
    """Skill by size and candidate, and below it the lowest value of the memory; a dot a net."""
    return draw.stacked(
        draw.scores(frame, STUDY, "skill (0 guessing, 1 perfect)"),
        draw.by_variant(frame, STUDY, columns.LOWEST_C, "lowest value of any memory"),
    )


HIGH, LOW = 0.8, 0.2
"""Skills of nets that can, and of nets that cannot."""


def counted(frame: Any) -> str:
    """How many nets can and how many cannot, where some do each: a median of them is that of neither."""
    rows = at_best_rate(frame, columns.SKILL)
    told = []
    for variant in (v.name for v in STUDY.variants if v.name.startswith("sigmoid")):
        for task, of in rows[rows["variant"] == variant].groupby("task", sort=False):
            can, cannot = int((of[columns.SKILL] >= HIGH).sum()), int((of[columns.SKILL] < LOW).sum())
            what = pools.titled(str(task).partition("(")[0])
            told.append(f"{variant}, {what}: {can} of {len(of)} nets learn it, {cannot} learn nothing")
    return f"Net by net: {'; '.join(told)}. (A skill of {HIGH:g} and more; one under {LOW:g}.)"


CLAIM = Claim(
    number=3,
    title="With a sigmoid at its input, the memory can only count up",
    said="The input cannot go through a sigmoid alone: then the cell could only ever count up.",
    plainly="Think of a tally on a wall. With tanh you may add a stroke or wipe one off. With a sigmoid you may "
    "only add. "
    "The one way to get rid of strokes is to let rain wash the whole wall, a little of everything, which is not "
    "counting down. But a net has many walls. It could keep one tally for ups and one for downs.",
    experiment="Nets of a single unit, then nets of two, learn to match brackets and to follow a walk that "
    "crosses zero. Once "
    "with tanh as the candidate, once with a sigmoid. We also read the lowest value that the memory ever takes: that a "
    "sigmoid keeps it from going below zero is arithmetic, and is shown, not judged.",
    study=STUDY,
    pool="c03",
    # Twice a tenth: a tally that cannot go down must fail visibly, or the argument is about something else.
    rule=decide.worse([("sigmoid, one unit", "tanh, one unit"), ("sigmoid, two units", "tanh, two units")],
                      columns.SKILL, 0.2),
    figure=figure,
    caption="One tally against two. If the claim is about cells and not about nets, only the upper pair is apart. "
    "Below: how low the memory ever goes; with a sigmoid never under zero.",
    counted=counted,
    mind="We take it to be true of a cell and false of a net. A single sigmoid cell that follows the walk would change "
    "the one, nets of two that never do the other.",
    sources=(sources.LSTM_1997, sources.COUNTING),
)  # fmt: skip
