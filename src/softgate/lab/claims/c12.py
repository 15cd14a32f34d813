"""Claim 12: the LSTM is a differentiable counter."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from softgate.lab.claims import columns, decide, draw, pools, sources
from softgate.lab.claims.claim import Claim, Published
from softgate.lab.study import task_label

FAR = columns.LONGEST_LOG
GRU = pools.of("gru", "gru", "the gated recurrent unit: what is held and what is written add up to one")
RNN = pools.of("rnn", "rnn_tanh", "no gates: h = tanh(W x + U h + b)")
LSTM = pools.lstm("lstm", "the plain LSTM")

IN_A_ROW = pools.ANBN | {"n": 12, "strings": 3}

STUDY = pools.study(
    "c12",
    "Which cells count beyond the longest string they were trained on?",
    "The LSTM does, because its memory is not squashed; the GRU and the plain recurrent net do not, because theirs is. "
    "Where strings follow each other, f empties the memory between them.",
    "The longest n up to which every string is predicted without error, in doublings; of the LSTM, how many doublings "
    "it falls short of the longest n of its training. What the counting unit does at each a and b, and where a string "
    "begins behind another one.",
    [LSTM, GRU, RNN],
    [pools.ANBN, pools.ANBNCN, IN_A_ROW],
    # Pilots: LSTM and GRU of 8 units solve all in 3 of 3 nets at 0.01, in 200 to 1300 steps.
    hidden_size=8,
    steps=6000,
    evaluations=60,
    rates=(0.003, 0.01, 0.03, 0.1),
    measures=(columns.LONGEST, "counter"),
    quick=pools.GLANCE | {"steps": 3000, "rates": [0.03]},
)


def figure(frame: Any) -> Any:
    """The longest n by cell, on a scale of powers of ten; and what the counting unit of the LSTM does."""
    lstms = frame[frame["variant"] == LSTM.name]
    far = draw.by_variant(frame, STUDY, columns.LONGEST_N, "longest n that is right", logarithmic=True, by=FAR)
    if columns.COUNTER["memory at each a"] not in frame:
        return far
    return draw.stacked(far, draw.measured(lstms, columns.COUNTER, "mean at the symbol, counting unit", by=FAR))


def _rule() -> decide.Decision:
    """The others are right less far than the LSTM, and the LSTM farther than it was trained, by a factor of two; and f
    resets, by the same factor.

    All learn the strings of the training, so the learning rate is chosen by how far the nets of other seeds count.
    """
    others = decide.worse([("gru", "lstm"), ("rnn", "lstm")], columns.LONGEST_LOG, 1.0)
    said = (
        f"{others.said} The LSTM itself has to go beyond the longest string of its training by as much; and where "
        "strings follow each other, the forget gate of its counting unit has to leave at most half of the memory where "
        "one begins."
    )
    beyond = decide.Part(columns.SHORT, LSTM.name, 0.0)
    reset = decide.Part(columns.RESET, LSTM.name, 0.0, tasks=(task_label(IN_A_ROW),))
    names = {
        **others.names,
        columns.SHORT: "doublings short of the training",
        columns.RESET: "log2 of what f keeps where a string begins",
    }
    parts = (*others.parts, beyond, reset)
    return replace(others, rule=replace(others.rule, by=FAR), parts=parts, said=said, names=names)


CLAIM = Claim(
    number=12,
    title="The LSTM is a differentiable counter",
    said="An LSTM cell is a counter that learns: f resets it, i times g steps it, o shows it.",
    plainly="Give a child ten marbles to count, then give it fifty. It has understood counting if it goes on. Nets are "
    "trained on short strings, aaabbb, and then asked about longer and longer ones. Remembering examples stops at "
    "the longest example. Counting does not.",
    experiment="An LSTM, a GRU and a net without gates learn a^n b^n and a^n b^n c^n. Then n grows until the first "
    "mistake, and the unit whose memory moves most is read: what each symbol adds, what f keeps, what o shows. In a "
    "third task strings follow each other, so that something has to empty the memory between them: is it f?",
    study=STUDY,
    pool="c12",
    # A factor of two, 1 in powers of two: nobody mistakes it for luck with the last marble.
    rule=_rule(),
    figure=figure,
    caption="How far each net counts before its first mistake. One dot a net; the scale goes in powers of ten. "
    "Below: what the counting unit of each LSTM does at each symbol.",
    mind="GRUs that count as far as LSTMs do, or LSTMs that stop where their training did.",
    sources=(sources.COUNTING, sources.FINITE, sources.GRU),
    published=(
        Published(
            "Trained on a^n b^n up to n = 100, an LSTM was right at 256 and at 1000; a GRU was wrong from about 39.",
            sources.FINITE,
        ),
        Published(
            "On a^n b^n c^n, ten LSTMs of 3 units, trained up to n = 50, first failed at 83, 109, 113, 124, 135, 144, "
            "150, 165, 192 and 244, although every final loss was under 7e-11."
        ),
    ),
)
