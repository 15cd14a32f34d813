"""The reference against ONNX Runtime's LSTM, GRU and RNN: peepholes, coupled gates, and all its activations.

What ONNX does, and where one could go wrong:

* gates are stacked i o f c (ours: i f g o), GRU's z r h (ours: r z n), peepholes P as i o f;
* ``input_forget=1`` sets f = 1 - i, with i after its peephole; the forget gate's weights are there and not used;
* GRU's z is torch's; torch's form is ``linear_before_reset=1``;
* HardSigmoid has alpha = 0.2 and beta = 0.5, where torch's hardsigmoid has 1/6; LeakyRelu has alpha = 0.01, Elu 1;
* of ThresholdedRelu, ScaledTanh and Affine the parameters must be given: ONNX Runtime's own defaults are 0;
* alpha and beta are queues: an activation without an alpha takes none from the list.

ONNX Runtime computes in float32, so its errors are measured in :data:`TOLERANCE`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper

import softgate as sg
from softgate import activations, reference
from softgate.equations import Cell
from softgate.reference import Weights
from softgate.testing import Problem

T, B, I, H = 6, 3, 4, 5  # noqa: E741
TOLERANCE = {"rtol": 1e-5, "atol": 2e-6}
"""Six steps of float32, with sigmoid and tanh that ONNX Runtime approximates."""

ORDER = {"LSTM": "iofg", "GRU": "zrn", "RNN": "a"}
# Name in ONNX, ours, and parameters other than the default ones.
ACTIVATIONS: dict[str, tuple[str, dict[str, float]]] = {
    "Sigmoid": ("sigmoid", {}),
    "Tanh": ("tanh", {}),
    "Relu": ("relu", {}),
    "Affine": ("affine", {"alpha": 0.7, "beta": 0.1}),
    "LeakyRelu": ("leaky_relu", {"alpha": 0.3}),
    "ThresholdedRelu": ("thresholded_relu", {"alpha": 0.2}),
    "ScaledTanh": ("scaled_tanh", {"alpha": 0.8, "beta": 1.5}),
    "HardSigmoid": ("hard_sigmoid", {"alpha": 0.3, "beta": 0.4}),
    "Elu": ("elu", {"alpha": 0.6}),
    "Softsign": ("softsign", {}),
    "Softplus": ("softplus", {}),
}


def stacked(matrix: torch.Tensor, gates: str, order: str, absent: float = 0.0) -> np.ndarray:
    """Rows of ours, by gate, in ONNX's order; a gate that we do not have gets rows that must not matter."""
    blocks = dict(zip(gates, matrix.chunk(len(gates)), strict=True))
    missing = torch.full_like(matrix[:H], absent)
    return torch.cat([blocks.get(g, missing) for g in order]).float().numpy()


def run_onnx(kind: str, problem: Problem, squashes: list[tuple[str, dict[str, float]]], **attributes: Any):
    """Y, Y_h and Y_c, with the activations and attributes given."""
    cell, w, order = problem.cell, problem.weights, ORDER[kind]
    gates = "".join(cell.gates)
    feeds = {
        "X": problem.x.float().numpy(),
        "W": stacked(w.weight_ih, gates, order, 9.0)[None],
        "R": stacked(w.weight_hh, gates, order, 9.0)[None],
        "B": np.concatenate([stacked(w.bias_ih, gates, order), stacked(w.bias_hh, gates, order)])[None],
        "sequence_lens": np.full(B, T, np.int32),
        "initial_h": problem.states[0].float().numpy()[None],
    }
    outputs = ["Y", "Y_h"]
    if kind == "LSTM":
        feeds["initial_c"] = problem.states[1].float().numpy()[None]
        outputs.append("Y_c")
        if w.units:
            peepholes = dict(zip(cell.weights, w.units, strict=True))
            feeds["P"] = (
                torch.cat([peepholes.get(f"p_{g}", torch.full((H,), 9.0)) for g in "iof"]).float().numpy()[None]
            )
    # ONNX reads alpha and beta as queues: only activations that take one take the next.
    attributes["activations"] = [name for name, _ in squashes]
    attributes["activation_alpha"] = [p["alpha"] for _, p in squashes if "alpha" in p]
    attributes["activation_beta"] = [p["beta"] for _, p in squashes if "beta" in p]
    attributes = {n: v for n, v in attributes.items() if v != []}
    node = helper.make_node(kind, [*feeds], outputs, hidden_size=H, **attributes)
    typed = [
        helper.make_tensor_value_info(n, TensorProto.INT32 if v.dtype == np.int32 else TensorProto.FLOAT, v.shape)
        for n, v in feeds.items()
    ]
    results = [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in outputs]
    graph = helper.make_graph([node], "one", typed, results)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, feeds)


