"""The gradient of every state and gate of every cell, in its parts, against torch's autograd over a Python loop."""

from __future__ import annotations

import pytest
import torch

import softgate as sg
from flow.loops import STEPS, run
from softgate.testing import assert_close

T, B, I, H = 7, 3, 4, 5  # noqa: E741
TIGHT = {"rtol": 1e-10, "atol": 1e-12}
PARTS = ("direct", "cell_path", "hidden_path")


def layer_of(name: str, *sizes: int, **options):
    torch.manual_seed(3)
    layer = sg.Recurrent(name, *(sizes or (I, H)), dtype=torch.float64, **options)
    with torch.no_grad():
        for p in layer.parameters():
            p.mul_(2)  # so that no path is negligible
    return layer


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def readout(y: torch.Tensor, finals) -> torch.Tensor:
    """A loss that sees every step and every last state."""
    ends = [finals] if isinstance(finals, torch.Tensor) else finals
    return (torch.sin(y) * draw(*y.shape, seed=5)).sum() + sum((f * draw(*f.shape, seed=6)).sum() for f in ends)


def compare(flow, prefix: str, loop, layer) -> None:
    loop.keep()
    for state in layer.cell.states:
        found = flow[prefix + state]
        assert_close(found.total, loop.total(state), name=f"{prefix}{state}.total", **TIGHT)
        for part in PARTS:
            assert_close(getattr(found, part), loop.part(state, part), name=f"{prefix}{state}.{part}", **TIGHT)
        assert torch.equal(found.total, found.direct + found.cell_path + found.hidden_path)
    for gate in layer.cell.gates:
        found = flow.gates[prefix + gate]
        first = "x" if gate in layer.cell.x_gates else "h"
        assert_close(found.total, loop.gate(gate, first), name=f"{prefix}{gate}.total", **TIGHT)
        if gate in layer.cell.h_gates:
            assert_close(found.recurrent, loop.gate(gate, "h"), name=f"{prefix}{gate}.recurrent", **TIGHT)
        else:
            assert found.recurrent is None
    for state in layer.cell.states:
        shares = sum(flow.gates[prefix + gate].hidden_path[state] for gate in layer.cell.gates)
        assert_close(shares, flow[prefix + state].hidden_path, name=f"sum of shares of {state}", **TIGHT)


def test_no_cell_lacks_a_loop() -> None:
    assert set(STEPS) == set(sg.cells.names())


@pytest.mark.parametrize("masked", [False, True], ids=["", "reset"])
@pytest.mark.parametrize("name", sg.cells.names())
def test_every_cell(name: str, masked: bool) -> None:
    layer, x = layer_of(name, bidirectional=True), draw(T, B, I)
    reset = (draw(T, B, seed=9) > 0.8) if masked else None
    flow = sg.gradient_flow(layer, lambda: readout(*layer(x, reset=reset)))
    back = None if reset is None else torch.cat([reset[1:], torch.zeros(1, B, dtype=torch.bool)])
    loops = [
        run(name, layer.cell, x, layer._weights(0, way), reset=mask, reverse=way)
        for way, mask in ((False, reset), (True, back))
    ]
    y = torch.cat([loop.y for loop in loops], -1)
    finals = [torch.stack(pair) for pair in zip(*(loop.finals for loop in loops), strict=True)]
    assert_close(y, layer(x, reset=reset)[0], name="y", **TIGHT)
    readout(y, finals if len(finals) > 1 else finals[0]).backward(retain_graph=True)
    compare(flow, "l0.", loops[0], layer)
    compare(flow, "l0.reverse.", loops[1], layer)


