"""Every cell of the library as a Python loop in torch, written from the publications; torch's autograd does the rest.

A step gets ``z`` (pre-activations by gate; ``z.x(n)`` and ``z.h(n)`` their parts), ``p`` (the states before, for
whoever reads them unit by unit) and ``w`` (weights a unit). What matrices read is another view of the same state, so
that autograd tells the two ways apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, exp, sigmoid, tanh

Step = Callable[[Any, dict[str, Tensor], dict[str, Tensor]], dict[str, Tensor]]


def lstm_like(*, peepholes=False, i=True, f=True, o=True, g=tanh, readout=tanh, coupled=False) -> Step:
    def step(z, p, w):
        def gate(n, cell):
            return sigmoid(z(n) + w[f"p_{n}"] * cell) if peepholes else sigmoid(z(n))

        it = gate("i", p["c"]) if i else 1.0
        ft = 1 - it if coupled else gate("f", p["c"]) if f else 1.0
        c = ft * p["c"] + it * g(z("g"))
        ot = gate("o", c) if o else 1.0
        return {"h": ot * readout(c), "c": c, "i": it, "f": ft, "o": ot}

    return step


def janet(z, p, w):
    f = sigmoid(z("f"))
    c = f * p["c"] + (1 - f) * tanh(z("g"))
    return {"h": c, "c": c}


def gru(z, p, w):
    r, u = sigmoid(z("r")), sigmoid(z("z"))
    return {"h": (1 - u) * tanh(z.x("n") + r * z.h("n")) + u * p["h"]}


def mgu(z, p, w):
    f = sigmoid(z("f"))
    return {"h": (1 - f) * p["h"] + f * tanh(z.x("g") + f * z.h("g"))}


def slstm(z, p, w):
    """The stabilised form: everything relative to exp(m); where nothing is stored yet the input sets the scale."""
    kept = p["m"] - torch.nn.functional.softplus(-z("f"), threshold=40.0)
    empty = p["n"] <= 0
    m = torch.where(empty, z("i"), torch.maximum(kept, z("i")))
    i, f = exp(z("i") - m), exp(torch.where(empty, torch.zeros_like(kept), kept - m))
    c, n = f * p["c"] + i * tanh(z("g")), f * p["n"] + i
    return {"h": sigmoid(z("o")) * c / n, "c": c, "n": n, "m": m}


def minlstm(z, p, w):
    f, i = sigmoid(z.x("f")), sigmoid(z.x("i"))
    return {"h": f / (f + i) * p["h"] + i / (f + i) * z.x("g")}


def mingru(z, p, w):
    u = sigmoid(z.x("z"))
    return {"h": (1 - u) * p["h"] + u * z.x("n")}


STEPS: dict[str, Step] = {
    "cifg": lstm_like(coupled=True),
    "fgr": lstm_like(peepholes=True),
    "gru": gru,
    "janet": janet,
    "lstm": lstm_like(),
    "lstm1997": lstm_like(f=False, g=lambda x: 4 * sigmoid(x) - 2, readout=lambda x: 2 * sigmoid(x) - 1),
    "mgu": mgu,
    "mingru": mingru,
    "minlstm": minlstm,
    "nfg": lstm_like(peepholes=True, f=False),
    "niaf": lstm_like(peepholes=True, g=lambda x: x),
    "nig": lstm_like(peepholes=True, i=False),
    "noaf": lstm_like(peepholes=True, readout=lambda x: x),
    "nog": lstm_like(peepholes=True, o=False),
    "np": lstm_like(),
    "peephole": lstm_like(peepholes=True),
    "rnn": lambda z, p, w: {"h": tanh(z("a"))},
    "rnn_relu": lambda z, p, w: {"h": torch.relu(z("a"))},
    "rnn_tanh": lambda z, p, w: {"h": tanh(z("a"))},
    "slstm": slstm,
    "vanilla": lstm_like(peepholes=True),
}


class Gates:
    """The products of a step, kept by gate and part with their gradients."""

    def __init__(self, cell, weights, x: Tensor, seen: dict[str, Tensor]) -> None:
        self.cell, self.w, self.kept = cell, weights, {}
        parts = [("x", cell.x_gates, x, weights.weight_ih, weights.bias_ih)]
        parts += [("h", cell.h_gates, seen["h"], weights.weight_hh, weights.bias_hh)] if cell.h_gates else []
        for part, order, source, matrix, bias in parts:
            for k, gate in enumerate(order):
                rows = slice(k * matrix.shape[0] // len(order), (k + 1) * matrix.shape[0] // len(order))
                self.kept[gate, part] = source @ matrix[rows].T + (0 if bias is None else bias[rows])
        H = matrix.shape[0] // len(order)
        for k, gate in enumerate(cell.feedback):
            blocks = weights.weight_fb[k * H : (k + 1) * H]
            fed = sum(seen[s] @ blocks[:, j * H : (j + 1) * H].T for j, s in enumerate(cell.feedback))
            self.kept[gate, "h"] = self.kept[gate, "h"] + fed
        for value in self.kept.values():
            if value.requires_grad:
                value.retain_grad()

    def x(self, name: str) -> Tensor:
        return self.kept[name, "x"]

    def h(self, name: str) -> Tensor:
        return self.kept[name, "h"]

    def __call__(self, name: str) -> Tensor:
        return self.x(name) + self.h(name)


@dataclass
class Loop:
    """A loop that has run: per step, in the order of the input, its states and the views that others read."""

    y: Tensor
    finals: tuple[Tensor, ...]
    states: list[dict[str, Tensor]] = field(default_factory=list)
    shown: list[Tensor] = field(default_factory=list)
    """What the outside reads of each step: the output state."""
    by_unit: list[dict[str, Tensor]] = field(default_factory=list)
    """What the step after reads unit by unit."""
    by_matrix: list[dict[str, Tensor]] = field(default_factory=list)
    ends: dict[str, Tensor] = field(default_factory=dict)
    """The last states, as the outside reads them."""
    gates: list[Gates] = field(default_factory=list)

    order: list[dict[str, Tensor]] = field(default_factory=list)
    """The states in the order in which they were computed."""
    kept: dict[int, Tensor] = field(default_factory=dict)

    def keep(self) -> None:
        """Puts the gradients aside, once the loss has gone back: what autograd is asked later adds to ``.grad``."""
        rows = (self.states, self.by_unit, self.by_matrix, [self.ends], [z.kept for z in self.gates])
        values = [v for row in rows for here in row for v in here.values()] + self.shown
        self.kept = {id(v): torch.zeros_like(v) if v.grad is None else v.grad.clone() for v in values}

    def total(self, state: str) -> Tensor:
        """dL/ds_t, [T, B, N], by retain_grad."""
        return torch.stack([self.kept[id(here[state])] for here in self.states])

    def part(self, state: str, which: str) -> Tensor:
        """What arrived by one of the three ways, handed on inside of each step by autograd, [T, B, N]."""
        found = []
        for t, here in enumerate(self.states):
            last = here is self.order[-1]
            if which == "direct":
                arrived = {s: self.kept[id(self.ends[s])] if last else torch.zeros_like(v) for s, v in here.items()}
                arrived["h"] = arrived["h"] + self.kept[id(self.shown[t])]
            else:
                views = (self.by_unit if which == "cell_path" else self.by_matrix)[t]
                arrived = {s: self.kept[id(views[s])] if s in views else torch.zeros_like(v) for s, v in here.items()}
            names = [s for s in here if here[s].requires_grad]
            got = torch.autograd.grad(
                [here[s] for s in names], here[state], [arrived[s] for s in names], retain_graph=True
            )
            found.append(got[0])
        return torch.stack(found)

    def gate(self, name: str, part: str) -> Tensor:
        return torch.stack([self.kept[id(z.kept[name, part])] for z in self.gates])


def _view(value: Tensor) -> Tensor:
    view = value.view_as(value)
    if view.requires_grad:
        view.retain_grad()
    return view


def run(
    name: str, cell, x: Tensor, weights, *, starts: Sequence[Tensor] | None = None, reset=None, reverse: bool = False
) -> Loop:
    """The loop over x [T, B, I]."""
    H = weights.weight_ih.shape[0] // len(cell.x_gates)
    width = H if weights.weight_hr is None else weights.weight_hr.shape[0]
    B, units = x.shape[1], dict(zip(cell.weights, weights.units, strict=True))
    zeros = [x.new_zeros(B, width if k == 0 else H) for k in range(len(cell.states))]
    unit = matrix = dict(zip(cell.states, zeros if starts is None else starts, strict=True))
    rows: dict[int, Any] = {}
    loop = Loop(x, ())
    for t in range(len(x))[:: -1 if reverse else 1]:
        if reset is not None:
            unit, matrix = ({s: torch.where(reset[t][:, None], 0.0, v) for s, v in p.items()} for p in (unit, matrix))
        z = Gates(cell, weights, x[t], matrix)
        made = STEPS[name](z, unit, units)
        here = {s: made[s] for s in cell.states}
        if weights.weight_hr is not None:
            here["h"] = here["h"] @ weights.weight_hr.T
        for value in here.values():
            if value.requires_grad:
                value.retain_grad()
        unit, matrix = ({s: _view(v) for s, v in here.items()} for _ in range(2))
        rows[t] = (here, _view(here["h"]), unit, matrix, z)
        loop.order.append(here)
    loop.ends = {s: _view(v) for s, v in loop.order[-1].items()}
    for t in range(len(x)):
        for column, value in zip(
            (loop.states, loop.shown, loop.by_unit, loop.by_matrix, loop.gates), rows[t], strict=True
        ):
            column.append(value)
    loop.y, loop.finals = torch.stack(loop.shown), tuple(loop.ends[s] for s in cell.states)
    return loop