def compare(cell: Cell, kind: str, squashes: list[tuple[str, dict[str, float]]], **attributes: Any) -> None:
    problem = sg.testing.make(cell, T, B, I, H, dtype=torch.float64)
    ours = reference.run(cell, problem.x, problem.states, problem.weights, reverse="direction" in attributes)
    y, *finals = run_onnx(kind, problem, squashes, **attributes)
    sg.testing.assert_close(torch.from_numpy(y[:, 0]).double(), ours.y, name=f"{kind} Y", **TOLERANCE)
    for n, got, want in zip(cell.states, finals, ours.finals, strict=True):
        sg.testing.assert_close(torch.from_numpy(got[0]).double(), want, name=f"{kind} final {n}", **TOLERANCE)


def find(name: str) -> activations.Activation:
    ours, parameters = ACTIVATIONS[name]
    return activations.get(ours, **parameters)


PLAIN = [("Sigmoid", {}), ("Tanh", {}), ("Tanh", {})]
SLOTS = {
    "f": ("input_gate", "forget_gate", "output_gate"),
    "g": ("candidate",),
    "h": ("readout",),
}


@pytest.mark.parametrize("slot", SLOTS)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_each_activation_in_each_slot_of_the_lstm(name: str, slot: str) -> None:
    squashes = list(PLAIN)
    squashes["fgh".index(slot)] = (name, ACTIVATIONS[name][1])
    compare(sg.cells.lstm(**dict.fromkeys(SLOTS[slot], find(name))), "LSTM", squashes)


@pytest.mark.parametrize("name", ["HardSigmoid", "LeakyRelu", "Elu"])
def test_default_parameters_are_those_of_onnx(name: str) -> None:
    """With nothing given, ONNX Runtime and we take the same numbers."""
    cell = sg.cells.lstm(candidate=ACTIVATIONS[name][0])
    compare(cell, "LSTM", [("Sigmoid", {}), (name, {}), ("Tanh", {})])


@pytest.mark.parametrize(("name", "zero"), [("ThresholdedRelu", {"alpha": 0.0}), ("ScaledTanh", {"alpha": 0.0})])
def test_where_onnx_runtime_has_a_default_of_its_own(name: str, zero: dict[str, float]) -> None:
    """It takes 0, where the operator ThresholdedRelu has 1 and ScaledTanh is no longer an operator: so a model that
    is written for it must give these numbers."""
    cell = sg.cells.lstm(candidate=activations.get(ACTIVATIONS[name][0], **zero))
    compare(cell, "LSTM", [("Sigmoid", {}), (name, {}), ("Tanh", {})])


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("name", ["lstm", "peephole", "cifg"])
def test_lstm(name: str, reverse: bool) -> None:
    more = {"direction": "reverse"} if reverse else {}
    more |= {"input_forget": 1} if name == "cifg" else {}
    compare(sg.cells.get(name), "LSTM", PLAIN, **more)


def test_coupled_gates_with_peepholes() -> None:
    compare(sg.cells.cifg(peephole=True), "LSTM", PLAIN, input_forget=1)


def test_all_at_once() -> None:
    """Three activations with parameters of their own, peepholes and coupled gates."""
    gate, candidate, readout = "HardSigmoid", "ScaledTanh", "Elu"
    cell = sg.cells.lstm(
        input_gate=find(gate), output_gate=find(gate), candidate=find(candidate), readout=find(readout),
        coupled=True, peephole=True,
    )  # fmt: skip
    squashes = [(n, ACTIVATIONS[n][1]) for n in (gate, candidate, readout)]
    compare(cell, "LSTM", squashes, input_forget=1)


def test_gru() -> None:
    compare(sg.cells.gru(), "GRU", PLAIN[:2], linear_before_reset=1)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_rnn_with_each_activation(name: str) -> None:
    compare(sg.cells.rnn(nonlinearity=find(name)), "RNN", [(name, ACTIVATIONS[name][1])])


def test_a_wrong_order_of_gates_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ORDER, "LSTM", "ifog")
    with pytest.raises(AssertionError, match=r"LSTM Y.*time step"):
        compare(sg.cells.lstm(), "LSTM", PLAIN)


def test_weights_of_gates_that_are_not_there_do_not_matter() -> None:
    """The rows with which ONNX's forget gate is filled in the coupled tests are not zeros."""
    w = sg.testing.random_weights(sg.cells.cifg(), I, H)
    assert isinstance(w, Weights)
    assert (stacked(w.weight_ih, "igo", "iofg", 9.0)[2 * H : 3 * H] == 9.0).all()
