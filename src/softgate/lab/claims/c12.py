"""Claim 12: the LSTM is a differentiable counter."""

from __future__ import annotations

from typing import Any

from softgate.lab.claims import columns, decide, draw, pools, sources
from softgate.lab.claims.claim import Claim, Published

GRU = pools.of("gru", "gru", "the gated recurrent unit: what is held and what is written add up to one")
RNN = pools.of("rnn", "rnn_tanh", "no gates: h = tanh(W x + U h + b)")
LSTM = pools.lstm("lstm", "the plain LSTM")

STUDY = pools.study(
    "c12",
    "Which cells count beyond the longest string they were trained on?",
    "The LSTM does, because its memory is not squashed; the GRU and the plain recurrent net do not, because theirs is.",
    "The longest n up to which every string is predicted without error.",
    [LSTM, GRU, RNN],
    [pools.ANBN, pools.ANBNCN],
    hidden_size=8,
    steps=6000,
    measures=(columns.LONGEST,),
    quick=pools.GLANCE | {"steps": 3000},
)


def figure(frame: Any) -> Any:
    """The longest n by cell, on a scale of powers of ten."""
    return draw.by_variant(frame, STUDY, columns.LONGEST_N, "longest n that is right", logarithmic=True)


CLAIM = Claim(
    number=12,
    title="The LSTM is a differentiable counter",
    said="An LSTM cell is a counter that learns: f resets it, i times g steps it, o shows it.",
    plainly="Give a child ten marbles to count, then give it fifty. It has understood counting if it goes on. Nets are "
    "trained on short strings, aaabbb, and then asked about longer and longer ones. Remembering examples stops at "
    "the longest example. Counting does not.",
    experiment="An LSTM, a GRU and a net without gates learn a^n b^n and a^n b^n c^n. Then n grows until the "
    "first mistake.",
    study=STUDY,
    pool="c12",
    # A factor of two, 1 in powers of two: nobody mistakes it for luck with the last marble.
    rule=decide.worse([("gru", "lstm"), ("rnn", "lstm")], columns.LONGEST_LOG, 1.0),
    figure=figure,
    caption="How far each net counts before its first mistake. One dot a net; the scale goes in powers of ten.",
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
