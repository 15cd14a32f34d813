"""Claim 17: a forget bias of 1 or more is needed at the start."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from softgate.lab.claims import columns, decide, draw, pools, sources
from softgate.lab.claims.claim import Claim
from softgate.lab.study import task_label

LAGS = (5, 10, 20, 40)
"""In pilots chrono with the lag of the task and a bias of 2 solve all of them, a bias of 1 those up to 20."""
CHRONO = "chrono"


def _begins(name: str, bias: float | str, what: str) -> Any:
    return replace(pools.PLAIN, name=name, forget_bias=bias, what=what)


STUDY = pools.study(
    "c17",
    "From which forget bias should a net begin?",
    "The longer the lag, the more the bias matters: at 5 steps any will do, at 40 a bias of 0 never learns, and the "
    "one that is matched to the lag is the best.",
    "Steps until the task is solved, in doublings, by lag; a net that never solves it counts as the whole budget. "
    "Chrono with the lag of the task.",
    [
        _begins("bias 0", 0.0, "forget gates begin at one half: half of a memory is gone after a step"),
        _begins("bias 1", 1.0, "forget gates begin at 0.73"),
        _begins("bias 2", 2.0, "forget gates begin at 0.88"),
        *(_begins(f"{CHRONO} {n}", f"chrono:{n}", f"forget gates begin spread over lags up to {n}") for n in LAGS),
    ],
    [{"task": "delayed_recall", "delay": lag} for lag in LAGS],
    first_seed=pools.AGAIN,
    quick=pools.GLANCE | {"rates": [0.003, 0.01]},
)


def of_the_lag(frame: Any) -> Any:
    """The rows with one variant ``chrono``, on each task the one that is set to its lag."""
    lags = {task_label(task): str(task["delay"]) for task in STUDY.tasks}
    kind, _, lag = (frame["variant"].str.partition(" ")[k] for k in range(3))
    chrono = kind == CHRONO
    named = frame.assign(variant=frame["variant"].where(~chrono, CHRONO))
    return named[~chrono | (lag == frame["task"].map(lags))]


def figure(frame: Any) -> Any:
    """Steps to the target by lag, a dot a net."""
    return draw.steps(frame, STUDY)


def _rule() -> decide.Decision:
    """A bias of 0 against every beginning that the claim recommends."""
    pairs = [("bias 0", "bias 1"), ("bias 0", "bias 2"), ("bias 0", CHRONO)]
    # Three of four: at a lag that neither 0 nor 1 can learn, those two cannot be compared, and the others can.
    return decide.worse(pairs, columns.PACE, pools.NOTICEABLE, need=0.75)


CLAIM = Claim(
    number=17,
    title="The forget bias must begin at 1 or more",
    said="Initialise the bias of the forget gate to 1 or more, or the LSTM will not learn long dependencies.",
    plainly="A new pupil who forgets half of every lesson by the next one never gets to see how the lessons "
    "hang together. "
    "Training could teach the net to remember. But to be taught that, it must first remember. So it should begin by "
    "remembering too much.",
    experiment="Four ways to begin, four lags. The task: one symbol must be recalled after a delay full of noise.",
    study=STUDY,
    pool="c17",
    rule=_rule(),
    shown=of_the_lag,
    figure=figure,
    caption="How long until it is learned, by how long it must be remembered.",
    mind="No difference between 0 and the others at some lag, learning rates swept.",
    sources=(sources.EMPIRICAL, sources.CHRONO, sources.FORGET),
)
