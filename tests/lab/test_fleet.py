"""A fleet is its nets, each trained alone: against torch's layers and torch's Adam, in float64."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

import softgate as sg
from cpu.memory import poisoned, replaced
from lab.nets import KINDS, Batch, alone, batches
from softgate.interchange.onnx_cells import Operator
from softgate.lab.fleet import Fleet
from softgate.lab.fleet_chain import Chained
from softgate.lab.fleet_engine import Kernels, Reference
from softgate.testing import numerics

RATES = (0.01, 0.02, 0.03)
KNOWN: dict[str, Any] = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}
EXACT: dict[str, Any] = {"rtol": 1e-9, "atol": 1e-11}


def fleet(cell: Any = "lstm", kind: str = "classes", **options: Any) -> Fleet:
    given: dict[str, Any] = {"inputs": 3, "hidden_size": 5, "outputs": 4, "dtype": torch.float64} | options
    return Fleet(cell, seeds=[1, 2, 3], rates=RATES, kind=kind, **given)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cell", KNOWN)
def test_every_net_is_what_torch_makes_of_it(cell: str, kind: str) -> None:
    """Losses and all parameters over twelve steps, with lengths of their own and a clip that clips."""
    mine = fleet(cell, kind, clip=0.2)
    others = [alone(mine, k, KNOWN[cell], clip=0.2) for k in range(3)]
    for step in range(12):
        data = batches(kind, 3, seed=step)
        wanted = [other.step(given) for other, given in zip(others, data, strict=True)]
        torch.testing.assert_close(mine.step(data), torch.tensor(wanted, dtype=torch.float64), **EXACT)
    for name, values in mine.layout.views(mine.parameters).items():
        for k, other in enumerate(others):
            torch.testing.assert_close(values[k], other.parameters[name].detach(), **EXACT)


def test_without_a_clip_and_with_a_loose_one() -> None:
    kind = "numbers"
    data, free, loose = batches(kind, 3), fleet(kind=kind, clip=None), fleet(kind=kind, clip=1e6)
    other = alone(free, 1, torch.nn.LSTM, clip=None)
    for _ in range(3):
        other.step(data[1])
        assert torch.equal(free.step(data), loose.step(data))
    torch.testing.assert_close(free.net(1).head.weight, other.parameters["head.weight"], **EXACT)


CELLS = {
    "peephole": sg.cells.peephole(),
    "softsign": sg.cells.lstm(candidate="softsign"),
    "no input gate": sg.cells.lstm(input_gate=None),
    "mgu": sg.cells.mgu(),  # slots in another order than the gates
    "mingru": sg.cells.mingru(),  # no hidden weights
    "slstm": sg.cells.slstm(),  # four states
    "rnn_relu": sg.cells.rnn_relu(),
    "fgr": sg.cells.fgr(),  # feedback
}


@pytest.mark.parametrize("name", CELLS)
def test_every_engine_gives_what_autograd_gives(name: str) -> None:
    cell = CELLS[name]
    mine = fleet(cell, "bits")
    other = fleet(cell, "bits")
    other._engine = Reference(other.layout, "bits", other.parameters, other._gradient)
    assert mine.path.fast
    assert isinstance(mine._engine, Chained)
    assert "many nets a call" in mine.path.reason
    for step in range(3):
        data = batches("bits", 3, seed=step)
        torch.testing.assert_close(mine.step(data), other.step(data), **EXACT)
    torch.testing.assert_close(mine.parameters, other.parameters, **EXACT)


def test_a_cell_without_a_kernel_says_so_and_learns() -> None:
    cell = Operator("GRU", (sg.sigmoid, sg.tanh), linear_before_reset=False).cell()
    mine = fleet(cell, "numbers")
    assert mine.path.kernel == "reference"
    assert "product of rh" in mine.path.reason
    data = batches("numbers", 3)
    other = Fleet(cell, 3, 5, 4, [2], [0.02], kind="numbers", dtype=torch.float64)
    for _ in range(3):
        losses, one = mine.step(data), other.step(data[1:2])
        torch.testing.assert_close(losses[1:2], one, **EXACT)
    net = mine.net(1)
    x = torch.as_tensor(data[0].x)
    torch.testing.assert_close(mine(x.unsqueeze(0))[1], net(x)[0], **EXACT)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("isa", "inputs", "hidden", "outputs"), [("avx512", 20, 16, 2), ("avx2", 3, 7, 19), ("plain", 5, 1, 1)]
)
def test_float32_is_as_good_as_torchs(
    kind: str, isa: str, inputs: int, hidden: int, outputs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Losses and gradients; inputs and outputs fill a vector in part, or several; memory begins as NaN."""
    from softgate.cpu.isa import available

    if isa in {one.name for one in available()}:
        monkeypatch.setenv("SOFTGATE_ISA", isa)
    sizes = {"inputs": inputs, "hidden_size": hidden, "outputs": outputs, "clip": None}
    exact, plain = fleet(kind=kind, **sizes), fleet(kind=kind, **sizes, dtype=torch.float32)
    for other in (plain, exact):
        other._engine = Reference(other.layout, kind, other.parameters, other._gradient)
    with replaced(poisoned):
        mine = fleet(kind=kind, **sizes, dtype=torch.float32)
        exact.parameters.copy_(mine.parameters)
        data = [
            replace(b, x=b.x.astype(np.float32), target=b.target if kind == "classes" else b.target.astype(np.float32))
            for b in batches(kind, 3, inputs=inputs, outputs=outputs, steps=9)
        ]
        losses = [f.step(data) for f in (mine, plain, exact)]
    numerics(*losses, name="losses")
    views = [f.layout.views(f._gradient) for f in (mine, plain, exact)]
    for name in views[0]:
        numerics(*(found[name] for found in views), name=name, scale=float(views[2][name].abs().max()))


