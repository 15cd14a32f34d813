"""Whole graphs: what torch.onnx and Keras write opens and agrees; every row of the tables against ONNX Runtime."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from onnx import helper, numpy_helper

import softgate as sg
from interchange.runtime import graph, ours, runtime, same, save, untyped
from softgate.interchange.onnx_graph import OPERATIONS


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Of torch's exporter, about packages that are not there."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


class Tagger(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = torch.nn.Embedding(20, 6)
        self.encoder = torch.nn.LSTM(6, 5, 2, batch_first=True, bidirectional=True)
        self.second = torch.nn.GRU(10, 4, batch_first=True)
        self.third = torch.nn.RNN(4, 4, nonlinearity="relu", batch_first=True)
        self.norm = torch.nn.LayerNorm(4)
        self.head = torch.nn.Linear(4, 3)

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        y, _ = self.encoder(self.embed(words))
        y, h = self.second(torch.relu(y))
        y, _ = self.third(y, h)
        return torch.log_softmax(self.head(self.norm(y[:, 1:]) * torch.sigmoid(y[:, :-1])), -1)


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    torch.manual_seed(0)
    return Tagger().eval()


def export(model: torch.nn.Module, words: torch.Tensor, path: Path, dynamo: bool) -> Path:
    free = {"words": {0: "B", 1: "T"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        more: dict[str, Any] = {"verbose": False} if dynamo else {"input_names": ["words"], "dynamic_axes": free}
        torch.onnx.export(model, (words,), str(path), dynamo=dynamo, **more)
    return path


@pytest.mark.parametrize("dynamo", [False, True])
def test_a_model_that_torch_exported(dynamo: bool, tagger: Tagger, tmp_path: Path) -> None:
    words = torch.randint(20, (3, 7))
    path = export(tagger, words, tmp_path / "tagger.onnx", dynamo)
    opened = sg.open(path)
    torch.testing.assert_close(opened(words), tagger(words), rtol=1e-5, atol=1e-5)
    same([opened(words).detach().numpy()], runtime(path, {"words": words.numpy()}))
    kinds = sorted(type(m).__name__ for m in opened.children())
    assert kinds == ["GRU", "LSTM", "LSTM", "RNN"][: 3 if dynamo else 4]
    if not dynamo:  # torch's other exporter writes an RNN step by step, and fixes the sizes of inputs
        longer = torch.randint(20, (2, 11))
        torch.testing.assert_close(opened(longer), tagger(longer), rtol=1e-5, atol=1e-5)


def test_looked_at_in_three_lines(tagger: Tagger, tmp_path: Path) -> None:
    words = torch.randint(20, (3, 7))
    path = export(tagger, words, tmp_path / "tagger.onnx", dynamo=False)
    model = sg.open(path)
    with sg.record(model) as rec:
        model(words)
    assert rec["encoder_LSTM.l0.reverse.f"].shape == (7, 3, 5)
    theirs = sg.open(Tagger())
    theirs.load_state_dict(tagger.state_dict())
    with sg.record(theirs) as wanted:
        theirs(words)
    torch.testing.assert_close(rec["encoder_LSTM.l0.reverse.f"], wanted["encoder.l0.reverse.f"])
    torch.testing.assert_close(rec["second_GRU.l0.z"], wanted["second.l0.z"])
    assert rec.saturation()["second_GRU.l0.r"].open.shape == (4,)


def test_it_learns_and_moves(tagger: Tagger, tmp_path: Path) -> None:
    words = torch.randint(20, (3, 7))
    opened = sg.open(export(tagger, words, tmp_path / "tagger.onnx", dynamo=False))
    opened(words).square().sum().backward()
    tagger.zero_grad()
    tagger(words).square().sum().backward()
    norms = sorted(float(p.grad.norm()) for p in opened.parameters() if p.grad is not None and p.dim() == 2)
    wanted = {round(float(p.grad.norm()), 3) for n, p in tagger.named_parameters() if "weight_hh" in n}  # type: ignore[union-attr]
    assert wanted <= {round(n, 3) for n in norms}
    assert opened.double() is opened


def test_a_model_that_keras_exported(tmp_path: Path) -> None:
    """Keras over torch writes its recurrent layers step by step, so there is nothing to record; all else holds."""
    keras = pytest.importorskip("keras")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = keras.Sequential(
            [keras.Input((4, 3), batch_size=2), keras.layers.LSTM(5), keras.layers.Dense(2, activation="softmax")]
        )
        x = np.random.default_rng(0).normal(size=(2, 4, 3)).astype(np.float32)
        wanted = model(x).detach().numpy()
        model.export(str(tmp_path / "keras.onnx"), format="onnx", verbose=False)
    (name,) = sg.open(tmp_path / "keras.onnx").inputs
    same(ours(tmp_path / "keras.onnx", {name: x}), [wanted])
    same(ours(tmp_path / "keras.onnx", {name: x}), runtime(tmp_path / "keras.onnx", {name: x}))


def test_a_graph_as_tf2onnx_writes_it(tmp_path: Path) -> None:
    """Its habits: time moved first and back, the direction squeezed out, weights turned by nodes, shapes."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(2, 6, 3)).astype(np.float32)
    constants = {
        "kernel": rng.normal(size=(3, 20)).astype(np.float32),
        "recurrent": rng.normal(size=(5, 20)).astype(np.float32),
        "bias": rng.normal(size=(1, 40)).astype(np.float32),
        "zero": np.zeros(5, np.float32), "axis0": np.array([0]), "axis1": np.array([1]), "minus": np.array([-1]),
        "shape": np.array([5]), "dense": rng.normal(size=(5, 2)).astype(np.float32),
    }  # fmt: skip
    make = helper.make_node
    nodes = [
        make("Transpose", ["kernel"], ["kT"], perm=[1, 0]), make("Unsqueeze", ["kT", "axis0"], ["W"]),
        make("Transpose", ["recurrent"], ["rT"], perm=[1, 0]), make("Unsqueeze", ["rT", "axis0"], ["R"]),
        make("Shape", ["x"], ["sizes"]), make("Gather", ["sizes", "zeroth"], ["batch"], axis=0),
        make("Concat", ["batch", "shape"], ["start"], axis=0), make("ConstantOfShape", ["start"], ["h"]),
        make("Unsqueeze", ["h", "axis0"], ["h0"]), make("Transpose", ["x"], ["xT"], perm=[1, 0, 2]),
        make("LSTM", ["xT", "W", "R", "bias", "", "h0", "h0"], ["Y"], name="model/lstm/PartitionedCall", hidden_size=5),
        make("Squeeze", ["Y", "axis1"], ["y"]), make("Transpose", ["y"], ["back"], perm=[1, 0, 2]),
        make("Slice", ["back", "minus", "huge", "axis1"], ["last"]), make("Squeeze", ["last", "axis1"], ["one"]),
        make("MatMul", ["one", "dense"], ["logits"]), make("Softmax", ["logits"], ["out"], axis=-1),
    ]  # fmt: skip
    constants |= {"zeroth": np.array([0]), "huge": np.array([2**31 - 1])}
    model = graph(nodes, {"x": x}, ["out"], constants)
    path = save(model, tmp_path)
    same(ours(path, {"x": x}), runtime(model, {"x": x}))
    assert type(sg.open(path).model_lstm_PartitionedCall) is sg.LSTM


