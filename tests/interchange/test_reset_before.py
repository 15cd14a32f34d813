"""The GRU that resets before its product, and layers that only go backwards: signals, edits and gradients.

The judge is a loop in torch, written here from the publication, in which every signal is its value plus a zero that is
a leaf: torch's autograd then says what the loss does if that value changes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import helper
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence

import softgate as sg
from interchange.runtime import graph, ours, runtime, same, save
from softgate.errors import CellDefinitionError
from softgate.interchange.onnx_cells import Operator, recognise
from softgate.interchange.turned import Backwards
from softgate.latex import gates
from softgate.testing import assert_close, assert_equal

T, B, I, H = 6, 3, 2, 4  # noqa: E741
NAMES = ("pre.r", "r", "pre.z", "z", "rh", "pre.n", "n", "h")
OPERATOR = Operator("GRU", (sg.sigmoid, sg.tanh), linear_before_reset=False)


def layer_of(backwards: bool = False, seed: int = 0) -> Any:
    torch.manual_seed(seed)
    return (Backwards if backwards else sg.Recurrent)(OPERATOR.cell(), I, H).double()


def draw(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64)


def loop(layer: Any, x: Tensor, fixed: Any = None) -> tuple[Tensor, dict[str, list[Tensor]], dict[str, list[Tensor]]]:
    """The output [T, B, H], and by name the values and the leaves of each step; ``fixed[name]`` replaces a value."""
    W, U, b, d = (getattr(layer, f"{n}_l0") for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    h = x.new_zeros(x.shape[1], H)
    values: dict[str, list[Tensor]] = {n: [h] * len(x) for n in NAMES}
    leaves = {n: [torch.zeros_like(h, requires_grad=True) for _ in x] for n in NAMES}
    for t in reversed(range(len(x))) if layer.backwards else range(len(x)):

        def named(name: str, value: Tensor, t: int = t) -> Tensor:
            value = value + leaves[name][t]
            if fixed and name in fixed:
                value = fixed[name](t, value)
            values[name][t] = value
            return value

        def gate(k: int, state: Tensor, t: int = t) -> Tensor:
            rows = slice(k * H, (k + 1) * H)
            return x[t] @ W[rows].T + b[rows] + state @ U[rows].T + d[rows]

        r = named("r", torch.sigmoid(named("pre.r", gate(0, h))))
        z = named("z", torch.sigmoid(named("pre.z", gate(1, h))))
        n = named("n", torch.tanh(named("pre.n", gate(2, named("rh", r * h)))))
        h = named("h", (1 - z) * n + z * h)
    return torch.stack(values["h"]), values, leaves


@pytest.mark.parametrize("backwards", [False, True])
def test_signals_and_their_gradients(backwards: bool) -> None:
    layer, x = layer_of(backwards), draw(T, B, I)
    y, values, leaves = loop(layer, x)
    y.sin().sum().backward()
    weights = {n: p.grad.clone() for n, p in layer.named_parameters()}
    layer.zero_grad()
    with sg.record(layer, grad=True) as rec:
        got = layer(x)[0]
        got.sin().sum().backward()
    assert_close(got, y, name="y")
    for name in NAMES:
        assert_close(rec[f"l0.{name}"], torch.stack(values[name]), name=name)
        assert_close(rec.grad(f"l0.{name}"), torch.stack([v.grad for v in leaves[name]]), name=f"grad of {name}")
    for name, p in layer.named_parameters():
        assert_close(p.grad, weights[name], name=name)


@pytest.mark.parametrize("backwards", [False, True])
def test_gradient_flow(backwards: bool) -> None:
    layer, x = layer_of(backwards), draw(T, B, I)
    y, _, leaves = loop(layer, x)
    y.sin().sum().backward()
    flow = sg.gradient_flow(layer, lambda: layer(x)[0].sin().sum())
    h = flow["l0.h"]
    assert_close(h.total, torch.stack([v.grad for v in leaves["h"]]), name="h")
    assert_close(h.total, h.direct + h.cell_path + h.hidden_path, name="parts")
    for gate in "rzn":
        wanted = torch.stack([v.grad for v in leaves[f"pre.{gate}"]])
        assert_close(flow.gates[f"l0.{gate}"].total, wanted, name=gate)
    assert_close(sum(flow.gates[f"l0.{g}"].hidden_path["h"] for g in "rzn"), h.hidden_path, name="by gate")
    far = flow.horizon("l0.h", 3)
    _, _, leaves = loop(layer, x)
    loop_y, _, leaves = loop(layer, x)
    loop_y[3].sin().sum().backward()
    norms = [v.grad.norm() if v.grad is not None else y.new_zeros(()) for v in leaves["h"]]
    assert_close(far.norms, torch.stack(norms), name="horizon")


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("name", ["r", "z", "n", "rh", "h", "pre.r", "pre.n"])
def test_edits(name: str, backwards: bool) -> None:
    layer, x, kept = layer_of(backwards), draw(T, B, I), draw(T, B, H)

    def fixed(t: int, value: Tensor) -> Tensor:
        there = torch.zeros(H, dtype=torch.bool)
        there[1] = t in (1, 2)
        return torch.where(there, kept[t], value)

    y, values, _ = loop(layer, x, {name: fixed})
    with (
        sg.edit(layer, {f"l0.{name}": sg.replace(kept[..., 1:2], units=[1], steps=slice(1, 3))}),
        sg.record(layer) as rec,
    ):
        assert_close(layer(x)[0], y, name="y")
    for other in NAMES:
        assert_close(rec[f"l0.{other}"], torch.stack(values[other]), name=other)


@pytest.mark.parametrize("cell", [sg.cells.lstm(), sg.cells.gru()])
def test_backwards_is_the_second_half_of_a_bidirectional_layer(cell: Any) -> None:
    torch.manual_seed(1)
    back, both = Backwards(cell, I, H).double(), sg.Recurrent(cell, I, H, bidirectional=True).double()
    both.load_state_dict(both.state_dict() | {f"{n}_reverse": p for n, p in back.state_dict().items()})
    x, mask = draw(T, B, I), torch.rand(T, B) < 0.3
    packed = pack_padded_sequence(x, torch.tensor([2, 6, 4]), enforce_sorted=False)
    for given, more in ((x, {}), (packed, {}), (x, {"reset": mask}), (packed, {"reset": mask})):
        with sg.record(back, grad=True) as one, sg.record(both, grad=True) as two:
            mine, theirs = back(given, **more)[0], both(given, **more)[0]
            for y in (mine, theirs):
                y = y if isinstance(y, Tensor) else y.data
                (y[..., -H:]).sin().sum().backward()
        for name in one.names:
            twin = name.replace("l0.", "l0.reverse.")
            assert_equal(one[name].nan_to_num(), two[twin].nan_to_num(), name=name)
            assert_close(one.grad(name).nan_to_num(), two.grad(twin).nan_to_num(), name=f"grad of {name}")
    flow, whole = (sg.gradient_flow(m, lambda m=m: m(packed)[0].data[:, -H:].sin().sum()) for m in (back, both))
    assert_close(flow["l0.h"].total, whole["l0.reverse.h"].total, name="flow")


def node(direction: str = "forward", **more: Any) -> tuple[Any, dict[str, np.ndarray]]:
    rng = np.random.default_rng(0)
    D = 1 + (direction == "bidirectional")
    weights = {"W": (D, 3 * H, I), "R": (D, 3 * H, H), "B": (D, 6 * H)}
    constants = {n: rng.normal(size=shape).astype(np.float32) for n, shape in weights.items()}
    x = rng.normal(size=(T, B, I)).astype(np.float32)
    made = helper.make_node("GRU", ["X", "W", "R", "B"], ["Y"], name="gru", hidden_size=H, direction=direction, **more)
    return graph([made], {"X": x}, ["Y"], constants), {"X": x}


@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
def test_the_usual_gru_of_onnx_opens_with_its_signals(direction: str, tmp_path: Path) -> None:
    model, feeds = node(direction)
    opened = sg.open(save(model, tmp_path))
    (wanted,) = runtime(model, feeds)
    with sg.record(opened) as rec:
        same(ours(opened, feeds), [wanted])
    for d, end in enumerate(["l0.", "l0.reverse."][: wanted.shape[1]]):
        np.testing.assert_allclose(rec[f"gru.{end}h"].numpy(), wanted[:, d], atol=1e-6)
        assert {f"gru.{end}{n}" for n in NAMES} <= set(rec.names)
    assert rec.saturation()["gru.l0.r"].open.shape == (H,)
    with sg.edit(opened, {"*.z": sg.fix(1.0)}):
        assert not ours(opened, feeds)[0].any()  # nothing is ever written


def test_it_goes_out_as_it_came(tmp_path: Path) -> None:
    for clip in (None, 0.4):
        operator = Operator("GRU", (sg.sigmoid, sg.tanh), clip, linear_before_reset=False)
        assert recognise(operator.cell()) == operator
    layer, x = layer_of().float(), draw(T, B, I).float()
    wanted = layer(x)[0].detach().numpy()
    sg.export_onnx(layer, tmp_path / "one.onnx")
    sg.export_onnx(torch.nn.Sequential(layer), tmp_path / "two.onnx", (x,))
    for name in ("one", "two"):
        path = tmp_path / f"{name}.onnx"
        (gru,) = (n for n in onnx.load(path).graph.node if n.op_type == "GRU")
        assert all(a.i == 0 for a in gru.attribute if a.name == "linear_before_reset")
        feeds = {sg.open(path).inputs[0]: x.numpy()}
        np.testing.assert_allclose(runtime(path, feeds)[0], wanted, atol=1e-6)
    sg.interchange.save(layer, tmp_path / "layer.safetensors")
    assert_equal(sg.open(tmp_path / "layer.safetensors")(x)[0].detach(), torch.from_numpy(wanted), name="y")


def test_the_path_is_said() -> None:
    layer, x = layer_of(), draw(T, B, I)
    path = sg.explain_path(layer, x)
    assert path.kernel == "reference"
    assert "gate n of cell gru_reset_before has a product of rh, which the same step computes" in path.reason
    step = layer.stream(batch_size=B)
    assert_close(torch.stack([step(x_t) for x_t in x]), layer(x)[0], name="stream")
    assert "through n (rh)" in layer.cell.text
    assert r"U_{n} \mathrm{rh}_t" in gates(layer.cell)["z^{(n)}_t"]


@pytest.mark.parametrize("through", [{"n": "nothing"}, {"o": "rh"}, {"n": "n"}, {"n": "h"}])
def test_a_product_of_what_is_not_there_yet(through: dict[str, str]) -> None:
    cell = OPERATOR.cell()
    with pytest.raises(CellDefinitionError, match="cannot have a product of"):
        sg.Cell(cell.name, cell.gates, cell.states, cell.signals, through=through)
