"""The cells that the claims need beside those of the library: one function each, called by its name from a study.

``{"equations": "softgate.lab.claims.cells:flat_tanh"}`` names the first. What is matched is said: range, or slope at 0.
"""

from __future__ import annotations

import math
from typing import Any

from softgate import cells
from softgate.activations import (
    Activation,
    activation,
    arctan,
    erf,
    maximum,
    minimum,
    scaled_sigmoid,
    scaled_tanh,
    sigmoid,
    tanh,
)
from softgate.equations import Cell, cell

FLAT = 0.25
"""The slope of the plain sigmoid at 0."""


@activation
def erf_matched(x: Any) -> Any:
    """The error function with slope 1 at 0; range (-1, 1) as it is."""
    return erf(math.sqrt(math.pi) / 2 * x)


@activation
def arctan_matched(x: Any) -> Any:
    """The arctangent with range (-1, 1) and slope 1 at 0."""
    return 2 / math.pi * arctan(math.pi / 2 * x)


@activation
def capped_relu(x: Any) -> Any:
    """0 below 0, x between, 1 above 1."""
    return minimum(maximum(x, 0.0), 1.0)


@activation
def arctan_gate(x: Any) -> Any:
    """An arctangent from 0 to 1 with the sigmoid's slope at 0, 1/4; it never closes as firmly."""
    return 0.5 + arctan(math.pi / 4 * x) / math.pi


def _candidate(chosen: Activation) -> Cell:
    return cells.lstm(candidate=chosen)


def flat_tanh() -> Cell:
    """Candidate tanh(x / 4): range of tanh, slope of sigmoid."""
    return _candidate(scaled_tanh.with_parameters(alpha=1.0, beta=FLAT))


def steep_sigmoid() -> Cell:
    """Candidate sigmoid(4 x): range of sigmoid, slope of tanh."""
    return _candidate(scaled_sigmoid.with_parameters(scale=1.0, slope=1 / FLAT, offset=0.0))


def shifted_tanh() -> Cell:
    """Candidate 1 + tanh(x): slope, curvature and width of tanh, range (0, 2)."""
    return _candidate(scaled_sigmoid.with_parameters(scale=2.0, slope=2.0, offset=0.0))


def recentred_tanh() -> Cell:
    """The same, with a learned shift for each unit: what is written is 1 + tanh(x) + m, and m may become -1."""

    @cell(gates="i f g o", state="h c", weights="m")
    def recentred(z: Any, prev: Any, w: Any) -> dict[str, Any]:
        i, f, o = sigmoid(z.i), sigmoid(z.f), sigmoid(z.o)
        g = 1.0 + tanh(z.g) + w.m
        c = f * prev.c + i * g
        return {"i": i, "f": f, "g": g, "o": o, "c": c, "h": o * tanh(c)}

    return recentred


def matched_erf() -> Cell:
    """Candidate erf, slope matched."""
    return _candidate(erf_matched)


def matched_arctan() -> Cell:
    """Candidate arctangent, range and slope matched."""
    return _candidate(arctan_matched)


def capped() -> Cell:
    """Candidate ReLU, clipped at 1."""
    return _candidate(capped_relu)


def relu_both_capped() -> Cell:
    """Candidate and readout ReLU, clipped at 1."""
    return cells.lstm(candidate=capped_relu, readout=capped_relu)


def gates_arctan() -> Cell:
    """All three gates an arctangent from 0 to 1."""
    return cells.lstm(input_gate=arctan_gate, forget_gate=arctan_gate, output_gate=arctan_gate)


GATE_SHAPES: dict[str, Any] = {
    "sigmoid": "sigmoid",
    "hard sigmoid": "hard_sigmoid",
    "steep sigmoid": scaled_sigmoid.with_parameters(scale=1.0, slope=1 / FLAT, offset=0.0),
    "arctan 0 to 1": arctan_gate,
    "tanh": "tanh",
}
SHAPES: dict[str, Any] = {
    "tanh": "tanh",
    "hard tanh": "hard_tanh",
    "softsign": "softsign",
    "sigmoid": "sigmoid",
    "tanh + 1": scaled_sigmoid.with_parameters(scale=2.0, slope=2.0, offset=0.0),
    "relu": "relu",
    "linear": "identity",
}


def combined(gate: str, candidate: str, readout: str) -> Cell:
    """One cell of the matrix, by the names of :data:`GATE_SHAPES` and :data:`SHAPES`."""
    chosen = GATE_SHAPES[gate]
    return cells.lstm(chosen, chosen, chosen, candidate=SHAPES[candidate], readout=SHAPES[readout])


def bounded_linear() -> Cell:
    """No readout squash, and a memory that is clipped at -1 and 1: h = o c."""

    @cell(gates="i f g o", state="h c")
    def bounded(z: Any, prev: Any) -> dict[str, Any]:
        i, f, o, g = sigmoid(z.i), sigmoid(z.f), sigmoid(z.o), tanh(z.g)
        c = minimum(maximum(f * prev.c + i * g, -1.0), 1.0)
        return {"i": i, "f": f, "g": g, "o": o, "c": c, "h": o * c}

    return bounded


def bounded_tanh() -> Cell:
    """The usual readout of a memory that is clipped at -1 and 1: h = o tanh(c)."""

    @cell(gates="i f g o", state="h c")
    def bounded(z: Any, prev: Any) -> dict[str, Any]:
        i, f, o, g = sigmoid(z.i), sigmoid(z.f), sigmoid(z.o), tanh(z.g)
        c = minimum(maximum(f * prev.c + i * g, -1.0), 1.0)
        return {"i": i, "f": f, "g": g, "o": o, "c": c, "h": o * tanh(c)}

    return bounded
