"""Gates as affine forms: what one step of an LSTM can decide.

A gate sees the present symbol and the hidden state before it, through one sum: a bias for each symbol and one weight
for each unit, whatever the symbol. So a gate can demand that several conditions hold together, other ones at other
symbols, as long as no two of them would have to drown each other out. :func:`switch` finds weights or says which
conditions clash.

* :class:`Form`: a condition as a sum over hidden states, at least 1 where it holds and at most -1 where it does not.
* :class:`Row`: one gate of one unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from softgate.errors import WiringError
from softgate.zoo.conditions import Array

__all__ = ["Demand", "Form", "Row", "constant", "switch", "table"]

_ROUNDS = 200  # clashing weights double in every round or so; those that fit have settled long before


@dataclass(frozen=True)
class Form:
    """A condition as ``bias + sum of weights[unit] * h[unit]``: low to -1 where it is false, 1 to high where true."""

    text: str
    weights: Mapping[str, float]
    bias: float
    low: float = -1.0
    high: float = 1.0

    def negated(self) -> Form:
        """The condition turned around."""
        weights = {unit: -weight for unit, weight in self.weights.items()}
        return Form(f"not {self.text}", weights, -self.bias, -self.high, -self.low)


# What a gate has to do at a symbol: be open, be shut, or be open where all of some conditions hold.
Demand = bool | tuple[Form, ...]


@dataclass(frozen=True)
class Row:
    """One gate of one unit, before its activation.

    Attributes:
        symbols: [A], what each symbol adds.
        bias: what is added always.
        hidden: weight of each unit's hidden state.
        slack: how much weights may change, as a share of themselves, before the gate decides otherwise; 0 for a gate
            whose very value matters.
        silent: whether something small may be added to it at every step and do nothing.
    """

    symbols: Array
    bias: float = 0.0
    hidden: Mapping[str, float] = field(default_factory=dict)
    slack: float = 0.0
    silent: bool = False

    def negated(self) -> Row:
        """The gate that is open where this one is shut."""
        hidden = {unit: -weight for unit, weight in self.hidden.items()}
        return Row(-self.symbols, -self.bias, hidden, self.slack, self.silent)


def constant(alphabet: Sequence[str], value: float, slack: float = 0.0) -> Row:
    """The same value whatever comes."""
    return Row(np.zeros(len(alphabet)), value, slack=slack, silent=slack > 0)


def table(alphabet: Sequence[str], values: Mapping[str, float], slack: float = 0.0, silent: bool = False) -> Row:
    """A value for each symbol, 0 for those not named."""
    return Row(np.array([values.get(symbol, 0.0) for symbol in alphabet]), slack=slack, silent=silent)


def switch(owner: str, alphabet: Sequence[str], demands: Mapping[str, Demand], K: float) -> Row:
    """A gate that is at least K where it is to be open and at most -K where it is to be shut.

    One that looks at hidden states is driven twice as far.

    Args:
        owner: whose gate, for the message of an error.
        alphabet: the symbols, in the order of the inputs.
        demands: what the gate has to do at each symbol; shut at those not named.
        K: how far the gate is driven.

    Raises:
        WiringError: if no weights do it, because conditions at different symbols would drown each other out.
    """
    wanted = {symbol: demands.get(symbol, False) for symbol in alphabet}
    forms = list(dict.fromkeys(_freeze(form) for demand in wanted.values() for form in _forms(demand)))
    known = {_freeze(form): form for demand in wanted.values() for form in _forms(demand)}
    if not forms:
        values = [-K if wanted[symbol] is False else K for symbol in alphabet]
        same = len(set(values)) == 1
        return Row(np.zeros(len(alphabet)) if same else np.array(values), values[0] if same else 0.0, {}, 1.0, True)
    members = [[_freeze(form) for form in _forms(demand)] for demand in wanted.values() if not isinstance(demand, bool)]
    weight = _weigh(owner, known, members)
    K *= 2  # its sums are not exact, and at -2 K even what leaks in over a million steps is nothing
    low = {key: weight[key] * known[key].low for key in forms}
    high = {key: weight[key] * known[key].high for key in forms}
    biases = []
    for demand in wanted.values():
        mine = {_freeze(form) for form in _forms(demand)}
        least = sum(weight[key] if key in mine else low[key] for key in forms)  # the sum where all of mine hold
        if demand is True or demand == ():
            biases.append(1 - sum(low.values()))
        elif demand is False:
            biases.append(-1 - sum(high.values()))
        else:
            worst = max(sum(-weight[k] if k == lost else high[k] for k in forms) for lost in mine)
            biases.append(-(least + worst) / 2)
    hidden: dict[str, float] = {}
    offset = 0.0
    for key in forms:
        offset += weight[key] * known[key].bias
        for unit, amount in known[key].weights.items():
            hidden[unit] = hidden.get(unit, 0.0) + K * weight[key] * amount
    symbols = K * (np.array(biases) + offset)
    slack = K / (float(np.abs(symbols).max()) + sum(map(abs, hidden.values())))
    return Row(symbols, 0.0, hidden, slack, True)


def _forms(demand: Demand) -> tuple[Form, ...]:
    return () if isinstance(demand, bool) else demand


def _freeze(form: Form) -> tuple[tuple[str, float], ...]:
    """What makes two forms the same: not their wording."""
    return (*sorted(form.weights.items()), ("", form.bias))


def _weigh(
    owner: str, known: Mapping[tuple[tuple[str, float], ...], Form], members: list[list[tuple[tuple[str, float], ...]]]
) -> dict[tuple[tuple[str, float], ...], float]:
    """The least weight of each form that no other can drown out, wherever it is demanded.

    Where S must hold together, the sum with all of S true has to lie two above the sum with any one k of S false,
    whatever the others do: ``2 w_k >= 2 + sum over S of w_j (high_j - 1) + sum over the rest of w_j (high_j - low_j)``,
    without k itself. The right side grows with the weights, so repeating it finds the least solution or none.
    """
    weight = dict.fromkeys(known, 1.0)
    for _ in range(_ROUNDS):
        before = dict(weight)
        for together in members:
            inside = sum(before[j] * (known[j].high - 1) for j in together)
            outside = sum(before[j] * (known[j].high - known[j].low) for j in known if j not in together)
            for k in together:
                own = before[k] * (known[k].high - 1)
                weight[k] = max(weight[k], 1 + (inside - own + outside) / 2)
        if weight == before or max(weight[k] - before[k] for k in weight) < 1e-9 * max(weight.values()):
            return {k: w * (1 + 1e-6) for k, w in weight.items()} if weight != before else weight
    texts = sorted({form.text for form in known.values()})
    raise WiringError(
        f"{owner}: one gate cannot ask for {' and for '.join(texts)} at different symbols or levels: a gate has one "
        "weight for each unit, whatever the symbol. Let another variable, a Flag or a Latch, answer one of them"
    )
