"""LSTM, GRU and RNN nodes: the tests that the onnx package ships, and every attribute against ONNX Runtime."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from onnx import helper

import softgate as sg
from interchange.runtime import graph, ours, runtime, same, save
from softgate.interchange.onnx_cells import DEFAULTS, Operator, recognise
from softgate.interchange.onnx_read import from_proto
from softgate.interchange.squashes import ONNX

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of NumPy, about other operators' cases
    import onnx.backend.test.case.node.gru
    import onnx.backend.test.case.node.lstm
    import onnx.backend.test.case.node.rnn
    from onnx.backend.test.case.node import _NodeTestCases

SHIPPED = {case.name: case for case in _NodeTestCases if any(k in case.name for k in ("lstm", "gru", "rnn"))}
GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}
T, B, I, H = 6, 4, 3, 5  # noqa: E741


def node(
    kind: str, *, D: int = 1, seed: int = 0, lengths: Any = None, states: bool = True, bias: bool = True,
    P: bool = False, scale: float = 0.8, **attributes: Any,
) -> tuple[Any, dict[str, np.ndarray]]:  # fmt: skip
    """A model of one node with random weights, and feeds."""
    rng = np.random.default_rng(seed)

    def draw(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float32) * np.float32(scale)

    G = GATES[kind]
    constants = {"W": draw(D, G * H, I), "R": draw(D, G * H, H)}
    constants |= {"B": draw(D, 2 * G * H)} if bias else {}
    constants |= {"P": draw(D, 3 * H)} if P else {}
    feeds = {"X": draw(T, B, I)}
    feeds |= {"lens": np.array(lengths, np.int32)} if lengths is not None else {}
    feeds |= {"h0": draw(D, B, H)} if states else {}
    feeds |= {"c0": draw(D, B, H)} if states and kind == "LSTM" else {}
    names = ["X", "W", "R", "B" * bias, "lens" * (lengths is not None), "h0" * states]
    names += ["c0" * states, "P" * P] if kind == "LSTM" else []
    outs = ["Y", "Y_h", "Y_c"][: 3 if kind == "LSTM" else 2]
    made = helper.make_node(kind, names, outs, name="the/node", hidden_size=H, **attributes)
    return graph([made], feeds, outs, constants), feeds


def check(folder: Path, model: Any, feeds: dict[str, np.ndarray]) -> sg.interchange.OnnxModel:
    opened = sg.open(save(model, folder))
    same(ours(opened, feeds), runtime(model, feeds))
    return opened


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_tests_of_the_onnx_package(name: str) -> None:
    """Their weights are inputs of the model, so they come with the call."""
    case = SHIPPED[name]
    model = from_proto(case.model)
    ((inputs, wanted),) = case.data_sets
    with torch.no_grad():
        got = model(*inputs)
    same([g.numpy() for g in (got if isinstance(got, tuple) else (got,))], wanted, 1e-6)


def test_all_of_them_are_there() -> None:
    assert len(SHIPPED) >= 18


@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
@pytest.mark.parametrize("kind", GATES)
class TestEachOperator:
    def test_direction(self, kind: str, direction: str, tmp_path: Path) -> None:
        model, feeds = node(kind, D=1 + (direction == "bidirectional"), direction=direction)
        check(tmp_path, model, feeds)

    def test_lengths_zero_among_them(self, kind: str, direction: str, tmp_path: Path) -> None:
        D = 1 + (direction == "bidirectional")
        model, feeds = node(kind, D=D, direction=direction, lengths=[6, 2, 0, 5])
        check(tmp_path, model, feeds)

    def test_without_bias_and_states(self, kind: str, direction: str, tmp_path: Path) -> None:
        D = 1 + (direction == "bidirectional")
        model, feeds = node(kind, D=D, direction=direction, bias=False, states=False)
        check(tmp_path, model, feeds)

    def test_clip(self, kind: str, direction: str, tmp_path: Path) -> None:
        D = 1 + (direction == "bidirectional")
        model, feeds = node(kind, D=D, direction=direction, clip=0.3)
        opened = check(tmp_path, model, feeds)
        plain, _ = node(kind, D=D, direction=direction)
        assert not np.allclose(runtime(plain, feeds)[0], ours(save(model, tmp_path), feeds)[0], atol=1e-3)
        assert opened is not None

    def test_reset_after_the_product(self, kind: str, direction: str, tmp_path: Path) -> None:
        D, more = 1 + (direction == "bidirectional"), {"linear_before_reset": 1} if kind == "GRU" else {}
        model, feeds = node(kind, D=D, direction=direction, lengths=[6, 2, 1, 5], **more)
        opened = check(tmp_path, model, feeds)
        assert isinstance(opened.the_node, torch.nn.RNNBase)


@pytest.mark.parametrize("coupled", [0, 1])
@pytest.mark.parametrize("clip", [None, 0.4])
def test_peepholes_and_coupled_gates(coupled: int, clip: float | None, tmp_path: Path) -> None:
    more = {} if clip is None else {"clip": clip}
    model, feeds = node("LSTM", D=2, P=True, direction="bidirectional", input_forget=coupled, **more)
    check(tmp_path, model, feeds)


@pytest.mark.parametrize("name", ONNX)
@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_activations_with_parameters(kind: str, name: str, tmp_path: Path) -> None:
    n, row = len(DEFAULTS[kind]), ONNX[name]
    more: dict[str, Any] = {"activations": [name] * n}
    more |= {"activation_alpha": [0.3 + 0.1 * k for k in range(n)]} if row.alpha is not None else {}
    more |= {"activation_beta": [0.4 + 0.1 * k for k in range(n)]} if row.beta is not None else {}
    more |= {"linear_before_reset": 1} if kind == "GRU" else {}
    model, feeds = node(kind, **more, scale=0.3)  # so that what is unbounded stays small
    check(tmp_path, model, feeds)


def test_directions_with_activations_of_their_own(tmp_path: Path) -> None:
    names = ["Sigmoid", "Tanh", "Tanh", "HardSigmoid", "LeakyRelu", "Softsign"]
    model, feeds = node(
        "LSTM", D=2, direction="bidirectional", activations=names, activation_alpha=[0.3, 0.2], activation_beta=[0.4],
        lengths=[6, 2, 0, 5],
    )  # fmt: skip
    opened = check(tmp_path, model, feeds)
    assert {name for name, _ in opened.named_children()} == {"the_node_forward", "the_node_reverse"}


def test_layout_batch_first(tmp_path: Path) -> None:
    """ONNX Runtime does not have it, so it is the other layout with axes swapped."""
    model, feeds = node("LSTM", D=2, direction="bidirectional", lengths=[6, 2, 0, 5])
    turned, _ = node("LSTM", D=2, direction="bidirectional", lengths=[6, 2, 0, 5], layout=1)
    swapped = {n: v if n == "lens" else v.swapaxes(0, 1).copy() for n, v in feeds.items()}
    Y, h, c = runtime(model, feeds)
    got = ours(save(turned, tmp_path), swapped)
    same(got, [Y.transpose(2, 0, 1, 3), h.swapaxes(0, 1), c.swapaxes(0, 1)])


def test_double_precision(tmp_path: Path) -> None:
    model, feeds = node("GRU", linear_before_reset=1)
    for tensor in model.graph.initializer:
        value = onnx.numpy_helper.to_array(tensor).astype(np.float64)
        tensor.CopyFrom(onnx.numpy_helper.from_array(value, tensor.name))
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.elem_type = onnx.TensorProto.DOUBLE
    got = ours(save(model, tmp_path), {n: v.astype(np.float64) for n, v in feeds.items()})
    single, _ = node("GRU", linear_before_reset=1)
    same([g.astype(np.float32) for g in got], runtime(single, feeds), 1e-6)
    assert got[0].dtype == np.float64


def test_plain_nodes_are_torchs_own_layers(tmp_path: Path) -> None:
    for kind, wanted in (("LSTM", sg.LSTM), ("RNN", sg.RNN)):
        assert type(sg.open(save(node(kind)[0], tmp_path)).the_node) is wanted
    model, _ = node("GRU", linear_before_reset=1)
    assert type(sg.open(save(model, tmp_path)).the_node) is sg.GRU


@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
def test_signals_stand_at_the_steps_of_the_input(direction: str, tmp_path: Path) -> None:
    model, feeds = node("LSTM", D=1 + (direction == "bidirectional"), direction=direction, lengths=[6, 2, 1, 5])
    opened = sg.open(save(model, tmp_path))
    with sg.record(opened) as rec:
        Y, *_ = opened(*feeds.values())
    names = ["the_node.l0.h", "the_node.l0.reverse.h"][: Y.shape[1]]
    for d, name in enumerate(names):
        there = ~rec[name].isnan()
        assert there.any(-1).sum(0).tolist() == [6, 2, 1, 5]
        torch.testing.assert_close(rec[name].nan_to_num(), Y[:, d].detach())


@pytest.mark.parametrize("kind", GATES)
def test_gradients_reach_the_weights(kind: str, tmp_path: Path) -> None:
    model, feeds = node(kind)
    opened = sg.open(save(model, tmp_path))
    opened(*feeds.values())[0].sum().backward()
    assert all(p.grad is not None and bool(p.grad.abs().sum() > 0) for p in opened.parameters())


@pytest.mark.parametrize(
    ("kind", "more", "said"),
    [
        (
            "LSTM",
            {"activations": ["Sigmoid", "Tanh", "Sinus"]},
            "LSTM node 'the/node': attribute activations has 'Sinus'",
        ),
        ("LSTM", {"activations": ["Sigmoid"]}, "attribute activations must have 3 names"),
        ("LSTM", {"direction": "sideways"}, "attribute direction is 'sideways'"),
        ("GRU", {"layout": 2}, "attribute layout must be 0 or 1"),
        ("RNN", {"swish": 1}, "RNN node 'the/node': attribute swish is not known"),
        ("RNN", {"activations": ["ScaledTanh"]}, "activation_alpha has no number for ScaledTanh"),
        ("RNN", {"activation_alpha": [0.5]}, "activation_alpha has 1 numbers that nobody takes"),
        ("LSTM", {"D": 2}, r"input W must be \[1, 20, 'I'\], got \[2, 20, 3\]"),
    ],
)
def test_what_has_no_meaning_is_named(kind: str, more: dict[str, Any], said: str, tmp_path: Path) -> None:
    path = save(node(kind, **more)[0], tmp_path)
    with pytest.raises(sg.InterchangeError, match=said):
        sg.open(path)


def test_a_wrong_hidden_size_is_named(tmp_path: Path) -> None:
    model, _ = node("LSTM")
    next(a for a in model.graph.node[0].attribute if a.name == "hidden_size").i = 7
    with pytest.raises(sg.InterchangeError, match=r"attribute hidden_size is 7, and R says 5"):
        sg.open(save(model, tmp_path))


def test_every_operator_is_recognised_from_its_equations() -> None:
    squash = sg.activations.get
    three = (squash("hard_sigmoid"), squash("elu", alpha=0.4), squash("softsign"))
    for clip in (None, 0.7):
        for peephole in (False, True):
            for coupled in (False, True):
                operator = Operator("LSTM", three, clip, peephole, coupled)
                assert recognise(operator.cell()) == operator
        assert recognise(Operator("GRU", three[:2], clip).cell()) == Operator("GRU", three[:2], clip)
        assert recognise(Operator("RNN", three[:1], clip).cell()) == Operator("RNN", three[:1], clip)