F, L = np.float32, np.int64
A = np.linspace(-2, 2, 24, dtype=F).reshape(2, 3, 4)
POSITIVE, WHOLE = np.abs(A) + F(0.5), np.arange(24).reshape(2, 3, 4)


def ints(*values: int) -> np.ndarray:
    return np.array(values, L)


Case = tuple[str, list[np.ndarray], dict[str, Any]]
CASES: list[Case] = [
    *[(k, [A], {}) for k in (
        "Abs", "Neg", "Exp", "Floor", "Ceil", "Round", "Sign", "Sin", "Cos", "Tan", "Atan", "Erf", "Sigmoid", "Tanh",
        "Relu", "Softplus", "Softsign", "Identity", "HardSwish", "Size", "Shape", "IsNaN",
    )],
    *[(k, [POSITIVE], {}) for k in ("Log", "Sqrt", "Reciprocal")],
    *[(k, [A], {"alpha": 0.3}) for k in ("LeakyRelu", "ThresholdedRelu", "Elu")],
    *[(k, [A, POSITIVE[:, :1]], {}) for k in (
        "Add", "Sub", "Mul", "Div", "Max", "Min", "Sum", "Mean", "Less", "LessOrEqual", "Greater", "GreaterOrEqual",
        "Equal", "PRelu",
    )],
    *[(k, [A > 0, A[:, :1] > 1], {}) for k in ("And", "Or", "Xor")],
    *[(k, [A], {"axes": [1], "keepdims": 0}) for k in (
        "ReduceMean", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceProd", "ReduceLogSumExp",
        "ReduceSumSquare",
    )],
    *[(k, [A], {"axis": 1, "keepdims": 0}) for k in ("ArgMax", "ArgMin")],
    *[(k, [A], {"axis": 1}) for k in ("Softmax", "LogSoftmax")],
    ("ReduceSum", [A, ints(0, 2)], {}), ("ReduceMean", [A], {}),
    ("ArgMax", [np.ones((2, 3), F)], {"select_last_index": 1}),
    ("Not", [A > 0], {}), ("Selu", [A], {}), ("HardSigmoid", [A], {"alpha": 0.3}), ("HardSigmoid", [A], {}),
    ("Clip", [A, np.array(-1, F), np.array(0.5, F)], {}), ("Clip", [A], {}), ("Dropout", [A], {}),
    ("Pow", [POSITIVE, A], {}), ("Mod", [WHOLE - 12, ints(5)], {}), ("Mod", [A, F(0.7) * np.ones(1, F)], {"fmod": 1}),
    ("Div", [WHOLE - 12, ints(5)], {}), ("Where", [A > 0, A, A[:1, :1]], {}),
    ("MatMul", [A, A.swapaxes(1, 2).copy()], {}), ("MatMul", [A, A[0, 0]], {}),
    ("Gemm", [A[0], A[1], A[0, 0, :3]], {"transB": 1, "alpha": 0.5, "beta": 2.0}), ("Gemm", [A[0], A[1].T.copy()], {}),
    ("CumSum", [A, np.array(1, L)], {}), ("CumSum", [A, np.array(1, L)], {"exclusive": 1, "reverse": 1}),
    ("LayerNormalization", [A, A[0, 0], A[1, 1]], {"axis": -1}),
    ("BatchNormalization", [A, *[POSITIVE[0, :, 0]] * 4], {}),
    ("Shape", [A], {"start": 1}), ("Reshape", [A, ints(0, -1)], {}), ("Reshape", [A[:0], ints(0, 5)], {"allowzero": 1}),
    ("Transpose", [A], {"perm": [2, 0, 1]}), ("Transpose", [A], {}), ("Flatten", [A], {"axis": 2}),
    ("Squeeze", [A[:1], ints(0)], {}), ("Squeeze", [A[:1]], {}), ("Unsqueeze", [A, ints(0, -1)], {}),
    ("Concat", [A, A[:, :1]], {"axis": 1}), ("Concat", [A, A[:, :1]], {"axis": -2}),
    ("Slice", [A, ints(1), ints(-1), ints(2)], {}), ("Slice", [A, ints(-1), ints(-100), ints(1), ints(-2)], {}),
    ("Slice", [A, ints(0, 1), ints(9, 3)], {}), ("Slice", [A, ints(0), ints(9), ints(2), ints(3)], {}),
    ("Slice", [A, ints(2), ints(-4), ints(1), ints(-1)], {}), ("Slice", [A, ints(3), ints(1), ints(2)], {}),
    ("Gather", [A, np.array([[0, -1], [2, 1]])], {"axis": 1}), ("Gather", [A, np.array(1)], {}),
    ("GatherElements", [A, WHOLE % 2], {"axis": 0}), ("GatherND", [A, np.array([[0, 1], [1, -1]])], {}),
    ("Expand", [A[:, :1], ints(3, 1)], {}), ("Tile", [A, ints(1, 2, 1)], {}), ("ConstantOfShape", [ints(2, 3)], {}),
    ("ConstantOfShape", [ints(2)], {"value": numpy_helper.from_array(np.array([7]))}),
    ("Range", [np.array(2), np.array(9), np.array(3)], {}),
    ("OneHot", [np.array([0, 2, -1]), np.array(4), A[0, 0, :2]], {}),
    ("OneHot", [np.array([[0, 2]]), np.array(4), A[0, 0, :2]], {"axis": 0}),
    ("Cast", [A], {"to": 7}), ("Cast", [A], {"to": 11}), ("CastLike", [A, WHOLE], {}),
    ("ReverseSequence", [A, ints(1, 2, 2)], {}),
    ("ReverseSequence", [A, ints(1, 3)], {"time_axis": 1, "batch_axis": 0}),
    ("Conv", [A, A[:, :, :2].swapaxes(0, 1)[:, [0, 1, 0]].copy(), A[0, :, 0]], {}),
    ("Conv", [A, A[0, :, None, :3].copy()], {"group": 3, "pads": [2, 1], "dilations": [2], "strides": [2]}),
    *[("Conv", [A, A[:, :, :2].copy()], {"auto_pad": p, "strides": [2]}) for p in ("SAME_UPPER", "SAME_LOWER")],
    ("Conv", [A[None], A[:, None, :2, :2].copy()], {"group": 2}), ("MaxPool", [A], {"kernel_shape": [2]}),
    ("MaxPool", [A], {"kernel_shape": [3], "pads": [1, 1], "strides": [2]}),
    ("AveragePool", [A], {"kernel_shape": [3], "pads": [1, 1], "strides": [2]}),
    ("AveragePool", [A], {"kernel_shape": [3], "pads": [1, 1], "count_include_pad": 1}),
    ("AveragePool", [A[None]], {"kernel_shape": [2, 3]}), ("GlobalMaxPool", [A], {}), ("GlobalAveragePool", [A], {}),
    ("Pad", [A, ints(0, 1, 2, 0, 0, 3)], {}), ("Pad", [A, ints(0, 1, -1, 0, 0, 3), np.array(7, F)], {}),
    ("Pad", [A, ints(0, 1, 2, 1, 0, 3)], {"mode": "edge"}), ("Pad", [A, ints(0, 1, 2, 0, 2, 3)], {"mode": "reflect"}),
    ("Trilu", [A], {}), ("Trilu", [A, np.array(-1)], {"upper": 0}),
    ("Einsum", [A, A], {"equation": "bij, bkj -> bik"}), ("Einsum", [A], {"equation": "...ij->...ji"}),
    ("Einsum", [A, A, A[0]], {"equation": "bij,bij,ij->b"}),
    ("Constant", [], {"value_floats": [1.0, 2.0]}), ("Constant", [], {"value_int": 3}),
    ("Constant", [], {"value": numpy_helper.from_array(A)}),
]  # fmt: skip
# Operators that came into ONNX after the version that the other cases have.
LATER: list[Case] = [
    ("Pad", [A, ints(1, 2), np.array(1, F), ints(1)], {}),
    ("Pad", [A, ints(0, 0, 2, 0, 0, 9)], {"mode": "wrap"}),
    ("Gelu", [A], {}),
    ("Gelu", [A], {"approximate": "tanh"}),
    ("Mish", [A], {}),
]
EARLIER: list[Case] = [
    ("Softmax", [A], {"axis": 1}), ("LogSoftmax", [A], {}), ("Squeeze", [A[:1]], {"axes": [0]}),
    ("Unsqueeze", [A], {"axes": [0, 4]}), ("ReduceSum", [A], {"axes": [1]}),
    ("Split", [A], {"axis": 1, "split": [1, 2]}),
]  # fmt: skip


