"""Cells with activations nobody ships, against a loop in float64 NumPy that shares nothing with softgate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import softgate as sg
from softgate.equations import Cell
from softgate.testing import assert_close

Signals = dict[str, np.ndarray]


@sg.activation
def soft_clip(x):
    return x / sg.sqrt(1 + x**2)


@sg.activation
def swing(x):
    return sg.sin(x) * sg.exp(-(x**2) / 8)


@sg.activation
def hinge(x):
    return sg.where(x < -1, -0.1 * x, sg.where(x < 1, 0.1 * x**2, sg.minimum(x, 3.0) - 0.9))


def clip(x):
    return x / np.sqrt(1 + x**2)


def swung(x):
    return np.sin(x) * np.exp(-(x**2) / 8)


def hinged(x):
    return np.where(x < -1, -0.1 * x, np.where(x < 1, 0.1 * x**2, np.minimum(x, 3.0) - 0.9))


@sg.cell(gates="a b", state="h")
def plainest(z, prev):
    """A gate of which the two parts are apart, and one that sees the input alone."""
    m = soft_clip(z.a.x) * swing(z.a.h)
    return {"m": m, "h": prev.h + 0.5 * (hinge(m + z.b.x) - prev.h)}


@sg.cell(gates="i f g o p q", state="h c d", weights="up down")
def six_gates(z, prev, w):
    """Six gates, three states, weights a unit; a gate used whole and in parts."""
    i, f = soft_clip(z.i + w.up * prev.c) ** 2, sg.sigmoid(z.f)
    g, p = swing(z.g + z.g.x), hinge(z.p)
    d = sg.maximum(f * prev.d, abs(i * g)) + w.down * prev.c
    c = f * prev.c + i * g * sg.sigmoid(z.q.h) - 0.1 * d
    return {"i": i, "f": f, "g": g, "p": p, "d": d, "c": c, "h": soft_clip(z.o) * sg.tanh(c) + 0.2 * p}


def by_hand_plainest(x: Signals, h: Signals, prev: Signals, w: Signals) -> Signals:
    m = clip(x["a"]) * swung(h["a"])
    return {"h": prev["h"] + 0.5 * (hinged(m + x["b"]) - prev["h"])}


def by_hand_six(x: Signals, h: Signals, prev: Signals, w: Signals) -> Signals:
    z = {n: x.get(n, 0) + h.get(n, 0) for n in "ifgopq"}
    i = clip(z["i"] + w["up"] * prev["c"]) ** 2
    f = 1 / (1 + np.exp(-z["f"]))
    g, p = swung(z["g"] + x["g"]), hinged(z["p"])
    d = np.maximum(f * prev["d"], np.abs(i * g)) + w["down"] * prev["c"]
    c = f * prev["c"] + i * g / (1 + np.exp(-h["q"])) - 0.1 * d
    return {"d": d, "c": c, "h": clip(z["o"]) * np.tanh(c) + 0.2 * p}


CASES: dict[str, tuple[Cell, Callable[..., Signals]]] = {
    "plainest": (plainest, by_hand_plainest),
    "six_gates": (six_gates, by_hand_six),
}


def loop(
    cell: Cell, by_hand: Callable[..., Signals], x: np.ndarray, values: dict[str, np.ndarray], H: int
) -> np.ndarray:
    """y [T, B, H] from parameters as the layer names them, starting from zero."""
    prev = {s: np.zeros((x.shape[1], H)) for s in cell.states}
    units = {n: values[f"{n}_l0"] for n in cell.weights}
    out = []
    for row in x:
        split = [
            dict(
                zip(
                    gates,
                    np.split(given @ values[f"weight_{k}_l0"].T + values[f"bias_{k}_l0"], len(gates), 1),
                    strict=True,
                )
            )
            for given, k, gates in ((row, "ih", cell.x_gates), (prev["h"], "hh", cell.h_gates))
        ]
        prev = by_hand(*split, prev, units)
        out.append(prev["h"])
    return np.stack(out)


def layer_of(cell: Cell, inputs: int, H: int, dtype: torch.dtype) -> Any:
    torch.manual_seed(0)
    layer = sg.Recurrent(cell, inputs, H, dtype=dtype)
    with torch.no_grad():
        for p in layer.parameters():
            p.uniform_(-0.8, 0.8)
    return layer


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("name", CASES)
def test_as_by_hand(name: str, dtype: torch.dtype, isa: str) -> None:
    cell, by_hand = CASES[name]
    T, B, inputs, H = 7, 5, 3, 19
    layer = layer_of(cell, inputs, H, dtype)
    x = torch.randn(T, B, inputs, dtype=dtype)
    assert sg.explain_path(layer, x).isa == isa
    values = {n: p.detach().double().numpy() for n, p in layer.named_parameters()}
    want = torch.from_numpy(loop(cell, by_hand, x.double().numpy(), values, H))
    tolerance = {torch.float32: 3e-5, torch.float64: 1e-12}[dtype]
    assert_close(layer(x)[0].detach().double(), want, name="y", rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", CASES)
def test_the_gradient_is_that_of_the_loop(name: str) -> None:
    """Central differences of the loop in NumPy, in a few directions."""
    cell, by_hand = CASES[name]
    T, B, inputs, H = 4, 2, 3, 5
    layer = layer_of(cell, inputs, H, torch.float64)
    x = torch.randn(T, B, inputs, dtype=torch.float64)
    seed = np.random.default_rng(0).normal(size=(T, B, H))
    (layer(x)[0] * torch.from_numpy(seed)).sum().backward()
    values = {n: p.detach().numpy().copy() for n, p in layer.named_parameters()}
    rng = np.random.default_rng(1)
    for n, p in layer.named_parameters():
        direction = rng.normal(size=p.shape)
        ends = [
            (loop(cell, by_hand, x.numpy(), values | {n: values[n] + e * direction}, H) * seed).sum()
            for e in (1e-6, -1e-6)
        ]
        got = float((p.grad.numpy() * direction).sum())
        assert abs(got - (ends[0] - ends[1]) / 2e-6) < 1e-6 * max(1.0, abs(got)), n


def test_the_loop_notices_a_wrong_gate() -> None:
    cell, by_hand = CASES["six_gates"]
    layer = layer_of(cell, 3, 5, torch.float64)
    x = torch.randn(4, 2, 3, dtype=torch.float64)
    values = {n: p.detach().numpy() for n, p in layer.named_parameters()}
    values["weight_ih_l0"] = np.roll(values["weight_ih_l0"], 5, axis=0)
    with pytest.raises(AssertionError, match="y: got"):
        assert_close(layer(x)[0].detach(), torch.from_numpy(loop(cell, by_hand, x.numpy(), values, 5)), name="y")


@pytest.mark.parametrize("name", CASES)
def test_the_contract(name: str) -> None:
    sg.testing.check(CASES[name][0], backend="cpu")
