"""Fleets of cells with feedback from gates to gates: against loops written here, against autograd, and each alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import softgate as sg
from cpu.memory import poisoned, replaced
from lab.nets import KINDS, Alone, batches
from softgate.cpu.isa import available
from softgate.lab.fleet import Fleet
from softgate.lab.fleet_chain import Chained
from softgate.lab.fleet_engine import Kernels, Reference
from softgate.testing import numerics

RATES = (0.01, 0.02, 0.03)
EXACT: dict[str, Any] = {"rtol": 1e-9, "atol": 1e-11}


@sg.cell(gates="a g b", state="h a b", feedback="b a")
def crossed(z: Any, prev: Any) -> Any:
    """Fed back in another order than that of the gates, between which is one that is not."""
    a, b = sg.sigmoid(z.a), sg.tanh(z.b)
    return {"a": a, "b": b, "h": a * prev.h + b * sg.tanh(z.g)}


@sg.cell(gates="g h", state="h", feedback="h")
def itself(z: Any, prev: Any) -> Any:
    """The output is what feeds back, besides its way through the hidden weights."""
    return {"h": sg.tanh(z.h) + 0.5 * sg.sigmoid(z.g) * prev.h}


@sg.cell(gates="n r", state="h r", feedback="r")
def apart(z: Any, prev: Any) -> Any:
    """Input and hidden part of the first gate are slots of their own, as in a GRU."""
    r = sg.sigmoid(z.r)
    return {"r": r, "h": 0.3 * prev.h + sg.tanh(z.n.x + r * z.n.h)}


CELLS = {
    "fgr": sg.cells.fgr(),
    "coupled": sg.cells.lstm(coupled=True, peephole=True, full_gate_recurrence=True),
    "crossed": crossed,
    "itself": itself,
    "apart": apart,
}


def fleet(cell: Any = "fgr", kind: str = "bits", **options: Any) -> Fleet:
    given: dict[str, Any] = {"inputs": 3, "hidden_size": 5, "outputs": 4, "dtype": torch.float64} | options
    return Fleet(cell, seeds=[1, 2, 3], rates=RATES, kind=kind, **given)


def by(engine: Any, like: Fleet) -> Fleet:
    """Make a fleet run by another engine."""
    like._engine = engine(like.layout, like.kind, like.parameters, like._gradient)
    return like


class FullGateRecurrence(nn.Module):
    """LSTM with peepholes, whose gates i, f and o see those of the step before (Greff et al., 2017), and a head."""

    def __init__(self, given: dict[str, Tensor]) -> None:
        super().__init__()
        self.named = {name: nn.Parameter(value.clone()) for name, value in given.items()}

    def forward(self, x: Tensor) -> Tensor:
        w, H = self.named, len(self.named["p_i"])
        h, c, i, f, o = (x.new_zeros(x.shape[1], H) for _ in range(5))
        seen = []
        for now in x:
            z = now @ w["weight_ih"].T + w["bias_ih"] + h @ w["weight_hh"].T + w["bias_hh"]
            zi, zf, zg, zo = z.split(H, 1)
            vi, vf, vo = (torch.cat([i, f, o], 1) @ w["weight_fb"].T).split(H, 1)
            i, f = torch.sigmoid(zi + vi + w["p_i"] * c), torch.sigmoid(zf + vf + w["p_f"] * c)
            c = f * c + i * torch.tanh(zg)
            o = torch.sigmoid(zo + vo + w["p_o"] * c)
            h = o * torch.tanh(c)
            seen.append(h)
        return nn.functional.linear(torch.stack(seen), w["head.weight"], w["head.bias"])


@pytest.mark.parametrize("kind", KINDS)
def test_every_net_is_what_a_loop_in_torch_makes_of_it(kind: str) -> None:
    """Losses and all parameters over twelve steps of Adam, with lengths of their own and a clip that clips."""
    mine, others = fleet(kind=kind, clip=0.2), []
    for k in range(3):
        loop = FullGateRecurrence(mine.layout.views(mine.parameters[k]))
        others.append(Alone(mine, k, loop, loop.named, 0.2))
    for step in range(12):
        data = batches(kind, 3, seed=step)
        wanted = [other.step(given) for other, given in zip(others, data, strict=True)]
        torch.testing.assert_close(mine.step(data), torch.tensor(wanted, dtype=torch.float64), **EXACT)
    for name, values in mine.layout.views(mine.parameters).items():
        for k, other in enumerate(others):
            torch.testing.assert_close(values[k], other.parameters[name].detach(), **EXACT)


@pytest.mark.parametrize("hidden", [1, 5, 16, 19])
@pytest.mark.parametrize("name", CELLS)
def test_every_gradient_is_autograds(name: str, hidden: int) -> None:
    """Parameter by parameter, and the steps that follow; the weights of what feeds back have one worth the name."""
    mine = fleet(CELLS[name], hidden_size=hidden, clip=None)
    other = by(Reference, fleet(CELLS[name], hidden_size=hidden, clip=None))
    assert isinstance(mine._engine, Chained)
    assert mine.path.reason == f"compiled for cell {CELLS[name].name}, many nets a call"
    for step in range(3):
        data = batches("bits", 3, seed=step)
        torch.testing.assert_close(mine.step(data), other.step(data), **EXACT)
        found, wanted = mine.layout.views(mine._gradient), other.layout.views(other._gradient)
        assert wanted["weight_fb"].abs().amax() > 1e-4
        for parameter, gradient in wanted.items():
            torch.testing.assert_close(found[parameter], gradient, **EXACT, msg=lambda m, p=parameter: f"{p}: {m}")
    torch.testing.assert_close(mine.parameters, other.parameters, **EXACT)


@pytest.mark.parametrize("name", ["fgr", "crossed"])
def test_batches_of_other_sizes_and_lengths_one_after_the_other(name: str) -> None:
    """Against the kernels net by net, whose products of what feeds back are torch's."""
    mine, other = fleet(CELLS[name]), by(Kernels, fleet(CELLS[name]))
    for steps, size in ((4, 3), (40, 3), (5, 2), (1, 1), (3, 3)):
        data = batches("bits", 3, steps=steps, size=size)
        torch.testing.assert_close(mine.step(data), other.step(data), **EXACT)
    torch.testing.assert_close(mine.parameters, other.parameters, **EXACT)


