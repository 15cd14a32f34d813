"""Every cell against a loop in NumPy, written from the publication and not from the cell: so a typo is seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import softgate as sg
from softgate import reference
from softgate.equations import Cell

Step = Callable[[Any, dict[str, Any], dict[str, Any]], dict[str, Any]]
T, B, I, H = 9, 3, 4, 5  # noqa: E741


def sigma(x):
    return 1 / (1 + np.exp(-x))


class Gates:
    """The pre-activations of a step: ``z("i")`` is W x + U h + b; ``z.x("n")`` and ``z.h("n")`` its two parts."""

    def __init__(self, cell: Cell, weights: reference.Weights, x, prev):
        self.cell, self.w, self.input, self.prev = cell, weights, x, prev
        self.unit = dict(zip(cell.weights, (u.numpy() for u in weights.units), strict=True))

    def _rows(self, matrix, order, name):
        k = order.index(name)
        return matrix.numpy()[k * H : (k + 1) * H]

    def x(self, name):
        w, order = self.w, self.cell.x_gates
        return self.input @ self._rows(w.weight_ih, order, name).T + self._rows(w.bias_ih, order, name)

    def h(self, name):
        w, order = self.w, self.cell.h_gates
        return self.prev["h"] @ self._rows(w.weight_hh, order, name).T + self._rows(w.bias_hh, order, name)

    def fed(self, name):
        """The extra recurrence of the full gate recurrence: all gates of the step before, one matrix each."""
        k = "ifo".index(name) * H
        blocks = self.w.weight_fb.numpy()[k : k + H]
        return sum(self.prev[s] @ blocks[:, j * H : (j + 1) * H].T for j, s in enumerate("ifo"))

    def __call__(self, name):
        return self.x(name) + self.h(name)


def lstm_like(
    *, peepholes=False, i=True, f=True, o=True, g=np.tanh, readout=np.tanh, coupled=False, full=False
) -> Step:
    def step(z, prev, p):
        def gate(n, cell):
            return sigma(z(n) + (z.fed(n) if full else 0) + (p[f"p_{n}"] * cell if peepholes else 0))

        i_t = gate("i", prev["c"]) if i else 1.0
        f_t = 1 - i_t if coupled else gate("f", prev["c"]) if f else 1.0
        c = f_t * prev["c"] + i_t * g(z("g"))
        o_t = gate("o", c) if o else 1.0
        return {"h": o_t * readout(c), "c": c, "i": i_t, "f": f_t, "o": o_t}

    return step


def janet(z, prev, p):
    f = sigma(z("f"))
    c = f * prev["c"] + (1 - f) * np.tanh(z("g"))
    return {"h": c, "c": c}


def janet_beta(z, prev, p):
    s = z("f")
    c = sigma(s) * prev["c"] + (1 - sigma(s - 1.0)) * np.tanh(z("g"))
    return {"h": c, "c": c}


def gru(z, prev, p):
    r, u = sigma(z("r")), sigma(z("z"))
    return {"h": (1 - u) * np.tanh(z.x("n") + r * z.h("n")) + u * prev["h"]}


def mgu(z, prev, p):
    f = sigma(z("f"))
    return {"h": (1 - f) * prev["h"] + f * np.tanh(z.x("g") + f * z.h("g"))}


def slstm(forget) -> Step:
    """The publication's equations before they are stabilised: exponentials as they are."""

    def step(z, prev, p):
        i, f, o = np.exp(z("i")), forget(z("f")), sigma(z("o"))
        c, n = f * prev["c"] + i * np.tanh(z("g")), f * prev["n"] + i
        return {"h": o * c / n, "c": c, "n": n}

    return step


def minlstm(z, prev, p):
    f, i = sigma(z.x("f")), sigma(z.x("i"))
    return {"h": f / (f + i) * prev["h"] + i / (f + i) * z.x("g")}


def mingru(z, prev, p):
    u = sigma(z.x("z"))
    return {"h": (1 - u) * prev["h"] + u * z.x("n")}


def linear(x):
    return x


