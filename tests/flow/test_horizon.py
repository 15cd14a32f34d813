"""How far a loss reaches back, against autograd of the loss of one step in a Python loop."""

from __future__ import annotations

import sys

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence

import softgate as sg
from flow.loops import run
from flow.test_paths import TIGHT, B, H, I, T, draw, layer_of
from softgate.testing import assert_close


def losses_of(y: torch.Tensor) -> torch.Tensor:
    """A loss for each step, [T]."""
    return (y.square() * draw(*y.shape, seed=5)).sum((1, 2))


def wanted(name: str, layer, x: torch.Tensor, k: int, state: str, reverse: bool = False, reset=None) -> torch.Tensor:
    """The heat map of layer k by autograd: for each step's loss alone, a new loop."""
    rows = []
    for t in range(len(x)):
        loops, seen = [], x
        for layers in range(layer.num_layers):
            weights = layer._weights(layers, reverse)
            loops.append(run(name, layer.cell, seen, weights, reverse=reverse, reset=reset))
            seen = loops[-1].y
        losses_of(seen)[t].backward(retain_graph=True)
        loops[k].keep()
        rows.append(loops[k].total(state).flatten(1).norm(dim=1))
    return torch.stack(rows)


@pytest.mark.parametrize("each", [False, True], ids=["scalar", "each step"])
@pytest.mark.parametrize(("name", "state"), [("lstm", "c"), ("gru", "h"), ("slstm", "n"), ("fgr", "i"), ("rnn", "h")])
def test_heat_map(name: str, state: str, each: bool) -> None:
    layer, x = layer_of(name, num_layers=2), draw(T, B, I)

    def loss() -> torch.Tensor:
        found = losses_of(layer(x)[0])
        return found if each else found.sum()

    flow = sg.gradient_flow(layer, loss)
    for k in range(2):
        found = flow.horizon(f"l{k}.{state}")
        assert found.norms.shape == (T, T)
        assert not found.norms.triu(1).any(), "a loss at step t reaches no later step"
        assert_close(found.norms, wanted(name, layer, x, k, state), name=f"l{k}", **TIGHT)
        curve = flow.horizon(f"l{k}.{state}", 4)
        assert_close(curve.norms, found.norms[4], name="curve", **TIGHT)
    some = flow.horizon(f"l1.{state}", [2, -1])
    assert some.sources == (2, T - 1)
    assert_close(some.norms, found.norms[[2, T - 1]], name="two curves", **TIGHT)


def test_backwards_and_across_borders() -> None:
    layer, x = layer_of("lstm", bidirectional=True), draw(T, B, I)
    reset = torch.zeros(T, B, dtype=torch.bool)
    reset[4] = True
    flow = sg.gradient_flow(layer, lambda: losses_of(layer(x, reset=reset)[0][..., H:]).sum())
    back = torch.cat([reset[1:], torch.zeros(1, B, dtype=torch.bool)])
    found = flow.horizon("l0.reverse.c")
    assert_close(found.norms, wanted("lstm", layer, x, 0, "c", reverse=True, reset=back), name="reverse", **TIGHT)
    assert not found.norms.tril(-1).any()
    assert not found.norms[:4, 4:].any()
    assert not found.forget[:4, 4:].any()
    assert not flow.horizon("l0.c").norms.any(), "the loss does not see this direction"


def test_the_product_of_forget_gates() -> None:
    layer, x = layer_of("lstm"), draw(T, B, I)
    with sg.record(layer) as rec:
        layer(x)
    f = rec["l0.f"]
    flow = sg.gradient_flow(layer, lambda: losses_of(layer(x)[0]).sum())
    found = flow.horizon("l0.c")
    for t in range(T):
        for s in range(t + 1):
            product = f[s + 1 : t + 1].prod(0)
            assert_close(found.forget[t, s], product.mean(), name=f"f from {s} to {t}", **TIGHT)
            alone = flow["l0.c"].direct[t] * product
            assert_close(found.cell_path[t, s], alone.norm(), name=f"cell path from {s} to {t}", **TIGHT)
    assert flow.horizon("l0.h").forget is None
    torch.nn.init.zeros_(layer.weight_hh_l0)
    alone = sg.gradient_flow(layer, lambda: losses_of(layer(x)[0]).sum()).horizon("l0.c")
    assert_close(alone.norms, alone.cell_path, name="without hidden weights", **TIGHT)