def test_a_net_does_not_depend_on_its_neighbours() -> None:
    """Bit for bit: three nets are one, and one, and one; in any order."""
    data = batches("classes", 3)
    together = fleet()
    ones = [Fleet("lstm", 3, 5, 4, [k + 1], [RATES[k]], dtype=torch.float64) for k in range(3)]
    turned = Fleet("lstm", 3, 5, 4, [3, 2, 1], RATES[::-1], dtype=torch.float64)
    for _ in range(3):
        losses = together.step(data)
        assert torch.equal(losses, torch.cat([one.step([b]) for one, b in zip(ones, data, strict=True)]))
        assert torch.equal(losses, turned.step(data[::-1]).flip(0))
    assert torch.equal(together.parameters, turned.parameters.flip(0))


def test_batches_of_other_sizes_and_lengths_one_after_the_other() -> None:
    mine, other = fleet(), fleet()
    other._engine = Kernels(other.layout, "classes", other.parameters, other._gradient)
    for steps, size in ((4, 3), (40, 3), (5, 2), (3, 3)):
        data = batches("classes", 3, steps=steps, size=size)
        torch.testing.assert_close(mine.step(data), other.step(data), **EXACT)
    torch.testing.assert_close(mine.parameters, other.parameters, **EXACT)


def test_stacked_is_as_good_as_one_by_one() -> None:
    one_by_one, stacked = fleet(), fleet()
    data = [batches("classes", 1, seed=k)[0] for k in range(3)]
    parts = {n: np.stack([getattr(b, n) for b in data]) for n in ("x", "target", "mask")}
    for part in parts.values():
        part.flags.writeable = False  # as a task may hand them out
    assert torch.equal(one_by_one.step(data), stacked.step(Batch(**parts)))
    assert torch.equal(one_by_one.parameters, stacked.parameters)


def test_a_net_that_diverges_is_frozen_and_the_others_go_on() -> None:
    mine, whole = fleet(kind="numbers"), fleet(kind="numbers")
    data = batches("numbers", 3)
    mine.step(data), whole.step(data)
    before = mine.parameters.clone()
    ill = [data[0], replace(data[1], target=data[1].target * np.inf), data[2]]
    losses, well = mine.step(ill), whole.step(data)
    assert not losses[1].isfinite()
    assert torch.equal(losses[[0, 2]], well[[0, 2]])
    assert mine.frozen_at.tolist() == [-1, 1, -1]
    assert mine.frozen.tolist() == [False, True, False]
    assert torch.equal(mine.parameters[1], before[1])
    losses, well = mine.step(data), whole.step(data)
    assert losses[1].isnan()
    assert torch.equal(losses[[0, 2]], well[[0, 2]])
    assert torch.equal(mine.parameters[[0, 2]], whole.parameters[[0, 2]])
    assert torch.equal(mine.parameters[1], before[1])


