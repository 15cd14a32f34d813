"""The matrix: every gate with every candidate with every readout, on six tasks.

5 x 7 x 5 cells, 10 seeds, two learning rates: 21,000 nets, which is why it stands apart from the claims. One of them
is the LSTM as everybody uses it; how it ranks among the others is the answer to "is it a matter of taste?".
"""

from __future__ import annotations

from softgate.lab.claims import pools
from softgate.lab.study import Study, Variant

__all__ = ["CANDIDATES", "FOLDER", "GATES", "PARTS", "READOUTS", "STUDY", "USUAL", "parts"]

FOLDER = "matrix"
GATES = ("sigmoid", "hard sigmoid", "steep sigmoid", "arctan 0 to 1", "tanh")
CANDIDATES = ("tanh", "hard tanh", "softsign", "sigmoid", "tanh + 1", "relu", "linear")
READOUTS = ("tanh", "hard tanh", "sigmoid", "relu", "linear")
PARTS = {"gates": GATES, "candidate": CANDIDATES, "readout": READOUTS}
"""What is varied; the usual shape first."""
APART = " | "


def _variant(gate: str, candidate: str, readout: str) -> Variant:
    return Variant(
        APART.join((gate, candidate, readout)),
        {"equations": f"{pools.HERE}combined", "gate": gate, "candidate": candidate, "readout": readout},
        f"gates {gate}, candidate {candidate}, readout {readout}",
        forget_bias=pools.FORGET,
    )


def parts(variant: str) -> tuple[str, str, str]:
    """Gate, candidate and readout of a variant's name."""
    gate, candidate, readout = variant.split(APART)
    return gate, candidate, readout


USUAL = APART.join(("sigmoid", "tanh", "tanh"))

STUDY: Study = pools.study(
    FOLDER,
    "Which combinations of gate, candidate and readout work, on which tasks?",
    "The usual one is among the best on every task and the best on none; one-sided candidates fail where a "
    "memory has to "
    "go down, linear readouts where it grows, and gates that may be negative everywhere.",
    "Skill at the end of training, 0 is guessing and 1 is perfect; and the steps until the task was solved.",
    [_variant(g, c, r) for g in GATES for c in CANDIDATES for r in READOUTS],
    # Pilots of the usual cell: it solves each at either rate, in 5 of 5 nets, within the budget.
    [
        pools.ADDING | {"steps": 12},
        pools.FLIPFLOP,
        pools.RECALL,
        pools.WALK,
        pools.ANBN | {"n": 12},
        pools.ORDER,
    ],
    steps=1200,
    evaluations=48,
    spacing="even",
    rates=(0.005, 0.02),
    quick=pools.GLANCE | {"seeds": 2, "steps": 300, "evaluations": 6, "tasks": [pools.FLIPFLOP], "variants": [USUAL]},
)