def compare(case: Case, folder: Path, opset: int, outputs: int = 1) -> None:
    kind, inputs, attributes = case
    feeds = {f"in{k}": v for k, v in enumerate(inputs)}
    outs = [f"out{k}" for k in range(outputs)]
    model = graph([helper.make_node(kind, [*feeds], outs, **attributes)], feeds, outs, opset=opset)
    path = save(model, folder)
    got = ours(path, feeds)
    same(got, runtime(untyped(model, [g.dtype for g in got]), feeds), 2e-6)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c[0])
def test_row(case: Case, tmp_path: Path) -> None:
    compare(case, tmp_path, 17)


@pytest.mark.parametrize("case", [*CASES, ("TopK", [A, ints(2)], {"axis": 1})], ids=lambda c: c[0])
def test_row_with_gradients(case: Case, tmp_path: Path) -> None:
    """All but the first operand are in the file, so numbers in them are parameters; and the graph is not run twice."""
    kind, inputs, attributes = case
    names = [f"in{k}" for k in range(len(inputs))]
    feeds, outs = dict(zip(names[:1], inputs, strict=False)), ["out", "at"][: 1 + (kind == "TopK")]
    constants = dict(zip(names[1:], inputs[1:], strict=True))
    model = graph([helper.make_node(kind, names, outs, **attributes)], feeds, ["out"], constants)
    x = [torch.from_numpy(v.copy()) for v in feeds.values()]
    for v in x:
        v.requires_grad_(v.is_floating_point())
    y = sg.open(save(model, tmp_path))(*x)
    same([y.detach().numpy()], runtime(untyped(model, [y.detach().numpy().dtype]), feeds), 2e-6)
    if y.requires_grad:
        y.sum().backward()
        assert all(v.grad is not None for v in x if v.is_floating_point())
    else:
        assert not y.is_floating_point() or kind in CONSTANT


