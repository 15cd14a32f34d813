"""Claim 12: the LSTM is a differentiable counter."""

from __future__ import annotations

from typing import Any

from softgate.lab.claims import columns, decide, draw, pools, sources
from softgate.lab.claims.claim import Claim, Published
from softgate.lab.study import task_label

FAR = columns.LONGEST_LOG
GRU = pools.of("gru", "gru", "the gated recurrent unit: what is held and what is written add up to one")
RNN = pools.of("rnn", "rnn_tanh", "no gates: h = tanh(W x + U h + b)")
LSTM = pools.lstm("lstm", "the plain LSTM")

BROKEN = pools.ANBN | {"n": 12, "strings": 3, "cut": 0.5}
"""Strings in a row, half of which break off: only then must a count be reset. After a whole one it is back at 0."""

STUDY = pools.study(
    "c12",
    "Which cells count beyond the longest string they were trained on?",
    "The LSTM does, because its memory is not squashed; the GRU and the plain recurrent net do not, because theirs is.",
    "The longest n up to which every string is predicted without error, in doublings; of the LSTM, how many doublings "
    "it falls short of the longest n of its training. Whether the memory of a unit follows the count, what that unit "
    "does at each a and b, and what is left in it where a string breaks off.",
    [LSTM, GRU, RNN],
    [pools.ANBN, pools.ANBNCN, BROKEN],
    # Pilots: LSTM and GRU of 8 units solve all in 3 of 3 nets at 0.01, in 200 to 1300 steps.
    hidden_size=8,
    steps=6000,
    evaluations=60,
    rates=(0.003, 0.01, 0.03, 0.1),
    measures=(columns.LONGEST, "counter"),
    # A first run, on seeds 0 to 9, read the unit whose memory ranges widest; it was a clock more often than a counter.
    # In a second one, on 100 to 109, no string broke off, and nothing had to be reset.
    first_seed=200,
    # Ten pairs are the least, and not every net has a unit that counts.
    seeds=16,
    quick=pools.GLANCE | {"steps": 3000, "rates": [0.03]},
)


def figure(frame: Any) -> Any:
    """The longest n by cell, on a scale of powers of ten; and what the counting unit of the LSTM does."""
    lstms = frame[frame["variant"] == LSTM.name]
    far = draw.by_variant(frame, STUDY, columns.LONGEST_N, "longest n that is right", logarithmic=True, by=FAR)
    if columns.RESET not in frame:
        return far
    return draw.stacked(far, draw.measured(lstms, columns.COUNTER, "mean at the symbol, counting unit", by=FAR))


def _rule() -> decide.Decision:
    """The others are right less far than the LSTM, and the LSTM farther than it was trained, by a factor of two. One
    unit follows the count, and is emptied where a string breaks off.

    All learn the strings of the training, so the learning rate is chosen by how far the nets of other seeds count.
    """
    beyond = decide.below({"doublings short of the training": columns.SHORT}, -1.0, 1.0, LSTM.name, by=FAR)
    follows = decide.above({"correlation of the best unit with the count": columns.FOLLOWS}, 0.9, 0.05, LSTM.name,
                           by=FAR)  # fmt: skip
    # Of nets in which a unit follows the count: of others it is the line above that says so.
    reset = decide.below({"left of the count where a string breaks off": columns.RESET}, 0.1, 0.05, LSTM.name,
                         by=FAR, present=True)  # fmt: skip
    others = decide.worse([("gru", "lstm"), ("rnn", "lstm")], columns.LONGEST_LOG, 1.0)
    return decide.together(others, beyond, follows, reset.on(task_label(BROKEN)))


CLAIM = Claim(
    number=12,
    title="The LSTM is a differentiable counter",
    said="An LSTM cell is a counter that learns: f resets it, i times g steps it, o shows it.",
    plainly="Give a child ten marbles to count, then give it fifty. It has understood counting if it goes on. Nets are "
    "trained on short strings, aaabbb, and then asked about longer and longer ones. Remembering examples stops at "
    "the longest example. Counting does not.",
    experiment="An LSTM, a GRU and a net without gates learn a^n b^n and a^n b^n c^n. Then n grows until the first "
    "mistake, and the unit whose memory follows the count is read: what each symbol adds, what f keeps, what o shows. "
    "A count that has come back to nothing needs no reset. So in a third task strings follow each other and half of "
    "them break off, where nobody can foresee it: there the memory must be emptied, and we measure what is left.",
    study=STUDY,
    pool="c12",
    # A factor of two, 1 in powers of two: nobody mistakes it for luck with the last marble.
    rule=_rule(),
    figure=figure,
    caption="How far each net counts before its first mistake. One dot a net; the scale goes in powers of ten. "
    "Below: what the unit that counts does at each symbol, in every LSTM that has one.",
    mind="GRUs that count as far as LSTMs do, LSTMs that stop where their training did, or memories that are not "
    "emptied where a count breaks off.",
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