@pytest.mark.parametrize(
    ("isa", "inputs", "hidden", "outputs"), [("avx512", 20, 16, 2), ("avx2", 3, 7, 19), ("plain", 5, 1, 1)]
)
def test_float32_is_as_good_as_a_loops(
    isa: str, inputs: int, hidden: int, outputs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Losses and gradients; memory that nobody has written is NaN."""
    if isa in {one.name for one in available()}:
        monkeypatch.setenv("SOFTGATE_ISA", isa)
    sizes = {"inputs": inputs, "hidden_size": hidden, "outputs": outputs, "clip": None}
    exact, plain = (by(Reference, fleet(**sizes, dtype=d)) for d in (torch.float64, torch.float32))
    with replaced(poisoned):
        mine = fleet(**sizes, dtype=torch.float32)
        exact.parameters.copy_(mine.parameters)
        data = [
            replace(b, x=b.x.astype(np.float32), target=b.target.astype(np.float32))
            for b in batches("bits", 3, inputs=inputs, outputs=outputs, steps=9)
        ]
        losses = [f.step(data) for f in (mine, plain, exact)]
    numerics(*losses, name="losses")
    views = [f.layout.views(f._gradient) for f in (mine, plain, exact)]
    for name in views[0]:
        numerics(*(found[name] for found in views), name=name, scale=float(views[2][name].abs().max()))


def test_a_net_does_not_depend_on_its_neighbours() -> None:
    """Bit for bit: three nets are one, and one, and one; one that is frozen is left out."""
    data, together = batches("bits", 3), fleet()
    ones = [Fleet("fgr", 3, 5, 4, [k + 1], [RATES[k]], kind="bits", dtype=torch.float64) for k in range(3)]
    for step in range(4):
        if step == 2:
            data[1] = replace(data[1], x=data[1].x * np.inf)
        losses = together.step(data)
        wanted = torch.cat([one.step([b]) for one, b in zip(ones, data, strict=True)])
        torch.testing.assert_close(losses, wanted, rtol=0, atol=0, equal_nan=True)
    assert together.frozen.tolist() == [False, True, False]
    assert torch.equal(together.parameters, torch.cat([one.parameters for one in ones]))