CONSTANT = ("Constant", "Floor", "Ceil", "Round", "Sign", "ConstantOfShape", "OneHot")
OTHERS = [*((case, 20) for case in LATER), *((case, 11) for case in EARLIER)]


@pytest.mark.parametrize(("case", "opset"), OTHERS, ids=[case[0] for case, _ in OTHERS])
def test_row_of_another_version(case: Case, opset: int, tmp_path: Path) -> None:
    compare(case, tmp_path, opset, 2 if case[0] == "Split" else 1)


@pytest.mark.parametrize("sizes", [None, ints(1, 2)])
def test_split(sizes: np.ndarray | None, tmp_path: Path) -> None:
    if sizes is None:
        compare(("Split", [A], {"axis": 2}), tmp_path, 17, 2)
    else:
        compare(("Split", [A, sizes], {"axis": 1}), tmp_path, 17, 2)


def test_top_k(tmp_path: Path) -> None:
    ties = np.round(A)
    for attributes in ({}, {"axis": 1}, {"largest": 0}):
        compare(("TopK", [ties, ints(2)], attributes), tmp_path, 17, 2)


def test_no_row_is_without_a_test() -> None:
    tested = {"TopK"} | {case[0] for case in (*CASES, *LATER, *EARLIER)}
    assert set(OPERATIONS) - tested == set()