LOOPS: dict[str, tuple[dict[str, Any], Step]] = {
    "cifg": ({}, lstm_like(coupled=True)),
    "cifg, with peepholes": ({"peephole": True}, lstm_like(coupled=True, peepholes=True)),
    "fgr": ({}, lstm_like(peepholes=True, full=True)),
    "gru": ({}, gru),
    "janet": ({}, janet),
    "janet, beta": ({"beta": 1.0}, janet_beta),
    "lstm": ({}, lstm_like()),
    "lstm, other squashes": (
        {"candidate": "sigmoid", "readout": "identity", "forget_gate": "hard_sigmoid"},
        lambda z, prev, p: (lambda c: {"c": c, "h": sigma(z("o")) * c})(
            np.clip(0.2 * z("f") + 0.5, 0, 1) * prev["c"] + sigma(z("i")) * sigma(z("g"))
        ),
    ),
    "lstm, nothing but a counter": (
        {"candidate": None, "output_gate": None, "readout": None, "forget_gate": None},
        lambda z, prev, p: {"c": prev["c"] + sigma(z("i")), "h": prev["c"] + sigma(z("i"))},
    ),
    "lstm1997": (
        {},
        lstm_like(f=False, g=lambda x: 4 / (1 + np.exp(-x)) - 2, readout=lambda x: 2 / (1 + np.exp(-x)) - 1),
    ),
    "mgu": ({}, mgu),
    "mingru": ({}, mingru),
    "minlstm": ({}, minlstm),
    "nfg": ({}, lstm_like(peepholes=True, f=False)),
    "niaf": ({}, lstm_like(peepholes=True, g=linear)),
    "nig": ({}, lstm_like(peepholes=True, i=False)),
    "noaf": ({}, lstm_like(peepholes=True, readout=linear)),
    "nog": ({}, lstm_like(peepholes=True, o=False)),
    "np": ({}, lstm_like()),
    "peephole": ({}, lstm_like(peepholes=True)),
    "rnn": ({"nonlinearity": "softsign"}, lambda z, prev, p: {"h": z("a") / (1 + abs(z("a")))}),
    "rnn_relu": ({}, lambda z, prev, p: {"h": np.maximum(z("a"), 0)}),
    "rnn_tanh": ({}, lambda z, prev, p: {"h": np.tanh(z("a"))}),
    "slstm": ({}, slstm(sigma)),
    "slstm, exponential forget gate": ({"forget_gate": "exp"}, slstm(np.exp)),
    "vanilla": ({}, lstm_like(peepholes=True)),
}


def test_no_cell_lacks_a_loop() -> None:
    assert {key.partition(",")[0] for key in LOOPS} == set(sg.cells.names())


@pytest.mark.parametrize("key", LOOPS)
def test_the_reference_runs_the_loop(key: str) -> None:
    options, step = LOOPS[key]
    cell = sg.cells.get(key.partition(",")[0], **options)
    problem = sg.testing.make(cell, T, B, I, H, dtype=torch.float64)
    zeros = [torch.zeros_like(s) for s in problem.states]
    got = reference.run(cell, problem.x, zeros, problem.weights)
    prev = {n: np.zeros((B, H)) for n in cell.states}
    for t in range(T):
        z = Gates(cell, problem.weights, problem.x[t].numpy(), prev)
        prev = {**prev, **step(z, prev, z.unit)}
        want = torch.from_numpy(np.broadcast_to(prev["h"], (B, H)).copy())
        sg.testing.assert_close(got.y[t], want, name=f"{key}: h at step {t}", rtol=1e-12, atol=1e-13)
    for n, final in zip(cell.states, got.finals, strict=True):
        if not key.startswith("slstm") or n == "h":
            want = torch.from_numpy(np.broadcast_to(prev[n], (B, H)).copy())
            sg.testing.assert_close(final, want, name=f"{key}: final {n}", rtol=1e-12, atol=1e-13)
    if key.startswith("slstm"):
        _, c, n, m = got.finals
        for name, scaled in (("c", c), ("n", n)):
            want = torch.from_numpy(prev[name])
            sg.testing.assert_close(scaled * torch.exp(m), want, name=f"{name} exp(m)", rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("forget", ["sigmoid", "exp"])
@pytest.mark.parametrize("scale", [1.0, 100.0, 1e4])
def test_slstm_is_safe_from_a_zero_state(forget: str, scale: float) -> None:
    """n = 0 at the start: no NaN, finite gradients, and n is never below 1 afterwards, however the gates stand."""
    cell = sg.cells.slstm(forget_gate=forget)
    problem = sg.testing.make(cell, T, B, I, H, scale=scale)
    x = problem.x.clone().requires_grad_()
    states = [torch.zeros_like(s, requires_grad=True) for s in problem.states]
    result = reference.run(cell, x, states, problem.weights, signals=("n", "c", "m", "i", "f"))
    assert all(v.isfinite().all() for v in (result.y, *result.signals.values()))
    assert (result.signals["n"] >= 1).all()
    assert (result.y.abs() <= 1).all()
    gradients = torch.autograd.grad(result.y.sum(), [x, *states])
    assert all(g.isfinite().all() for g in gradients)


def test_slstm_forgets_nothing_when_the_first_inputs_are_faint() -> None:
    """exp(-200) is 0 in float32 unless it sets the scale; h is then the candidate all the same."""
    cell = sg.cells.slstm()
    values = {"z.i": -200.0, "z.f": 3.0, "z.g": 0.5, "z.o": 50.0}
    weights = reference.Weights(
        weight_ih=torch.tensor([[values[f"z.{g}"]] for g in cell.gates]), weight_hh=torch.zeros(4, 1)
    )
    zeros = [torch.zeros(1, 1) for _ in cell.states]
    y = reference.run(cell, torch.ones(4, 1, 1), zeros, weights).y
    sg.testing.assert_close(y, torch.full_like(y, np.tanh(0.5)), name="h")


def test_minlstm_is_safe_where_both_gates_are_shut() -> None:
    cell = sg.cells.minlstm()
    weights = reference.Weights(weight_ih=torch.tensor([[-1e4], [-1e4], [2.0]]), weight_hh=None)
    y = reference.run(cell, torch.ones(2, 1, 1), [torch.zeros(1, 1)], weights).y
    assert y.flatten().tolist() == [1.0, 1.5]