@pytest.mark.parametrize("name", ["lstm", "peephole", "slstm", "gru"])
def test_layers_and_initial_states(name: str) -> None:
    layer, x = layer_of(name, num_layers=2), draw(T, B, I)
    before = layer(draw(2, B, I, seed=1))[1]
    start = tuple(s.detach() for s in before) if isinstance(before, tuple) else before.detach()
    starts = start if isinstance(start, tuple) else (start,)
    flow = sg.gradient_flow(layer, lambda: readout(*layer(x, start)))
    low = run(name, layer.cell, x, layer._weights(0, False), starts=[s[0] for s in starts])
    high = run(name, layer.cell, low.y, layer._weights(1, False), starts=[s[1] for s in starts])
    finals = [torch.stack(pair) for pair in zip(low.finals, high.finals, strict=True)]
    readout(high.y, finals if len(finals) > 1 else finals[0]).backward(retain_graph=True)
    compare(flow, "l0.", low, layer)
    compare(flow, "l1.", high, layer)


@pytest.mark.parametrize("name", ["lstm", "peephole", "janet"])
def test_projection(name: str) -> None:
    layer, x = layer_of(name, proj_size=3), draw(T, B, I)
    flow = sg.gradient_flow(layer, lambda: readout(*layer(x)))
    loop = run(name, layer.cell, x, layer._weights(0, False))
    readout(loop.y, [f[None] for f in loop.finals]).backward(retain_graph=True)
    assert flow["l0.h"].total.shape == (T, B, 3)
    assert flow["l0.c"].total.shape == (T, B, H)
    compare(flow, "l0.", loop, layer)


def product_after(f: torch.Tensor) -> torch.Tensor:
    """For each step, the product of f over all later steps."""
    return torch.cat([f[1:], torch.ones_like(f[:1])]).flip(0).cumprod(0).flip(0)


def test_without_hidden_weights_the_cell_path_is_all() -> None:
    """U = 0, a loss of the last cell state: dL/dc_t is the product of the later forget gates, and nothing is hidden."""
    layer, x = layer_of("lstm"), draw(T, B, I)
    torch.nn.init.zeros_(layer.weight_hh_l0)
    with sg.record(layer) as rec:
        layer(x)
    flow = sg.gradient_flow(layer, lambda: layer(x)[1][1].sum())
    assert not flow["l0.c"].hidden_path.any()
    assert not flow["l0.h"].total.any()
    assert_close(flow["l0.c"].total, product_after(rec["l0.f"]), name="product", **TIGHT)
    assert_close(flow["l0.c"].cell_path[:-1], flow["l0.c"].total[:-1], name="cell path", **TIGHT)
    assert torch.equal(flow["l0.c"].direct[-1], torch.ones(B, H, dtype=torch.float64))


def test_what_is_never_forgotten_comes_back_whole() -> None:
    """f = 1 by equation, and no hidden weights: the gradient is the same at every step."""
    layer = sg.Recurrent(sg.cells.lstm(forget_gate=None), I, H, dtype=torch.float64)
    torch.nn.init.zeros_(layer.weight_hh_l0)
    flow = sg.gradient_flow(layer, lambda: (layer(draw(T, B, I))[1][1] * 3).sum())
    assert torch.equal(flow["l0.c"].total, torch.full((T, B, H), 3.0, dtype=torch.float64))


def test_a_simple_network_has_a_hidden_path_alone() -> None:
    """h = tanh(z): dL/dh_t = U^T (1 - h_{t+1}^2) dL/dh_{t+1}."""
    layer, x = layer_of("rnn_tanh"), draw(T, B, I)
    flow = sg.gradient_flow(layer, lambda: layer(x)[0][-1].sum())
    h, total = layer(x)[0].detach(), flow["l0.h"].total
    want = ((1 - h[1:] ** 2) * total[1:]) @ layer.weight_hh_l0.detach()
    assert_close(flow["l0.h"].hidden_path[:-1], want, name="hidden path", **TIGHT)
    assert not flow["l0.h"].cell_path.any()


def test_of_a_gru_the_way_through_z_is_its_cell_path() -> None:
    layer, x = layer_of("gru"), draw(T, B, I)
    with sg.record(layer) as rec:
        layer(x)
    flow = sg.gradient_flow(layer, lambda: layer(x)[0].square().sum())
    want = rec["l0.z"][1:] * flow["l0.h"].total[1:]
    assert_close(flow["l0.h"].cell_path[:-1], want, name="cell path", **TIGHT)