def test_a_gradient_that_is_not_finite_freezes_too() -> None:
    """A loss just below the largest number, whose gradient's norm is beyond it."""
    mine = fleet(kind="numbers", outputs=1)
    data = batches("numbers", 3, outputs=1)
    mask = np.zeros_like(data[0].mask)
    mask[-1, 0] = True
    losses = mine.step([replace(data[0], target=np.full_like(data[0].target, 1.1e154), mask=mask), *data[1:]])
    assert losses.isfinite().all()
    assert mine.frozen.tolist() == [True, False, False]
    assert mine.parameters.isfinite().all()


def test_it_goes_on_from_a_state() -> None:
    mine, again = fleet(), fleet()
    data = batches("classes", 3)
    mine.step(data)
    again.load(mine.state())
    assert torch.equal(mine.step(data), again.step(data))
    assert torch.equal(mine.parameters, again.parameters)
    assert again.steps == 2
    with pytest.raises(sg.ShapeError, match=r"expected parameters \[3, 224\], got \[1, 224\]"):
        mine.load(Fleet("lstm", 3, 5, 4, [1], [0.1], dtype=torch.float64).state())


def test_what_it_says_is_what_its_nets_say() -> None:
    mine = fleet("peephole", "bits", forget_bias=1.0)
    mine.step(batches("bits", 3))
    x = torch.randn(3, 6, 2, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    y = mine(x)
    for k in range(3):
        torch.testing.assert_close(y[k], mine.net(k)(x[k])[0].detach(), rtol=0, atol=1e-14)
    assert torch.equal(mine(x[:1])[0], y[0])


def test_threads_stay_as_they_were() -> None:
    torch.set_num_threads(2)
    mine = fleet()
    mine.step(batches("classes", 3))
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": np.zeros((3, 7, 3, 2))}, r"x: expected \[3, T, B, 3\] with all nets, got \[3, 7, 3, 2\]"),
        (
            {"target": np.zeros((3, 7, 3, 4))},
            r"target: a task of kind 'classes' has \[3, 7, 3\] here, got \[3, 7, 3, 4\]",
        ),
        ({"target": np.zeros((3, 7, 3))}, "has integers, the number of a class each; got float64; .*kind=task.kind"),
        ({"target": np.full((3, 7, 3), 4)}, "expected classes from 0 to 3, got 4 where the mask counts"),
        ({"mask": np.ones((3, 7, 3))}, r"mask: expected bool \[3, 7, 3\], got float64 \[3, 7, 3\]"),
        ({"mask": np.zeros((3, 7, 3), bool)}, "mask: of net 0 no step counts"),
    ],
)
def test_what_does_not_fit_is_named(change: dict[str, Any], message: str) -> None:
    right = {"x": np.zeros((3, 7, 3, 3)), "target": np.zeros((3, 7, 3), int), "mask": np.ones((3, 7, 3), bool)}
    with pytest.raises((sg.ShapeError, sg.DtypeError), match=message):
        fleet().step(Batch(**right | change))


def test_what_cannot_be_made_is_refused() -> None:
    with pytest.raises(sg.ShapeError, match="one of each a net, got 2 and 1"):
        Fleet("lstm", 3, 5, 4, [1, 2], [0.1])
    with pytest.raises(sg.UnknownNameError, match="unknown kind of task 'number'; did you mean 'numbers'"):
        fleet(kind="number")
    with pytest.raises(sg.DtypeError, match=r"float32 or torch.float64, got torch.float16"):
        fleet(dtype=torch.float16)
    with pytest.raises(sg.UnknownNameError, match="gate of cell gru, for forget_bias"):
        fleet("gru", forget_bias=1.0)
    with pytest.raises(sg.ShapeError, match="expected 3, one a net, got 2"):
        fleet().step(batches("classes", 2))
    with pytest.raises(sg.ShapeError, match=r"x: expected \[3, T, B, 3\], got \[2, 7, 3, 3\]"):
        fleet()(np.zeros((2, 7, 3, 3)))