def test_what_nothing_forgets_and_what_is_another_name() -> None:
    x = draw(T, B, I)
    layer = layer_of("lstm1997")
    found = sg.gradient_flow(layer, lambda: losses_of(layer(x)[0]).sum()).horizon("l0.c")
    assert torch.equal(found.forget, torch.ones(T, T, dtype=torch.float64).tril())
    layer = layer_of("janet")
    flow = sg.gradient_flow(layer, lambda: losses_of(layer(x)[0]).sum())
    assert torch.equal(flow.horizon("l0.h").forget, flow.horizon("l0.c").forget)
    assert torch.equal(flow.horizon("l0.h").norms, flow.horizon("l0.c").norms)


@pytest.mark.parametrize("lengths", [[7, 5, 2], [5, 7, 2]])
def test_packed(lengths: list[int]) -> None:
    """A packed batch is its sequences, each by itself: norms add up by squares."""
    layer, x = layer_of("lstm", num_layers=2), draw(T, B, I)

    def loss(x, n=None):
        packed = pack_padded_sequence(x, torch.tensor(n), enforce_sorted=n == sorted(n, reverse=True))
        y, (h, c) = layer(packed)
        return y.data.square().sum() + (h[1] * c[1]).sum()

    flow = sg.gradient_flow(layer, lambda: loss(x, lengths))
    alone = [sg.gradient_flow(layer, lambda b=b, n=n: loss(x[:n, b : b + 1], [n])) for b, n in enumerate(lengths)]
    for name in ("l0.c", "l1.c", "l1.h"):
        squares = torch.zeros(T, T, dtype=torch.float64)
        for one, n in zip(alone, lengths, strict=True):
            squares[:n, :n] += one.horizon(name).norms.square()
        assert_close(flow.horizon(name).norms, squares.sqrt(), name=name, **TIGHT)


def data_of(found) -> list[dict[str, float]]:
    """The rows of a chart's data."""
    drawn = found.chart().to_dict()
    rows = []
    for record in drawn["datasets"][drawn["data"]["name"]]:
        long = [name for name, value in record.items() if isinstance(value, list)]
        rows += [record | dict(zip(long, row, strict=True)) for row in zip(*(record[n] for n in long), strict=True)]
    return rows


def test_charts() -> None:
    layer, x = layer_of("lstm"), draw(T, B, I)
    flow = sg.gradient_flow(layer, lambda: losses_of(layer(x)[0]).sum())
    curve, heat = flow.horizon("l0.c", 4), flow.horizon("l0.c")
    rows = data_of(curve)
    for line, wanted in (
        ("norm of the gradient of l0.c", curve.norms[:5]),
        ("product of the forget gates", curve.forget[:5]),
    ):
        assert [v["size"] for v in rows if v["series"] == line] == pytest.approx(wanted.tolist(), rel=1e-4)
    cells = {(v["t"], v["s"]): v["size"] for v in data_of(heat)}
    assert set(cells) == {(t, s) for t in range(T) for s in range(t + 1)}
    assert cells[4, 2] == pytest.approx(float(heat.norms[4, 2].log10()), rel=1e-4)


def test_without_altair(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = layer_of("lstm")
    found = sg.gradient_flow(layer, lambda: layer(draw(T, B, I))[0].sum()).horizon("l0.c")
    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(sg.MissingExtraError, match=r"the chart of a horizon needs altair.*softgate\[plots\]"):
        found.chart()


def test_wrong_asks() -> None:
    layer, x = layer_of("lstm"), draw(T, B, I)
    flow = sg.gradient_flow(layer, lambda: layer(x)[0].sum())
    with pytest.raises(sg.UnknownNameError, match=r"unknown state 'l0.f'"):
        flow.horizon("l0.f")
    with pytest.raises(sg.ShapeError, match=r"step 7 of a loss with 7 steps, 0 to 6"):
        flow.horizon("l0.c", T)
    twice = sg.gradient_flow(layer, lambda: layer(x)[0].sum() + layer(x)[0].sum())
    with pytest.raises(sg.ShapeError, match=r"l0.c ran 2 times"):
        twice.horizon("l0.c")

    class Halves(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.low, self.high = sg.LSTM(I, H), sg.LSTM(H, H)

        def forward(self, x):
            return self.high(self.low(x)[0][::2])[0]

    model = Halves().double()
    flow = sg.gradient_flow(model, lambda: model(x).sum())
    with pytest.raises(sg.ShapeError, match=r"low.l0.c has 7 steps, the layers above it 4; .*loss of each step"):
        flow.horizon("low.l0.c")
    flow = sg.gradient_flow(model, lambda: losses_of(model(x)))
    assert flow.horizon("low.l0.c").norms.shape == (4, T)