def test_a_wrong_row_is_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    wrong: Callable[..., Any] = lambda n, a, b: a - b  # noqa: E731
    monkeypatch.setitem(OPERATIONS, "Add", wrong)  # type: ignore[arg-type]
    with pytest.raises(AssertionError):
        compare(("Add", [A, A], {}), tmp_path, 17)


def test_constants_are_folded_and_unused_ones_dropped(tmp_path: Path) -> None:
    nodes = [helper.make_node("Add", ["a", "b"], ["c"]), helper.make_node("Mul", ["x", "c"], ["y"])]
    model = graph(nodes, {"x": A}, ["y"], {"a": A, "b": A, "unused": A})
    opened = sg.open(save(model, tmp_path))
    assert [tuple(p.shape) for p in opened.parameters()] == [A.shape]
    assert "1 Mul" in repr(opened)
    assert "Add" not in repr(opened)


def test_inputs_are_checked(tmp_path: Path) -> None:
    opened = sg.open(
        save(graph([helper.make_node("MatMul", ["x", "y"], ["z"])], {"x": A[0], "y": A[0]}, ["z"]), tmp_path)
    )
    for wrong, said in (
        ((A[0],), "not so: y"),
        ((A[0],) * 3, "takes 2 inputs"),
        ((A[0], A[0]), r"MatMul node 'z'.*3, 4"),
    ):
        with pytest.raises(sg.ShapeError, match=said):
            opened(*wrong)
    assert opened(x=A[0], y=A[0].T.copy()).shape == (3, 3)
