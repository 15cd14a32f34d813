"""How far a net that counts can count: predicted from weights and dtype, measured, and moved by making it exact.

``sg.digitise`` is public; ``softgate limits`` runs the whole protocol; docs/limits.md has the theory and the tables.
"""

from __future__ import annotations

from softgate.limits.digitise import Change, Digitised, digitise
from softgate.limits.drift import by_drift
from softgate.limits.inside import Inside, inside
from softgate.limits.nets import Counter, Protocol, Trained, train
from softgate.limits.predict import predicted
from softgate.limits.reach import Failure, measured

__all__ = [
    "Change",
    "Counter",
    "Digitised",
    "Failure",
    "Inside",
    "Protocol",
    "Trained",
    "by_drift",
    "digitise",
    "inside",
    "measured",
    "predicted",
    "train",
]
