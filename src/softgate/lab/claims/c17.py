"""Claim 17: a forget bias of 1 or more is needed at the start."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from softgate.lab.claims import columns, decide, draw, pools, sources
from softgate.lab.claims.claim import Claim

LAGS = (10, 25, 50)


def _begins(name: str, bias: float | str, what: str) -> Any:
    return replace(pools.PLAIN, name=name, forget_bias=bias, what=what)


STUDY = pools.study(
    "c17",
    "From which forget bias should a net begin?",
    "The longer the lag, the more the bias matters: at 10 steps any will do, at 50 a bias of 0 costs most, and the one "
    "that is matched to the lag is the best.",
    "Steps until the task is solved, by lag; a net that never solves it counts as the whole budget.",
    [
        _begins("bias 0", 0.0, "forget gates begin at one half: half of a memory is gone after a step"),
        _begins("bias 1", 1.0, "forget gates begin at 0.73"),
        _begins("bias 2", 2.0, "forget gates begin at 0.88"),
        _begins("chrono", "chrono:50", "forget gates begin spread over all lags up to 50 steps"),
    ],
    [{"task": "delayed_recall", "delay": lag} for lag in LAGS],
)


def figure(frame: Any) -> Any:
    """Steps to the target by lag, a dot a net."""
    return draw.steps(frame, STUDY)


CLAIM = Claim(
    number=17,
    title="The forget bias must begin at 1 or more",
    said="Initialise the bias of the forget gate to 1 or more, or the LSTM will not learn long dependencies.",
    plainly="A new pupil who forgets half of every lesson by the next one never gets to see how the lessons "
    "hang together. "
    "Training could teach the net to remember. But to be taught that, it must first remember. So it should begin by "
    "remembering too much.",
    experiment="Four ways to begin, three lags. The task: one symbol must be recalled after a delay full of noise.",
    study=STUDY,
    pool="c17",
    # A quarter more steps, as in claim 4.
    rule=decide.worse([("bias 0", "bias 1")], columns.PACE, 0.25),
    figure=figure,
    caption="How long until it is learned, by how long it must be remembered.",
    mind="No difference between 0 and 1 at any lag, learning rates swept.",
    sources=(sources.EMPIRICAL, sources.CHRONO, sources.FORGET),
)
